//! What is where in the items, where nobody says it: seen from the names of their fields and what is in them.

use super::item::{Paths, ROLES, Role};
use super::path::Path;
use super::read;
use super::report::{FieldReport, FieldReports, SaidBy};
use super::sample::{Column, Sample};
use super::value::{Kind, Value};
use super::{CatalogOptions, GenreNames};
use crate::error::Result;

/// What each part of an item is usually called, in lower case and without other signs, the surest first. Behind a point: within an object.
const USUAL: [&[&str]; ROLES.len()] = [
    &[
        "id",
        "objectid",
        "uuid",
        "guid",
        "identifier",
        "movieid",
        "itemid",
        "showid",
        "imdbid",
        "tconst",
        "imdb.id",
        "ids.imdb",
        "ids.trakt",
        "tmdbid",
        "isbn13",
        "isbn",
    ],
    &[
        "title",
        "name",
        "primarytitle",
        "movietitle",
        "booktitle",
        "tracktitle",
        "trackname",
        "originaltitle",
        "originalname",
        "headline",
        "attributes.canonicaltitle",
        "volumeinfo.title",
        "snippet.title",
    ],
    &[
        "genres",
        "genre",
        "majorgenre",
        "genreids",
        "genrenames",
        "categories",
        "category",
        "listedin",
        "subjects",
        "subject",
        "volumeinfo.categories",
    ],
    &[
        "year",
        "releaseyear",
        "startyear",
        "releasedate",
        "firstairdate",
        "premiered",
        "productionyear",
        "firstpublishyear",
        "originalpublicationyear",
        "publicationyear",
        "publishedyear",
        "seasonyear",
        "datepublished",
        "publisheddate",
        "publicationdate",
        "published",
        "publishedat",
        "released",
        "releasedat",
        "airdate",
        "startdate",
        "premieredate",
        "date",
        "attributes.startdate",
        "volumeinfo.publisheddate",
        "snippet.publishedat",
    ],
    &[
        "popularity",
        "views",
        "viewcount",
        "viewedcount",
        "votecount",
        "votes",
        "numvotes",
        "imdbvotes",
        "ratingscount",
        "ratingcount",
        "numratings",
        "members",
        "playcount",
        "plays",
        "listeners",
        "downloads",
        "watchers",
        "followers",
        "subscribers",
        "owners",
        "sales",
        "popularityscore",
        "imdb.votes",
        "aggregaterating.ratingcount",
        "attributes.usercount",
        "volumeinfo.ratingscount",
        "statistics.viewcount",
        "weight",
    ],
    &["tags", "tag", "keywords", "labels", "topics"],
    &[
        "description",
        "overview",
        "plot",
        "summary",
        "synopsis",
        "shortdescription",
        "longdescription",
        "extract",
        "abstract",
        "fullplot",
        "attributes.synopsis",
        "volumeinfo.description",
        "snippet.description",
    ],
];

/// Where there is no field that is called an id: what else tells items apart.
const ADDRESSES: [&str; 5] = ["slug", "permalink", "href", "url", "link"];

/// Of these parts several fields may be taken, each for the items that lack the ones before it.
const HAVE_SUBSTITUTES: [Role; 2] = [Role::Title, Role::Year];

/// What is where.
pub(super) struct Fields {
    pub(super) paths: Paths,
    pub(super) reports: FieldReports,
    /// What separates genres, and tags, in one string.
    pub(super) separators: [String; 2],
}

/// As the options say, else as a preset does, else guessed.
pub(super) fn fields(sample: &Sample, options: &CatalogOptions) -> Result<Fields> {
    let columns = sample.columns();
    let (said, preset) = (options.fields.paths()?, options.preset());
    let mut reports = FieldReports::default();
    let mut paths: Paths = Paths::default();
    for (role, said) in ROLES.into_iter().zip(said) {
        let of_preset = preset.map(|preset| preset.paths(role)).unwrap_or_default();
        let (found, by) = match said {
            Some(said) => (said, SaidBy::Options),
            None if !of_preset.is_empty() => (parsed(of_preset), SaidBy::Preset),
            None => (parsed(&guessed(role, &columns, sample.objects().count(), options)), SaidBy::Guess),
        };
        let from = found.iter().map(|path| path.text.clone()).collect();
        *reports.of_mut(role) = FieldReport { from, by, ..FieldReport::default() };
        paths[role as usize] = found;
    }
    let said = options.separator.as_deref().or(preset.and_then(|preset| preset.separator));
    let separators = [Role::Genres, Role::Tags].map(|role| {
        let guessed = || separator(&columns, &reports.of(role).from);
        said.unwrap_or_else(guessed).to_owned()
    });
    Ok(Fields { paths, reports, separators })
}

/// Paths of ours, or of fields that are there.
fn parsed(paths: &[impl AsRef<str>]) -> Vec<Path> {
    paths.iter().map(|path| Path::of_field(path.as_ref())).collect()
}

/// The paths to a part of the items; as it is documented where nothing looks like it.
fn guessed<'c>(role: Role, columns: &'c [Column], items: usize, options: &CatalogOptions) -> Vec<&'c str> {
    let usual = USUAL[role as usize]
        .iter()
        .flat_map(|usual| columns.iter().filter(move |column| column.folded == **usual));
    let mut found: Vec<&Column> = usual.filter(|column| fits(role, column, items, options)).collect();
    if role == Role::Id && found.is_empty() {
        let ids = columns.iter().filter(|column| column.folded.ends_with("id") && !column.path.contains('.'));
        let addresses =
            ADDRESSES.iter().flat_map(|usual| columns.iter().filter(move |column| column.folded == **usual));
        found.extend(ids.chain(addresses).find(|column| fits(role, column, items, options)));
    }
    let most = if HAVE_SUBSTITUTES.contains(&role) { 3 } else { 1 };
    let mut taken: Vec<&str> = Vec::new();
    for column in found.into_iter().take(most) {
        taken.push(&column.path);
        if column.values.len() >= items {
            break;
        }
    }
    if taken.is_empty() { vec![role.name()] } else { taken }
}

/// Whether what a column has can be what it is called.
fn fits(role: Role, column: &Column, items: usize, options: &CatalogOptions) -> bool {
    let at_least_half = |is: &dyn Fn(Value) -> bool| {
        2 * column.values.iter().filter(|value| is(**value)).count() >= column.values.len()
    };
    let has_table = options.genre_names != GenreNames::default();
    match role {
        // What is called so may be bad in some items, which will be told.
        Role::Id if column.path == role.name() => true,
        Role::Id => column.values.len() >= items && tells_apart(&[column]),
        Role::Title => at_least_half(&|value| read::text(value).is_ok()),
        // Numbers say nothing to people, unless it is known what they mean.
        Role::Genres | Role::Tags => column.values.iter().all(|value| match value.kind() {
            Kind::String => true,
            Kind::Array => has_table || value.elements().all(|element| element.kind() != Kind::Number),
            _ => false,
        }),
        Role::Year => at_least_half(&|value| read::year(value).is_ok()),
        Role::Popularity => at_least_half(&|value| read::popularity(value).is_ok()),
        Role::Description => at_least_half(&|value| value.kind() == Kind::String),
    }
}

/// Whether no two items have the same in all of these columns.
fn tells_apart(columns: &[&Column]) -> bool {
    let count = columns.iter().map(|column| column.values.len()).min().unwrap_or(0);
    let mut ids: Vec<String> = (0..count)
        .filter_map(|item| {
            Some(read::id(columns.iter().map(|column| Some(column.values[item]))).ok()??.into_owned())
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids.len() == count && count > 0
}

/// What separates names in one string, in columns of these paths.
fn separator(columns: &[Column], paths: &[String]) -> &'static str {
    const USUAL: [&str; 3] = ["|", ";", ","];
    let of_paths = columns.iter().filter(|column| paths.contains(&column.path));
    let strings: Vec<&str> = of_paths
        .flat_map(|column| &column.values)
        .filter(|value| value.kind() == Kind::String)
        .map(|value| value.written())
        .collect();
    USUAL
        .into_iter()
        .find(|separator| strings.iter().any(|text| text.contains(separator)))
        .unwrap_or(USUAL[0])
}

/// The options that would read items of which none could be read, as one writes them.
pub(super) fn suggestion(sample: &Sample, reports: &FieldReports) -> Option<String> {
    let columns = sample.columns();
    let items = sample.objects().count();
    let full = || columns.iter().filter(|column| column.values.len() >= items);
    let known = |role: Role| columns.iter().find(|column| reports.of(role).from.contains(&column.path));
    let longest = || {
        full()
            .filter(|column| is_title(column))
            .max_by_key(|column| column.values.iter().map(|value| value.json.len()).sum::<usize>())
    };
    let title = known(Role::Title).or_else(longest)?;
    let by_itself =
        || full().find(|column| column.values.len() > 1 && !is_prose(column) && tells_apart(&[column]));
    let with_another = || {
        full()
            .find(|other| other.path != title.path && tells_apart(&[title, other]))
            .map(|other| vec![title, other])
    };
    let year = known(Role::Year).filter(|column| column.values.len() >= items);
    let id = match known(Role::Id).filter(|id| tells_apart(&[id])) {
        Some(id) => vec![id],
        None => match year.filter(|year| tells_apart(&[title, year])) {
            Some(year) => vec![title, year],
            None if tells_apart(&[title]) => vec![title],
            None => by_itself().map(|column| vec![column]).or_else(with_another)?,
        },
    };
    let id = match id.as_slice() {
        [id] => format!("{:?}", id.path),
        parts => format!("{:?}", parts.iter().map(|part| part.path.as_str()).collect::<Vec<_>>()),
    };
    Some(match known(Role::Title) {
        Some(_) => format!("fields: {{ id: {id} }}"),
        None => format!("fields: {{ id: {id}, title: {:?} }}", title.path),
    })
}

/// Whether these look like what items are called.
fn is_title(column: &Column) -> bool {
    let is_name =
        |text: &str| text.len() <= 200 && text.contains(char::is_alphabetic) && !text.contains("://");
    column.values.iter().all(|value| value.kind() == Kind::String && is_name(value.written()))
        && tells_apart(&[column])
}

/// Whether these are too long for names.
fn is_prose(column: &Column) -> bool {
    column.values.iter().any(|value| value.json.len() > 200)
}

/// Whether these are not items but what somebody did with them.
pub(super) fn are_interactions(sample: &Sample) -> bool {
    let columns = sample.columns();
    let has = |names: &[&str]| columns.iter().any(|column| names.contains(&column.folded.as_str()));
    has(&["user", "users", "userid", "viewer", "viewerid", "customerid"])
        && has(&[
            "item",
            "itemid",
            "items",
            "movie",
            "movies",
            "movieid",
            "book",
            "bookid",
            "productid",
            "showid",
            "title",
        ])
        && has(&["rating", "ratings", "timestamp", "score", "event", "eventtype", "progress"])
}
