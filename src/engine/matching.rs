//! Titles that come from elsewhere, found in the catalog: by the ids that both have, else by title and year.

use crate::catalog::{Catalog, ItemIndex, NO_YEAR};
use crate::columns::Interner;
use crate::json::{FromJson, Value, read_fields, write_fields};
use crate::order;
use crate::text::lowercase;

/// A title as another service names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Its titles, the likeliest first.
    pub titles: Vec<String>,
    /// The year it came out.
    pub year: Option<f64>,
    /// Its id at IMDb, as in `tt0113277`.
    pub imdb: Option<String>,
    /// Its id at TMDB.
    pub tmdb: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The item's id; `None` where nothing was found, or more than one item that nothing tells apart.
    pub id: Option<String>,
    /// How sure it is, from 0 to 1: [`BY_ID`], [`BY_YEAR`], [`NEAR_YEAR`] or [`BY_TITLE`].
    pub confidence: f64,
}

/// The same id.
pub const BY_ID: f64 = 1.0;
/// The same title and year.
pub const BY_YEAR: f64 = 0.95;
/// The same title, and a year that is one off: services count premieres in different countries.
pub const NEAR_YEAR: f64 = 0.8;
/// The same title, of which there is only one, and no year to compare.
pub const BY_TITLE: f64 = 0.7;

read_fields! { Wanted { titles: "titles", year: "year", imdb: "imdb", tmdb: "tmdb" } }
write_fields! { Found { id: "id", confidence: "confidence" } }

/// Finds each of them.
pub(super) fn found(wanted: &[Wanted], catalog: &Catalog) -> Vec<Found> {
    let has_ids = wanted.iter().any(|wanted| wanted.imdb.is_some() || wanted.tmdb.is_some());
    let ids = if has_ids { external_ids(catalog) } else { Vec::new() };
    let titles = Titles::new(catalog);
    let by_id = |key: i64| {
        let place = ids.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some((ids[place].1, BY_ID))
    };
    let one = |wanted: &Wanted| {
        let imdb = wanted.imdb.as_deref().and_then(number);
        let tmdb = wanted.tmdb.as_deref().and_then(number);
        let found = imdb.and_then(by_id).or_else(|| tmdb.and_then(|number| by_id(-number)));
        found
            .or_else(|| wanted.titles.iter().find_map(|title| by_title(title, wanted.year, &titles, catalog)))
    };
    let answer = |(item, confidence)| Found { id: Some(catalog.id(item).to_owned()), confidence };
    wanted.iter().map(|wanted| one(wanted).map_or(Found { id: None, confidence: 0.0 }, answer)).collect()
}

/// The items by what is left of their titles.
struct Titles {
    texts: Interner,
    /// The place of the text, and the item; by both.
    items: Vec<(u32, ItemIndex)>,
}

impl Titles {
    fn new(catalog: &Catalog) -> Self {
        let mut texts = Interner::default();
        let items = 0..catalog.len() as ItemIndex;
        let mut items: Vec<(u32, ItemIndex)> =
            items.map(|item| (texts.intern(&normalised(catalog.title(item))), item)).collect();
        order::sort_by_key(&mut items, |(text, item)| i64::from(*text) << 32 | i64::from(*item));
        Titles { texts, items }
    }

    /// All with this title; none where nothing is left of it.
    fn of(&self, title: &str) -> Vec<ItemIndex> {
        let Some(text) = self.texts.find(title).filter(|_| !title.is_empty()) else { return Vec::new() };
        let start = self.items.partition_point(|(own, _)| *own < text);
        self.items[start..].iter().take_while(|(own, _)| *own == text).map(|(_, item)| *item).collect()
    }
}

fn by_title(title: &str, year: Option<f64>, titles: &Titles, catalog: &Catalog) -> Option<(ItemIndex, f64)> {
    let same = titles.of(&normalised(title));
    let known = |item: ItemIndex| {
        Some(catalog.features.years[item as usize]).filter(|year| *year != NO_YEAR).map(f64::from)
    };
    let Some(year) = year else {
        return if let [only] = same[..] { Some((only, BY_TITLE)) } else { None };
    };
    let within = |most: f64| {
        let mut near = same.iter().filter(|item| known(**item).is_some_and(|own| (own - year).abs() <= most));
        // Of two that are as near nobody knows which.
        near.next().filter(|_| near.next().is_none()).copied()
    };
    if let Some(item) = within(0.0) {
        return Some((item, BY_YEAR));
    }
    if let Some(item) = within(1.0) {
        return Some((item, NEAR_YEAR));
    }
    match same[..] {
        [only] if known(only).is_none() => Some((only, BY_TITLE)),
        _ => None,
    }
}

/// Letters and digits in lower case, without a year in brackets behind it and an article before or behind it ("Matrix, The").
fn normalised(title: &str) -> String {
    let title = title.trim();
    let bracket = title.strip_suffix(')').and_then(|title| title.rsplit_once('('));
    let title = match bracket {
        Some((before, year)) if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => before,
        _ => title,
    };
    let lower = lowercase(title.trim());
    let mut rest = lower.as_str();
    for article in ["the", "a", "an"] {
        let without =
            |text: &'_ str| text.strip_suffix(article).and_then(|text| text.strip_suffix(", ")).map(str::len);
        if let Some(length) = without(rest) {
            rest = rest.get(..length).unwrap_or_default();
        } else if let Some(after) = rest.strip_prefix(article).and_then(|text| text.strip_prefix(' ')) {
            rest = after;
        }
    }
    let joined = rest.replace('&', "and");
    joined.chars().filter(|letter| !letter.is_ascii() || letter.is_ascii_alphanumeric()).collect()
}

/// The number in `tt0113277` or `113277`; of others than titles there is none.
fn number(id: &str) -> Option<i64> {
    id.strip_prefix("tt").unwrap_or(id).parse().ok().filter(|number| *number > 0)
}

/// The ids of other services that items have, ascending: numbers at IMDb, and those at TMDB below 0. They are members that are called so, at the
/// top or in an object of ids.
fn external_ids(catalog: &Catalog) -> Vec<(i64, ItemIndex)> {
    let mut ids = Vec::new();
    for item in 0..catalog.len() as ItemIndex {
        let own = catalog.id(item);
        ids.extend(number(own).filter(|_| own.starts_with("tt")).map(|number| (number, item)));
        let source = catalog.source(item);
        if let Ok(value) = Value::parse(&source) {
            collect(value, 1, &mut |number| ids.push((number, item)));
        }
    }
    order::sort_by_key(&mut ids, |(number, _)| *number);
    ids
}

fn collect(object: Value, depth: u32, take: &mut dyn FnMut(i64)) {
    // What cannot be read costs no other item.
    let _ = object.entries(&mut |name, value| {
        let sign = match lowercase(name).replace('_', "").as_str() {
            "imdb" | "imdbid" => 1,
            "tmdb" | "tmdbid" => -1,
            "ids" | "externals" | "externalids" | "providerids" if depth > 0 && value.is_object() => {
                collect(value, depth - 1, take);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let text = if value.is_string() { String::from_json(value)? } else { value.source().to_owned() };
        if let Some(number) = number(&text) {
            take(sign * number);
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogOptions;

    const CATALOG: &str = r#"[{"id":1,"title":"Matrix, The","year":1999,"imdbId":"0133093"},
        {"id":2,"title":"Am\u00e9lie","year":2001,"ids":{"imdb":"tt0211915","tmdb":194}},{"id":"tt0113277","title":"Heat","year":1995},
        {"id":4,"title":"Heat (1986)","year":1986},{"id":5,"title":"Tom & Jerry"},{"id":6,"title":"Twins","year":1988},{"id":7,"title":"Twins","year":1988}]"#;

    /// The id that is found, and how sure that is.
    fn find(wanted: &Wanted) -> (String, f64) {
        let catalog =
            Catalog::parse(CATALOG.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0;
        let [Found { id, confidence }] = &found(std::slice::from_ref(wanted), &catalog)[..] else { panic!() };
        (id.clone().unwrap_or_default(), *confidence)
    }

    fn titled(title: &str, year: Option<f64>) -> Wanted {
        Wanted { titles: vec![title.into()], year, ..Wanted::default() }
    }

    #[test]
    fn ids_tell_before_titles() {
        let imdb = |id: &str| Wanted { imdb: Some(id.into()), ..titled("Heat", Some(1995.0)) };
        for (id, expected) in [("tt0133093", "1"), ("tt0211915", "2"), ("tt0113277", "tt0113277")] {
            assert_eq!(find(&imdb(id)), (expected.into(), BY_ID), "{id}");
        }
        assert_eq!(find(&imdb("tt0000009")), ("tt0113277".into(), BY_YEAR), "one that nobody has");
        let tmdb = Wanted { tmdb: Some("194".into()), ..Wanted::default() };
        assert_eq!(find(&tmdb), ("2".into(), BY_ID));
        assert_eq!(find(&Wanted { tmdb: Some("0".into()), ..Wanted::default() }).0, "");
    }

    #[test]
    fn titles_are_found_however_they_are_written() {
        for (title, year, expected, confidence) in [
            ("The Matrix", Some(1999.0), "1", BY_YEAR),
            ("matrix, the (1999)", Some(1999.0), "1", BY_YEAR),
            ("The Matrix", Some(2000.0), "1", NEAR_YEAR),
            ("The Matrix", Some(2003.0), "", 0.0),
            ("AM\u{c9}LIE", None, "2", BY_TITLE),
            ("Heat", Some(1986.0), "4", BY_YEAR),
            ("Heat", None, "", 0.0),
            ("Tom and Jerry", Some(1940.0), "5", BY_TITLE),
            ("Twins", Some(1988.0), "", 0.0),
            ("", None, "", 0.0),
            ("!?", None, "", 0.0),
            ("The", None, "", 0.0),
        ] {
            assert_eq!(find(&titled(title, year)), (expected.into(), confidence), "{title} {year:?}");
        }
        let two = Wanted {
            titles: vec!["Nothing: Part 1".into(), "Amelie".into(), "Am\u{e9}lie".into()],
            ..Wanted::default()
        };
        assert_eq!(find(&two).0, "2", "the likeliest title that there is");
    }
}
