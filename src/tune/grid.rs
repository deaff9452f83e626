//! What is varied, and the values that are tried.

use crate::history::HalfLife;
use crate::model::LENGTHS;
use crate::train::{Edlae, Family, Similarity, TrainOptions};

/// Times what popularity counts without tuning.
pub(super) const POPULARITY: [f64; 8] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0];
pub(super) const GENRE: [f64; 5] = [0.0, 0.01, 0.03, 0.06, 0.1];
/// A history in the middle of each of the buckets of [`LENGTHS`], but for the first and the last.
pub(super) const COLD: [usize; LENGTHS.len() - 1] = [1, 4, 8, 15];
/// Buckets of [`LENGTHS`] from this on are of long histories.
const LONG: usize = 4;

/// What has to be learnt anew for another value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anew {
    /// What goes together.
    Similarity,
    /// What comes next.
    Next,
    /// Nothing: it is how the model is read.
    Nothing,
}

type Variants = Vec<(String, TrainOptions)>;

/// One of the things that are varied one after the other; `with_catalog`: whether there is one.
pub(super) struct Lever {
    pub(super) anew: Anew,
    pub(super) variants: fn(options: &TrainOptions, with_catalog: bool) -> Variants,
}

/// Those of a model that knows the order of events, or of one that does not.
pub(super) fn levers(ordered: bool) -> Vec<Lever> {
    let lever = |anew, variants| Lever { anew, variants };
    let mut levers = vec![
        lever(Anew::Similarity, families),
        lever(Anew::Similarity, penalties),
        lever(Anew::Similarity, |options, _| of_family(options, 0)),
        lever(Anew::Similarity, |options, _| of_family(options, 1)),
    ];
    if ordered {
        levers.extend([
            lever(Anew::Next, |options, _| next(options)),
            lever(Anew::Nothing, |options, _| weights(options, false)),
            lever(Anew::Nothing, |options, _| weights(options, true)),
            lever(Anew::Nothing, |options, _| half_lives(options)),
        ]);
    }
    levers
}

fn families(options: &TrainOptions, with_catalog: bool) -> Variants {
    let mut families = vec![
        Family::Similarity(Similarity::Cosine),
        Family::Similarity(Similarity::UserIdf),
        Family::Similarity(Similarity::Bm25 { k1: 1.2, b: 0.75 }),
        Family::Similarity(Similarity::Rp3Beta { alpha: 0.8, beta: 0.3 }),
    ];
    families.extend(with_catalog.then_some(Family::Content));
    let with = |family: Family| (family.to_string(), TrainOptions { family, ..options.clone() });
    families.into_iter().filter(|&family| family != options.family).map(with).collect()
}

/// EDLAE's λ, from what it is.
fn penalties(options: &TrainOptions, _: bool) -> Variants {
    let Family::Edlae(edlae) = options.family else { return Vec::new() };
    vary("l2", &[0.25, 0.5, 2.0, 4.0].map(|times| times * edlae.l2), |l2| TrainOptions {
        family: Family::Edlae(Edlae { l2, ..edlae }),
        ..options.clone()
    })
}

/// The first or second of the other parameters of the family.
fn of_family(options: &TrainOptions, parameter: usize) -> Variants {
    let similar = |similarity| TrainOptions { family: Family::Similarity(similarity), ..options.clone() };
    match (options.family, parameter) {
        (Family::Edlae(edlae), 0) => vary("dropout", &[0.1, 0.2, 0.5], |dropout| TrainOptions {
            family: Family::Edlae(Edlae { dropout, ..edlae }),
            ..options.clone()
        }),
        (Family::Edlae(_), _) => {
            vary("shrinkage", &[1.0, 4.0, 8.0], |shrinkage| TrainOptions { shrinkage, ..options.clone() })
        }
        (Family::Similarity(Similarity::Bm25 { b, .. }), 0) => {
            vary("k1", &[0.0, 5.0, 25.0, 100.0], |k1| similar(Similarity::Bm25 { k1, b }))
        }
        (Family::Similarity(Similarity::Bm25 { k1, .. }), _) => {
            vary("b", &[0.1, 0.25, 0.5, 1.0], |b| similar(Similarity::Bm25 { k1, b }))
        }
        (Family::Similarity(Similarity::Rp3Beta { beta, .. }), 0) => {
            vary("alpha", &[0.4, 0.6, 1.0, 1.2], |alpha| similar(Similarity::Rp3Beta { alpha, beta }))
        }
        (Family::Similarity(Similarity::Rp3Beta { alpha, .. }), _) => {
            vary("beta", &[0.1, 0.2, 0.45, 0.6, 0.8], |beta| similar(Similarity::Rp3Beta { alpha, beta }))
        }
        _ => Vec::new(),
    }
}

/// What comes next: its λ, and how far it looks.
fn next(options: &TrainOptions) -> Variants {
    let with = |next| TrainOptions { next, ..options.clone() };
    let of = options.next;
    let mut all =
        vary("next l2", &[0.4 * of.l2, 2.5 * of.l2], |l2| with(crate::train::NextItem { l2, ..of }));
    for horizon in [2, 3, 5, 8].into_iter().filter(|&horizon| horizon != of.horizon) {
        all.push((format!("next horizon {horizon}"), with(crate::train::NextItem { horizon, ..of })));
    }
    all
}

/// How much what goes together counts beside what comes next, in short or in long histories.
fn weights(options: &TrainOptions, long: bool) -> Variants {
    vary(if long { "weight, long" } else { "weight, short" }, &[0.25, 0.5, 2.0, 4.0], |times| {
        let mut other = options.clone();
        let weights = other.part_weights.ordered.iter_mut().enumerate();
        weights.filter(|(bucket, _)| (*bucket >= LONG) == long).for_each(|(_, weight)| *weight *= times);
        other
    })
}

fn half_lives(options: &TrainOptions) -> Variants {
    let HalfLife { days, .. } = options.half_life;
    let taste = |half_life| TrainOptions { half_life, ..options.clone() };
    let next = |next_half_life| TrainOptions { next_half_life, ..options.clone() };
    let of_next = options.next_half_life;
    let mut all = vary("half-life in events", &[3.0, 5.0, 8.0, 40.0], |events| {
        taste(HalfLife { events: Some(events), days })
    });
    all.extend(vary("half-life in days", &[3.0, 14.0, 60.0, 365.0], |days| {
        taste(HalfLife { days: Some(days), ..options.half_life })
    }));
    all.extend(vary("half-life of next in events", &[1.5, 2.0, 3.5, 5.0], |events| {
        next(HalfLife { events: Some(events), ..of_next })
    }));
    all.extend(vary("half-life of next in days", &[3.0, 14.0, 60.0, 365.0], |days| {
        next(HalfLife { days: Some(days), ..of_next })
    }));
    all
}

/// The options with other values, each with a name.
fn vary(name: &str, values: &[f64], with: impl Fn(f64) -> TrainOptions) -> Variants {
    values.iter().map(|&value| (format!("{name} {value:.3}"), with(value))).collect()
}
