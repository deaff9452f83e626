use std::sync::Arc;

use super::{Column, Columns, OwnScorer, Scorer, genre, history, popularity};
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::json::{Fault, FromJson, Value};
use crate::model::{ItemModel, WeightByLength};

/// A scorer's place among the [`ScorerSpec`]s; also its queue's.
pub type ScorerId = usize;

/// A scorer, its weight in a blend, and how it is served: data, made when a catalog is loaded.
#[derive(Debug, Clone)]
pub struct ScorerSpec {
    /// Its name, which is also its queue's and its weight's.
    pub name: Arc<str>,
    /// What runs it.
    pub source: ScorerSource,
    /// What its score is multiplied by, where a request does not say.
    pub weight: WeightByLength,
    /// What it says of an item.
    pub role: Role,
    /// What it gives scores to.
    pub domain: Domain,
    /// How many workers serve its queue; 0: it runs where the engine runs.
    pub workers: usize,
}

/// What runs a scorer.
#[derive(Debug, Clone)]
pub enum ScorerSource {
    /// This crate.
    BuiltIn(&'static BuiltIn),
    /// The page.
    Own(Arc<OwnScorer>),
}

impl ScorerSource {
    /// The scorer of this crate, where it is one.
    pub fn built_in(&self) -> Option<&'static BuiltIn> {
        match self {
            ScorerSource::BuiltIn(kind) => Some(kind),
            ScorerSource::Own(_) => None,
        }
    }
}

/// What a scorer says of an item, and so how it takes part in the choice of a list; see [`crate::rank::List`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// That it is to the viewer's taste. Popularity must agree with it to this power.
    Taste(u8),
    /// What is to be expected of anybody: its scores do not depend on the viewer, and are asked for once.
    Popularity,
}

/// What a scorer gives scores to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Every item.
    Items,
    /// Every combination of genres that items have, of which there are few.
    GenreSets,
}

/// A scorer of this crate.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Makes one.
    pub build: fn(Arc<Columns>) -> Box<dyn Scorer>,
    /// What it reads.
    pub columns: &'static [Column],
    /// What it says of an item.
    pub role: Role,
    /// What it gives scores to.
    pub domain: Domain,
    /// Its weight beside a model that does not say one itself.
    pub weight: WeightByLength,
    /// Its weight where there is no model.
    pub weight_without_model: WeightByLength,
}

/// All of them; they come first among the specs, in this order. To add one: a file of its own, and a line here. The weights were
/// chosen on MovieLens 1M's validation viewers: the less is known of somebody, the more counts what everybody watches.
pub const BUILT_IN: [&BuiltIn; 3] = [&history::BUILT_IN, &genre::BUILT_IN, &popularity::BUILT_IN];

/// The scorer that compares items: what `similar` asks.
pub const HISTORY: ScorerId = 0;
/// The scorer that compares genres.
pub const GENRE: ScorerId = 1;
/// The scorer of what everybody watches.
pub const POPULARITY: ScorerId = 2;

impl ScorerSpec {
    /// The scorers that go with this model, or with none, and the page's own.
    ///
    /// # Errors
    /// [`Error::Option`] for workers of a scorer that there is not or that is a function, and for an own one that is out of range.
    pub fn all(
        model: Option<&ItemModel>,
        own: &[(String, OwnScorer)],
        workers: &WorkerCounts,
    ) -> Result<Vec<Self>> {
        let weight = |kind: &BuiltIn| match model {
            Some(model) => model.metadata.blend.get(kind.name).copied().unwrap_or(kind.weight),
            None => kind.weight_without_model,
        };
        let spec = |kind: &'static BuiltIn| ScorerSpec {
            name: kind.name.into(),
            source: ScorerSource::BuiltIn(kind),
            weight: weight(kind),
            role: kind.role,
            domain: kind.domain,
            workers: workers.of(kind.name),
        };
        let mut specs: Vec<Self> = BUILT_IN.into_iter().map(spec).collect();
        for (name, own) in own {
            own.validate(name, find(&specs, name).is_some())?;
            let count = if own.is_function() { 0 } else { workers.of(name) };
            if count != workers.of(name) && workers.names().any(|named| named == name) {
                let reason = "is a function, which has no workers: it runs on the page".into();
                return Err(Error::Option { option: format!("workers.{name}"), reason });
            }
            specs.push(ScorerSpec {
                name: name.as_str().into(),
                source: ScorerSource::Own(own.clone().into()),
                weight: [own.weight; _],
                // Its part is added up as it is: popularity need not agree.
                role: Role::Taste(0),
                domain: Domain::Items,
                workers: count,
            });
        }
        match workers.names().find(|name| find(&specs, name).is_none()) {
            Some(name) => Err(unknown("workers", name, &specs)),
            None => Ok(specs),
        }
    }
}

impl ScorerSpec {
    /// What the scorer looks at of a profile: what it is sent.
    pub fn reads(&self, profile: &Profile) -> Profile {
        let Profile { total, ordered, of_viewer, .. } = *profile;
        let both =
            Profile { total, ordered, of_viewer, averse: profile.averse.clone(), ..Profile::default() };
        match (self.role, self.domain) {
            (Role::Popularity, _) => Profile::default(),
            (_, Domain::GenreSets) => Profile { genres: profile.genres.clone(), ..both },
            (_, Domain::Items) => Profile { items: profile.items.clone(), ..both },
        }
    }
}

/// The scorer of this name.
pub fn find(specs: &[ScorerSpec], name: &str) -> Option<ScorerId> {
    specs.iter().position(|spec| &*spec.name == name)
}

/// That an option names a scorer that there is not.
pub fn unknown(option: &str, name: &str, specs: &[ScorerSpec]) -> Error {
    let names: Vec<&str> = specs.iter().map(|spec| &*spec.name).collect();
    let reason = format!("there is no such scorer; there are {}", names.join(", "));
    Error::Option { option: format!("{option}.{name}"), reason }
}

/// How many workers each scorer has.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkerCounts {
    /// The same for all.
    Same(usize),
    /// By name; one for a scorer that is not named.
    ByScorer(Vec<(String, WorkerCount)>),
}

/// How many workers a scorer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerCount(usize);

impl WorkerCounts {
    /// The most workers of one scorer.
    const MAX: f64 = 64.0;

    fn of(&self, scorer: &str) -> usize {
        match self {
            WorkerCounts::Same(count) => *count,
            WorkerCounts::ByScorer(counts) => {
                counts.iter().find(|(name, _)| name == scorer).map_or(1, |(_, count)| count.0)
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let counts = if let WorkerCounts::ByScorer(counts) = self { counts.as_slice() } else { &[] };
        counts.iter().map(|(name, _)| name.as_str())
    }
}

impl Default for WorkerCounts {
    fn default() -> Self {
        WorkerCounts::Same(1)
    }
}

impl FromJson for WorkerCount {
    fn from_json(value: Value) -> Result<Self, Fault> {
        match value.number() {
            Ok(count) if count.fract() == 0.0 && (0.0..=WorkerCounts::MAX).contains(&count) => {
                Ok(WorkerCount(count as usize))
            }
            _ => Err(value.fault("a whole number from 0 to 64")),
        }
    }
}

impl FromJson for WorkerCounts {
    fn from_json(value: Value) -> Result<Self, Fault> {
        if value.source() == "false" {
            return Ok(WorkerCounts::Same(0));
        }
        if value.entries(&mut |_, _| Ok(())).is_ok() {
            return Vec::from_json(value).map(WorkerCounts::ByScorer);
        }
        WorkerCount::from_json(value).map(|count| WorkerCounts::Same(count.0))
    }
}
