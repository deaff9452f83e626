//! Which items are episodes, of which series, and in which order.

use super::value::{Kind, Value};
use super::{Catalog, ItemIndex};
use crate::columns::Interner;
use crate::order;

/// Of so many items the first is looked for an episode; a catalog without one there has no series.
const SAMPLE: ItemIndex = 100;
const NONE: u32 = u32::MAX;

/// The series of a catalog: items with `series` (a name or id) and `episode` (a number), and mostly `season`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Each item's series, or [`NONE`]; empty where there is no series at all.
    of_item: Vec<u32>,
    /// All episodes: by series, season, episode, and the catalog's order.
    episodes: Vec<ItemIndex>,
    /// The item that stands for each series: the one whose id the series' name is, else its first episode.
    standing: Vec<ItemIndex>,
}

impl Series {
    /// Looks at every item of a catalog that has an episode among its first hundred.
    pub fn of(catalog: &Catalog) -> Self {
        let items = catalog.len() as ItemIndex;
        if !(0..items.min(SAMPLE)).any(|item| episode(&catalog.source(item)).is_some()) {
            return Series::default();
        }
        let mut names = Interner::default();
        let mut of_item = vec![NONE; items as usize];
        let mut episodes: Vec<(u32, i32, i32, ItemIndex)> = Vec::new();
        for item in 0..items {
            let Some((series, season, episode)) = episode(&catalog.source(item)) else { continue };
            let series = names.intern(&series);
            of_item[item as usize] = series;
            episodes.push((series, season, episode, item));
        }
        // By season and episode, then, as the order stays, by series.
        order::sort_by_key(&mut episodes, |&(_, season, episode, _)| {
            i64::from(season) << 32 | i64::from(episode as u32 ^ 1 << 31)
        });
        order::sort_by_key(&mut episodes, |&(series, ..)| i64::from(series));
        let mut standing = vec![NONE; names.len()];
        for &(series, _, _, item) in episodes.iter().rev() {
            standing[series as usize] = item;
        }
        for (series, name) in names.strings().iter().enumerate() {
            if let Some(item) = catalog.find(name) {
                standing[series] = item;
                of_item[item as usize] = series as u32;
            }
        }
        Series { of_item, episodes: episodes.into_iter().map(|(.., item)| item).collect(), standing }
    }

    /// The series that an item belongs to, or stands for.
    pub fn find(&self, item: ItemIndex) -> Option<u32> {
        self.of_item.get(item as usize).copied().filter(|&series| series != NONE)
    }

    /// The item that stands for a series in lists.
    pub fn standing(&self, series: u32) -> ItemIndex {
        self.standing[series as usize]
    }

    /// The episodes that come after an item in its series, in order.
    pub fn after(&self, item: ItemIndex) -> impl Iterator<Item = ItemIndex> {
        let series = self.find(item);
        let place = self.episodes.iter().position(|&episode| episode == item);
        let later = place.map_or(&[][..], |place| &self.episodes[place + 1..]);
        later.iter().copied().take_while(move |&episode| self.find(episode) == series)
    }

    /// Items that do not stand for their series.
    pub fn hidden(&self) -> impl Iterator<Item = ItemIndex> {
        self.episodes
            .iter()
            .copied()
            .filter(|&item| self.find(item).is_some_and(|series| self.standing(series) != item))
    }
}

/// What is nothing but digits.
fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

/// An item's series, season (0 where it has none) and episode.
fn episode(item: &str) -> Option<(String, i32, i32)> {
    let item = Value::new(item);
    let whole = |name: &str| {
        let value = item.field(name)?;
        // Not as the standard library reads text, whose tables are large.
        let number = match value.kind() {
            Kind::String => Value::new(digits(value.text()?.trim())?).number()?,
            _ => value.number()?,
        };
        (number.fract() == 0.0 && number.abs() < 1e9).then_some(number as i32)
    };
    let episode = whole("episode")?;
    let series = item.field("series")?;
    let name = match series.kind() {
        Kind::String => series.text()?.into_owned(),
        Kind::Number => series.written().to_owned(),
        _ => return None,
    };
    (!name.is_empty()).then(|| (name, whole("season").unwrap_or(0), episode))
}

#[cfg(test)]
mod tests {
    use super::Series;
    use crate::catalog::{Catalog, CatalogOptions};

    fn of(json: &str) -> (Catalog, Series) {
        let (catalog, _) =
            Catalog::parse(json.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let series = Series::of(&catalog);
        (catalog, series)
    }

    #[test]
    fn episodes_are_in_order_whatever_the_catalogs_is() {
        let (catalog, series) = of(
            r#"[{"id": "b2", "title": "B", "series": "B", "season": 1, "episode": "2"},
            {"id": "film", "title": "F", "series": "B"}, {"id": "b10", "title": "B", "series": "B", "season": 2, "episode": 1},
            {"id": "b1", "title": "B", "series": "B", "season": 1, "episode": 1}, {"id": 7, "title": "The series"},
            {"id": "s2", "title": "S", "series": 7, "episode": 2}, {"id": "odd", "title": "O", "series": {}, "episode": 1},
            {"id": "half", "title": "O", "series": "B", "episode": 1.5}, {"id": "word", "title": "O", "series": "B", "episode": "2nd"}, {"id": "none", "title": "O", "series": "", "episode": 1}]"#,
        );
        let find = |id: &str| catalog.find(id).expect("is there");
        let after = |id: &str| series.after(find(id)).map(|item| catalog.id(item)).collect::<Vec<_>>();
        assert_eq!(
            [after("b1"), after("b2"), after("b10"), after("s2"), after("film"), after("7")],
            [vec!["b2", "b10"], vec!["b10"], vec![], vec![], vec![], vec![]]
        );
        let standing =
            |id: &str| series.find(find(id)).map(|series_of| catalog.id(series.standing(series_of)));
        assert_eq!([standing("b10"), standing("s2"), standing("7")], [Some("b1"), Some("7"), Some("7")]);
        for id in ["film", "odd", "half", "word", "none"] {
            assert_eq!(series.find(find(id)), None, "{id} is no episode");
        }
        let mut hidden: Vec<&str> = series.hidden().map(|item| catalog.id(item)).collect();
        hidden.sort_unstable();
        assert_eq!(hidden, ["b10", "b2", "s2"]);
    }

    #[test]
    fn a_catalog_without_episodes_has_no_series() {
        let (_, series) =
            of(r#"[{"id": 1, "title": "A", "series": "books"}, {"id": 2, "title": "B", "episode": 2}]"#);
        assert_eq!(series, Series::default());
    }
}
