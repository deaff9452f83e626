use std::rc::Rc;

use crate::rank::{Part, agreements};
use crate::score::{Role, Score, ScorerId};

/// What is the same for every viewer, and so neither asked for nor computed again for each request.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// The scores of the scorers that do not look at the viewer, once they have come.
    scores: Vec<(ScorerId, Rc<Vec<Score>>)>,
    /// What popularity makes of tastes with the weight that it had last.
    agreements: Option<(Score, Rc<Vec<f64>>)>,
}

impl Common {
    pub(super) fn scores(&self, scorer: ScorerId) -> Option<Rc<Vec<Score>>> {
        self.scores.iter().find(|(own, _)| *own == scorer).map(|(_, scores)| scores.clone())
    }

    pub(super) fn keep(&mut self, scorer: ScorerId, scores: Rc<Vec<Score>>) {
        if self.scores(scorer).is_none() {
            self.scores.push((scorer, scores));
        }
    }

    /// What popularity makes of tastes; `None` where it has no weight, or has not answered.
    pub(super) fn agreements(&mut self, parts: &[Part]) -> Option<Rc<Vec<f64>>> {
        let popularity = parts.iter().find(|part| part.role == Role::Popularity && part.weight != 0)?;
        let (weight, values) = (popularity.weight, popularity.scores?.values);
        let (_, agreements) = match self.agreements.take() {
            Some(of_last) if of_last.0 == weight => self.agreements.insert(of_last),
            _ => self.agreements.insert((weight, agreements(values, weight).into())),
        };
        Some(agreements.clone())
    }
}
