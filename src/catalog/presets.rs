//! Catalogs as well-known sources hand them out.

use super::item::{ROLES, Role};

/// What is where in a source's catalogs.
#[derive(Debug, PartialEq)]
pub(super) struct Preset {
    name: &'static str,
    /// The path to the items where the file is an object, and they are in no usual place.
    pub(super) items: Option<&'static str>,
    pub(super) separator: Option<&'static str>,
    /// For each role the paths to it, in the order of [`ROLES`]; none where it is guessed.
    paths: [&'static str; ROLES.len()],
    /// What is written for each genre, and its name behind it.
    pub(super) genre_names: &'static str,
}

impl Preset {
    pub(super) const NAMES: &'static [&'static str] =
        &["tmdb", "omdb", "tvmaze", "jellyfin", "schema.org", "movielens"];

    pub(super) fn named(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    pub(super) fn paths(&self, role: Role) -> &'static str {
        self.paths[role as usize]
    }
}

static PRESETS: [Preset; 6] = [
    Preset {
        name: "tmdb",
        items: None,
        separator: None,
        paths: [
            "id",
            "title name",
            "genres genre_ids",
            "release_date first_air_date year",
            "vote_count popularity",
            "keywords.keywords keywords.results keywords",
            "overview",
        ],
        // `/genre/movie/list` and `/genre/tv/list`.
        genre_names: "28 Action|12 Adventure|16 Animation|35 Comedy|80 Crime|99 Documentary|18 Drama|10751 Family|14 Fantasy|\
            36 History|27 Horror|10402 Music|9648 Mystery|10749 Romance|878 Science Fiction|10770 TV Movie|53 Thriller|\
            10752 War|37 Western|10759 Action & Adventure|10762 Kids|10763 News|10764 Reality|10765 Sci-Fi & Fantasy|\
            10766 Soap|10767 Talk|10768 War & Politics",
    },
    Preset {
        name: "omdb",
        items: None,
        separator: Some(","),
        paths: ["imdbID", "Title", "Genre", "Year", "imdbVotes", "Director Actors", "Plot"],
        genre_names: "",
    },
    Preset {
        name: "tvmaze",
        items: None,
        separator: None,
        paths: ["id", "name", "genres", "premiered", "weight", "network.name webChannel.name", "summary"],
        genre_names: "",
    },
    Preset {
        name: "jellyfin",
        items: None,
        separator: None,
        paths: [
            "Id",
            "Name",
            "Genres",
            "ProductionYear PremiereDate",
            "UserData.PlayCount",
            "Tags Studios",
            "Overview",
        ],
        genre_names: "",
    },
    Preset {
        name: "schema.org",
        items: Some("itemListElement[].item"),
        separator: Some(","),
        paths: [
            "",
            "name",
            "genre",
            "datePublished dateCreated startDate",
            "aggregateRating.ratingCount aggregateRating.reviewCount interactionStatistic.userInteractionCount",
            "keywords",
            "description",
        ],
        genre_names: "",
    },
    Preset {
        name: "movielens",
        items: None,
        separator: Some("|"),
        paths: ["movieId", "title", "genres", "year title", "", "tags", ""],
        genre_names: "",
    },
];
