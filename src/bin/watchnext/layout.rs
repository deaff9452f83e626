use std::path::Path;

use watchnext::error::{Error, Result};
use watchnext::train::CsvTable;

/// Which column of a table of items holds what.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Column of the id: a name, or a place from 0 [usually found by itself].
    #[arg(long, value_name = "COLUMN")]
    id_column: Option<String>,
    /// Column of the title.
    #[arg(long, value_name = "COLUMN")]
    title_column: Option<String>,
    /// Column of the year.
    #[arg(long, value_name = "COLUMN")]
    year_column: Option<String>,
    /// Column of the genres.
    #[arg(long, value_name = "COLUMN")]
    genres_column: Option<String>,
    /// Column of the popularity.
    #[arg(long, value_name = "COLUMN")]
    popularity_column: Option<String>,
}

/// What a column can hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Title,
    Year,
    Genres,
    Popularity,
}

/// In the order of [`Field`]: what it is called, and what its column usually is, whatever its case, blanks, `_` and `-`. The first
/// counts most.
const FIELDS: [(&str, &[&str]); 5] = [
    (
        "id",
        &[
            "movieId",
            "item",
            "itemId",
            "id",
            "bookId",
            "showId",
            "productId",
            "tconst",
            "imdbId",
            "isbn13",
            "isbn",
        ],
    ),
    ("title", &["title", "name", "primaryTitle", "movieTitle", "bookTitle", "originalTitle"]),
    (
        "year",
        &[
            "year",
            "releaseYear",
            "originalPublicationYear",
            "publicationYear",
            "yearOfPublication",
            "startYear",
            "releaseDate",
        ],
    ),
    ("genres", &["genres", "genre", "categories", "category", "listedIn"]),
    ("popularity", &["popularity", "ratingsCount", "numVotes", "voteCount", "views"]),
];

/// MovieLens' tables have no header, or have had it cut off: id, title, genres, or id, title, year, genres.
const WITHOUT_HEADER: [(usize, [Option<usize>; 5]); 2] =
    [(3, [Some(0), Some(1), None, Some(2), None]), (4, [Some(0), Some(1), Some(2), Some(3), None])];

/// Where everything is in a table of items.
pub(crate) struct Layout {
    /// Names where there is a header, otherwise places.
    columns: Vec<String>,
    header: bool,
    places: [Option<usize>; FIELDS.len()],
}

/// A table that cannot be made a catalog of.
pub(crate) fn no_table(path: &Path, reason: impl Into<String>) -> Error {
    Error::CatalogTable { file: path.display().to_string(), reason: reason.into() }
}

/// All rows of a text file.
///
/// # Errors
/// [`Error::CatalogTable`] for what is no table: JSON, a page, a program.
pub(crate) fn rows(path: &Path) -> Result<Vec<Vec<String>>> {
    let mut table = CsvTable::open(path)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(row) = table.next_row()? {
        let fields: Vec<String> = row.fields().map(|field| field.into_owned()).collect();
        if rows.is_empty() {
            let found = match fields[0].chars().next() {
                Some('[' | '{') => {
                    Some("what looks like JSON; an array of items needs no command, see docs/catalog.md")
                }
                Some('<') => Some("a page (HTML or XML)"),
                _ => None,
            };
            if let Some(found) = found {
                return Err(no_table(path, format!("found {found}; {NEEDED}")));
            }
        }
        if fields.iter().any(|field| field.contains(|letter: char| letter < ' ' && !letter.is_whitespace())) {
            let line = row.line;
            return Err(no_table(path, format!("found bytes in line {line} that are no text; {NEEDED}")));
        }
        rows.push(fields);
    }
    Ok(rows)
}

const NEEDED: &str =
    "needed is a table (CSV, TSV or movies.dat) with a column for the id and one for the title";

impl Layout {
    /// Finds the columns by their names, or by what was said of them.
    ///
    /// # Errors
    /// [`Error::CatalogTable`] where there is no column for the id or the title.
    pub(crate) fn find(path: &Path, rows: &[Vec<String>], args: &Args) -> Result<Layout> {
        let Some(first) = rows.first() else {
            return Err(no_table(path, format!("found nothing; {NEEDED}")));
        };
        let folded: Vec<String> = first.iter().map(|name| fold(name)).collect();
        let asked = [
            &args.id_column,
            &args.title_column,
            &args.year_column,
            &args.genres_column,
            &args.popularity_column,
        ];
        let usual = |field: usize| {
            FIELDS[field].1.iter().find_map(|name| folded.iter().position(|column| *column == fold(name)))
        };
        let named = |name: &String| first.iter().position(|column| column.eq_ignore_ascii_case(name));
        let header = [Field::Id, Field::Title].into_iter().any(|field| usual(field as usize).is_some())
            || asked.iter().any(|name| name.as_ref().and_then(named).is_some());
        let columns: Vec<String> =
            if header { first.clone() } else { (0..first.len()).map(|place| place.to_string()).collect() };
        let even = rows.iter().all(|row| row.len() == first.len());
        let without_header =
            WITHOUT_HEADER.iter().find(|(width, _)| *width == first.len() && even && !header);
        let mut places = [None; FIELDS.len()];
        for (field, place) in places.iter_mut().enumerate() {
            *place = match asked[field] {
                Some(name) => match named(name).or(name.parse().ok().filter(|&place| place < first.len())) {
                    Some(place) => Some(place),
                    None => {
                        return Err(no_table(
                            path,
                            format!("has no column {name:?}; it has {}", listed(&columns)),
                        ));
                    }
                },
                None if header => usual(field),
                None => without_header.and_then(|(_, places)| places[field]),
            };
        }
        let layout = Layout { columns, header, places };
        for field in [Field::Id, Field::Title] {
            let (name, usual) = FIELDS[field as usize];
            if layout.place(field).is_none() {
                let usual = usual[..3].join(", ");
                let columns = listed(first);
                let reason = if header {
                    format!(
                        "has no column that is known to be the {name} ({usual}, …); it has {columns}; say which with --{name}-column"
                    )
                } else {
                    format!(
                        "has no header that names its columns (the {name}: {usual}, …); its first line is {columns}; {NEEDED}, or say which it is, by its place from 0, with --{name}-column"
                    )
                };
                return Err(no_table(path, reason));
            }
        }
        Ok(layout)
    }

    /// The column of a field.
    pub(crate) fn place(&self, field: Field) -> Option<usize> {
        self.places[field as usize]
    }

    /// The rows that are items, without a header.
    pub(crate) fn items<'a>(&self, rows: &'a [Vec<String>]) -> &'a [Vec<String>] {
        &rows[usize::from(self.header)..]
    }

    /// Which columns were taken for what, and which were not.
    pub(crate) fn described(&self) -> String {
        let taken = FIELDS.iter().zip(&self.places);
        let (found, missing): (Vec<_>, Vec<_>) = taken.partition(|(_, place)| place.is_some());
        let found: Vec<String> = found
            .iter()
            .filter_map(|((name, _), place)| {
                place.map(|place| format!("{name} from {}", short(&self.columns[place])))
            })
            .collect();
        let missing: Vec<&str> = missing.iter().map(|((name, _), _)| *name).collect();
        let unused: Vec<String> = (self.columns.iter().enumerate())
            .filter(|(place, _)| !self.places.contains(&Some(*place)))
            .map(|(_, name)| name.clone())
            .collect();
        let mut text = if self.header { String::new() } else { "no header; columns by place: ".to_owned() };
        text += &found.join(", ");
        for (what, names) in [("no", missing.join(", ")), ("not used:", listed(&unused))] {
            if !names.is_empty() {
                text += &format!("; {what} {names}");
            }
        }
        text
    }
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace([' ', '_', '-'], "")
}

/// Not more of a file than somebody wants to read.
fn listed(names: &[String]) -> String {
    const MOST: usize = 30;
    let mut listed: Vec<&str> = names.iter().take(MOST).map(|name| short(name)).collect();
    if names.len() > MOST {
        listed.push("…");
    }
    listed.join(", ")
}

fn short(name: &str) -> &str {
    name.char_indices().nth(40).map_or(name, |(end, _)| &name[..end])
}
