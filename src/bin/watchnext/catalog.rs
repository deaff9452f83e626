use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use watchnext::error::Result;
use watchnext::train::Table;

use crate::write;

/// Make a catalog from MovieLens' movies.csv or movies.dat, or any CSV with item, title, year and genres.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// movies.csv (movieId,title,genres), movies.dat, or a CSV with the columns item,title,year,genres.
    movies: PathBuf,
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
/// What MovieLens writes where it knows no genre.
const NO_GENRES: &str = "(no genres listed)";

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let mut items = movies(&self.movies)?;
        if let Some(path) = &self.ratings {
            let mut viewers: BTreeMap<String, u64> = BTreeMap::new();
            each_row(path, &["movieid", "item"], 1, |id, _| {
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
            each_row(path, &["movieid", "item"], 0, |id, fields| {
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
        write(&self.out, format!("{{\"items\":[\n{}\n]}}\n", lines.join(",\n")).as_bytes())?;
        eprintln!("{}: {} items", self.out.display(), lines.len());
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
    let mut table = Table::open(path)?;
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

/// Ids and items in the order of the file.
fn movies(path: &Path) -> Result<Vec<(String, Map<String, Value>)>> {
    let mut items = Vec::new();
    each_row(path, &["movieid", "item"], 0, |id, fields| {
        let title = fields.get(1).map_or("", String::as_str);
        // item,title,year,genres, or movieId,title,genres with the year in the title.
        let stated = (fields.len() > 3).then(|| fields[2].parse().ok()).flatten();
        let genres = fields.get(if fields.len() > 3 { 3 } else { 2 }).map_or("", String::as_str);
        let (title, year) = split_year(title);
        let genres: Vec<&str> =
            genres.split('|').filter(|genre| !genre.is_empty() && *genre != NO_GENRES).collect();
        let mut item = Map::new();
        item.insert("id".into(), json!(id));
        item.insert("title".into(), json!(article_first(title)));
        if let Some(year) = year.or(stated) {
            item.insert("year".into(), json!(year));
        }
        item.insert("genres".into(), json!(genres));
        items.push((id, item));
        Ok(())
    })?;
    Ok(items)
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
    each_row(path, &["movieid", "item"], 1, |id, fields| {
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
