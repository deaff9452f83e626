//! What must hold for any bytes: called by the fuzz targets, and by `tests/corpus.rs` with the kept corpora.

use std::sync::Arc;

use serde_json::Value;
use watchnext::catalog::{Catalog, CatalogOptions, CatalogReader, CatalogReport};
use watchnext::engine::{Answer, Command, LoadOptions, Loaded};
use watchnext::host::LocalHost;
use watchnext::json;
use watchnext::model::{ItemModel, JoinedModel};
use watchnext::score::message::{Header, Kind, ScoreReply, ScoreRequest};
use watchnext::score::{BUILT_IN, Columns, ScorerService};

const CATALOG: &str = r#"[{"id":1,"title":"Heat","genres":["Crime"]},{"id":"356","title":"Forrest Gump","genres":["War","Crime"]}]"#;
/// The catalog that messages are about.
const FINGERPRINT: u64 = 7;

fn loaded() -> (Loaded, Columns) {
    Loaded::new(CATALOG.into(), None, &LoadOptions::default(), &mut |_, _| {}).expect("loads")
}

/// Of whatever catalog is taken, every item can be found; it is the same in pieces; and where serde_json reads it, too, it is the same.
pub(crate) fn catalog(bytes: &[u8]) {
    let whole = Catalog::parse(bytes.to_vec(), &CatalogOptions::default(), &mut |_, _| {});
    // The pieces are as long as the bytes say, so that a fuzzer can choose them.
    let mut reader = CatalogReader::new(&CatalogOptions::default()).expect("options");
    let (mut rest, mut read) = (bytes, Ok(()));
    while read.is_ok() && !rest.is_empty() {
        let (piece, after) = rest.split_at((usize::from(rest[0]) % 61 + 1).min(rest.len()));
        read = reader.push(piece);
        rest = after;
    }
    let in_pieces = read.and_then(|()| reader.finish()).map(|(mut catalog, report)| {
        catalog.add_terms();
        (catalog, report)
    });
    match (&whole, &in_pieces) {
        (Ok(whole), Ok(in_pieces)) => assert!(seen(whole) == seen(in_pieces), "another catalog in pieces"),
        (Err(whole), Err(in_pieces)) => assert_eq!(whole, in_pieces),
        _ => panic!("whole: {whole:?}, in pieces: {in_pieces:?}"),
    }
    if let Ok((catalog, report)) = &whole {
        beside_serde(bytes, catalog, report);
    } else if let (Err(error), Ok(Value::Array(_))) = (&whole, serde_json::from_slice(bytes)) {
        assert!(error.code() == "CATALOG_EMPTY", "it is an array: {error}");
    }
}

/// The features as text: what is not a number is not equal to itself.
type Seen<'a> = (String, Vec<(&'a str, &'a str, String)>, &'a CatalogReport);

fn seen((catalog, report): &(Catalog, CatalogReport)) -> Seen<'_> {
    let item = |item| {
        assert_eq!(catalog.find(catalog.id(item)), Some(item));
        (catalog.id(item), catalog.title(item), catalog.source(item).into_owned())
    };
    (format!("{:?}", catalog.features), (0..catalog.len() as u32).map(item).collect(), report)
}

/// What serde_json makes of an array of items is what was made of it.
fn beside_serde(bytes: &[u8], catalog: &Catalog, report: &CatalogReport) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let Ok(Value::Array(items)) = serde_json::from_slice(bytes) else { return };
    assert_eq!(report.items + report.skipped, items.len());
    let bad: Vec<usize> = report.problems.iter().map(|problem| problem.index).collect();
    let good = items.iter().enumerate().filter(|(index, _)| !bad.contains(index)).map(|(_, item)| item);
    let title =
        report.fields.iter().find(|(name, _)| *name == "title").map(|(_, field)| field.from.join(" "));
    for (place, item) in good.take(catalog.len()).enumerate().filter(|_| report.skipped == bad.len()) {
        let own: Value = serde_json::from_str(&catalog.source(place as u32)).expect("is JSON");
        assert_eq!(&own, item);
        if let Some(title) = item[title.as_deref().unwrap_or_default()].as_str() {
            assert_eq!(catalog.title(place as u32), title);
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
    let commands = json::Value::parse(&text).and_then(|commands| {
        let mut read = Vec::new();
        let all = commands.each(&mut |command| {
            read.push(command.source());
            Ok(())
        });
        all.map(|()| read).map_err(json::Fault::into_error)
    });
    for command in commands.unwrap_or_default() {
        let _ = Command::from_json(command).and_then(|command| host.call(command));
    }
    assert!(host.call(Command::Recommend(Default::default())).is_ok());
}

/// Whatever a store has kept, the engine goes on: each line is an event or is counted, and what has an identity counts once.
pub(crate) fn history(bytes: &[u8]) {
    let mut host = LocalHost::load(CATALOG.into(), None, &LoadOptions::default()).expect("loads");
    let mut replay = || match host.call(Command::Replay(vec![(String::new(), bytes.to_vec())])) {
        Ok(Answer::Replayed(replayed)) => replayed,
        answer => panic!("{answer:?}"),
    };
    let (first, again) = (replay(), replay());
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    assert!(first.recorded + first.damaged <= lines);
    assert_eq!(again.damaged, first.damaged);
    assert!(again.recorded <= first.recorded);
    assert!(host.call(Command::Recommend(Default::default())).is_ok());
}
