//! The command line, run as a person would.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// A folder of one test's own, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("watchnext-cli-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_watchnext")).args(args).output().unwrap()
}

fn succeed(args: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(args);
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn fail(args: &[&str]) -> String {
    let Output { status, stderr, .. } = run(args);
    assert_eq!(status.code(), Some(1), "{args:?}");
    let text = String::from_utf8(stderr).unwrap();
    text.lines().last().unwrap().to_owned()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// Viewers 0..40 of whom the even ones watch the even items 0..20 and the odd ones the odd.
fn ratings(header: &str, separator: &str) -> String {
    let mut text = header.to_owned();
    for viewer in 0..40 {
        for item in (0..20).filter(|item| item % 2 == viewer % 2 && (item / 2 + viewer) % 5 != 0) {
            let fields = [viewer.to_string(), item.to_string(), "4".into(), (viewer + item).to_string()];
            text += &(fields.join(separator) + "\n");
        }
    }
    text
}

#[test]
fn from_movielens_files_to_a_list() {
    let folder = Folder::new("movielens");
    let kind = |item: u32| if item.is_multiple_of(2) { "Crime|Drama" } else { "Comedy" };
    let movies: String = (0..20)
        .map(|item| format!("{item},\"Film {item}, The (19{})\",{}\n", 50 + item, kind(item)))
        .collect();
    let movies = folder.write("movies.csv", format!("movieId,title,genres\n{movies}"));
    let ratings = folder.write("ratings.csv.gz", gzip(&ratings("userId,movieId,rating,timestamp\n", ",")));
    let tags = folder.write("tags.csv", "userId,movieId,tag,timestamp\n1,4,Noir,1\n2,4,noir,1\n2,4,slow,1\n");
    let links = folder.write("links.csv", "movieId,imdbId,tmdbId\n4,0114709,862\n5,0113497,\n");
    let (catalog, model) = (folder.path("catalog.json"), folder.path("model.wnm"));

    succeed(&[
        "catalog",
        &movies,
        "--ratings",
        &ratings,
        "--tags",
        &tags,
        "--links",
        &links,
        "--out",
        &catalog,
    ]);
    let items: Value = serde_json::from_slice(&fs::read(&catalog).unwrap()).unwrap();
    let fourth = &items["items"][4];
    assert_eq!(fourth["title"], "The Film 4");
    assert_eq!(fourth["genres"], serde_json::json!(["Crime", "Drama"]));
    assert_eq!((fourth["id"].as_str(), fourth["imdbId"].as_str()), (Some("4"), Some("0114709")));
    assert_eq!(fourth["tags"], serde_json::json!(["noir", "slow"]));
    assert_eq!(fourth["popularity"], 16);
    assert!(items["items"][5].get("tmdbId").is_none());

    let train = ["train", "--interactions", &ratings, "--catalog", &catalog, "--l2", "1", "--out", &model];
    succeed(&train);
    let first = fs::read(&model).unwrap();
    succeed(&train);
    assert_eq!(fs::read(&model).unwrap(), first, "training is deterministic");
    let summary: Value = serde_json::from_str(&succeed(&["inspect", &model])).unwrap();
    assert_eq!((summary["items"].as_u64(), summary["metadata"]["viewers"].as_u64()), (Some(20), Some(40)));

    let history =
        folder.write("history.json", r#"[{"item": "2", "type": "watch"}, {"item": 4, "type": "like"}]"#);
    assert!(fail(&["recommend", "--catalog", &catalog, "--history", &history]).starts_with("error[FILE]: "));
    let history =
        folder.write("history.json", r#"[{"item": "2", "type": "watch"}, {"item": "4", "type": "like"}]"#);
    let ask = ["recommend", "--catalog", &catalog, "--model", &model, "--history", &history, "--limit", "5"];
    let list: Vec<Value> =
        serde_json::from_str(&succeed(&[&ask[..], &["--json", "--explain"]].concat())).unwrap();
    let ids: Vec<u64> = list.iter().map(|item| item["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id % 2 == 0 && ![2, 4].contains(id)), "{ids:?}");
    assert_eq!(list[0]["item"]["genres"][0], "Crime");
    assert!(list[0]["explanation"]["items"].as_array().is_some_and(|items| !items.is_empty()));
    let table = succeed(&ask);
    assert_eq!(table.lines().count(), 5);
    assert!(table.contains(list[0]["item"]["title"].as_str().unwrap()));

    let ask = ["recommend", "--catalog", &catalog, "--model", &model, "--history", &history, "--why"];
    let third = list[2]["id"].as_str().unwrap();
    let why: Vec<Value> = serde_json::from_str(&succeed(&[&ask[..], &[third, "--json"]].concat())).unwrap();
    assert_eq!((&why[0]["place"], &why[0]["score"]), (&3.into(), &list[2]["score"]));
    assert_eq!(why[0]["explanation"], list[2]["explanation"]);
    assert!(succeed(&[&ask[..], &["4"]].concat()).starts_with("seen  "));

    let ask = ["similar", "--catalog", &catalog, "--model", &model, "--limit", "3"];
    let json = succeed(&[&ask[..], &["--item", "2", "--json", "--explain"]].concat());
    let list: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert!(list[0]["explanation"]["likeness"]["genres"].as_f64().is_some_and(|part| part > 0.0));
    let (among, lists) = (folder.write("among.txt", "2\n4\n5\n"), folder.path("lists.csv"));
    succeed(&[&ask[..], &["--lists", &lists, "--among", &among]].concat());
    let lists = fs::read_to_string(lists).unwrap();
    assert!(lists.starts_with("item,rank,similar\n2,1,4\n2,2,5\n4,1,2\n"), "{lists}");
    assert!(fail(&[&ask[..], &["--item", "no such"]].concat()).starts_with("error[ITEM_UNKNOWN]: "));
}

#[test]
fn all_forms_of_interactions_make_the_same_model() {
    let folder = Folder::new("forms");
    let model = |name: &str, bytes: Vec<u8>, options: &[&str]| {
        let (file, out) = (folder.write(name, bytes), folder.path("model.wnm"));
        // Not all of them say when.
        succeed(&[&["train", "--interactions", &file, "--order", "none", "--out", &out], options].concat());
        fs::read(Path::new(&out)).unwrap()
    };
    let csv = model("a", ratings("user,item,rating,timestamp\n", ",").into(), &[]);
    assert_eq!(model("b", gzip(&ratings("", "::")), &[]), csv);
    assert_eq!(
        model(
            "c",
            ratings("who\twhat\tstars\twhen\n", "\t").into(),
            &["--user-column", "who", "--item-column", "what"]
        ),
        csv
    );
    assert_eq!(model("d", ratings("", ",").into(), &["--user-column", "0", "--item-column", "1"]), csv);
    let base = model("g", ratings("", ",").into(), &["--preset", "base", "--l2", "1"]);
    assert_ne!(base, csv);
    assert_eq!(
        model("g", ratings("", ",").into(), &["--preset", "base", "--l2", "1"]),
        base,
        "is deterministic"
    );
    assert_ne!(model("e", ratings("", ",").into(), &["--half-life-events", "7"]), csv);
}

#[test]
fn a_model_is_measured() {
    let folder = Folder::new("evaluate");
    let (train, model) = (folder.write("train.csv", ratings("", ",")), folder.path("model.wnm"));
    succeed(&["train", "--interactions", &train, "--l2", "1", "--out", &model]);
    let foldin = folder.write("foldin.csv", "user,item\na,0\na,2\nb,1\nb,3\n");
    let target = folder.write("target.csv", "user,item\na,4\na,6\na,8\nb,5\nb,7\nb,9\n");
    let predictions = folder.path("predictions.csv");
    let ask = [
        "evaluate",
        "--model",
        &model,
        "--foldin",
        &foldin,
        "--target",
        &target,
        "--predictions",
        &predictions,
    ];
    let figures: Value = serde_json::from_str(&succeed(&[&ask[..], &["--json"]].concat())).unwrap();
    assert_eq!(figures["users"], 2);
    for name in ["recall@20", "recall@50", "ndcg@10", "ndcg@100", "coverage@20"] {
        assert!((0.0..=1.0).contains(&figures[name].as_f64().unwrap()), "{figures}");
    }
    assert_eq!(figures["recall@20"], 1.0);
    assert_eq!(figures["coverage@20"], 1.0);
    // Lists of all there is: nobody's own, and all the same but for the histories.
    assert_eq!(figures["personal@20"], 0.0);
    assert_eq!((&figures["ips_recall@20"], &figures["recall@20"]), (&json!(1.0), &json!(1.0)));
    for name in ["novelty@20", "ips_ndcg@20", "overlap@20", "propensity_exponent"] {
        assert!(figures[name].is_number(), "{figures}");
    }
    for name in ["personal@20", "novelty@20", "ips_recall@20", "ips_ndcg@20", "overlap@20", "coverage@20"] {
        assert!(figures["standard_errors"][name].is_number(), "{figures}");
    }
    for name in ["calibration_kl", "ild@20"] {
        assert_eq!(figures[name], Value::Null, "it takes a catalog with genres");
    }
    let lists = fs::read_to_string(&predictions).unwrap();
    assert!(lists.starts_with("user,rank,item\na,1,"), "{lists}");
    assert_eq!(lists.lines().count(), 1 + 2 * 18, "all 20 items but the 2 of the history");
    assert!(succeed(&ask).contains("ndcg@100"));

    // The same lists, and the same ones the wrong way round.
    let reversed = lists.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        format!("{},{},{}\n", fields[0], 100 - fields[1].parse::<u32>().unwrap(), fields[2])
    });
    let reversed = folder.write("reversed.csv", reversed.collect::<String>());
    let compare = |other: &str| -> Value {
        let ask = ["compare", &predictions, other, "--target", &target, "--json"];
        serde_json::from_str(&succeed(&ask)).unwrap()
    };
    let same = compare(&predictions);
    assert_eq!(same["metrics"]["ndcg@10"]["first"]["mean"], figures["ndcg@10"]);
    assert_eq!(same["metrics"]["ndcg@10"]["difference"], json!({ "mean": 0.0, "standard_error": 0.0 }));
    assert!(compare(&reversed)["metrics"]["ndcg@10"]["difference"]["mean"].as_f64().unwrap() < 0.0);
    let table = succeed(&["compare", &predictions, &reversed, "--target", &target]);
    assert!(table.contains("ndcg@100") && table.contains("2 users"), "{table}");
}

#[test]
fn every_family_makes_a_model_that_finds_what_goes_together() {
    let folder = Folder::new("families");
    let train = folder.write("train.csv", ratings("", ","));
    let foldin = folder.write("foldin.csv", "user,item\na,0\na,2\nb,1\nb,3\n");
    let others: String =
        (4..20).map(|item| format!("{},{item}\n", if item % 2 == 0 { "a" } else { "b" })).collect();
    let target = folder.write("target.csv", format!("user,item\n{others}"));
    let items: Vec<Value> = (0..20)
        .map(|id| json!({ "id": id.to_string(), "title": "A", "genres": [if id % 2 == 0 { "Crime" } else { "War" }] }))
        .collect();
    let (catalog, model) = (folder.write("catalog.json", json!(items).to_string()), folder.path("model.wnm"));
    for family in ["edlae", "cosine", "user-idf", "bm25", "rp3beta", "content"] {
        let made = succeed(&[
            "train",
            "--interactions",
            &train,
            "--catalog",
            &catalog,
            "--family",
            family,
            "--l2",
            "1",
            "--preset",
            "nano",
            "--out",
            &model,
            "--json",
        ]);
        let made: Value = serde_json::from_str(&made).unwrap();
        assert_eq!(made["model_bytes"], fs::metadata(&model).unwrap().len());
        assert!(made["train_seconds"].as_f64().unwrap() > 0.0);
        let ask = ["evaluate", "--model", &model, "--foldin", &foldin, "--target", &target, "--json"];
        let figures: Value = serde_json::from_str(&succeed(&ask)).unwrap();
        assert_eq!(figures["ndcg@10"], 1.0, "{family}: {figures}");
    }
    // With genres, what is felt of them is measured too; for the first events, and without a model.
    for known in [["--model", &model].as_slice(), &["--no-model"]] {
        let ask = ["--catalog", &catalog, "--foldin", &foldin, "--target", &target, "--first", "1"];
        let ask = [&["evaluate"], known, &ask].concat();
        let figures: Value = serde_json::from_str(&succeed(&[&ask[..], &["--json"]].concat())).unwrap();
        let table = succeed(&ask);
        for name in ["personal@20", "novelty@20", "calibration_kl", "ild@20", "ips_recall@20", "overlap@20"] {
            assert!(figures[name].is_number() && figures["standard_errors"][name].is_number(), "{figures}");
            assert!(table.contains(&format!("\n{name} ")), "{table}");
        }
    }
    let without = fail(&["train", "--interactions", &train, "--family", "content", "--out", &model]);
    assert!(without.starts_with("error[OPTION]: ") && without.contains("catalog"), "{without}");
    let walk = ["train", "--interactions", &train, "--family", "rp3beta", "--alpha", "0", "--out", &model];
    assert!(fail(&walk).contains("alpha"));
    let bm25 = ["train", "--interactions", &train, "--family", "bm25", "--b", "2", "--out", &model];
    assert!(fail(&bm25).contains("must be from 0 to 1"));
    succeed(&[
        "train",
        "--interactions",
        &train,
        "--l2",
        "1",
        "--preset",
        "small",
        "--max-dense-items",
        "0",
        "--out",
        &model,
    ]);
    let summary: Value = serde_json::from_str(&succeed(&["inspect", &model])).unwrap();
    assert_eq!(summary["metadata"]["denseOverlap20"], Value::Null, "there was no dense model");
    succeed(&["train", "--interactions", &train, "--l2", "1", "--preset", "small", "--out", &model]);
    let summary: Value = serde_json::from_str(&succeed(&["inspect", &model])).unwrap();
    assert!(summary["metadata"]["denseOverlap20"].as_f64().unwrap() > 0.5, "{summary}");
    assert!(summary["sections"]["nbrs"].as_u64().unwrap() > 20, "{summary}");
}

#[test]
fn a_split_can_be_learnt_from_and_measured_on() {
    let folder = Folder::new("split");
    let all: String = (0..200)
        .flat_map(|viewer| (0..10).map(move |step| format!("{viewer},{},{step}\n", (viewer * 3 + step) % 25)))
        .collect();
    let all = folder.write("all.csv", format!("user,item,timestamp\n{all}"));
    let (out, model) = (folder.path("split"), folder.path("model.wnm"));
    for protocol in ["random", "in-time", "leave-last-one", "time-cut", "cold"] {
        let mut args = vec!["split", "--interactions", &all, "--protocol", protocol, "--out", &out];
        if protocol == "cold" {
            args.extend(["--first", "3"]);
        }
        succeed(&args);
        let file = |name: &str| folder.path(&format!("split/{name}.csv"));
        let (train, foldin, target) = (file("train"), file("foldin"), file("target"));
        succeed(&["train", "--interactions", &train, "--l2", "1", "--preset", "nano", "--out", &model]);
        let ask = ["evaluate", "--model", &model, "--foldin", &foldin, "--target", &target, "--json"];
        let figures: Value = serde_json::from_str(&succeed(&ask)).unwrap();
        assert_eq!(figures["ordered"], protocol != "random", "{protocol}");
        assert!(figures["ndcg@100"].as_f64().unwrap() > 0.3, "{protocol}: {figures}");
    }
    let out = folder.path("last");
    succeed(&["split", "--interactions", &all, "--protocol", "leave-last-one", "--out", &out]);
    let file = |name: &str| folder.path(&format!("last/{name}.csv"));
    succeed(&["train", "--interactions", &file("train"), "--l2", "1", "--preset", "base", "--out", &model]);
    for (foldin, target) in [("val_foldin", "val_target"), ("foldin", "target")] {
        let ask =
            ["evaluate", "--model", &model, "--foldin", &file(foldin), "--target", &file(target), "--json"];
        let figures: Value = serde_json::from_str(&succeed(&ask)).unwrap();
        assert_eq!((&figures["users"], &figures["hr@200"]), (&json!(200), &json!(1.0)));
        let figure = |name: &str| figures[name].as_f64().unwrap();
        // What comes next goes round in a ring.
        assert!(figure("hr@10") > 0.9 && figure("ndcg@10") > 0.5 && figure("hr@50") == 1.0, "{figures}");
        assert!(figure("ndcg@50") >= figure("ndcg@10"), "{figures}");
    }
    let untimed = folder.write("untimed.csv", "user,item\n1,a\n1,b\n");
    let error = fail(&["split", "--interactions", &untimed, "--protocol", "in-time", "--out", &out]);
    assert!(error.starts_with("error[OPTION]: "), "{error}");
}

#[test]
fn items_that_nobody_has_had_are_found_by_their_content() {
    let folder = Folder::new("cold-items");
    // Everybody has films of two of twenty genres, of which each has twenty.
    let watched = |viewer: usize| {
        let of = move |item: usize| {
            [viewer % 20, viewer / 20 % 20].contains(&(item % 20)) && !(item + viewer).is_multiple_of(3)
        };
        (0..400).filter(move |&item| of(item)).map(move |item| format!("{viewer},film {item}\n"))
    };
    let all: String = (0..400).flat_map(watched).collect();
    let all = folder.write("all.csv", format!("user,item\n{all}"));
    let film = |item: usize| json!({ "id": format!("film {item}"), "title": "A", "genres": [format!("G{}", item % 20)] });
    let films: Vec<Value> = (0..400).map(film).collect();
    let catalog = folder.write("films.json", json!(films).to_string());
    let (out, model) = (folder.path("split"), folder.path("model.wnm"));
    succeed(&["split", "--interactions", &all, "--protocol", "cold-items", "--out", &out]);
    let file = |name: &str| folder.path(&format!("split/{name}.csv"));
    let (train, foldin, target) = (file("train"), file("foldin"), file("target"));
    let cold: BTreeSet<String> = column(&target);
    assert!((20..60).contains(&cold.len()), "one item in ten: {}", cold.len());
    assert!(cold.is_disjoint(&column(&train)) && cold.is_disjoint(&column(&foldin)));

    succeed(&["train", "--interactions", &train, "--catalog", &catalog, "--l2", "5", "--out", &model]);
    let summary: Value = serde_json::from_str(&succeed(&["inspect", &model])).unwrap();
    assert!(summary["metadata"]["unseenItems"].as_u64().unwrap() as usize >= cold.len(), "{summary}");
    let recall = |more: &[&str]| {
        let ask =
            ["evaluate", "--model", &model, "--catalog", &catalog, "--foldin", &foldin, "--target", &target];
        let figures: Value = serde_json::from_str(&succeed(&[&ask, more, &["--json"]].concat())).unwrap();
        figures["ndcg@10"].as_f64().unwrap()
    };
    let (found, popular) = (recall(&["--unseen"]), recall(&["--unseen", "--scorers", "popularity"]));
    assert!(found > 0.7 && found > 3.0 * popular, "{found} {popular}");
}

/// The items in a file of interactions.
fn column(path: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).expect("reads");
    text.lines().skip(1).filter_map(|line| line.split(',').nth(1).map(str::to_owned)).collect()
}

#[test]
fn parameters_are_chosen_on_viewers_held_out() {
    let folder = Folder::new("tune");
    let ring: String = (0..200)
        .flat_map(|viewer| (0..10).map(move |step| format!("{viewer},{},{step}\n", (viewer * 3 + step) % 25)))
        .collect();
    let ring = folder.write("ring.csv", format!("user,item,timestamp\n{ring}"));
    let model = folder.path("model.wnm");
    let table = succeed(&["tune", "--interactions", &ring, "--preset", "nano", "--out", &model]);
    assert!(
        table.contains("l2 ")
            && table.contains("half-life in events 5.000")
            && table.contains("better than what"),
        "{table}"
    );
    let summary: Value = serde_json::from_str(&succeed(&["inspect", &model])).unwrap();
    assert!(summary["metadata"]["tuned"]["heldOutViewers"].as_u64().unwrap() > 5);
    assert!(summary["metadata"]["tuned"]["gain"]["mean"].as_f64().unwrap() >= 0.0, "{summary}");
    assert!(summary["metadata"]["reasons"][0].as_str().unwrap().contains("200 viewers"), "{summary}");
}

/// What a table becomes, and what is said of it.
fn catalog(folder: &Folder, name: &str, bytes: &str, options: &[&str]) -> (Vec<Value>, String) {
    let (table, out) = (folder.write(name, bytes), folder.path("catalog.json"));
    let Output { status, stderr, .. } = run(&[&["catalog", &table, "--out", &out], options].concat());
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{name}: {said}");
    let made: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    (made["items"].as_array().unwrap().clone(), said)
}

#[test]
fn a_table_of_other_columns_becomes_a_catalog_and_says_how() {
    let folder = Folder::new("layouts");
    let books = "book_id,goodreads_book_id,authors,original_publication_year,original_title,title,ratings_count\n\
        1,2767052,Suzanne Collins,2008.0,The Hunger Games,\"The Hunger Games (The Hunger Games, #1)\",4780653\n\
        2,3,Homer,-720.0,,Odyssey,670326\n3,4,Nobody,,,,1\n";
    let (items, said) = catalog(&folder, "books.csv", books, &[]);
    assert_eq!(
        items[0],
        json!({"id": "1", "title": "The Hunger Games (The Hunger Games, #1)", "year": 2008, "genres": [], "popularity": 4780653})
    );
    assert_eq!((items[1]["id"].as_str(), items[1]["year"].as_i64()), (Some("2"), Some(-720)));
    for part in [
        "id from book_id, title from title, year from original_publication_year, popularity from ratings_count",
        "no genres",
        "not used: goodreads_book_id, authors, original_title",
        "2 items",
        "1 of its rows will be passed over; the first is item 2: has no \"title\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    let shows = "Show ID\tName\tListed in\tRelease date\ns1\tDark\tDrama, Mystery\t2017-12-01\n";
    let (items, said) = catalog(&folder, "shows.tsv", shows, &[]);
    assert_eq!(items, [json!({"id": "s1", "title": "Dark", "year": 2017, "genres": ["Drama", "Mystery"]})]);
    assert!(said.contains("genres are separated by \",\""), "{said}");

    let own = "nr;x,what,kinds,seen\n7,Heat (1995),Crime/Drama,3\n";
    let named = [
        "--id-column",
        "nr;x",
        "--title-column",
        "What",
        "--genres-column",
        "2",
        "--popularity-column",
        "seen",
        "--separator",
        "/",
    ];
    let (items, _) = catalog(&folder, "own.csv", own, &named);
    assert_eq!(
        items,
        [json!({"id": "7", "title": "Heat", "year": 1995, "genres": ["Crime", "Drama"], "popularity": 3})]
    );

    for (name, bytes) in [("a.dat", "1::Heat (1995)::Crime|Drama\n"), ("b.csv", "1,Heat,1995,Crime|Drama\n")]
    {
        let (items, said) = catalog(&folder, name, bytes, &[]);
        assert_eq!(
            items,
            [json!({"id": "1", "title": "Heat", "year": 1995, "genres": ["Crime", "Drama"]})],
            "{name}"
        );
        assert!(said.contains("no header; columns by place: id from 0, title from 1"), "{said}");
    }
}

#[test]
fn a_catalog_is_read_as_the_options_of_the_same_names_say() {
    let folder = Folder::new("reading");
    let film =
        |id: u32, name: &str| json!({"node": {"ids": {"ml": id}, "name": name, "kinds": "Crime; War"}});
    let films = json!({"data": {"films": [film(1, "Heat"), film(2, "Ronin"), film(3, "Spy")]}});
    let catalog = folder.write("films.json", films.to_string());
    let history = folder.write("history.json", r#"[{"item": "1", "type": "watch"}]"#);
    let ask = ["--catalog", &catalog, "--items", "data.films[].node", "--fields"];
    let fields = r#"{"id": "ids.ml", "genres": "kinds"}"#;
    let list = succeed(&[&["recommend", "--history", &history], &ask[..], &[fields]].concat());
    assert!(list.contains("Ronin") && list.contains("Spy") && !list.contains("Heat"), "{list}");
    let list =
        succeed(&[&["similar", "--item", "1", "--json"], &ask[..], &[fields, "--separator", ";"]].concat());
    assert!(list.contains(r#""ids":{"ml":2}"#), "{list}");

    let interactions = folder.write("views.csv", "user,item\na,1\na,2\nb,2\nb,3\nc,1\nc,3\n");
    let model = folder.path("model.wnm");
    let train = ["train", "--interactions", &interactions, "--l2", "1", "--out", &model];
    let Output { status, stderr, .. } =
        run(&[&train, &ask[..], &[r#"{"id": "ids.ml", "year": "released"}"#]].concat());
    let said = String::from_utf8_lossy(&stderr);
    assert!(
        status.success() && said.contains(r#"warning[FIELD_UNKNOWN]: no item of the catalog has "released""#),
        "{said}"
    );
    for (fields, part) in [
        ("tmbd", "must be tmdb, omdb"),
        (r#"{"id": "#, "error[OPTION]: option fields: EOF"),
        (r#"{"ids": "id"}"#, "option fields.ids: is unknown"),
        (r#"{"id": "a..b"}"#, "option fields.id: must be a name or a path"),
    ] {
        let error = fail(&[&["recommend", "--history", &history], &ask[..], &[fields]].concat());
        assert!(error.contains(part), "{fields}: {error}");
    }
}

#[test]
fn what_is_no_table_of_items_becomes_no_catalog() {
    let folder = Folder::new("no-table");
    let out = folder.path("made.json");
    for (name, bytes, parts) in [
        ("nothing", &b""[..], &["found nothing", "needed is a table"][..]),
        (
            "program",
            b"\x7fELF\x02\x01\x01\0\0\0,\0\n\0\0,a,b\n",
            &["line 1 that are no text", "needed is a table"],
        ),
        ("page", b"<!doctype html>\n<title>404</title>", &["a page (HTML or XML)", "needed is a table"]),
        ("catalog.json", b"[\n{\"id\": 1, \"title\": \"Heat\"}\n]", &["looks like JSON", "docs/catalog.md"]),
        (
            "prose",
            b"Dear all,\nthis, that, and the other.\nYours, me",
            &[
                "no header that names its columns (the id: movieId, item, itemId, \u{2026})",
                "its first line is Dear all",
                "with --id-column",
            ],
        ),
        (
            "untitled.csv",
            b"movieId,kind\n1,Crime\n",
            &[
                "known to be the title (title, name, primaryTitle, \u{2026})",
                "it has movieId, kind",
                "--title-column",
            ],
        ),
        ("wide.csv", b"1,2,Heat,4,5,6\n", &["no header", "its first line is 1, 2, Heat, 4, 5, 6"]),
        ("uneven.csv", b"1,Heat,Crime\n2,Ronin\n", &["no header"]),
        ("empty.csv", b"id,title\n", &["makes no catalog", "no usable item"]),
        ("titles.csv", b"id,title\n1,\n2,\n", &["makes no catalog", "2 were skipped"]),
    ] {
        let error = fail(&["catalog", &folder.write(name, bytes), "--out", &out]);
        assert!(error.starts_with("error[CATALOG_TABLE]: ") && error.contains(name), "{name}: {error}");
        for part in parts {
            assert!(error.contains(part), "{name}: {part}: {error}");
        }
        assert!(!Path::new(&out).exists(), "{name}: nothing is written");
    }
    let movies = folder.write("movies.csv", "movieId,title\n1,Heat\n");
    let error = fail(&["catalog", &movies, "--genres-column", "genre", "--out", &out]);
    assert!(error.contains("has no column \"genre\"; it has movieId, title"), "{error}");
}

#[test]
fn failures_have_codes() {
    let folder = Folder::new("failures");
    let (bad, out) = (folder.write("bad.csv", "user,item\n1,\n"), folder.path("out"));
    let error = fail(&["train", "--interactions", &bad, "--out", &out]);
    assert!(error.starts_with("error[INTERACTIONS]: ") && error.contains("bad.csv, line 2"), "{error}");
    assert!(!Path::new(&out).exists(), "nothing is written");
    let error = fail(&["train", "--interactions", &folder.path("missing.csv"), "--out", &out]);
    assert!(error.starts_with("error[FILE]: ") && error.contains("missing.csv"), "{error}");
    let html = folder.write("page.html", "<!doctype html>");
    assert!(fail(&["inspect", &html]).starts_with("error[MODEL_FORMAT]: "));
    let history = folder.write("history.json", "[]");
    let error = fail(&["recommend", "--catalog", &html, "--history", &history]);
    assert!(error.starts_with("error[CATALOG_HTML]: "), "{error}");
    let good = folder.write("good.csv", "1,a\n1,b\n");
    let error = fail(&["train", "--interactions", &good, "--l2", "0", "--out", &out]);
    assert!(error.starts_with("error[OPTION]: ") && error.contains("l2"), "{error}");
}
