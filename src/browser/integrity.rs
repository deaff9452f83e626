//! Hashes as in HTML (Subresource Integrity), of bytes that were downloaded.

use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What an error says.
pub(super) const MISMATCH: &str = "its bytes are not those that the integrity names";

/// The stronger, the later; with the platform's names.
const ALGORITHMS: [(&str, &str); 3] = [("sha256", "SHA-256"), ("sha384", "SHA-384"), ("sha512", "SHA-512")];

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn digest(algorithm: &str, data: &Uint8Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = btoa)]
    fn base64(binary: &str) -> String;

    type Blob;

    #[wasm_bindgen(constructor, js_class = "Blob")]
    fn new(pieces: &Array) -> Blob;

    #[wasm_bindgen(method, js_name = arrayBuffer)]
    fn array_buffer(this: &Blob) -> Promise;
}

/// Whether hashes can be computed here: in secure contexts only.
pub(super) fn is_available() -> bool {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into());
    crypto
        .and_then(|crypto| Reflect::get(&crypto, &"subtle".into()))
        .is_ok_and(|subtle| !subtle.is_undefined())
}

/// Whether these bytes, in pieces, have one of the hashes, of those that the strongest algorithm made.
pub(super) async fn matches(pieces: &Array, integrity: &str) -> Result<bool, JsValue> {
    let hashes = || integrity.split_ascii_whitespace().filter_map(|hash| hash.split_once('-'));
    let known = ALGORITHMS.iter().rev().find(|(name, _)| hashes().any(|(algorithm, _)| algorithm == *name));
    let Some((name, platform)) = known else { return Ok(false) };
    let bytes = JsFuture::from(Blob::new(pieces).array_buffer()).await?;
    let actual = JsFuture::from(digest(platform, &Uint8Array::new(&bytes))?).await?;
    let actual: String = Uint8Array::new(&actual).to_vec().into_iter().map(char::from).collect();
    let actual = base64(&actual);
    // Options may follow a question mark; none is defined.
    let value = |text: &str| text.split('?').next().unwrap_or_default().replace('-', "+").replace('_', "/");
    Ok(hashes().any(|(algorithm, text)| algorithm == *name && value(text) == actual))
}
