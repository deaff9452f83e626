use std::rc::Rc;

use super::request::{Phase, Request};
use super::{CallId, Loaded, RecommendOptions, SimilarOptions, Wait, WhyOptions};
use crate::broker::Millis;
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::json::number;
use crate::rank::{FilterOptions, Rerank, SeenFilter, seed_of, weights};
use crate::score::{HISTORY, POPULARITY, SCORE_ONE, Score, to_fixed_point};

/// What a request is made from, beside its options.
pub(super) struct Asked<'a> {
    pub(super) id: u64,
    pub(super) call: CallId,
    pub(super) profile: Rc<Profile>,
    pub(super) loaded: &'a Loaded,
    pub(super) now: Millis,
    /// Whether a complete list was made before.
    pub(super) has_listed: bool,
}

impl Asked<'_> {
    /// A request for what to watch next.
    ///
    /// # Errors
    /// [`Error::Option`] for what is out of range.
    pub(super) fn recommend(self, options: RecommendOptions) -> Result<Request> {
        let RecommendOptions { limit, filter, explain, wait, deadline, priority, .. } = options;
        let rerank = Rerank::new(options.diversity, options.calibration)?;
        let seed = seed_of(options.seed)?;
        let weights = weights(&self.loaded.scorers, self.profile.known(), &options.weights)?;
        let request = Request { filter, rerank, seed, explain, wait, ..self.request(weights) };
        self.bounded(request, limit, deadline, priority)
    }

    /// A request for what is like an item.
    ///
    /// # Errors
    /// [`Error::Option`] for what is out of range, [`Error::ItemUnknown`].
    pub(super) fn similar(mut self, options: SimilarOptions) -> Result<Request> {
        let SimilarOptions { item, limit, mut filter, diversity, popularity, explain, deadline, priority } =
            options;
        let rerank = Rerank::new(diversity, None)?;
        let Some(place) = self.loaded.catalog.find(&item) else {
            return Err(Error::ItemUnknown { id: item });
        };
        let Profile { seen, disliked, .. } = &*self.profile;
        let profile = Profile { seen: seen.clone(), disliked: disliked.clone(), ..Profile::of_item(place) };
        let mut weights = vec![0; self.loaded.scorers.len()];
        weights[HISTORY] = SCORE_ONE;
        weights[POPULARITY] = popularity_weight(popularity)?;
        filter.ids.deny.push(item);
        self.profile = profile.into();
        let seen = SeenFilter::Include;
        let request = Request { filter, seen, rerank, explain, ..self.request(weights) };
        self.bounded(request, limit, deadline, priority)
    }

    /// A request for where an item stands.
    ///
    /// # Errors
    /// [`Error::Option`] for what is out of range, [`Error::ItemUnknown`].
    pub(super) fn why(self, options: WhyOptions) -> Result<Request> {
        let WhyOptions { item, filter, wait, deadline, priority, .. } = options;
        let Some(place) = self.loaded.catalog.find(&item) else {
            return Err(Error::ItemUnknown { id: item });
        };
        let weights = weights(&self.loaded.scorers, self.profile.known(), &options.weights)?;
        let (only, seed, explain) = (Some(place), seed_of(options.seed)?, true);
        let request = Request { filter, seed, only, explain, wait, ..self.request(weights) };
        self.bounded(request, None, deadline, priority)
    }

    fn request(&self, weights: Vec<Score>) -> Request {
        Request {
            id: self.id,
            call: self.call,
            due: self.now,
            deadline: 0,
            priority: 0,
            wait: Wait::default(),
            profile: self.profile.clone(),
            weights,
            filter: FilterOptions::default(),
            seen: SeenFilter::Exclude,
            rerank: Rerank::default(),
            seed: None,
            limit: 0,
            only: None,
            explain: false,
            expired: false,
            phase: Phase::New,
        }
    }

    fn bounded(
        &self,
        mut request: Request,
        limit: Option<f64>,
        deadline: Option<f64>,
        priority: Option<f64>,
    ) -> Result<Request> {
        let limit = whole("limit", limit, RecommendOptions::DEFAULT_LIMIT, 1, RecommendOptions::MAX_LIMIT)?;
        request.limit = limit as usize;
        let default = if self.has_listed && request.wait == Wait::Deadline {
            RecommendOptions::DEFAULT_DEADLINE
        } else {
            RecommendOptions::PATIENT_DEADLINE
        };
        request.deadline = whole("deadline", deadline, default, 1, RecommendOptions::MAX_DEADLINE)?;
        request.due += f64::from(request.deadline);
        let (usual, most) =
            (RecommendOptions::DEFAULT_PRIORITY.into(), RecommendOptions::MAX_PRIORITY.into());
        request.priority = whole("priority", priority, usual, 0, most)? as u8;
        if let Wait::Quorum(quorum) = request.wait {
            whole("wait.quorum", Some(quorum), 1, 1, self.loaded.scorers.len() as u32)?;
        }
        Ok(request)
    }
}

fn popularity_weight(popularity: Option<f64>) -> Result<Score> {
    let value = popularity.unwrap_or_default();
    let reason = || format!("must be from 0 to 1, found {}", number(value));
    let refused = || Error::Option { option: "popularity".into(), reason: reason() };
    (0.0..=1.0).contains(&value).then(|| to_fixed_point(value)).ok_or_else(refused)
}

pub(super) fn whole(option: &str, value: Option<f64>, default: u32, least: u32, most: u32) -> Result<u32> {
    match value {
        None => Ok(default),
        Some(value) if value.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&value) => {
            Ok(value as u32)
        }
        Some(value) => Err(Error::Option {
            option: option.into(),
            reason: format!("must be a whole number from {least} to {most}, found {}", number(value)),
        }),
    }
}
