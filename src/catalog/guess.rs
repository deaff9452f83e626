//! What is where in the items, where nobody says it: seen from the names of their fields and what is in them.

use super::item::{Paths, ROLES, Role};
use super::path::Path;
use super::read;
use super::report::{FieldReport, FieldReports, SaidBy};
use super::sample::{Column, Sample};
use super::value::{Kind, Value};
use super::{CatalogOptions, GenreNames};
use crate::columns::Interner;
use crate::text::find;
use crate::text::quoted;

/// What each part of an item is usually called, in lower case and without other signs, the surest first. Behind a point: within an object.
const USUAL: [&str; ROLES.len()] = [
    "id objectid uuid guid identifier movieid itemid showid imdbid tconst imdb.id ids.imdb ids.trakt tmdbid isbn13 isbn",
    "title name primarytitle movietitle booktitle tracktitle trackname originaltitle originalname headline \
     attributes.canonicaltitle volumeinfo.title snippet.title",
    "genres genre majorgenre genreids genrenames categories category listedin subjects subject volumeinfo.categories",
    "year releaseyear startyear releasedate firstairdate premiered productionyear firstpublishyear \
     originalpublicationyear publicationyear publishedyear seasonyear datepublished publisheddate publicationdate \
     published publishedat released releasedat airdate startdate premieredate date attributes.startdate \
     volumeinfo.publisheddate snippet.publishedat",
    "popularity views viewcount viewedcount votecount votes numvotes imdbvotes ratingscount ratingcount numratings \
     members playcount plays listeners downloads watchers followers subscribers owners sales popularityscore imdb.votes \
     aggregaterating.ratingcount attributes.usercount volumeinfo.ratingscount statistics.viewcount weight",
    "tags tag keywords labels topics",
    "description overview plot summary synopsis shortdescription longdescription extract abstract fullplot \
     attributes.synopsis volumeinfo.description snippet.description",
];

/// Where there is no field that is called an id: what else tells items apart.
const ADDRESSES: &str = "slug permalink href url link";

/// What is where.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) paths: Paths,
    pub(super) reports: FieldReports,
    /// What separates genres, and tags, in one string.
    pub(super) separators: [String; 2],
}

/// As the options say, else as a preset does, else guessed.
pub(super) fn fields(sample: &Sample, options: &CatalogOptions) -> Fields {
    let columns = sample.columns();
    let items = sample.objects().count();
    let has_genre_names = options.genre_names != GenreNames::default();
    let mut reports = FieldReports::default();
    let mut paths = Paths::default();
    for (role, said) in ROLES.into_iter().zip(&options.fields.paths) {
        let of_preset = options.fields.preset.map_or("", |preset| preset.paths(role));
        let (found, by) = match said {
            Some(paths) => (paths.0.clone(), SaidBy::Options),
            None if !of_preset.is_empty() => (of_fields(&mut of_preset.split(' ')), SaidBy::Preset),
            None => {
                let guessed = guessed(role, &columns, items, has_genre_names);
                (of_fields(&mut guessed.into_iter()), SaidBy::Guess)
            }
        };
        let mut report = FieldReport { by, ..FieldReport::default() };
        for path in &found {
            report.from.push(path.text.clone());
        }
        *reports.of_mut(role) = report;
        paths[role as usize] = found;
    }
    let separator = |role| {
        options.separator().unwrap_or_else(|| guessed_separator(&columns, &reports.of(role).from)).to_owned()
    };
    let separators = [separator(Role::Genres), separator(Role::Tags)];
    Fields { paths, reports, separators }
}

/// As it was found in items like these.
pub(super) fn known(before: &FieldReports, separators: &[String; 2]) -> Fields {
    let (mut reports, mut paths) = (FieldReports::default(), Paths::default());
    for role in ROLES {
        let FieldReport { from, by, .. } = before.of(role);
        paths[role as usize] = of_fields(&mut from.iter().map(String::as_str));
        *reports.of_mut(role) = FieldReport { from: from.clone(), by: *by, ..FieldReport::default() };
    }
    Fields { paths, reports, separators: separators.clone() }
}

/// Paths of ours, or of fields that are there.
fn of_fields(names: &mut dyn Iterator<Item = &str>) -> Vec<Path> {
    let mut paths = Vec::new();
    for name in names {
        paths.push(Path::of_field(name));
    }
    paths
}

/// The paths to a part of the items; as it is documented where nothing looks like it.
fn guessed<'c>(role: Role, columns: &'c [Column], items: usize, has_genre_names: bool) -> Vec<&'c str> {
    // Titles and years may come from several fields, each for the items that lack the ones before it.
    let most = if matches!(role, Role::Title | Role::Year) { 3 } else { 1 };
    let mut taken: Vec<&str> = Vec::new();
    let mut take = |is_it: &dyn Fn(&Column) -> bool| {
        for column in columns {
            if taken.len() < most && is_it(column) && fits(role, column, items, has_genre_names) {
                taken.push(&column.path);
                if column.values.len() >= items {
                    return true;
                }
            }
        }
        taken.len() == most
    };
    let mut is_done = USUAL[role as usize].split(' ').any(|usual| take(&|column| column.folded == usual));
    if role == Role::Id {
        is_done = is_done || take(&|column| column.folded.ends_with("id") && !column.path.contains('.'));
        if !is_done {
            ADDRESSES.split(' ').any(|usual| take(&|column| column.folded == usual));
        }
    }
    if taken.is_empty() {
        taken.push(role.name());
    }
    taken
}

/// Whether what a column has can be what it is called.
fn fits(role: Role, column: &Column, items: usize, has_genre_names: bool) -> bool {
    let good =
        |is_good: &dyn Fn(Value) -> bool| column.values.iter().filter(|value| is_good(**value)).count();
    let all = column.values.len();
    match role {
        // What is called so may be bad in some items, which will be told.
        Role::Id => column.path == role.name() || all >= items && tells_apart(&[column]),
        // Numbers say nothing to people, unless it is known what they mean.
        Role::Genres | Role::Tags => {
            good(&|value| match value.kind() {
                Kind::String => true,
                Kind::Array => {
                    has_genre_names || !value.elements().any(|element| element.kind() == Kind::Number)
                }
                _ => false,
            }) == all
        }
        Role::Title => 2 * good(&|value| read::text(value).is_ok()) >= all,
        Role::Year => 2 * good(&|value| read::year(value).is_ok()) >= all,
        Role::Popularity => 2 * good(&|value| read::popularity(value).is_ok()) >= all,
        Role::Description => 2 * good(&|value| value.kind() == Kind::String) >= all,
    }
}

/// Whether no two items have the same in all of these columns.
fn tells_apart(columns: &[&Column]) -> bool {
    let mut seen = Interner::default();
    let Some(first) = columns.first() else { return false };
    for item in 0..first.values.len() {
        let mut parts = columns.iter().map(|column| column.values.get(item).copied());
        match read::id(columns.len(), &mut parts) {
            Ok(Some(id)) if seen.intern(&id) as usize == item => {}
            _ => return false,
        }
    }
    true
}

/// What separates names in one string, in columns of these paths.
fn guessed_separator(columns: &[Column], paths: &[String]) -> &'static str {
    for separator in ["|", ";", ","] {
        let is_there = |byte: u8| separator.as_bytes() == [byte];
        let has = |value: &Value| value.kind() == Kind::String && value.json.bytes().any(is_there);
        if columns.iter().any(|column| paths.contains(&column.path) && column.values.iter().any(has)) {
            return separator;
        }
    }
    "|"
}

/// The options that would read items of which none could be read, as one writes them.
pub(super) fn suggestion(sample: &Sample, reports: &FieldReports) -> Option<String> {
    let columns = sample.columns();
    let items = sample.objects().count();
    let known = |role: Role| columns.iter().find(|column| reports.of(role).from.contains(&column.path));
    let mut longest: Option<&Column> = None;
    for column in columns.iter().filter(|column| column.values.len() >= items && is_title(column)) {
        if longest.is_none_or(|longest| column.length() > longest.length()) {
            longest = Some(column);
        }
    }
    let title = known(Role::Title).or(longest)?;
    let full = |role: Role| known(role).filter(|column| column.values.len() >= items);
    let mut candidates = Vec::new();
    candidates.extend(full(Role::Id).map(|id| vec![id]));
    candidates.extend(full(Role::Year).map(|year| vec![title, year]));
    candidates.push(vec![title]);
    for column in &columns {
        if column.values.len() >= items && column.length() < 200 * items {
            candidates.push(vec![column]);
        }
    }
    let id = candidates.into_iter().find(|columns| tells_apart(columns))?;
    let id = match id.as_slice() {
        [id] => quoted(&id.path),
        [first, second, ..] => format!("[{}, {}]", quoted(&first.path), quoted(&second.path)),
        [] => return None,
    };
    let title = if known(Role::Title).is_some() {
        String::new()
    } else {
        format!(", title: {}", quoted(&title.path))
    };
    Some(format!("fields: {{ id: {id}{title} }}"))
}

/// Whether these look like what items are called.
fn is_title(column: &Column) -> bool {
    let is_name = |value: &Value| {
        let text = value.written();
        value.kind() == Kind::String
            && text.len() <= 200
            && text.contains(char::is_alphabetic)
            && find(text, "://").is_none()
    };
    column.values.iter().all(is_name) && tells_apart(&[column])
}

/// Whether these are not items but what somebody did with them.
pub(super) fn are_interactions(sample: &Sample) -> bool {
    let columns = sample.columns();
    let has = |names: &str| columns.iter().any(|column| names.split(' ').any(|name| name == column.folded));
    has("user users userid viewer viewerid customerid")
        && has("item items itemid movie movies movieid book bookid productid showid title")
        && has("rating ratings timestamp score event eventtype progress")
}
