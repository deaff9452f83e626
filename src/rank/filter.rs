use serde::Deserialize;

use crate::catalog::{Catalog, Features, GenreIndex, ItemIndex, NO_YEAR};
use crate::error::{Error, Result};
use crate::history::Profile;

/// Which items may be recommended, as a request says it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilterOptions {
    /// By genre name, in any case. A name the catalog does not have matches no item.
    pub genres: GenreFilter,
    /// By year, both ends included. An item without a year does not pass.
    pub year: YearFilter,
    /// By id.
    pub ids: IdFilter,
    /// What to do with what the viewer has already seen. Dislikes never pass.
    pub seen: Option<SeenFilter>,
}

/// Genres an item must or must not have.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenreFilter {
    /// At least one of these.
    pub any: Option<Vec<String>>,
    /// Every one of these.
    pub all: Vec<String>,
    /// Not one of these.
    pub none: Vec<String>,
}

/// A range of years.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct YearFilter {
    /// The first.
    pub min: Option<i32>,
    /// The last.
    pub max: Option<i32>,
}

/// Ids that may, or may not, be recommended.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdFilter {
    /// Only these.
    pub allow: Option<Vec<String>>,
    /// None of these.
    pub deny: Vec<String>,
}

/// What to do with items the viewer has already seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeenFilter {
    /// They are not recommended.
    Exclude,
    /// They may be.
    Include,
}

/// A [`FilterOptions`] in terms of one catalog and one viewer.
pub struct Filter<'a> {
    features: &'a Features,
    /// One entry an item: not to be recommended by id.
    blocked: Vec<bool>,
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
        let mut blocked = vec![options.ids.allow.is_some(); catalog.len()];
        let mut mark = |items: &mut dyn Iterator<Item = ItemIndex>, block: bool| {
            items.for_each(|item| blocked[item as usize] = block);
        };
        let find =
            |ids: &'_ [String]| -> Vec<ItemIndex> { ids.iter().filter_map(|id| catalog.find(id)).collect() };
        mark(&mut find(options.ids.allow.as_deref().unwrap_or_default()).into_iter(), false);
        mark(&mut find(&options.ids.deny).into_iter(), true);
        mark(&mut profile.disliked.iter().copied(), true);
        if options.seen.unwrap_or(seen) == SeenFilter::Exclude {
            mark(&mut profile.seen.iter().copied(), true);
        }
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

    /// Keeps one more item out.
    pub fn block(&mut self, item: ItemIndex) {
        self.blocked[item as usize] = true;
    }

    /// Whether an item may be recommended.
    pub fn allows(&self, item: ItemIndex) -> bool {
        let place = item as usize;
        if self.blocked[place] {
            return false;
        }
        if let Some((min, max)) = self.years {
            let year = self.features.years[place];
            if year == NO_YEAR || i32::from(year) < min || i32::from(year) > max {
                return false;
            }
        }
        let genres = self.features.genres.row(place);
        let Some(all) = &self.all else { return false };
        all.iter().all(|genre| genres.contains(genre))
            && !genres.iter().any(|&genre| self.none[genre as usize])
            && self.any.as_ref().is_none_or(|any| genres.iter().any(|&genre| any[genre as usize]))
    }
}
