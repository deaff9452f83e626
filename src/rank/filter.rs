use crate::catalog::{Catalog, Features, GenreIndex, ItemIndex, NO_YEAR, Series};
use crate::columns::Interner;
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::json::{read_fields, read_names, write_names};

/// Which items may be recommended, as a request says it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilterOptions {
    /// By genre name, whatever its case and blanks. A name the catalog does not have matches no item.
    pub genres: GenreFilter,
    /// By year, both ends included. An item without a year does not pass.
    pub year: YearFilter,
    /// By id.
    pub ids: IdFilter,
    /// What to do with what the viewer has already seen. Dislikes never pass.
    pub seen: Option<SeenFilter>,
}

/// Genres an item must or must not have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenreFilter {
    /// At least one of these.
    pub any: Option<Vec<String>>,
    /// Every one of these.
    pub all: Vec<String>,
    /// Not one of these.
    pub none: Vec<String>,
}

impl GenreFilter {
    /// The names that no item of the catalog has, as they were written, each once.
    pub fn unknown(&self, catalog: &Catalog) -> Vec<String> {
        let mut unknown = Interner::default();
        let names = self.any.iter().flatten().chain(&self.all).chain(&self.none);
        for name in names.filter(|name| catalog.find_genre(name).is_none()) {
            unknown.intern(name);
        }
        unknown.strings().iter().map(str::to_owned).collect()
    }
}

/// A range of years.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct YearFilter {
    /// The first.
    pub min: Option<i32>,
    /// The last.
    pub max: Option<i32>,
}

/// Ids that may, or may not, be recommended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdFilter {
    /// Only these.
    pub allow: Option<Vec<String>>,
    /// None of these.
    pub deny: Vec<String>,
}

/// What to do with items the viewer has already seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenFilter {
    /// They are not recommended.
    Exclude,
    /// They may be.
    Include,
}

/// What keeps an item out of every list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// The viewer dislikes it, or rated it 2 or less.
    Disliked,
    /// The viewer has seen it.
    Seen,
    /// It is an episode, and another item stands for its series.
    Episode,
    /// It is not one of the filter's ids.
    Ids,
    /// It has not the filter's year.
    Year,
    /// It has not the filter's genres.
    Genres,
}

read_fields! { FilterOptions { genres: "genres", year: "year", ids: "ids", seen: "seen" } }
read_fields! { GenreFilter { any: "any", all: "all", none: "none" } }
read_fields! { YearFilter { min: "min", max: "max" } }
read_fields! { IdFilter { allow: "allow", deny: "deny" } }
read_names! { SeenFilter { Exclude: "exclude", Include: "include" } }
write_names! { Exclusion { Disliked: "disliked", Seen: "seen", Episode: "episode", Ids: "ids", Year: "year", Genres: "genres" } }

/// A [`FilterOptions`] in terms of one catalog and one viewer.
pub struct Filter<'a> {
    features: &'a Features,
    /// One entry an item: what keeps it out whatever its year and genres.
    blocked: Vec<Option<Exclusion>>,
    /// One entry a genre.
    any: Option<Vec<bool>>,
    none: Vec<bool>,
    /// `None` where a genre is asked for that no item has.
    all: Option<Vec<GenreIndex>>,
    years: Option<(i32, i32)>,
}

impl<'a> Filter<'a> {
    /// Looks the names up. `seen` is what happens to seen items where the options do not say.
    ///
    /// # Errors
    /// [`Error::Option`] where the first year is after the last.
    pub fn new(
        options: &FilterOptions,
        catalog: &'a Catalog,
        profile: &Profile,
        seen: SeenFilter,
    ) -> Result<Self> {
        let YearFilter { min, max } = options.year;
        let years =
            (min.is_some() || max.is_some()).then(|| (min.unwrap_or(i32::MIN), max.unwrap_or(i32::MAX)));
        if let Some((min, max)) = years.filter(|(min, max)| min > max) {
            let reason = format!("min {min} is after max {max}");
            return Err(Error::Option { option: "filter.year".into(), reason });
        }
        let mut blocked = vec![options.ids.allow.as_ref().map(|_| Exclusion::Ids); catalog.len()];
        let mut mark = |items: &[ItemIndex], block: Option<Exclusion>| {
            items.iter().for_each(|&item| blocked[item as usize] = block);
        };
        let find =
            |ids: &'_ [String]| -> Vec<ItemIndex> { ids.iter().filter_map(|id| catalog.find(id)).collect() };
        mark(&find(options.ids.allow.as_deref().unwrap_or_default()), None);
        mark(&find(&options.ids.deny), Some(Exclusion::Ids));
        if options.seen.unwrap_or(seen) == SeenFilter::Exclude {
            mark(&profile.seen, Some(Exclusion::Seen));
        }
        mark(&profile.disliked, Some(Exclusion::Disliked));
        let set = |names: &[String]| {
            let mut set = vec![false; catalog.genres.len()];
            names
                .iter()
                .filter_map(|name| catalog.find_genre(name))
                .for_each(|genre| set[genre as usize] = true);
            set
        };
        Ok(Filter {
            features: &catalog.features,
            blocked,
            any: options.genres.any.as_deref().map(set),
            none: set(&options.genres.none),
            all: options.genres.all.iter().map(|name| catalog.find_genre(name)).collect(),
            years,
        })
    }

    /// Lets of each series one item pass at most, and none of one that the viewer has begun, where what was seen does not pass. Whoever
    /// names ids means those.
    pub fn one_of_a_series(
        mut self,
        series: &Series,
        options: &FilterOptions,
        profile: &Profile,
        seen: SeenFilter,
    ) -> Self {
        if options.ids.allow.is_some() {
            return self;
        }
        for item in series.hidden() {
            self.blocked[item as usize].get_or_insert(Exclusion::Episode);
        }
        if options.seen.unwrap_or(seen) == SeenFilter::Exclude {
            for begun in profile.seen.iter().filter_map(|&item| series.find(item)) {
                self.blocked[series.standing(begun) as usize].get_or_insert(Exclusion::Seen);
            }
        }
        self
    }

    /// Whether an item may be recommended.
    pub fn allows(&self, item: ItemIndex) -> bool {
        self.exclusion(item).is_none()
    }

    /// What keeps an item out; of several things the first of [`Exclusion`].
    pub fn exclusion(&self, item: ItemIndex) -> Option<Exclusion> {
        let place = item as usize;
        if self.blocked[place].is_some() {
            return self.blocked[place];
        }
        if let Some((min, max)) = self.years {
            let year = self.features.years[place];
            if year == NO_YEAR || i32::from(year) < min || i32::from(year) > max {
                return Some(Exclusion::Year);
            }
        }
        let genres = self.features.genres.row(place);
        let passes = self.all.as_ref().is_some_and(|all| all.iter().all(|genre| genres.contains(genre)))
            && !genres.iter().any(|&genre| self.none[genre as usize])
            && self.any.as_ref().is_none_or(|any| genres.iter().any(|&genre| any[genre as usize]));
        (!passes).then_some(Exclusion::Genres)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use serde_json::json;

    use super::*;
    use crate::catalog::CatalogOptions;
    use crate::history::{Event, EventKind, EventWeights, HalfLife, History};

    /// The same few genres in many spellings, and some that only look alike.
    const SPELLINGS: [&str; 18] = [
        "Horror",
        "horror",
        " HORROR ",
        "hoRRor",
        "Film Noir",
        "film  noir",
        "FILM\u{a0}NOIR",
        " Film\t Noir",
        "FilmNoir",
        "film-noir",
        "Été",
        "ÉTÉ",
        "été ",
        "Ete",
        "ΦΌΒΟΣ",
        "φόβος",
        "Straße",
        "STRASSE",
    ];
    const IDS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "elsewhere"];

    #[derive(Debug, Clone)]
    struct Item {
        genres: Vec<&'static str>,
        year: Option<i32>,
    }

    fn spellings(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(select(&SPELLINGS[..]), 0..=most)
    }

    fn items() -> impl Strategy<Value = Vec<Item>> {
        let item =
            (spellings(4), prop::option::of(1990..1996)).prop_map(|(genres, year)| Item { genres, year });
        prop::collection::vec(item, 1..=7)
    }

    fn ids(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
        subsequence(&IDS[..], 0..=most)
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn options() -> impl Strategy<Value = FilterOptions> {
        let genres =
            (prop::option::of(spellings(3)), spellings(2), spellings(2)).prop_map(|(any, all, none)| {
                GenreFilter { any: any.map(|any| strings(&any)), all: strings(&all), none: strings(&none) }
            });
        let years = (prop::option::of(1989..1997), prop::option::of(1989..1997));
        let ids = (prop::option::of(ids(8)), ids(3));
        let seen = prop::option::of(select(vec![SeenFilter::Exclude, SeenFilter::Include]));
        (genres, years, ids, seen).prop_map(|(genres, (min, max), (allow, deny), seen)| FilterOptions {
            genres,
            year: YearFilter { min, max },
            ids: IdFilter { allow: allow.map(|ids| strings(&ids)), deny: strings(&deny) },
            seen,
        })
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let kind = select(vec![EventKind::Watch, EventKind::Click, EventKind::Dislike, EventKind::Skip]);
        let event = (select(&IDS[..]), kind).prop_map(|(id, kind)| Event::new(id, kind, 0.0));
        prop::collection::vec(event, 0..4)
    }

    /// Whether two people would take them for one genre: letter by letter, whatever the case, and word by word.
    fn same(one: &str, other: &str) -> bool {
        let words = |name: &str| -> Vec<String> {
            let upper: String = name.chars().flat_map(char::to_lowercase).collect();
            // A lower-case sigma at the end of a word is written in another way.
            let words = upper.replace('ς', "σ");
            words.split(char::is_whitespace).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        words(one) == words(other)
    }

    /// What the documentation says, of strings.
    fn passes(item: &Item, id: &str, options: &FilterOptions, events: &[Event], seen: SeenFilter) -> bool {
        let has = |genre: &String| item.genres.iter().any(|own| same(own, genre));
        let FilterOptions { genres, year, ids, .. } = options;
        let did = |kind: EventKind| events.iter().any(|event| event.item == id && event.kind == kind);
        // Of watching and skipping, the one that was later; nothing undoes the other.
        let was_seen = did(EventKind::Watch)
            || did(EventKind::Dislike)
            || events.iter().rev().filter(|event| event.item == id).find_map(|event| match event.kind {
                EventKind::Skip => Some(true),
                EventKind::Click => Some(false),
                _ => None,
            }) == Some(true);
        genres.any.as_ref().is_none_or(|any| any.iter().any(has))
            && genres.all.iter().all(has)
            && !genres.none.iter().any(has)
            && year.min.is_none_or(|min| item.year.is_some_and(|year| year >= min))
            && year.max.is_none_or(|max| item.year.is_some_and(|year| year <= max))
            && ids.allow.as_ref().is_none_or(|allow| allow.iter().any(|allowed| allowed == id))
            && !ids.deny.iter().any(|denied| denied == id)
            && !did(EventKind::Dislike)
            && (options.seen.unwrap_or(seen) == SeenFilter::Include || !was_seen)
    }

    fn catalog(items: &[Item]) -> Catalog {
        let items: Vec<_> = items
            .iter()
            .zip(IDS)
            .map(|(item, id)| json!({ "id": id, "title": "A", "genres": item.genres, "year": item.year }))
            .collect();
        Catalog::parse(json!(items).to_string().into_bytes(), &CatalogOptions::default(), &mut |_, _| {})
            .expect("reads")
            .0
    }

    #[test]
    fn no_spelling_of_a_genre_leaks() {
        let items = ["Horror", "horror", " HORROR\u{a0}", "Comedy|horrOr", "Comedy"]
            .map(|genres| Item { genres: vec![genres], year: None });
        let catalog = {
            let items: Vec<_> = items
                .iter()
                .zip(IDS)
                .map(|(item, id)| json!({ "id": id, "title": "A", "genres": item.genres[0] }))
                .collect();
            Catalog::parse(json!(items).to_string().into_bytes(), &CatalogOptions::default(), &mut |_, _| {})
                .expect("reads")
                .0
        };
        for spelling in ["horror", "Horror", "HORROR  "] {
            let genres = GenreFilter { none: vec![spelling.to_owned()], ..GenreFilter::default() };
            let options = FilterOptions { genres, ..FilterOptions::default() };
            let profile = Profile::default();
            let filter = Filter::new(&options, &catalog, &profile, SeenFilter::Include).expect("is good");
            let passed: Vec<ItemIndex> = (0..5).filter(|&item| filter.allows(item)).collect();
            assert_eq!(passed, [4], "{spelling:?}");
        }
        assert_eq!(catalog.genres.iter().collect::<Vec<_>>(), ["Horror", "Comedy"], "shown as met first");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn what_passes_is_what_the_documentation_says(
            items in items(),
            options in options(),
            events in events(),
            seen in select(vec![SeenFilter::Exclude, SeenFilter::Include]),
        ) {
            let catalog = catalog(&items);
            let mut history = History::default();
            history.record(events.clone());
            let profile = history.profile(&catalog, &EventWeights::default(), HalfLife::default());
            let filter = Filter::new(&options, &catalog, &profile, seen);
            if let YearFilter { min: Some(min), max: Some(max) } = options.year && min > max {
                prop_assert_eq!(filter.map(|_| ()).expect_err("the wrong way round").code(), "OPTION");
                return Ok(());
            }
            let filter = filter.expect("is good");
            for (place, (item, id)) in items.iter().zip(IDS).enumerate() {
                let expected = passes(item, id, &options, &events, seen);
                prop_assert_eq!(filter.allows(place as ItemIndex), expected, "item {}", id);
            }
            let asked = [options.genres.any.clone().unwrap_or_default(), options.genres.all.clone(), options.genres.none.clone()].concat();
            let unknown = options.genres.unknown(&catalog);
            for genre in asked {
                let known = items.iter().any(|item| item.genres.iter().any(|own| same(own, &genre)));
                prop_assert_eq!(unknown.contains(&genre), !known, "{:?}", genre);
            }
        }
    }
}
