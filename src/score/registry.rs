use std::rc::Rc;

use super::{Column, Columns, Scorer};
use crate::error::{Error, Result};
use crate::model::{ItemModel, WeightByLength};

/// A scorer's place in a [`Registry`]; also that of its queue.
pub type ScorerId = usize;

/// A scorer, its weight in a blend, and how it is served: data, made when a catalog is loaded.
#[derive(Debug, Clone)]
pub struct ScorerSpec {
    /// Its name, which is also its queue's and its weight's.
    pub name: Rc<str>,
    /// What runs it.
    pub source: ScorerSource,
    /// What its score is multiplied by, where a request does not say.
    pub weight: WeightByLength,
    /// What it says of an item.
    pub role: Role,
    /// What it gives a score.
    pub domain: Domain,
    /// How many workers serve its queue; 0: it runs where the engine runs.
    pub workers: usize,
}

/// What runs a scorer.
#[derive(Debug, Clone)]
pub enum ScorerSource {
    /// This crate.
    BuiltIn(&'static BuiltIn),
}

/// What a scorer says of an item, and so how it takes part in the choice of a list (see [`crate::rank::List`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// That it is to the viewer's taste: what popularity must agree with, to this power.
    Taste(u8),
    /// What is to be expected of anybody. Its scores are the same for every viewer, and asked for once.
    Popularity,
}

/// What a scorer gives a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Each item.
    Items,
    /// Each combination of genres that items have: there are few.
    GenreSets,
}

/// A scorer of this crate. To add one: a file of its own, and a line in [`BUILT_IN`].
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Makes one.
    pub build: fn(Rc<Columns>) -> Box<dyn Scorer>,
    /// What it reads; it has the others only where it runs beside the engine.
    pub columns: &'static [Column],
    /// What it says of an item.
    pub role: Role,
    /// What it gives a score.
    pub domain: Domain,
    /// Its weight beside a model that does not say one itself.
    pub weight: WeightByLength,
    /// Its weight where there is no model.
    pub weight_without_model: WeightByLength,
}
