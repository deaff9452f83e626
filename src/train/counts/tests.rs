use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::train::folder::Folder;
use crate::train::{ColumnNames, Edlae, Family, Shape, TrainOptions, train, train_counts};

impl Folder {
    /// The file of counts of these viewers' items.
    fn count(&self, name: &str, viewers: &[BTreeSet<u8>]) -> PathBuf {
        let rows = viewers.iter().enumerate();
        let text: String = rows
            .flat_map(|(viewer, items)| items.iter().map(move |item| format!("{viewer},i{item}\n")))
            .collect();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        count(&interactions, &self.path(name), &|_, _| {}).expect("counts");
        self.path(name)
    }
}

/// How many of these viewers have two items, by the items' ids.
fn pairs(viewers: &[BTreeSet<u8>]) -> BTreeMap<(String, String), u32> {
    let mut pairs = BTreeMap::new();
    for items in viewers {
        let ids: BTreeSet<String> = items.iter().map(|item| format!("i{item}")).collect();
        for (a, b) in ids.iter().flat_map(|a| ids.range(a.clone()..).map(move |b| (a.clone(), b.clone()))) {
            *pairs.entry((a, b)).or_default() += 1;
        }
    }
    pairs
}

fn found(counts: &Counts) -> BTreeMap<(String, String), u32> {
    let id = |item: usize| counts.ids().get(item).to_owned();
    let mut found = BTreeMap::new();
    for item in 0..counts.ids().len() {
        found.insert((id(item), id(item)), counts.row(item).own());
        found.extend(counts.row(item).map(|(other, count)| ((id(other as usize), id(item)), count)));
    }
    found
}

fn viewers() -> impl Strategy<Value = Vec<BTreeSet<u8>>> {
    prop::collection::vec(prop::collection::btree_set(0_u8..15, 1..6), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_are_those_of_the_viewers(viewers in viewers()) {
        let folder = Folder::new("counts");
        let counts = Counts::read(&folder.count("a", &viewers)).expect("reads");
        prop_assert_eq!(counts.viewers(), viewers.len() as u64);
        prop_assert_eq!(found(&counts), pairs(&viewers));
    }

    #[test]
    fn parts_add_up_to_the_whole_to_the_byte(parts in prop::collection::vec(viewers(), 1..4), tables in 0_usize..4) {
        let folder = Folder::new("parts");
        let whole = std::fs::read(folder.count("whole", &parts.concat())).expect("reads");
        let mut of_tables = 0;
        let files: Vec<PathBuf> = parts.iter().enumerate().map(|(number, viewers)| {
            if number >= tables {
                return folder.count(&number.to_string(), viewers);
            }
            of_tables += viewers.len() as u64;
            let rows = pairs(viewers).into_iter().map(|((a, b), count)| format!("{count},{b},{a}\n"));
            folder.write(&format!("{number}.csv"), format!("viewers,item,other\n{}", rows.collect::<String>()))
        }).collect();
        let out = folder.path("merged");
        merge(&files, (of_tables > 0).then_some(of_tables), &out, &|_, _| {}).expect("merges");
        prop_assert_eq!(std::fs::read(&out).expect("reads"), whole);
        prop_assert!(!folder.path("merged.part").exists());
    }

    #[test]
    fn damaged_files_are_refused(viewers in viewers(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let folder = Folder::new("damaged");
        let mut bytes = std::fs::read(folder.count("a", &viewers)).expect("reads");
        let place = place.index(bytes.len());
        prop_assert!(Counts::from_bytes(&bytes[..place]).is_err());
        bytes[place] ^= 1 << bit;
        prop_assert!(Counts::from_bytes(&bytes).is_err());
    }
}

#[test]
fn a_model_of_counts_is_the_viewers_model() {
    let folder = Folder::new("model");
    // In the order of the ids, so that both number the items alike.
    let mut viewers: Vec<BTreeSet<u8>> = (0..60_u8)
        .map(|viewer| {
            (10..40).filter(|item| (viewer / 3 + item) % 7 < 2 || (viewer % 5) * item % 11 == 3).collect()
        })
        .collect();
    viewers.insert(0, (10..40).collect());
    let path = folder.count("a", &viewers);
    let text: String = (viewers.iter().enumerate())
        .flat_map(|(viewer, items)| items.iter().map(move |item| format!("{viewer},i{item}\n")))
        .collect();
    let interactions =
        Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
    for max_dense_items in [0, 100] {
        let options = TrainOptions {
            family: Family::Edlae(Edlae { dropout: 0.33, l2: 5.0 }),
            max_dense_items,
            ..TrainOptions::new(Shape::of_sources(0, 8, 4, 0))
        };
        let models = |dimensions: usize| {
            let shape = Shape { dimensions, ..options.shape };
            let options = TrainOptions { shape, ..options.clone() };
            let mut expected = train(&interactions, None, &options, &|_, _| {}).expect("trains");
            expected.metadata.more.remove("denseOverlap20");
            let counts = Counts::read(&path).expect("reads");
            [train_counts(counts, None, &options, &|_, _| {}).expect("trains"), expected]
        };
        let [model, expected] = models(0);
        assert_eq!(model, expected);
        // Products with G are rounded in another way.
        let [factors, expected] = models(8).map(|model| model.low_rank.expect("has one").factors);
        // An eigenvector is as good as its negative.
        let step = |(a, b): (&i8, &i8)| a.unsigned_abs().abs_diff(b.unsigned_abs()) <= 1;
        assert!(factors.len() == expected.len() && factors.iter().zip(&expected).all(step), "{factors:?}");
    }
    let cosine = TrainOptions { family: Family::Content, ..TrainOptions::new(Shape::of_sources(0, 8, 4, 0)) };
    let counts = || Counts::read(&path).expect("reads");
    assert_eq!(
        train_counts(counts(), None, &cosine, &|_, _| {}).expect_err("needs viewers").code(),
        "OPTION"
    );
    let popularity = counts().popularity();
    let least = popularity.iter().copied().min().expect("items") as usize + 1;
    let kept = counts().with_support(least).expect("some are left");
    let rare: BTreeSet<&str> = counts_ids(&popularity, least as u32)
        .into_iter()
        .map(|item| interactions.items.strings().get(item))
        .collect();
    let expected: BTreeMap<(String, String), u32> = (pairs(&viewers).into_iter())
        .filter(|((a, b), _)| !rare.contains(a.as_str()) && !rare.contains(b.as_str()))
        .collect();
    assert!(!rare.is_empty());
    assert_eq!(found(&kept), expected);
    assert_eq!(kept.with_support(1000).map(drop).expect_err("nothing is left").code(), "OPTION");
}

fn counts_ids(popularity: &[u32], least: u32) -> Vec<usize> {
    (0..popularity.len()).filter(|&item| popularity[item] < least).collect()
}

#[test]
fn what_cannot_be_added_up_is_named() {
    let folder = Folder::new("bad");
    let whole = folder.count("whole", &[BTreeSet::from([1, 2])]);
    for (text, viewers, part) in [
        ("item,other,viewers\na,a,2\nb,b,1\na,b,1\nb,a,1\n", Some(2), "both orders"),
        ("item,other,viewers\na,a,2\na,b,1\n", Some(2), "no row that says how many viewers have \"b\""),
        ("item,other,viewers\na,a,3\n", Some(2), "3 of 2 viewers"),
        ("item,other,viewers\na,a,2\nb,b,1\na,b,2\n", Some(2), "2 viewers have two items"),
        ("item,other,viewers\na,a,1.5\n", Some(2), "1.5 is no number of viewers"),
        ("item,other,viewers\na,a,1\na,b,many\nb,b,1\n", Some(2), "line 3: \"many\" is not"),
        ("item,with,viewers\na,a,1\n", Some(2), "it has item, with, viewers"),
        ("item,other,viewers\na,a,1\n", None, "of how many viewers"),
    ] {
        let table = folder.write("table.csv", text);
        let error = merge(&[whole.clone(), table], viewers, &folder.path("out"), &|_, _| {}).expect_err(text);
        assert!(error.to_string().contains(part), "{error}");
        assert!(!folder.path("out").exists());
    }
    let error = merge(&[whole], Some(3), &folder.path("out"), &|_, _| {}).expect_err("counts say it");
    assert_eq!(error.code(), "OPTION");
}
