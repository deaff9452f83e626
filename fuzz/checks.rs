//! What must hold for any bytes: called by the fuzz targets, and by `tests/corpus.rs` with the kept corpora.

use std::sync::Arc;

use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::engine::{Command, LoadOptions, Loaded};
use watchnext::host::LocalHost;
use watchnext::json::Value;
use watchnext::model::{ItemModel, JoinedModel};
use watchnext::score::message::{Header, Kind, ScoreReply, ScoreRequest};
use watchnext::score::{BUILT_IN, Columns, ScorerService};

const CATALOG: &str = r#"[{"id":1,"title":"Heat","genres":["Crime"]},{"id":"356","title":"Forrest Gump","genres":["War","Crime"]}]"#;
/// The catalog that messages are about.
const FINGERPRINT: u64 = 7;

fn loaded() -> (Loaded, Columns) {
    Loaded::new(CATALOG.into(), None, &LoadOptions::default(), &mut |_, _| {}).expect("loads")
}

/// Of whatever catalog is taken, every item can be found.
pub(crate) fn catalog(bytes: &[u8]) {
    if let Ok((catalog, _)) = Catalog::parse(bytes.to_vec(), &CatalogOptions::default(), &mut |_, _| {}) {
        for item in 0..catalog.len() as u32 {
            assert_eq!(catalog.find(catalog.id(item)), Some(item));
        }
    }
}

/// A model that can be read can be written, and joined to a catalog. A fuzzer does not find a checksum: whatever comes gets
/// the right one.
pub(crate) fn model(bytes: &[u8]) {
    let mut file = bytes.to_vec();
    watchnext::model::seal(&mut file);
    if let Ok(model) = ItemModel::from_bytes(&file) {
        let again = model.to_bytes().expect("what was read can be written");
        assert_eq!(ItemModel::from_bytes(&again).as_ref(), Ok(&model));
        let catalog = loaded().0.catalog;
        JoinedModel::new(&model, &JoinedModel::places(&model, &catalog), catalog.len());
    }
}

/// A message that can be read is read as it was written; each that a scorer takes has a reply, under the same id, that can be read.
pub(crate) fn message(bytes: &[u8]) {
    thread_local! {
        static SERVICES: Vec<ScorerService> = {
            let columns = Arc::new(loaded().1);
            BUILT_IN.iter().map(|kind| ScorerService::new(kind, columns.clone(), FINGERPRINT)).collect()
        };
    }
    let Ok((header, body)) = Header::read(bytes) else { return };
    // What is not UTF-8 in a cause becomes U+FFFD.
    if let Ok(reply) = ScoreReply::read(header.kind, body)
        && header.kind != Kind::Rejected
    {
        let mut again = Vec::new();
        reply.push(&mut again);
        assert_eq!(again, body);
    }
    if let Ok(request) = ScoreRequest::read(header.kind, body) {
        assert_eq!(ScoreRequest::read(header.kind, &request.to_bytes()), Ok(request));
    }
    SERVICES.with(|services| {
        for service in services {
            let reply = service.handle(bytes, || 0.0).expect("it has a header");
            let (replied, body) = Header::read(&reply).expect("it has one, too");
            assert_eq!((replied.id, replied.attempt), (header.id, header.attempt));
            assert!(ScoreReply::read(replied.kind, body).is_ok());
        }
    });
}

/// Whatever a page says, options or the events of a history, the engine goes on.
pub(crate) fn command(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut host = LocalHost::load(CATALOG.into(), None, &LoadOptions::default()).expect("loads");
    let commands = Value::parse(&text).and_then(|commands| {
        let mut read = Vec::new();
        let all = commands.each(&mut |command| Ok(read.push(command.source())));
        all.map(|()| read).map_err(watchnext::json::Fault::into_error)
    });
    for command in commands.unwrap_or_default() {
        let _ = Command::from_json(command).and_then(|command| host.call(command));
    }
    assert!(host.call(Command::Recommend(Default::default())).is_ok());
}
