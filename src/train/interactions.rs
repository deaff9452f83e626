use std::borrow::Cow;
use std::io::Cursor;
use std::path::Path;

use super::table::{Row, Table};
use crate::catalog::MAX_ID_BYTES;
use crate::columns::{Interner, Rows, Strings};
use crate::error::{Error, Result};

/// Which column holds what: a name, or a place from 0. Where nothing is said, the usual names are looked for
/// (`user`, `userId`, `user_id`, …), and without a header the columns are user, item, rating, timestamp.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnNames {
    /// The viewer.
    pub user: Option<String>,
    /// The item.
    pub item: Option<String>,
    /// The rating, if there is one.
    pub rating: Option<String>,
    /// When, if that is known: any number that grows with time.
    pub timestamp: Option<String>,
}

const USUAL_NAMES: [&[&str]; 4] = [
    &["user", "userid", "user_id", "viewer"],
    &["item", "itemid", "item_id", "movieid", "movie_id"],
    &["rating", "score", "stars"],
    &["timestamp", "time", "ts"],
];

/// Smaller times are seconds since 1970 (until the year 5138), larger ones milliseconds (from 1973 on).
const FIRST_MILLISECONDS: f64 = 1e11;

/// What one viewer did with one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// The item, a place in [`Interactions::items`].
    pub item: u32,
    /// When: the timestamp, or else the place in the file. See [`Interactions::milliseconds`].
    pub time: f64,
}

/// What many viewers did.
#[derive(Debug)]
pub struct Interactions {
    /// The viewers' ids, in the order of the file.
    pub viewers: Strings,
    /// The items' ids, in the order of the file.
    pub items: Interner,
    /// Whether the file says when.
    pub timed: bool,
    /// Whether times are seconds since 1970.
    in_seconds: bool,
    /// Each viewer's, in order of time; of the same time, in the order of the file. An item once, when it was last.
    pub by_viewer: Rows<Interaction>,
}

impl Interactions {
    /// Reads a file of interactions; see [`Table`] for its forms. Those rated below `min_rating` are left out.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read; [`Error::Interactions`] for a bad line, or a file without a good one.
    pub fn read(path: &Path, columns: &ColumnNames, min_rating: Option<f64>) -> Result<Self> {
        Interactions::from_table(Table::open(path)?, &path.display().to_string(), columns, min_rating)
    }

    /// The same from bytes, with a name for error messages.
    ///
    /// # Errors
    /// As [`Interactions::read`].
    pub fn parse(name: &str, bytes: &[u8], columns: &ColumnNames, min_rating: Option<f64>) -> Result<Self> {
        Interactions::from_table(Table::new(name, Cursor::new(bytes.to_vec()))?, name, columns, min_rating)
    }

    fn from_table(
        mut table: Table,
        name: &str,
        names: &ColumnNames,
        min_rating: Option<f64>,
    ) -> Result<Self> {
        let mut collected = Collector::default();
        let mut columns = None;
        let mut place = 0_u32;
        while let Some(row) = table.next_row()? {
            let columns = match &columns {
                Some(columns) => columns,
                None => {
                    let (found, header) = Columns::find(&row, names)?;
                    columns = Some(found);
                    if header {
                        continue;
                    }
                    columns.as_ref().unwrap_or_else(|| unreachable!("was set just above"))
                }
            };
            place += 1;
            let rating = columns.number(&row, columns.rating)?;
            if min_rating.is_some_and(|least| rating.is_some_and(|rating| rating < least)) {
                continue;
            }
            let (user, item) = (id(&row, columns.user)?, id(&row, columns.item)?);
            let time = columns.number(&row, columns.timestamp)?.unwrap_or(f64::from(place));
            collected.push(&user, &item, time);
        }
        if collected.items.is_empty() {
            let reason = "there is no interaction in it".to_owned();
            return Err(Error::Interactions { file: name.to_owned(), line: u64::from(place), reason });
        }
        for row in &mut collected.by_viewer {
            row.sort_by(|a, b| a.time.total_cmp(&b.time));
            *row = last_of_each(row);
        }
        let timed = columns.is_some_and(|columns| columns.timestamp.is_some());
        Ok(collected.finish(timed))
    }

    /// From viewers' ids, items' ids and times, each viewer's in order of time.
    pub(crate) fn from_rows<'a>(timed: bool, rows: impl Iterator<Item = (&'a str, &'a str, f64)>) -> Self {
        let mut collected = Collector::default();
        rows.for_each(|(viewer, item, time)| collected.push(viewer, item, time));
        collected.finish(timed)
    }

    /// Without the items that fewer than so many viewers have: what a model says of those would tell of single people.
    ///
    /// # Errors
    /// [`Error::Option`] where nothing is left.
    pub fn with_support(self, viewers: usize) -> Result<Self> {
        let mut counts = vec![0; self.items.len()];
        self.by_viewer.values().iter().for_each(|row| counts[row.item as usize] += 1);
        let mut items = Interner::default();
        let places: Vec<Option<u32>> = (self.items.strings().iter().zip(&counts))
            .map(|(id, &count)| (count >= viewers).then(|| items.intern(id)))
            .collect();
        if items.is_empty() {
            let reason = format!("no item has {viewers} viewers");
            return Err(Error::Option { option: "min-support".into(), reason });
        }
        let mut by_viewer = Rows::default();
        for row in self.by_viewer.iter() {
            let kept = |row: &Interaction| places[row.item as usize].map(|item| Interaction { item, ..*row });
            by_viewer.push(row.iter().filter_map(kept));
        }
        Ok(Interactions { items, by_viewer, ..self })
    }

    /// A time in milliseconds since 1970, which is what events have: files have those, or seconds.
    pub fn milliseconds(&self, time: f64) -> f64 {
        if self.in_seconds { time * 1000.0 } else { time }
    }

    /// The number of interactions.
    pub fn len(&self) -> usize {
        self.by_viewer.values().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each viewer's items, ascending.
    pub(super) fn item_sets(&self) -> Rows<u32> {
        let mut sets = Rows::default();
        for row in self.by_viewer.iter() {
            let mut items: Vec<u32> = row.iter().map(|interaction| interaction.item).collect();
            items.sort_unstable();
            sets.push(items);
        }
        sets
    }
}

/// Puts interactions to their viewers.
#[derive(Default)]
struct Collector {
    viewers: Interner,
    items: Interner,
    by_viewer: Vec<Vec<Interaction>>,
}

impl Collector {
    fn push(&mut self, viewer: &str, item: &str, time: f64) {
        let viewer = self.viewers.intern(viewer) as usize;
        self.by_viewer.resize_with(self.by_viewer.len().max(viewer + 1), Vec::new);
        self.by_viewer[viewer].push(Interaction { item: self.items.intern(item), time });
    }

    fn finish(self, timed: bool) -> Interactions {
        let mut by_viewer = Rows::default();
        self.by_viewer.into_iter().for_each(|row| by_viewer.push(row));
        let last = by_viewer.values().iter().map(|row| row.time).fold(0.0, f64::max);
        let in_seconds = timed && last < FIRST_MILLISECONDS;
        Interactions { viewers: self.viewers.into_strings(), items: self.items, timed, in_seconds, by_viewer }
    }
}

/// Without the interactions that a later one with the same item makes obsolete.
fn last_of_each(row: &[Interaction]) -> Vec<Interaction> {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut kept: Vec<Interaction> =
        row.iter().rev().filter(|interaction| seen.insert(interaction.item)).copied().collect();
    kept.reverse();
    kept
}

fn id<'a>(row: &Row<'a>, column: usize) -> Result<Cow<'a, str>> {
    let id = row.field(column)?;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err(row.error(format!("an id must be 1 to {MAX_ID_BYTES} bytes long, found {}", id.len())));
    }
    Ok(id)
}

struct Columns {
    user: usize,
    item: usize,
    rating: Option<usize>,
    timestamp: Option<usize>,
}

impl Columns {
    /// From the first row and what was asked for; says also whether that row is a header.
    fn find(first: &Row, names: &ColumnNames) -> Result<(Self, bool)> {
        let fields: Vec<String> = first.fields().map(|field| field.to_lowercase()).collect();
        let asked = [&names.user, &names.item, &names.rating, &names.timestamp];
        let place_of = |name: &String| name.parse::<usize>().ok();
        let named = |name: &String| {
            fields.iter().position(|field| place_of(name).is_none() && *field == name.to_lowercase())
        };
        let usual =
            |place: usize| fields.iter().position(|field| USUAL_NAMES[place].contains(&field.as_str()));
        let header =
            (0..asked.len()).any(|place| asked[place].as_ref().and_then(named).or(usual(place)).is_some());
        let find = |place: usize| match asked[place] {
            Some(name) => match named(name).or(place_of(name)) {
                Some(column) => Ok(Some(column)),
                None => Err(first.error(format!("has no column {name:?}; it has {}", fields.join(", ")))),
            },
            None if header => Ok(usual(place)),
            None => Ok(Some(place).filter(|&place| place < fields.len())),
        };
        let missing = |what: &str| {
            first.error(format!(
                "has no column that is known to be the {what}; say which with --{what}-column"
            ))
        };
        let columns = Columns {
            user: find(0)?.ok_or_else(|| missing("user"))?,
            item: find(1)?.ok_or_else(|| missing("item"))?,
            rating: find(2)?,
            timestamp: find(3)?,
        };
        Ok((columns, header))
    }

    fn number(&self, row: &Row, column: Option<usize>) -> Result<Option<f64>> {
        let Some(field) = column.and_then(|column| row.get(column)).filter(|field| !field.is_empty()) else {
            return Ok(None);
        };
        match field.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(row.error(format!("{field:?} is not a number"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(
        text: &str,
        columns: &ColumnNames,
        min_rating: Option<f64>,
    ) -> Result<Vec<(String, Vec<String>)>> {
        let read = Interactions::parse("file.csv", text.as_bytes(), columns, min_rating)?;
        let ids = |row: &[Interaction]| -> Vec<String> {
            row.iter()
                .map(|interaction| read.items.strings().get(interaction.item as usize).to_owned())
                .collect()
        };
        Ok(read.viewers.iter().map(str::to_owned).zip(read.by_viewer.iter().map(ids)).collect())
    }

    fn expected(viewers: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        viewers.iter().map(|&(viewer, items)| (viewer.to_owned(), ids(items))).collect()
    }

    #[test]
    fn columns_are_found_by_usual_name_by_given_name_and_by_place() {
        let want = Ok(expected(&[("1", &["b", "a"]), ("2", &["a"])]));
        let usual = ColumnNames::default();
        assert_eq!(parse("userId,movieId,rating,timestamp\n1,a,4,9\n1,b,5,8\n2,a,3,1\n", &usual, None), want);
        assert_eq!(parse("1::a::4::9\n1::b::5::8\n2::a::3::1\n", &usual, None), want);
        let given = ColumnNames {
            user: Some("who".into()),
            item: Some("What".into()),
            timestamp: Some("0".into()),
            rating: None,
        };
        assert_eq!(parse("when\twho\twhat\n9\t1\ta\n8\t1\tb\n1\t2\ta\n", &given, None), want);
        let item_first = ColumnNames { user: Some("1".into()), item: Some("0".into()), ..usual };
        assert_eq!(parse("b,1\na,1\na,2", &item_first, None), want, "without timestamps the file's order");
    }

    #[test]
    fn an_item_counts_once_and_low_ratings_do_not() {
        let text = "user,item,rating,timestamp\n1,a,5,1\n1,b,5,2\n1,a,5,3\n1,c,3.5,4\n";
        assert_eq!(parse(text, &ColumnNames::default(), Some(4.0)), Ok(expected(&[("1", &["b", "a"])])));
    }

    #[test]
    fn rare_items_are_left_out() {
        let text = "1,a\n1,b\n2,b\n2,c\n3,b\n3,c\n";
        let read =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let kept = read.with_support(2).expect("b and c are left");
        assert_eq!(kept.items.strings().iter().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!((kept.viewers.len(), kept.len()), (3, 5));
        assert_eq!(kept.with_support(4).expect_err("nothing is left").code(), "OPTION");
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, line, part) in [
            ("user,item,rating\n1,a,good\n", 2, "\"good\" is not a number"),
            ("user,item\n1,a\n1\n", 3, "has 1 fields"),
            ("user,item\n1,\n", 2, "1 to 1024 bytes"),
            ("user,film\n1,a\n", 1, "--item-column"),
            ("user,item\n", 0, "no interaction"),
            ("", 0, "no interaction"),
            ("1,a,nan,3\n", 1, "\"nan\" is not a number"),
        ] {
            let error = parse(text, &ColumnNames::default(), None).expect_err(text);
            assert_eq!(error.code(), "INTERACTIONS");
            assert!(error.to_string().starts_with(&format!("file.csv, line {line}: ")), "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
        let unknown = ColumnNames { user: Some("viewer_name".into()), ..ColumnNames::default() };
        let error = parse("user,item\n1,a\n", &unknown, None).expect_err("no such column");
        assert!(error.to_string().contains("no column \"viewer_name\"; it has user, item"), "{error}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Interactions::parse("bytes", &bytes, &ColumnNames::default(), None);
        }
    }
}
