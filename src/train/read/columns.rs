use super::time::{parse_number, parse_time};
use crate::json::read_fields;

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
    /// When, if that is known: any number that grows with time, or a date in ISO 8601.
    pub timestamp: Option<String>,
}

read_fields! { ColumnNames { user: "user", item: "item", rating: "rating", timestamp: "timestamp" } }

/// As they are without `_`, `-` and blanks, in small letters; earlier ones are preferred.
const USUAL_NAMES: [&[&str]; 4] = [
    &[
        "user",
        "userid",
        "viewer",
        "viewerid",
        "visitor",
        "visitorid",
        "customer",
        "customerid",
        "account",
        "accountid",
        "profile",
        "profileid",
        "reviewer",
        "reviewerid",
        "person",
        "personid",
        "session",
        "sessionid",
        "uid",
    ],
    &[
        "item",
        "itemid",
        "movie",
        "movieid",
        "film",
        "filmid",
        "show",
        "showid",
        "video",
        "videoid",
        "titleid",
        "contentid",
        "parentasin",
        "asin",
        "product",
        "productid",
        "book",
        "bookid",
        "track",
        "trackid",
        "song",
        "songid",
        "artist",
        "artistid",
        "article",
        "articleid",
        "game",
        "gameid",
        "iid",
    ],
    &["rating", "score", "stars", "overall"],
    &["timestamp", "time", "ts", "date", "datetime", "createdat", "watchedat", "eventtime", "unixreviewtime"],
];
const ROLES: [&str; 4] = ["user", "item", "rating", "timestamp"];

/// Later numbers than this many seconds after 1970 (in 1973) are no ratings.
const A_TIME: f64 = 1e8;

/// The places of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) user: usize,
    pub(super) item: usize,
    pub(super) rating: Option<usize>,
    pub(super) timestamp: Option<usize>,
}

impl Columns {
    /// Where the columns' names are known.
    ///
    /// # Errors
    /// What is missing, and which columns there are.
    pub(super) fn of_names(names: &[String], asked: &ColumnNames) -> Result<Self, String> {
        let columns = Choice { fields: names, asked: asked.all() };
        columns.found(|role| columns.usual(role))
    }

    /// Where the first rows of a file are known, of which the first may be a header; says also whether it is.
    ///
    /// # Errors
    /// What is missing, and which columns there are.
    pub(super) fn of_rows(
        first: &[String],
        second: Option<&[String]>,
        asked: &ColumnNames,
    ) -> Result<(Self, bool), String> {
        let columns = Choice { fields: first, asked: asked.all() };
        if (0..ROLES.len()).any(|role| columns.named(role).or(columns.usual(role)).is_some()) {
            return Ok((Columns::of_names(first, asked)?, true));
        }
        let digits =
            |fields: &[String]| fields.iter().any(|field| field.bytes().any(|byte| byte.is_ascii_digit()));
        let header = !digits(first) && second.is_some_and(digits);
        if header {
            // What it calls the columns is unknown.
            return Ok((columns.found(|_| None)?, true));
        }
        let is = |place: usize, kind: fn(&str) -> bool| first.get(place).is_some_and(|field| kind(field));
        let [rating, timestamp] = if is(2, is_time) && !is(3, is_time) { [3, 2] } else { [2, 3] };
        let rating = Some(rating)
            .filter(|&place| is(place, |field| field.is_empty() || parse_number(field).is_some()));
        let timestamp = Some(timestamp)
            .filter(|&place| is(place, |field| field.is_empty() || parse_time(field).is_some()));
        let unknown =
            (2..first.len().min(ROLES.len())).find(|&place| ![rating, timestamp].contains(&Some(place)));
        if let (Some(place), [None, None, ..]) = (unknown, columns.asked) {
            let field = &first[place];
            return Err(format!(
                "column {place} is neither a rating nor a time: {field:?}; say which are meant: --user-column 0 --item-column 1"
            ));
        }
        let usual = [Some(0), Some(1).filter(|&place| place < first.len()), rating, timestamp];
        Ok((columns.found(|role| usual[role])?, false))
    }

    /// The last that is needed of a row.
    pub(super) fn last(&self) -> usize {
        self.user.max(self.item).max(self.rating.unwrap_or(0)).max(self.timestamp.unwrap_or(0))
    }
}

impl ColumnNames {
    fn all(&self) -> [Option<&str>; 4] {
        [&self.user, &self.item, &self.rating, &self.timestamp].map(Option::as_deref)
    }
}

/// The columns there are, and what was asked for.
struct Choice<'a> {
    fields: &'a [String],
    asked: [Option<&'a str>; 4],
}

impl Choice<'_> {
    /// The place of the column that was asked for by its name.
    fn named(&self, role: usize) -> Option<usize> {
        let asked = self.asked[role].filter(|asked| asked.parse::<usize>().is_err())?;
        let same =
            |field: &String| field.eq_ignore_ascii_case(asked) || untyped(field).eq_ignore_ascii_case(asked);
        self.fields.iter().position(same)
    }

    /// The place of the column that has a usual name.
    fn usual(&self, role: usize) -> Option<usize> {
        let plain = |field: &String| untyped(field).to_lowercase().replace(['_', '-', ' '], "");
        let fields: Vec<String> = self.fields.iter().map(plain).collect();
        USUAL_NAMES[role].iter().find_map(|name| fields.iter().position(|field| field == name))
    }

    /// The columns that were asked for, and else those of `usual`.
    fn found(&self, usual: impl Fn(usize) -> Option<usize>) -> Result<Columns, String> {
        let place = |role: usize| match self.asked[role] {
            None => Ok(usual(role)),
            Some(asked) => {
                let place = self
                    .named(role)
                    .or_else(|| asked.parse().ok().filter(|&place| place < self.fields.len()));
                place.map(Some).ok_or_else(|| format!("has no column {asked:?}; it has {}", self.listed()))
            }
        };
        let needed = |role: usize| {
            place(role)?.ok_or_else(|| {
                let name = ROLES[role];
                format!(
                    "has no column that is known to be the {name}; it has {}; say which with --{name}-column",
                    self.listed()
                )
            })
        };
        Ok(Columns { user: needed(0)?, item: needed(1)?, rating: place(2)?, timestamp: place(3)? })
    }

    /// The columns, as an error tells them.
    fn listed(&self) -> String {
        const MOST: usize = 30;
        let names = self.fields.iter().take(MOST).map(|field| field.chars().take(60).collect());
        let more = self.fields.len().checked_sub(MOST + 1).map(|more| format!("{} more", more + 1));
        names.chain(more).collect::<Vec<String>>().join(", ")
    }
}

/// Without the type that RecBole writes behind a name, as in `user_id:token`.
fn untyped(field: &str) -> &str {
    match field.rsplit_once(':') {
        Some((name, "token" | "token_seq" | "float" | "float_seq")) => name,
        _ => field,
    }
}

fn is_time(field: &str) -> bool {
    match parse_number(field) {
        Some(number) => number >= A_TIME,
        None => parse_time(field).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn found(rows: &str, asked: &ColumnNames) -> Result<(Columns, bool), String> {
        let rows: Vec<Vec<String>> = rows.lines().map(fields).collect();
        Columns::of_rows(&rows[0], rows.get(1).map(Vec::as_slice), asked)
    }

    fn asked(user: &str, item: &str) -> ColumnNames {
        ColumnNames { user: Some(user.into()), item: Some(item.into()), ..ColumnNames::default() }
    }

    #[test]
    fn columns_are_found_by_usual_name_by_given_name_and_by_place() {
        for (rows, names, expected) in [
            ("userId,movieId,rating,timestamp", ColumnNames::default(), ([0, 1], [Some(2), Some(3)], true)),
            (
                "user_id:token,item_id:token,timestamp:float",
                ColumnNames::default(),
                ([0, 1], [None, Some(2)], true),
            ),
            (
                "rating,title,asin,Parent ASIN,user_id,timestamp",
                ColumnNames::default(),
                ([4, 3], [Some(0), Some(5)], true),
            ),
            ("timestamp,visitorid,event,itemid", ColumnNames::default(), ([1, 3], [None, Some(0)], true)),
            ("1,a,4,978300760", ColumnNames::default(), ([0, 1], [Some(2), Some(3)], false)),
            ("1,a,978300760", ColumnNames::default(), ([0, 1], [None, Some(2)], false)),
            ("1,a,2001-01-01,5", ColumnNames::default(), ([0, 1], [Some(3), Some(2)], false)),
            ("anna,heat\nanna,alien", ColumnNames::default(), ([0, 1], [None, None], false)),
            ("who,what,why\n1,a,x", asked("WHO", "what"), ([0, 1], [None, None], true)),
            ("who,what,why\n1,a,x", asked("2", "0"), ([2, 0], [None, None], true)),
            ("1,a,view", asked("0", "1"), ([0, 1], [None, None], false)),
            ("a:b,c\n1,2", asked("a:b", "c"), ([0, 1], [None, None], true)),
        ] {
            let ([user, item], [rating, timestamp], header) = expected;
            assert_eq!(
                found(rows, &names),
                Ok((Columns { user, item, rating, timestamp }, header)),
                "{rows}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_told_with_what_there_is() {
        for (rows, names, part) in [
            (
                "user,film name,when",
                ColumnNames::default(),
                "known to be the item; it has user, film name, when; say which with --item-column",
            ),
            (
                "customer name,what\n1,2",
                ColumnNames::default(),
                "known to be the user; it has customer name, what",
            ),
            ("user,item", asked("viewer_name", "item"), "no column \"viewer_name\"; it has user, item"),
            ("user,item", asked("user", "7"), "no column \"7\"; it has user, item"),
            ("1,a,view", ColumnNames::default(), "column 2 is neither a rating nor a time: \"view\""),
            ("1", ColumnNames::default(), "known to be the item; it has 1"),
        ] {
            let error = found(rows, &names).expect_err(rows);
            assert!(error.contains(part), "{error}");
        }
        let many: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
        let error = Columns::of_names(&many, &ColumnNames::default()).expect_err("no user");
        assert!(error.contains("c29, 70 more;") && !error.contains("c30"), "{error}");
    }
}
