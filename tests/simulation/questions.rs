use std::sync::LazyLock;

use serde::Deserialize;
use watchnext::engine::{Command, RecommendOptions, SimilarOptions, Wait};
use watchnext::history::{Event, EventKind};
use watchnext::rank::{FilterOptions, GenreFilter, IdFilter, SeenFilter, WeightsOption, YearFilter};
use watchnext::score::BUILT_IN;

use crate::chance::Chance;

/// So many items that hardly two made-up questions have the same answer.
pub(crate) const CATALOG: &str = r#"[
    {"id": "1", "title": "Heat", "genres": ["Crime", "Thriller"], "year": 1995, "popularity": 90},
    {"id": "2", "title": "Ronin", "genres": ["Crime", "Thriller"], "year": 1998, "popularity": 40},
    {"id": "3", "title": "Toy Story", "genres": ["Animation", "Comedy"], "year": 1995, "popularity": 200},
    {"id": "4", "title": "Shrek", "genres": ["Animation", "Comedy"], "year": 2001, "popularity": 150},
    {"id": "5", "title": "Alien", "genres": ["Horror", "Sci-Fi"], "year": 1979, "popularity": 120},
    {"id": "6", "title": "Collateral", "genres": ["Crime"], "year": 2004, "popularity": 20},
    {"id": "7", "title": "Up", "genres": ["Animation", "Drama"], "year": 2009, "popularity": 95},
    {"id": "8", "title": "The Thing", "genres": ["Horror", "Sci-Fi"], "year": 1982},
    {"id": "9", "title": "Blade Runner", "genres": ["Sci-Fi", "Thriller"], "year": 1982, "popularity": 130},
    {"id": "10", "title": "Fargo", "genres": ["Comedy", "Crime", "Drama"], "year": 1996, "popularity": 85},
    {"id": "11", "title": "Solaris", "genres": ["Drama", "Sci-Fi"], "year": 1972, "popularity": 15},
    {"id": "12", "title": "Some Like It Hot", "genres": ["Comedy"], "year": 1959, "popularity": 60},
    {"id": "13", "title": "Psycho", "genres": ["Horror", "Thriller"], "year": 1960, "popularity": 70},
    {"id": "14", "title": "Tokyo Story", "genres": ["Drama"], "year": 1953, "popularity": 5},
    {"id": "15", "title": "Akira", "genres": ["Animation", "Sci-Fi"], "year": 1988, "popularity": 55},
    {"id": "16", "title": "Home movie", "genres": []},
    {"id": "17", "title": "Rear Window", "genres": ["Thriller"], "year": 1954, "popularity": 65},
    {"id": "18", "title": "Aliens", "genres": ["Horror", "Sci-Fi", "Thriller"], "year": 1986, "popularity": 110},
    {"id": "19", "title": "Jackie Brown", "genres": ["Crime", "Drama"], "year": 1997, "popularity": 35},
    {"id": "20", "title": "WALL-E", "genres": ["Animation", "Sci-Fi"], "year": 2008, "popularity": 140},
    {"id": "21", "title": "Airplane!", "genres": ["Comedy"], "year": 1980, "popularity": 75},
    {"id": "22", "title": "Lost reel", "genres": ["Drama", "Horror"], "popularity": 1},
    {"id": "23", "title": "Get Out", "genres": ["Horror", "Comedy"], "year": 2017, "popularity": 80},
    {"id": "24", "title": "Parasite", "genres": ["Drama", "Thriller"], "year": 2019, "popularity": 100}
]"#;

#[derive(Deserialize)]
struct Item {
    id: String,
    genres: Vec<String>,
    year: Option<i32>,
}

static ITEMS: LazyLock<Vec<Item>> = LazyLock::new(|| serde_json::from_str(CATALOG).expect("is JSON"));

const GENRES: [&str; 9] =
    ["Crime", "thriller", "ANIMATION", "Comedy", "horror", "Sci-Fi", "Drama", "sci-fi", "Western"];

/// A question that hardly any other call asks.
pub(crate) fn question(chance: &mut Chance) -> Command {
    let deadline = Some(chance.of(&[30.0, 200.0, 5000.0]));
    let priority = Some(chance.of(&[0.0, 4.0, 9.0]));
    let limit = chance.of(&[None, Some(1.0), Some(3.0), Some(8.0), Some(1000.0)]);
    let filter = if chance.one_in(2) { FilterOptions::default() } else { filter(chance) };
    if chance.one_in(8) {
        let item = if chance.one_in(20) { "unheard of".into() } else { item(chance) };
        return Command::Similar(SimilarOptions {
            item,
            limit,
            filter,
            deadline,
            priority,
            ..SimilarOptions::default()
        });
    }
    let share = [None, None, Some(0.3), Some(1.0)];
    let waits = [Wait::Deadline, Wait::Deadline, Wait::Deadline, Wait::All];
    let quorums = [1.0, 2.0, 2.0, 3.0].map(Wait::Quorum);
    Command::Recommend(RecommendOptions {
        limit,
        weights: if chance.one_in(2) { WeightsOption::new() } else { weights(chance) },
        filter,
        diversity: chance.of(&share),
        calibration: chance.of(&share),
        explain: chance.one_in(2),
        wait: if chance.one_in(4) { chance.of(&quorums) } else { chance.of(&waits) },
        deadline,
        priority,
        seed: chance.of(&[None, None, None, Some(3.0)]),
    })
}

/// A question that asks every scorer, for when all is calm.
pub(crate) fn probe(chance: &mut Chance) -> Command {
    Command::Recommend(RecommendOptions {
        weights: BUILT_IN.iter().map(|scorer| (scorer.name.to_owned(), 1.0)).collect(),
        explain: chance.one_in(2),
        deadline: Some(5000.0),
        ..RecommendOptions::default()
    })
}

fn item(chance: &mut Chance) -> String {
    ITEMS[chance.below(ITEMS.len())].id.clone()
}

fn some<T>(chance: &mut Chance, most: usize, one: impl Fn(&mut Chance) -> T) -> Vec<T> {
    (0..1 + chance.below(most)).map(|_| one(chance)).collect()
}

fn weights(chance: &mut Chance) -> WeightsOption {
    let mut weights = WeightsOption::new();
    for scorer in BUILT_IN {
        if chance.one_in(2) {
            weights.push((scorer.name.to_owned(), chance.of(&[0.0, 0.0, 0.1, 1.0, 3.5])));
        }
    }
    weights
}

fn filter(chance: &mut Chance) -> FilterOptions {
    let genre = |chance: &mut Chance| chance.of(&GENRES).to_owned();
    let genres = GenreFilter {
        any: chance.one_in(3).then(|| some(chance, 3, genre)),
        all: if chance.one_in(6) { some(chance, 2, genre) } else { Vec::new() },
        none: if chance.one_in(3) { some(chance, 2, genre) } else { Vec::new() },
    };
    let year = YearFilter {
        min: chance.one_in(4).then(|| 1950 + chance.below(40) as i32),
        max: chance.one_in(4).then(|| 1990 + chance.below(30) as i32),
    };
    let ids = IdFilter {
        allow: chance.one_in(6).then(|| some(chance, 8, item)),
        deny: if chance.one_in(3) { some(chance, 4, item) } else { Vec::new() },
    };
    let seen = chance.of(&[None, Some(SeenFilter::Exclude), Some(SeenFilter::Include)]);
    FilterOptions { genres, year, ids, seen }
}

/// What the viewer did: a few events, of any kind, mostly in the order of time.
pub(crate) fn events(chance: &mut Chance, now: f64) -> Vec<Event> {
    some(chance, 3, |chance| {
        let item = if chance.one_in(30) { "unheard of".into() } else { item(chance) };
        let kind = chance.of(&[
            EventKind::Watch,
            EventKind::Watch,
            EventKind::Watch,
            EventKind::Like,
            EventKind::Dislike,
            EventKind::Rate,
            EventKind::Click,
            EventKind::Skip,
            EventKind::Impression,
            EventKind::Remove,
        ]);
        let time = if chance.one_in(5) { now - chance.between(0.0, 1000.0) } else { now };
        let mut event = Event::new(item, kind, time);
        match kind {
            EventKind::Watch => event.progress = chance.of(&[None, Some(0.2), Some(0.95)]),
            EventKind::Rate => event.rating = Some(chance.of(&[1.0, 3.0, 4.5])),
            _ => {}
        }
        event
    })
}

/// Whether a list for `asked` may have an item, told once more in the plainest way: nothing of the engine's own filter is in it.
pub(crate) fn may_have(asked: &Command, id: &str, events: &[Event]) -> bool {
    let (filter, like, usually) = match asked {
        Command::Recommend(options) => (&options.filter, None, SeenFilter::Exclude),
        Command::Similar(options) => (&options.filter, Some(options.item.as_str()), SeenFilter::Include),
        _ => return false,
    };
    let Some(item) = ITEMS.iter().find(|item| item.id == id) else { return false };
    let has = |genre: &String| item.genres.iter().any(|own| own.eq_ignore_ascii_case(genre));
    let GenreFilter { any, all, none } = &filter.genres;
    let genres =
        any.as_ref().is_none_or(|any| any.iter().any(has)) && all.iter().all(has) && !none.iter().any(has);
    let YearFilter { min, max } = filter.year;
    let year = (min.is_none() && max.is_none())
        || item
            .year
            .is_some_and(|year| min.is_none_or(|min| year >= min) && max.is_none_or(|max| year <= max));
    let IdFilter { allow, deny } = &filter.ids;
    let among = |ids: &[String]| ids.iter().any(|other| other == id);
    let ids = allow.as_ref().is_none_or(|allow| among(allow)) && !among(deny) && like != Some(id);
    let (seen, disliked) = seen_and_disliked(id, events);
    let seen = seen && filter.seen.unwrap_or(usually) == SeenFilter::Exclude;
    genres && year && ids && !seen && !disliked
}

fn seen_and_disliked(id: &str, events: &[Event]) -> (bool, bool) {
    let mut events: Vec<&Event> = events.iter().filter(|event| event.item == id).collect();
    events.sort_by(|a, b| a.time.total_cmp(&b.time));
    let mut standing: Vec<&Event> = Vec::new();
    for event in events {
        match event.kind {
            EventKind::Remove => drop(standing.pop()),
            EventKind::Impression => {}
            _ => standing.push(event),
        }
    }
    let events = standing;
    let last = |kinds: &[EventKind]| {
        events.iter().rfind(|event| kinds.contains(&event.kind)).map(|event| event.kind)
    };
    let opinion = last(&[EventKind::Like, EventKind::Dislike, EventKind::Rate]);
    let watched = last(&[EventKind::Watch]).is_some();
    let skipped = last(&[EventKind::Skip, EventKind::Click, EventKind::Watch]) == Some(EventKind::Skip);
    (watched || skipped || opinion.is_some(), opinion == Some(EventKind::Dislike))
}
