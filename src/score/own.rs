use super::{Cause, SCORE_ONE, Score, to_fixed_point};
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::json::{number, read_fields};
use crate::model::MAX_WEIGHT;

/// A scorer of the page's own, behind its own queue and under the contract of all others: a JavaScript module, which runs in workers of its
/// own, or a function, which runs on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnScorer {
    /// Where the module is; of a function `function:` and its name.
    pub url: String,
    /// What its score is multiplied by where a request does not say, 0 to [`MAX_WEIGHT`].
    pub weight: f64,
    /// What it reads of the items: a field of the catalog's, or a path in the items themselves.
    pub columns: Vec<String>,
}

/// Scorers of the page's own, by name.
pub type OwnScorers = Vec<(String, OwnScorer)>;

impl Default for OwnScorer {
    fn default() -> Self {
        OwnScorer { url: String::new(), weight: 1.0, columns: Vec::new() }
    }
}

read_fields! { OwnScorer { weight: "weight", columns: "columns" } and required { url: "url" } }

/// What the address of a function begins with; no module is there.
const FUNCTION: &str = "function:";
/// The most items that a function scores: nobody can use the page meanwhile.
pub const MAX_FUNCTION_ITEMS: usize = 10_000;
/// The largest score, and the least with a minus, of a scorer of the page's own: sums of weighted scores are never near their limit.
const MAX_SCORE: f64 = 1000.0;
/// The longest sentence that is kept, in bytes: it is for people.
const MAX_SENTENCE: usize = 1000;
/// The most columns of one scorer.
const MAX_COLUMNS: usize = 64;

impl OwnScorer {
    /// Whether it runs on the page.
    pub fn is_function(&self) -> bool {
        self.url.starts_with(FUNCTION)
    }

    /// Validates ranges.
    ///
    /// # Errors
    /// [`Error::Option`] for a name that is none or a built-in scorer's, a weight out of range, or too many columns.
    pub(super) fn validate(&self, name: &str, is_taken: bool) -> Result<()> {
        let refuse = |field: &str, reason: String| {
            Err(Error::Option { option: format!("scorers.{name}{field}"), reason })
        };
        if is_taken || name.is_empty() {
            return refuse("", "a scorer must have a name that no other has".into());
        }
        if !(0.0..=MAX_WEIGHT).contains(&self.weight) {
            let (most, found) = (number(MAX_WEIGHT), number(self.weight));
            return refuse(".weight", format!("must be from 0 to {most}, found {found}"));
        }
        if self.columns.len() > MAX_COLUMNS {
            return refuse(".columns", format!("must be at most {MAX_COLUMNS}"));
        }
        Ok(())
    }
}

/// The scores that foreign code has given.
///
/// # Errors
/// Which of them is none: not a number, not finite, or beyond ±1000.
pub fn checked(values: &[f64]) -> Result<Vec<Score>, String> {
    let is_bad = |value: &f64| !(-MAX_SCORE..=MAX_SCORE).contains(value);
    match values.iter().position(is_bad) {
        None => Ok(values.iter().map(|&value| to_fixed_point(value)).collect()),
        Some(place) => {
            // Rust's own way of writing such a number would be 5 kB of what a page downloads.
            let (most, found) = (number(MAX_SCORE), number(values[place]));
            Err(format!(
                "score() must give finite numbers from -{most} to {most}; that of item {place} is {found}"
            ))
        }
    }
}

/// An item of the history and its part of a score, as foreign code has named them; nothing where the item is none of the profile's, or its part
/// is not finite, or beyond ±1000.
pub fn item_cause(item: f64, part: f64, profile: &Profile) -> Option<Cause> {
    let mut known = profile.items.iter().chain(&profile.averse);
    let affinity = known.find(|affinity| f64::from(affinity.item) == item)?;
    let is_good = (-MAX_SCORE..=MAX_SCORE).contains(&part);
    is_good.then(|| Cause::Item { item: affinity.item, part: to_fixed_point(part) })
}

/// A sentence, cut where it is too long for people.
pub fn sentence(mut text: String) -> String {
    if text.len() > MAX_SENTENCE {
        let end = (0..=MAX_SENTENCE).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

const _: () = assert!(MAX_SCORE * (SCORE_ONE as f64) < i32::MAX as f64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::ItemAffinity;
    use crate::json::from_json;
    use crate::score::{Role, ScorerSource, ScorerSpec, WorkerCounts, find};

    #[test]
    fn scores_are_finite_and_within_their_range() {
        assert_eq!(checked(&[0.5, -1.0, 1000.0]), Ok(vec![SCORE_ONE / 2, -SCORE_ONE, 1000 * SCORE_ONE]));
        for (bad, named) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-1000.1, "-1000.1")] {
            let error = checked(&[0.0, bad]).expect_err(named);
            assert!(error.contains("item 1") && error.ends_with(named), "{error}");
        }
    }

    #[test]
    fn items_are_of_the_history_and_their_parts_are_finite() {
        let affinity = |item| ItemAffinity { item, weight: 1, recent: 0 };
        let profile = Profile { items: vec![affinity(3)], averse: vec![affinity(5)], ..Profile::default() };
        assert_eq!(item_cause(3.0, 0.5, &profile), Some(Cause::Item { item: 3, part: SCORE_ONE / 2 }));
        assert_eq!(item_cause(5.0, -1.0, &profile), Some(Cause::Item { item: 5, part: -SCORE_ONE }));
        for (item, part) in [
            (4.0, 1.0),
            (3.5, 1.0),
            (-1.0, 1.0),
            (f64::NAN, 1.0),
            (3.0, f64::NAN),
            (3.0, f64::INFINITY),
            (3.0, 1001.0),
        ] {
            assert!(item_cause(item, part, &profile).is_none(), "{item} {part}");
        }
    }

    #[test]
    fn a_sentence_ends_between_characters() {
        assert_eq!(sentence("short".into()), "short");
        assert_eq!(sentence("é".repeat(600)).len(), 1000);
        assert_eq!(sentence(format!("a{}", "é".repeat(600))).len(), 999);
    }

    #[test]
    fn they_come_after_the_built_in_ones() {
        let own = r#"{"new": {"url": "https://page/new.js", "weight": 0.5, "columns": ["year"]}}"#;
        let own: OwnScorers = from_json(own).expect("reads");
        let workers = WorkerCounts::Same(2);
        let specs = ScorerSpec::all(None, &own, &workers).expect("good");
        let place = find(&specs, "new").expect("is there");
        assert_eq!((place, specs[place].workers, specs[place].role), (3, 2, Role::Taste(0)));
        assert_eq!(specs[place].weight, [0.5; 6]);
        assert!(matches!(&specs[place].source, ScorerSource::Own(own) if own.columns == ["year"]));
    }

    #[test]
    fn functions_have_no_workers() {
        let own: OwnScorers = from_json(r#"{"new": {"url": "function:new"}}"#).expect("reads");
        let all = |workers: &str| ScorerSpec::all(None, &own, &from_json(workers).expect("reads"));
        for workers in ["2", "false", r#"{"history": 2}"#, r#"{"new": 0}"#] {
            assert_eq!(all(workers).expect(workers).last().map(|spec| spec.workers), Some(0), "{workers}");
        }
        let refused = all(r#"{"new": 2}"#).expect_err("is refused").to_string();
        assert!(refused.contains("workers.new: is a function"), "{refused}");
    }

    #[test]
    fn bad_ones_are_named() {
        let refused = |own: &str| {
            let own = from_json::<OwnScorers>(own)
                .and_then(|own| ScorerSpec::all(None, &own, &WorkerCounts::default()));
            own.expect_err("is refused").to_string()
        };
        for (own, part) in [
            (r#"{"genre": {"url": "a"}}"#, "scorers.genre"),
            (r#"{"": {"url": "a"}}"#, "must have a name"),
            (r#"{"a": {"url": "a", "weight": 11}}"#, "scorers.a.weight: must be from 0 to 10, found 11"),
            (r#"{"a": {"weight": 1}}"#, "url"),
            (r#"{"a": {"url": "a", "weigth": 1}}"#, "weigth"),
        ] {
            assert!(refused(own).contains(part), "{}", refused(own));
        }
    }
}
