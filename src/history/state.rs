use super::{Event, EventKind, EventWeights, Verb};
use crate::fixed::{Score, to_fixed_point};

/// The portion from which on something counts as watched to its end.
pub const FINISHED: f64 = 0.9;
/// The rating up to which something was not liked.
pub const LOW_RATING: f64 = 2.0;

/// What the events about one item come to, those that were taken back left out.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemState {
    watched: bool,
    /// How often to the end.
    finished: u32,
    portion: f64,
    clicked: bool,
    skipped: bool,
    opinion: Option<Opinion>,
}

#[derive(Debug, Clone, Copy)]
enum Opinion {
    Like,
    Dislike,
    Rating(f64),
}

impl ItemState {
    /// Takes note of the next event.
    pub(super) fn add(&mut self, event: &Event) {
        match event.kind {
            EventKind::Watch => {
                let portion = event.progress.unwrap_or(1.0);
                self.watched = true;
                self.finished += u32::from(portion >= FINISHED);
                self.portion = self.portion.max(portion);
                self.skipped = false;
            }
            EventKind::Like => self.opinion = Some(Opinion::Like),
            EventKind::Dislike => self.opinion = Some(Opinion::Dislike),
            EventKind::Rate => self.opinion = event.rating.map(Opinion::Rating),
            EventKind::Click => (self.clicked, self.skipped) = (true, false),
            EventKind::Skip => self.skipped = true,
            EventKind::Remove | EventKind::Impression => {}
        }
    }

    /// How much it speaks for the viewer's taste. A stated opinion outweighs what the viewer did.
    pub(super) fn weight(&self, weights: &EventWeights) -> f64 {
        match self.opinion {
            Some(Opinion::Dislike) => 0.0,
            Some(Opinion::Rating(rating)) => weights.rating(rating),
            Some(Opinion::Like) => weights.like,
            None if self.finished >= 2 => weights.rewatch * self.portion,
            None if self.watched => weights.watch * self.portion,
            None if self.clicked && !self.skipped => weights.click,
            None => 0.0,
        }
    }

    /// How much it speaks against things like it: a dislike as much as a like speaks for them.
    pub(super) fn aversion(&self, weights: &EventWeights) -> Score {
        to_fixed_point(match self.opinion {
            Some(Opinion::Dislike) => weights.like,
            Some(Opinion::Rating(rating)) if rating <= LOW_RATING => weights.rating,
            None if self.skipped && !self.watched => weights.skip,
            _ => 0.0,
        })
    }

    /// Whether it is disliked, or rated low.
    pub(super) fn is_disliked(&self, weights: &EventWeights) -> bool {
        match self.opinion {
            Some(Opinion::Dislike) => true,
            Some(_) => self.aversion(weights) > 0,
            None => false,
        }
    }

    pub(super) fn verb(&self) -> Verb {
        match self.opinion {
            Some(Opinion::Like) => Verb::Liked,
            Some(Opinion::Rating(_)) => Verb::Rated,
            _ if self.watched => Verb::Watched,
            _ => Verb::Clicked,
        }
    }

    pub(super) fn is_seen(&self) -> bool {
        self.watched || self.skipped || self.opinion.is_some()
    }
}
