//! Terms are numbered as the plainest code would number them: what is made of them, down to the last bit, depends on it.

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::json;

use super::parse;
use crate::catalog::{Catalog, NO_YEAR, TermKind};

const STOP_WORDS: [&str; 24] = [
    "a", "an", "and", "as", "at", "by", "der", "die", "for", "from", "in", "is", "it", "la", "le", "les",
    "of", "on", "or", "the", "to", "vs", "with", "das",
];

/// Each item's terms as texts, in the order in which they are met.
fn texts(catalog: &Catalog, item: usize, tags: &[String], description: &str) -> Vec<(TermKind, String)> {
    let mut texts = Vec::new();
    let genres = catalog.features.genres.row(item);
    for (place, genre) in genres.iter().enumerate() {
        texts.push((TermKind::Genre, genre.to_string()));
        for other in genres.iter().take(16).skip(place + 1) {
            texts.push((TermKind::GenrePair, format!("{genre} {other}")));
        }
    }
    let year = catalog.features.years[item];
    if year != NO_YEAR {
        texts.push((TermKind::Decade, year.div_euclid(10).to_string()));
    }
    texts.extend(
        tags.iter().map(|tag| (TermKind::Tag, tag.trim().to_lowercase())).filter(|(_, tag)| !tag.is_empty()),
    );
    let title = catalog.title(item as u32);
    let pieces = |text: &'_ str| {
        text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()
    };
    let words = pieces(title).into_iter().chain(pieces(description)).filter(|word| word.chars().count() > 1);
    let words =
        words.map(|word| word.to_lowercase()).filter(|word| !STOP_WORDS.contains(&word.as_str())).take(64);
    texts.extend(words.map(|word| (TermKind::Word, word)));
    let mut last = String::new();
    for word in pieces(title).into_iter().take(64) {
        let word = word.to_lowercase();
        let bare = word.trim_end_matches(char::is_numeric);
        let bare = if bare.is_empty() { &word } else { bare };
        let singular = bare.strip_suffix('s').filter(|rest| rest.chars().count() > 2).unwrap_or(bare);
        if singular.chars().count() > 1 && (singular == "die" || !STOP_WORDS.contains(&singular)) {
            texts.push((TermKind::Title, singular.to_owned()));
            texts.push((TermKind::TitlePair, format!("{last} {singular}")));
            last = singular.to_owned();
        }
    }
    texts
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "The", "Alien", "aliens", "ALIEN3", "die", "Die", "2", "2001", "a", "s", "bus", "İ", "ΑΣ", "Σ",
            "³x", "é", "Ünlü"
        ])
        .prop_map(str::to_owned),
        "[a-cA-C]{1,3}",
        "\\PC{0,4}",
    ];
    (prop::collection::vec(word, 0..70), prop::sample::select(vec![" ", "-", ", ", "'"]))
        .prop_map(|(words, between)| words.join(between))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn terms_are_those_of_the_plainest_code(
        items in prop::collection::vec(
            (text(), prop::collection::vec("[a-d]", 0..20), prop::option::of(-20..2030_i32), prop::collection::vec(text(), 0..4), text()),
            1..12,
        ),
    ) {
        let objects = items.iter().enumerate().map(|(id, (title, genres, year, tags, description))| {
            json!({"id": id, "title": title, "genres": genres, "year": year, "tags": tags, "description": description})
        });
        let (catalog, _) = parse(&objects.collect::<serde_json::Value>().to_string()).expect("reads");
        let (mut numbers, mut kinds) = (HashMap::new(), Vec::new());
        for (item, (_, _, _, tags, description)) in items.iter().enumerate() {
            let tags: Vec<String> = tags.iter().filter(|tag| tag.as_str() != "N/A").cloned().collect();
            let mut row: Vec<u32> = Vec::new();
            for (kind, text) in texts(&catalog, item, &tags, description) {
                row.push(*numbers.entry((kind, text)).or_insert_with(|| {
                    kinds.push(kind);
                    kinds.len() as u32 - 1
                }));
            }
            row.sort_unstable();
            row.dedup();
            prop_assert_eq!(catalog.features.terms.rows.row(item), &row[..]);
        }
        prop_assert_eq!(&catalog.features.terms.kinds, &kinds);
    }
}
