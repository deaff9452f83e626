//! Hashes as in HTML (Subresource Integrity), of bytes that were downloaded.

use js_sys::{Promise, Reflect, Uint8Array};
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
}

/// Whether hashes can be computed here: in secure contexts only.
pub(super) fn is_available() -> bool {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into());
    crypto
        .and_then(|crypto| Reflect::get(&crypto, &"subtle".into()))
        .is_ok_and(|subtle| !subtle.is_undefined())
}

/// Whether these bytes have one of the hashes, of those that the strongest algorithm made.
pub(super) async fn matches(bytes: &[u8], integrity: &str) -> Result<bool, JsValue> {
    let hashes = || integrity.split_ascii_whitespace().filter_map(|hash| hash.split_once('-'));
    let known = ALGORITHMS.iter().rev().find(|(name, _)| hashes().any(|(algorithm, _)| algorithm == *name));
    let Some((name, platform)) = known else { return Ok(false) };
    let actual = JsFuture::from(digest(platform, &Uint8Array::from(bytes))?).await?;
    let actual: String = Uint8Array::new(&actual).to_vec().into_iter().map(char::from).collect();
    let actual = base64(&actual);
    // Options may follow a question mark; none is defined.
    let value = |text: &str| text.split('?').next().unwrap_or_default().replace('-', "+").replace('_', "/");
    Ok(hashes().any(|(algorithm, text)| algorithm == *name && value(text) == actual))
}
