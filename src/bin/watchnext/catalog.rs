use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use watchnext::catalog::{Catalog, CatalogOptions};
use watchnext::error::Result;
use watchnext::train::CsvTable;

use crate::layout::{self, Field, Layout, no_table};
use crate::write;

/// Make a catalog from MovieLens' movies.csv or movies.dat, or any table with a column for the id and one for the title.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// movies.csv, movies.dat, or a CSV or TSV whose header says what its columns are. Without a header the columns are id, title, genres
    /// or id, title, year, genres.
    movies: PathBuf,
    #[command(flatten)]
    columns: layout::Args,
    /// What separates genres [found by itself: |, ; or a comma].
    #[arg(long, value_name = "TEXT")]
    separator: Option<String>,
    /// ratings.csv: how many viewers rated an item becomes its popularity.
    #[arg(long, value_name = "FILE")]
    ratings: Option<PathBuf>,
    /// tags.csv: an item's most frequent tags.
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
    /// links.csv: an item's ids at IMDb and TMDB.
    #[arg(long, value_name = "FILE")]
    links: Option<PathBuf>,
    /// The catalog to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// So many tags are kept of an item.
const MAX_TAGS: usize = 10;
/// What the column of the item is called in files beside the items' own.
const ITEM_NAMES: &[&str] = &["movieid", "movie_id", "item", "itemid", "item_id", "bookid", "book_id"];
/// What MovieLens writes where it knows no genre.
const NO_GENRES: &str = "(no genres listed)";

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let rows = layout::rows(&self.movies)?;
        let layout = Layout::find(&self.movies, &rows, &self.columns)?;
        let rows = layout.items(&rows);
        let separator = self.separator.as_deref().unwrap_or_else(|| separator(&layout, rows));
        eprintln!("{}: {}", self.movies.display(), layout.described());
        if layout.place(Field::Genres).is_some() {
            eprintln!("{}: genres are separated by {separator:?}", self.movies.display());
        }
        let mut items: Vec<(String, Map<String, Value>)> =
            rows.iter().map(|row| movie(&layout, row, separator)).collect();
        if let Some(path) = &self.ratings {
            let mut viewers: BTreeMap<String, u64> = BTreeMap::new();
            each_row(path, ITEM_NAMES, 1, |id, _| {
                *viewers.entry(id).or_default() += 1;
                Ok(())
            })?;
            for (id, item) in &mut items {
                item.insert("popularity".into(), viewers.get(id).copied().unwrap_or(0).into());
            }
        }
        if let Some(path) = &self.tags {
            let tags = tags(path)?;
            for (id, item) in &mut items {
                if let Some(tags) = tags.get(id) {
                    item.insert("tags".into(), json!(tags));
                }
            }
        }
        if let Some(path) = &self.links {
            let mut links: BTreeMap<String, [String; 2]> = BTreeMap::new();
            each_row(path, ITEM_NAMES, 0, |id, fields| {
                links.insert(id, [1, 2].map(|place| fields.get(place).cloned().unwrap_or_default()));
                Ok(())
            })?;
            for (id, item) in &mut items {
                for (name, value) in ["imdbId", "tmdbId"].iter().zip(links.get(id).into_iter().flatten()) {
                    if !value.is_empty() {
                        item.insert((*name).into(), json!(value));
                    }
                }
            }
        }
        let lines: Vec<String> = items.into_iter().map(|(_, item)| Value::Object(item).to_string()).collect();
        let bytes = format!("{{\"items\":[\n{}\n]}}\n", lines.join(",\n")).into_bytes();
        let (_, report) = Catalog::parse(bytes.clone(), &CatalogOptions::default(), &mut |_, _| {})
            .map_err(|error| no_table(&self.movies, format!("makes no catalog: {error}")))?;
        write(&self.out, &bytes)?;
        eprintln!("{}: {} items", self.out.display(), report.items);
        if let Some(first) = report.problems.first() {
            let skipped = report.skipped;
            eprintln!(
                "{skipped} of its rows will be passed over; the first is item {}: {}",
                first.index, first.message
            );
        }
        Ok(())
    }
}

/// Every row but a header, with the field of the first of `names` that the header has; `column` without a header.
fn each_row(
    path: &Path,
    names: &[&str],
    column: usize,
    mut each: impl FnMut(String, &[String]) -> Result<()>,
) -> Result<()> {
    let mut table = CsvTable::open(path)?;
    let mut place = None;
    while let Some(row) = table.next_row()? {
        let fields: Vec<String> = row.fields().map(|field| field.into_owned()).collect();
        let place = match place {
            Some(place) => place,
            None => {
                let named = fields.iter().position(|field| names.contains(&field.to_lowercase().as_str()));
                place = Some(named.unwrap_or(column));
                if named.is_some() {
                    continue;
                }
                column
            }
        };
        each(row.field(place)?.into_owned(), &fields)?;
    }
    Ok(())
}

/// A row as an item, with its id.
fn movie(layout: &Layout, row: &[String], separator: &str) -> (String, Map<String, Value>) {
    let field = |field: Field| {
        layout
            .place(field)
            .and_then(|place| row.get(place))
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    let mut item = Map::new();
    let id = field(Field::Id).unwrap_or_default();
    item.insert("id".into(), json!(id));
    if let Some(title) = field(Field::Title) {
        let (title, year) = split_year(title);
        item.insert("title".into(), json!(article_first(title)));
        if let Some(year) = year.map(i64::from).or(field(Field::Year).and_then(year_of)) {
            item.insert("year".into(), json!(year));
        }
    }
    let genres = field(Field::Genres).unwrap_or_default();
    let genres = genres.split(separator).map(str::trim);
    let genres: Vec<&str> = genres.filter(|genre| !genre.is_empty() && *genre != NO_GENRES).collect();
    item.insert("genres".into(), json!(genres));
    let popularity = field(Field::Popularity).and_then(|text| text.parse::<f64>().ok());
    if let Some(popularity) = popularity.filter(|popularity| popularity.is_finite() && *popularity >= 0.0) {
        item.insert("popularity".into(), number(popularity));
    }
    (id.to_owned(), item)
}

/// A whole number without a point, as it usually stands in the file.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value < 9e15 { json!(value as u64) } else { json!(value) }
}

/// What separates genres: the first of the usual that is in one of them.
fn separator(layout: &Layout, rows: &[Vec<String>]) -> &'static str {
    const USUAL: [&str; 3] = ["|", ";", ","];
    let cells = || {
        layout
            .place(Field::Genres)
            .into_iter()
            .flat_map(|place| rows.iter().filter_map(move |row| row.get(place)))
    };
    USUAL.into_iter().find(|&text| cells().any(|cell| cell.contains(text))).unwrap_or(USUAL[0])
}

/// `1995`, `1995.0` or a date that begins with it.
fn year_of(text: &str) -> Option<i64> {
    const MOST: f64 = 9999.0;
    let whole = text.parse::<f64>().ok().filter(|year| year.fract() == 0.0 && year.abs() <= MOST);
    let of_date = || match text.split_once(['-', '/', '.']) {
        Some((year, _)) if year.len() == 4 => year.parse().ok(),
        _ => None,
    };
    whole.map(|year| year as i64).or_else(of_date)
}

/// `Toy Story (1995)` to `Toy Story` and 1995.
fn split_year(title: &str) -> (&str, Option<u32>) {
    let parted = title.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match parted.map(|(title, year)| (title, year.split(['-', '–']).next().unwrap_or(year))) {
        Some((rest, year)) if year.len() == 4 && !rest.trim().is_empty() => {
            year.parse().map_or((title, None), |year| (rest.trim_end(), Some(year)))
        }
        _ => (title, None),
    }
}

/// `Matrix, The` to `The Matrix`, as people say it; what follows in brackets stays behind.
fn article_first(title: &str) -> String {
    const ARTICLES: [&str; 18] = [
        "The", "A", "An", "Le", "La", "Les", "L'", "Un", "Une", "Der", "Die", "Das", "Ein", "Il", "El",
        "Los", "Las", "Lo",
    ];
    let (name, rest) = match title.find(" (") {
        Some(at) => title.split_at(at),
        None => (title, ""),
    };
    match name.rsplit_once(", ") {
        Some((name, article)) if ARTICLES.contains(&article) => {
            let space = if article.ends_with('\'') { "" } else { " " };
            format!("{article}{space}{name}{rest}")
        }
        _ => title.to_owned(),
    }
}

/// Each item's most frequent tags, in any case, the most frequent first.
fn tags(path: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut counts: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    each_row(path, ITEM_NAMES, 1, |id, fields| {
        let tag = fields.get(2).map(|tag| tag.to_lowercase()).filter(|tag| !tag.is_empty());
        if let Some(tag) = tag {
            *counts.entry(id).or_default().entry(tag).or_default() += 1;
        }
        Ok(())
    })?;
    let most_frequent = |tags: BTreeMap<String, u32>| {
        let mut tags: Vec<(String, u32)> = tags.into_iter().collect();
        tags.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        tags.into_iter().take(MAX_TAGS).map(|(tag, _)| tag).collect()
    };
    Ok(counts.into_iter().map(|(id, tags)| (id, most_frequent(tags))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_leaves_the_title() {
        assert_eq!(split_year("Toy Story (1995)"), ("Toy Story", Some(1995)));
        assert_eq!(split_year("2001 (A Film)"), ("2001 (A Film)", None));
        assert_eq!(split_year("Show (2006–2007)"), ("Show", Some(2006)));
        assert_eq!(split_year("(1995)"), ("(1995)", None));
        assert_eq!(split_year(""), ("", None));
    }

    #[test]
    fn years_are_numbers_or_begin_dates() {
        for (text, year) in [
            ("1995", Some(1995)),
            ("2008.0", Some(2008)),
            ("-720.0", Some(-720)),
            ("1994-10-13", Some(1994)),
            ("soon", None),
            ("1995.5", Some(1995)),
            ("20080", None),
        ] {
            assert_eq!(year_of(text), year, "{text}");
        }
    }

    #[test]
    fn articles_come_first() {
        for (title, expected) in [
            ("Matrix, The", "The Matrix"),
            ("Avventura, L' (Adventure, The)", "L'Avventura (Adventure, The)"),
            ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
            ("Run Silent, Run Deep", "Run Silent, Run Deep"),
            ("American in Paris, An", "An American in Paris"),
        ] {
            assert_eq!(article_first(title), expected);
        }
    }
}
