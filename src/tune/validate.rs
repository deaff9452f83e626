//! A quick validation of what [`choose`](crate::train::choose) says, where the data are of a kind on which its rules may fail.

use std::fmt::Write;

use super::grid::Anew;
use super::{Goal, Trial, Tuner};
use crate::catalog::Catalog;
use crate::crc32::crc32;
use crate::error::Result;
use crate::evaluate::{MIN_INTERACTIONS, Split};
use crate::model::ItemModel;
use crate::score::HISTORY;
use crate::train::{Edlae, Facts, Family, Interactions, NextItem, Similarity, TrainOptions, train};

/// From this [`Facts::density`] on nothing is validated: items have so many viewers, and viewers so many items, that chance says little. On
/// MovieLens 1M, which has 190, a third of λ changes half a standard error.
const SURE: f64 = 100.0;
/// Of more interactions only a sample is looked at. How sure the answer is depends on how many are held out, not on how many are learnt
/// from, as long as these are enough to learn from at all: Beauty and latest-small have a third and a fifth of this.
const MOST_INTERACTIONS: usize = 500_000;
/// Items that fewer of a sample's viewers have are left out: they go with nothing there, though in the whole they may.
const LEAST_VIEWERS: usize = 2;
/// About so many viewers are held out, of few viewers one in so many; from fewer nothing can be told.
const HELD_OUT: usize = 250;
const ONE_OF: usize = 5;
const FEWEST: usize = 30;
/// On so many others each item is regressed here: what is compared suffers alike, and it takes a fraction of the time.
const CANDIDATES: usize = 64;
/// Up to so many items one inverse is faster.
const DENSE_ITEMS: usize = 1500;
/// What is better by more than so many standard errors is taken. One would be too few: of several that are as good as the rules, one is
/// better by so much more often than not.
const ERRORS: f64 = 2.0;

/// Something else than the rules say: its name, what has to be learnt anew for it, and how options become it, told how many items there are.
type Change = (&'static str, Anew, fn(&TrainOptions, usize) -> TrainOptions);

/// What is tried, and by what. Of each group one is taken at most, and the next group starts from there.
const CHANGES: [(&str, Goal, &[Change]); 2] = [
    (
        "of what goes together",
        Goal { random_holdout: 1.0, temporal_holdout: 0.0, next: 0.0 },
        &[
            ("neighbours alone", Anew::Similarity, |options, items| TrainOptions {
                shape: options.shape.without_low_rank(items),
                ..options.clone()
            }),
            ("cosine", Anew::Similarity, |options, _| TrainOptions {
                family: Family::Similarity(Similarity::Cosine),
                ..options.clone()
            }),
            ("a third of λ", Anew::Similarity, |options, _| penalised(options, 1.0 / 3.0)),
            ("three times λ", Anew::Similarity, |options, _| penalised(options, 3.0)),
        ],
    ),
    (
        "of what came last",
        Goal { random_holdout: 0.0, temporal_holdout: 1.0, next: 0.0 },
        &[
            ("a half-life of 5 events", Anew::Nothing, |options, _| {
                let mut other = options.clone();
                other.half_life.events = Some(5.0);
                other
            }),
            ("what goes together twice as much", Anew::Nothing, |options, _| weighted(options, 2.0)),
            ("what goes together half as much", Anew::Nothing, |options, _| weighted(options, 0.5)),
        ],
    ),
];

fn penalised(options: &TrainOptions, times: f64) -> TrainOptions {
    match options.family {
        Family::Edlae(edlae) => {
            let family = Family::Edlae(Edlae { l2: times * edlae.l2, ..edlae });
            TrainOptions { family, ..options.clone() }
        }
        _ => options.clone(),
    }
}

fn weighted(options: &TrainOptions, times: f64) -> TrainOptions {
    let mut other = options.clone();
    other.part_weights.ordered = options.part_weights.ordered.map(|weight| times * weight);
    other
}

/// What [`choose`](crate::train::choose) says, or what is better than that on viewers that are held out; and in the reasons, why. Where
/// the rules are sure, or too few viewers can be held out, it stays as it is. The same data always come to the same. `progress` hears which
/// share is done.
///
/// # Errors
/// Those of [`train`].
pub fn validate(
    interactions: &Interactions,
    rules: &TrainOptions,
    progress: &dyn Fn(f64),
) -> Result<TrainOptions> {
    validate_on(interactions, rules, MOST_INTERACTIONS, progress)
}

fn validate_on(
    interactions: &Interactions,
    rules: &TrainOptions,
    most: usize,
    progress: &dyn Fn(f64),
) -> Result<TrainOptions> {
    let facts = Facts::new(interactions);
    let because = |reason: String| {
        let mut options = rules.clone();
        options.reasons.push(reason);
        Ok(options)
    };
    if facts.density() >= SURE {
        return because(format!(
            "not validated: with a geometric mean of those two of {:.0} the rules are sure",
            facts.density()
        ));
    }
    let sample = sample(interactions, most);
    let looked_at = sample.as_ref().unwrap_or(interactions);
    let enough = looked_at.by_viewer.iter().filter(|row| row.len() >= MIN_INTERACTIONS).count();
    let split = Split::one_of(looked_at, (enough / HELD_OUT).max(ONE_OF) as u32);
    if split.held_out() < FEWEST {
        return because(format!(
            "not validated: only {} viewers with at least {MIN_INTERACTIONS} interactions can be held out",
            split.held_out()
        ));
    }
    compare(&split, &facts, rules, sample.is_some(), progress)
}

/// Of more than `most` interactions those of so large a part of the viewers that there are about as many, depending on their ids alone, with
/// the items that go with others among these viewers.
fn sample(interactions: &Interactions, most: usize) -> Option<Interactions> {
    let share = most as f64 / interactions.len().max(1) as f64;
    if share >= 1.0 {
        return None;
    }
    // Those that are held out are chosen by their ids, too: by the same hash they would all be in the part, or none of them.
    let hash = |viewer: usize| crc32(format!("part {}", interactions.viewers.get(viewer)).as_bytes());
    let taken: Vec<bool> = (0..interactions.viewers.len())
        .map(|viewer| f64::from(hash(viewer)) < share * f64::from(u32::MAX))
        .collect();
    interactions.select(|viewer, _| taken[viewer]).with_support(LEAST_VIEWERS).ok()
}

/// A model that is compared with others.
struct Candidate {
    options: TrainOptions,
    model: ItemModel,
}

fn compare(
    split: &Split,
    all: &Facts,
    rules: &TrainOptions,
    sampled: bool,
    progress: &dyn Fn(f64),
) -> Result<TrainOptions> {
    let ranked = Catalog::of_ids(split.train.items.strings())?;
    let mut quiet = |_: &Trial| {};
    let facts = Facts::new(&split.train);
    let ordered = split.train.timed && !rules.shape.next.is_empty();
    let changes = if ordered { &CHANGES[..] } else { &CHANGES[..1] };
    let of = changes.iter().map(|(.., group)| 1 + group.len()).sum::<usize>() as f64;
    let mut done = 0.0;
    let mut tell = || {
        done += 1.0;
        progress(done / of);
    };
    let options = for_part(rules, all, &facts);
    let model = train(&split.train, None, &options, &|_, _| {})?;
    let mut at = Candidate { options, model };
    let mut said = format!(
        "validated on {} viewers held out, {} learnt from{}, in thousandths of nDCG (± standard error of the difference)",
        split.held_out(),
        split.train.viewers.len(),
        match sampled {
            true => format!(", {} interactions with {} items", facts.interactions, facts.items),
            false => String::new(),
        }
    );
    let mut chosen = rules.clone();
    let mut taken = Vec::new();
    // Writing to a string does not fail.
    for &(of_what, goal, group) in changes {
        let tuner = Tuner::new(split, None, &ranked, goal, &mut quiet);
        let before = tuner.worth(&at.model, Some(HISTORY))?;
        tell();
        let from = if taken.is_empty() { "by the rules" } else { "with that" };
        let _ = write!(said, "; {of_what} {:.1} {from}", 1e3 * before.mean());
        let mut best: Option<(f64, &Change, Candidate)> = None;
        for change in group {
            let &(name, anew, with) = change;
            let options = with(&at.options, facts.items);
            let model = tuner.learnt(&at.model, &options, anew)?;
            let above = tuner.worth(&model, Some(HISTORY))?.above(&before);
            tell();
            let _ = write!(said, "; {name} {:+.1} ± {:.1}", 1e3 * above.mean, 1e3 * above.standard_error);
            let most = best.as_ref().map_or(0.0, |&(most, ..)| most);
            if above.mean > most.max(ERRORS * above.standard_error) {
                best = Some((above.mean, change, Candidate { options, model }));
            }
        }
        if let Some((_, &(name, _, with), better)) = best {
            taken.push(name);
            chosen = with(&chosen, all.items);
            at = better;
        }
    }
    chosen.reasons.push(said);
    chosen.reasons.push(match taken.is_empty() {
        true => {
            format!("so it stays with the rules: nothing is better by more than {ERRORS} standard errors")
        }
        false => format!("so, other than by the rules: {}", taken.join(", ")),
    });
    Ok(chosen)
}

/// What the rules say of a part of the data, to be learnt quickly.
fn for_part(rules: &TrainOptions, all: &Facts, part: &Facts) -> TrainOptions {
    let views = |facts: &Facts| facts.interactions as f64 / facts.items.max(1) as f64;
    let next = NextItem { l2: rules.next.l2 * (views(part) / views(all)).sqrt(), ..rules.next };
    let options = TrainOptions {
        shape: rules.shape.of_items(all.items, part.items),
        next,
        max_dense_items: DENSE_ITEMS,
        candidates: CANDIDATES,
        reasons: Vec::new(),
        checkpoint: None,
        ..rules.clone()
    };
    penalised(&options, part.density() / all.density())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::train::{ColumnNames, Order, Preset, ReadOptions, Shape, choose};

    /// Viewers with a taste each, one of so many groups of items, and chance. The first of a group are the most popular, or all alike.
    fn interactions(
        viewers: usize,
        each: usize,
        (groups, group): (usize, usize),
        alike: bool,
    ) -> Interactions {
        let mut state = 1_u64;
        let mut random = move || {
            state = state * 48_271 % 2_147_483_647;
            state as f64 / 2_147_483_647.0
        };
        let mut text = String::new();
        for viewer in 0..viewers {
            let taste = (random() * groups as f64) as usize;
            for time in 0..each {
                let of = if random() < 0.2 { (random() * groups as f64) as usize } else { taste };
                let place = (group as f64 * random() * if alike { 1.0 } else { random() }) as usize;
                text += &format!("{viewer},{},5,{time}\n", of * group + place);
            }
        }
        Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads")
    }

    fn rules(interactions: &Interactions) -> TrainOptions {
        let facts = Facts::new(interactions);
        choose(&facts, interactions.items.strings(), 300 * facts.items, Order::Auto).expect("there is room")
    }

    #[test]
    fn rules_that_fail_are_left() {
        let interactions = interactions(1500, 8, (6, 40), false);
        let shape = Shape::of_sources(0, 60, 8, 0);
        let family = Family::Edlae(Edlae { dropout: 0.0, l2: 1e-3 });
        let bad = TrainOptions { family, shape, ..rules(&interactions) };
        let told = std::cell::RefCell::new(Vec::new());
        let chosen =
            validate(&interactions, &bad, &|share| told.borrow_mut().push(share)).expect("validates");
        assert_ne!(chosen.family, bad.family, "{:#?}", chosen.reasons);
        assert!(chosen.reasons.last().is_some_and(|last| last.starts_with("so, other than")), "{chosen:#?}");
        assert_eq!(validate(&interactions, &bad, &|_| {}), Ok(chosen), "another time it is another");
        let told = told.into_inner();
        assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
    }

    #[test]
    fn rules_stay_where_nothing_is_better_beyond_chance() {
        // There is nothing to find.
        let interactions = interactions(1500, 8, (1, 240), true);
        let rules = rules(&interactions);
        let chosen = validate(&interactions, &rules, &|_| {}).expect("validates");
        assert!(chosen.reasons.last().is_some_and(|last| last.starts_with("so it stays")), "{chosen:#?}");
        assert_eq!(TrainOptions { reasons: rules.reasons.clone(), ..chosen }, rules);
    }

    #[test]
    fn where_nothing_is_validated_it_is_said() {
        for (viewers, each, why) in [(1500, 100, "the rules are sure"), (40, 8, "can be held out")] {
            let interactions = interactions(viewers, each, (2, 50), true);
            let rules = rules(&interactions);
            let chosen = validate(&interactions, &rules, &|_| {}).expect("says");
            let last = chosen.reasons.last().map_or("", String::as_str);
            assert!(last.starts_with("not validated") && last.contains(why), "{last}");
            assert_eq!(TrainOptions { reasons: rules.reasons.clone(), ..chosen }, rules);
        }
    }

    #[test]
    fn a_sample_depends_on_viewers_ids_alone() {
        let all = interactions(1000, 8, (2, 50), true);
        assert!(sample(&all, all.len()).is_none(), "all are not too many");
        let part = sample(&all, all.len() * 3 / 10).expect("is taken");
        assert!((200..400).contains(&part.viewers.len()), "{}", part.viewers.len());
        // The same viewers, the last first, and as many others whose ids say that they are not in it.
        let mut lines = Vec::new();
        for (viewer, row) in all.viewers.iter().zip(all.by_viewer.iter()) {
            lines
                .extend(row.iter().map(|row| (viewer, all.items.strings().get(row.item as usize), row.time)));
        }
        let text: String =
            lines.iter().rev().map(|(viewer, item, time)| format!("{viewer},{item},5,{time}\n")).collect();
        let backwards =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let viewers =
            |part: &Interactions| -> BTreeSet<String> { part.viewers.iter().map(str::to_owned).collect() };
        let other = sample(&backwards, all.len() * 3 / 10).expect("is taken");
        assert_eq!(viewers(&other), viewers(&part));
        let held_out = Split::one_of(&part, 5).held_out();
        assert!((20..100).contains(&held_out), "{held_out} of {} held out", part.viewers.len());
    }

    #[test]
    fn a_sample_is_of_whole_viewers_but_for_what_goes_with_nothing() {
        // Each has what all have, and one item alone.
        let rows = (0..1000).map(|viewer| format!("{viewer},a\n{viewer},b\n{viewer},of {viewer}\n"));
        let text: String = rows.collect();
        let all = Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let part = sample(&all, 300).expect("is taken");
        assert!((60..140).contains(&part.viewers.len()), "{}", part.viewers.len());
        assert_eq!(part.items.strings().iter().collect::<Vec<_>>(), ["a", "b"]);
        assert!(part.by_viewer.iter().all(|row| row.len() == 2));
    }

    #[test]
    fn a_sample_of_half_says_what_all_say() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/ml-latest-small/ratings.csv.gz");
        let (all, _) = Interactions::read(&[file], &ReadOptions::default(), &|_| {}).expect("reads");
        let facts = Facts::new(&all);
        let budget = Preset::Base.budget().bytes(facts.items, 0);
        let rules = choose(&facts, all.items.strings(), budget, Order::Auto).expect("there is room");
        let chosen = [all.len(), all.len() / 2].map(|most| {
            let chosen = validate_on(&all, &rules, most, &|_| {}).expect("validates");
            let validated = chosen.reasons.iter().find(|reason| reason.starts_with("validated on"));
            let sampled = validated.is_some_and(|reason| reason.contains(" interactions with "));
            assert_eq!(sampled, most < all.len(), "{:#?}", chosen.reasons);
            TrainOptions { reasons: Vec::new(), ..chosen }
        });
        assert_eq!(chosen[0], chosen[1]);
    }
}
