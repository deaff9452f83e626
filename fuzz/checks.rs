//! What must hold for any bytes: called by the fuzz targets, and by `tests/corpus.rs` with the kept corpora.

use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::engine::{Engine, LoadOptions, Loaded, LocalEngine};
use watchnext::model::{ItemModel, JoinedModel};
use watchnext::protocol::{Command, ScoreReply, decode, from_json};
use watchnext::score::{SCORERS, ScorerService};

const CATALOG: &str = r#"[{"id":1,"title":"Heat","genres":["Crime"]},{"id":"356","title":"Forrest Gump","genres":["War","Crime"]}]"#;

fn loaded() -> Loaded {
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
        JoinedModel::new(&model, &loaded().catalog);
    }
}

/// A message that a scorer answers has an answer that can be read.
pub(crate) fn message(bytes: &[u8]) {
    thread_local! {
        static SERVICES: Vec<ScorerService> = {
            let data = loaded().data;
            (0..SCORERS.len()).map(|scorer| ScorerService::new(scorer, data.clone()).expect("a scorer")).collect()
        };
    }
    let _ = decode::<ScoreReply>(bytes);
    SERVICES.with(|services| {
        for reply in services.iter().filter_map(|service| service.handle(bytes).ok()) {
            assert!(decode::<ScoreReply>(&reply).is_ok());
        }
    });
}

/// Whatever a page says, options or the events of a history, the engine goes on.
pub(crate) fn command(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(commands) = from_json::<Vec<Command>>(&text) else { return };
    let mut engine = LocalEngine::new(Engine::new(loaded(), [1; SCORERS.len()], &LoadOptions::default()));
    for command in commands {
        let _ = engine.call(command);
    }
    assert!(engine.call(Command::Recommend(Default::default())).is_ok());
}
