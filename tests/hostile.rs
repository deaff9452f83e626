//! Bad input by name, each with the code it must get: catalogs, models, options, events and messages. The same natively and as
//! wasm (where `usize` has 32 bits) in every browser.

#![expect(clippy::unwrap_used, reason = "a test may")]

use watchnext::catalog::{Catalog, CatalogOptions, OnBadItem};
use watchnext::engine::{Command, LoadOptions, Loaded};
use watchnext::history::Profile;
use watchnext::host::LocalHost;
use watchnext::model::ItemModel;
use watchnext::score::message::{HEADER, Header, Kind, ScoreReply, ScoreRequest, Task};
use watchnext::score::{BUILT_IN, ScorerService};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const MODEL: &[u8] = include_bytes!("golden/model.wnm");
const CATALOG: &str = r#"[{"id": 1, "title": "Heat", "genres": ["Crime"]}, {"id": 2, "title": "Ronin"}]"#;

/// Catalogs that fail the load where items must be good (`onBadItem: "strict"`).
const CATALOGS: &[(&str, &[u8], &str)] = &[
    ("nothing", b"", "CATALOG_TRUNCATED"),
    ("a page", b"<!doctype html><title>404</title>", "CATALOG_HTML"),
    ("a cut array", b"[{\"id\": 1, \"title\": \"A\"},", "CATALOG_TRUNCATED"),
    ("a cut string", b"[{\"id\": \"1", "CATALOG_TRUNCATED"),
    ("a number", b"7", "CATALOG_SHAPE"),
    ("an object without items", b"{\"films\": []}", "CATALOG_SHAPE"),
    ("no items", b"[]", "CATALOG_EMPTY"),
    ("a trailing comma", b"[{\"id\": 1, \"title\": \"A\"},]", "CATALOG_SYNTAX"),
    ("two values", b"[{\"id\": 1, \"title\": \"A\"}] []", "CATALOG_SYNTAX"),
    ("a bare word", b"[nope]", "CATALOG_SYNTAX"),
    ("an item that is not even null", b"[NaN]", "ITEM_NOT_AN_OBJECT"),
    ("bytes that are no UTF-8", b"[{\"id\": \"\xff\", \"title\": \"A\"}]", "CATALOG_SYNTAX"),
    ("a lone surrogate", br#"[{"id": "\ud800", "title": "A"}]"#, "ITEM_FIELD_INVALID"),
    ("an item that is a list", b"[[1]]", "ITEM_NOT_AN_OBJECT"),
    ("an item without id", b"[{\"title\": \"A\"}]", "ITEM_FIELD_MISSING"),
    ("an item without title", b"[{\"id\": 1}]", "ITEM_FIELD_MISSING"),
    ("an empty id", b"[{\"id\": \"\", \"title\": \"A\"}]", "ITEM_FIELD_INVALID"),
    ("an id that is an object", b"[{\"id\": {}, \"title\": \"A\"}]", "ITEM_FIELD_INVALID"),
    (
        "the same id twice",
        b"[{\"id\": 1, \"title\": \"A\"}, {\"id\": \"1\", \"title\": \"B\"}]",
        "ITEM_ID_DUPLICATE",
    ),
    ("genres that are lists", b"[{\"id\": 1, \"title\": \"A\", \"genres\": [[7]]}]", "ITEM_FIELD_INVALID"),
    ("a popularity below 0", b"[{\"id\": 1, \"title\": \"A\", \"popularity\": -1}]", "ITEM_FIELD_INVALID"),
];

/// Options, commands and events as JSON.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("no JSON", "{", "OPTION"),
    ("an unknown command", r#"{"unlearn": {}}"#, "OPTION"),
    ("an unknown option", r#"{"recommend": {"limits": 3}}"#, "OPTION"),
    ("options that are a list", r#"{"recommend": []}"#, "OPTION"),
    ("a filter that is a list", r#"{"recommend": {"filter": []}}"#, "OPTION"),
    ("genres that are a list", r#"{"recommend": {"filter": {"genres": ["Crime"]}}}"#, "OPTION"),
    ("years that are a list", r#"{"recommend": {"filter": {"year": [1980, 1990]}}}"#, "OPTION"),
    ("a year with a fraction", r#"{"recommend": {"filter": {"year": {"min": 1985.5}}}}"#, "OPTION"),
    (
        "years the wrong way round",
        r#"{"recommend": {"filter": {"year": {"min": 1990, "max": 1980}}}}"#,
        "OPTION",
    ),
    ("a limit of the wrong type", r#"{"recommend": {"limit": "3"}}"#, "OPTION"),
    ("a limit of 0", r#"{"recommend": {"limit": 0}}"#, "OPTION"),
    ("a limit beyond all bounds", r#"{"recommend": {"limit": 1e300}}"#, "OPTION"),
    ("a deadline below 0", r#"{"recommend": {"deadline": -5}}"#, "OPTION"),
    ("a priority of a half", r#"{"recommend": {"priority": 0.5}}"#, "OPTION"),
    ("a quorum of nobody", r#"{"recommend": {"wait": {"quorum": 0}}}"#, "OPTION"),
    ("a weight for nobody", r#"{"recommend": {"weights": {"magic": 1}}}"#, "OPTION"),
    ("a weight beyond all bounds", r#"{"recommend": {"weights": {"genre": 1e9}}}"#, "OPTION"),
    ("a genre that is a number", r#"{"recommend": {"filter": {"genres": {"any": [7]}}}}"#, "OPTION"),
    ("a diversity above 1", r#"{"recommend": {"diversity": 1.5}}"#, "OPTION"),
    ("an item that is not there", r#"{"similar": {"item": "77"}}"#, "ITEM_UNKNOWN"),
    ("an event without item", r#"{"record": [{"type": "watch", "time": 1}]}"#, "EVENT"),
    ("an event that is null", r#"{"record": [null]}"#, "EVENT"),
    ("an event that is a word", r#"{"record": ["318"]}"#, "EVENT"),
    ("an event that is a list", r#"{"record": [["318", "watch", 1]]}"#, "EVENT"),
    (
        "an event with an unknown field",
        r#"{"record": [{"item": "1", "type": "watch", "time": 1, "x": 1}]}"#,
        "EVENT",
    ),
    ("an event of no kind", r#"{"record": [{"item": "1", "type": "ate", "time": 1}]}"#, "EVENT"),
    ("an event with an empty id", r#"{"record": [{"item": "", "type": "watch", "time": 1}]}"#, "EVENT"),
    ("a progress of 2", r#"{"record": [{"item": "1", "type": "watch", "time": 1, "progress": 2}]}"#, "EVENT"),
    ("a rating of 9", r#"{"record": [{"item": "1", "type": "rate", "time": 1, "rating": 9}]}"#, "EVENT"),
    ("a rating that is not there", r#"{"record": [{"item": "1", "type": "rate", "time": 1}]}"#, "EVENT"),
];

/// A model's file with these bytes at this place, and a checksum that says so.
fn patched(place: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = MODEL.to_vec();
    file[place..place + bytes.len()].copy_from_slice(bytes);
    watchnext::model::seal(&mut file);
    file
}

/// Where a section's entry in the table of sections is, and where the section itself.
fn section(tag: &[u8; 4]) -> (usize, usize) {
    let entries = MODEL[24..].chunks(24);
    let (place, entry) = entries.enumerate().find(|(_, entry)| &entry[..4] == tag).unwrap();
    (24 + place * 24, u64::from_le_bytes(entry[8..16].try_into().unwrap()) as usize)
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn bad_catalogs_have_their_codes() {
    let strict = CatalogOptions { on_bad_item: OnBadItem::Strict, ..CatalogOptions::default() };
    for &(name, bytes, code) in CATALOGS {
        let read = Catalog::parse(bytes.to_vec(), &strict, &mut |_, _| {});
        assert_eq!(read.map(|_| ()).expect_err(name).code(), code, "{name}");
    }
    // A million brackets are refused without recursion.
    let bomb = [b"[{\"id\":1,\"title\":\"A\",\"x\":".to_vec(), b"[".repeat(1 << 19)].concat();
    assert!(Catalog::parse(bomb, &strict, &mut |_, _| {}).is_err());
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn bad_models_have_their_codes() {
    let (rank, rank_at) = section(b"rank");
    let (_, ids_at) = section(b"ids ");
    let (neighbours, neighbours_at) = section(b"nbrs");
    let whole = |bytes: &[u8]| bytes.to_vec();
    let models: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "MODEL_TRUNCATED"),
        ("a page", whole(b"<!doctype html><title>404</title>"), "MODEL_FORMAT"),
        ("half a header", whole(&MODEL[..13]), "MODEL_TRUNCATED"),
        ("half a file", whole(&MODEL[..MODEL.len() / 2]), "MODEL_TRUNCATED"),
        ("something behind it", [MODEL, b"x"].concat(), "MODEL_CHECKSUM"),
        (
            "a flipped bit",
            {
                let mut file = MODEL.to_vec();
                file[MODEL.len() / 2] ^= 4;
                file
            },
            "MODEL_CHECKSUM",
        ),
        ("a later version", patched(8, &[9, 0]), "MODEL_VERSION"),
        ("65,535 sections", patched(10, &[0xff, 0xff]), "MODEL_FORMAT"),
        ("a section that ends beyond all numbers", patched(rank + 16, &[0xff; 8]), "MODEL_FORMAT"),
        (
            "a section that starts beyond the file",
            patched(rank + 8, &[0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0]),
            "MODEL_FORMAT",
        ),
        ("an unknown section that is critical", patched(rank, b"what"), "MODEL_FORMAT"),
        ("four billion items", patched(ids_at, &[0xff; 4]), "MODEL_TRUNCATED"),
        // With 32 bits, items × dimensions × … would come round to something small.
        ("65,535 dimensions", patched(rank_at, &[0xff, 0xff]), "MODEL_TRUNCATED"),
        ("weights of 7 bits", patched(neighbours_at, &[7]), "MODEL_FORMAT"),
        ("no neighbours", patched(neighbours, b"NBRS"), "MODEL_FORMAT"),
    ];
    assert!(CATALOGS.len() + COMMANDS.len() + models.len() >= 55);
    for (name, bytes, code) in models {
        assert_eq!(ItemModel::from_bytes(&bytes).map(|_| ()).expect_err(name).code(), code, "{name}");
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn bad_commands_have_their_codes_and_the_engine_goes_on() {
    let mut engine = LocalHost::load(CATALOG.into(), None, &LoadOptions::default()).unwrap();
    for &(name, command, code) in COMMANDS {
        let answer = Command::from_json(command).and_then(|command| engine.call(command));
        assert_eq!(answer.map(|_| ()).expect_err(name).code(), code, "{name}");
        assert!(engine.call(Command::Recommend(Default::default())).is_ok(), "after {name}");
    }
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn bad_messages_are_refused() {
    let (loaded, columns) =
        Loaded::new(CATALOG.into(), None, &LoadOptions::default(), &mut |_, _| {}).unwrap();
    let scorer = ScorerService::new(BUILT_IN[0], columns.into(), loaded.fingerprint);
    let message = |fingerprint: u64, profile: Profile, task: Task| {
        let request = ScoreRequest { profile, task };
        let header = Header {
            kind: request.kind(),
            fingerprint,
            id: Default::default(),
            attempt: 1,
            milliseconds: 0.0,
        };
        header.message(&request.to_bytes())
    };
    let of = |profile, task| message(loaded.fingerprint, profile, task);
    let good = of(Profile::of_item(0), Task::Score(0, 2));
    let patched = |place: usize, bytes: &[u8]| {
        let mut message = good.clone();
        message[place..place + bytes.len()].copy_from_slice(bytes);
        message
    };
    let kind = |message: &[u8]| {
        scorer.handle(message, || 0.0).map(|reply| Header::read(&reply).unwrap().0.kind).ok()
    };
    assert_eq!(kind(&good), Some(Kind::Scores));
    // Where the body says how many items there are.
    let items = HEADER + 24;
    for (name, message, expected) in [
        ("nothing", vec![], None),
        ("half a header", good[..HEADER / 2].to_vec(), None),
        ("something else", b"<!doctype html><title>404</title> and more of it".to_vec(), None),
        ("another version", patched(4, &[2]), None),
        ("a kind that there is not", patched(6, &[77]), None),
        ("half a message", good[..good.len() - 6].to_vec(), Some(Kind::Rejected)),
        ("something behind it", [&good[..], &[0]].concat(), Some(Kind::Rejected)),
        ("a reply", patched(6, &[Kind::Scores as u8]), Some(Kind::Rejected)),
        ("four billion items", patched(items, &[0xff; 4]), Some(Kind::Rejected)),
        ("another catalog", message(7, Profile::of_item(0), Task::Score(0, 2)), Some(Kind::Rejected)),
        ("an item of another catalog", of(Profile::of_item(77), Task::Score(0, 2)), Some(Kind::Rejected)),
        ("items of another catalog", of(Profile::of_item(0), Task::Score(0, 77)), Some(Kind::Rejected)),
        ("items the wrong way round", of(Profile::of_item(0), Task::Score(2, 1)), Some(Kind::Rejected)),
        (
            "a question about an item of another",
            of(Profile::of_item(0), Task::Explain(vec![5])),
            Some(Kind::Rejected),
        ),
        (
            "a dislike of an item of another",
            of(Profile { averse: Profile::of_item(9).items, ..Profile::of_item(0) }, Task::Score(0, 2)),
            Some(Kind::Rejected),
        ),
    ] {
        assert_eq!(kind(&message), expected, "{name}");
    }
    // Announced are four billion lists, and three bytes come.
    assert!(ScoreReply::read(Kind::Causes, &[0xff, 0xff, 0xff, 0xff, 1, 2, 3]).is_err());
}
