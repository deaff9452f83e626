use std::str::FromStr;

use crate::evaluate::{Evaluation, Holdout, Mean, Metrics, Split};

/// What a model is to be good at: a weighted mean over ways to ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The weight of nDCG@100 where a random fifth of a history is to be found (protocol A).
    pub random_holdout: f64,
    /// That of nDCG@10 where the last fifth is (B).
    pub temporal_holdout: f64,
    /// That of nDCG@10 where the last item is.
    pub next: f64,
}

impl Default for Goal {
    /// A and B alike.
    fn default() -> Self {
        Goal { random_holdout: 1.0, temporal_holdout: 1.0, next: 0.0 }
    }
}

impl FromStr for Goal {
    type Err = String;

    /// One of `A`, `B`, `next`, or several with weights, as `A=2,next=1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut goal = Goal { random_holdout: 0.0, temporal_holdout: 0.0, next: 0.0 };
        for part in text.split(',') {
            let (name, weight) = part.split_once('=').unwrap_or((part, "1"));
            let weight: f64 = weight.parse().map_err(|_| format!("{weight:?} is no weight"))?;
            if !(0.0..=1000.0).contains(&weight) {
                return Err(format!("a weight must be from 0 to 1000, found {weight}"));
            }
            match name {
                "A" => goal.random_holdout = weight,
                "B" => goal.temporal_holdout = weight,
                "next" => goal.next = weight,
                _ => return Err(format!("{name:?} is not A, B or next")),
            }
        }
        if goal.random_holdout + goal.temporal_holdout + goal.next > 0.0 {
            Ok(goal)
        } else {
            Err("no weight is above 0".into())
        }
    }
}

/// One way to ask, and its part of the goal.
pub(super) struct Asked {
    pub(super) holdout: Holdout,
    pub(super) ordered: bool,
    weight: f64,
    metric: fn(&Metrics) -> f64,
}

impl Goal {
    /// The ways to ask that count; where no times are known only the one without an order.
    pub(super) fn asked(self, split: &Split) -> Vec<Asked> {
        let Goal { random_holdout, temporal_holdout, next } = if split.train.timed {
            self
        } else {
            Goal { random_holdout: 1.0, temporal_holdout: 0.0, next: 0.0 }
        };
        let sum = random_holdout + temporal_holdout + next;
        let ndcg_10: fn(&Metrics) -> f64 = |metrics| metrics.ndcg_10;
        let mut asked = Vec::new();
        let mut ask = |weight: f64, ordered, metric, holdout: &dyn Fn() -> Holdout| {
            if weight > 0.0 {
                asked.push(Asked { holdout: holdout(), ordered, weight: weight / sum, metric });
            }
        };
        ask(random_holdout, false, |metrics| metrics.ndcg_100, &|| split.random_holdout());
        ask(temporal_holdout, true, ndcg_10, &|| split.temporal_holdout());
        ask(next, true, ndcg_10, &|| split.last());
        asked
    }
}

/// What a model is worth by a goal: for each way to ask its weight, and a value for each viewer.
pub(super) struct Worth(Vec<(f64, Vec<f64>)>);

impl Worth {
    /// From what each way to ask came to.
    pub(super) fn new(asked: &[Asked], evaluations: &[Evaluation]) -> Self {
        let of = |(asked, evaluation): (&Asked, &Evaluation)| {
            let values = evaluation.viewers.iter().map(|viewer| (asked.metric)(&viewer.metrics));
            (asked.weight, values.collect())
        };
        Worth(asked.iter().zip(evaluations).map(of).collect())
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().map(|(weight, values)| weight * Mean::of(values.iter().copied()).mean).sum()
    }

    /// By how much it is better, from the differences of each viewer, which vary less than viewers do.
    pub(super) fn above(&self, other: &Worth) -> Mean {
        let (mut mean, mut variance) = (0.0, 0.0);
        for ((weight, values), (_, others)) in self.0.iter().zip(&other.0) {
            let difference = Mean::of(values.iter().zip(others).map(|(value, other)| value - other));
            mean += weight * difference.mean;
            variance += (weight * difference.standard_error).powi(2);
        }
        Mean { mean, standard_error: variance.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read_as_they_are_written() {
        let goal =
            |random_holdout, temporal_holdout, next| Ok(Goal { random_holdout, temporal_holdout, next });
        assert_eq!("A".parse::<Goal>(), goal(1.0, 0.0, 0.0));
        assert_eq!("A=2,next=0.5".parse::<Goal>(), goal(2.0, 0.0, 0.5));
        for (text, part) in
            [("C", "is not A, B or next"), ("B=x", "no weight"), ("A=0", "above 0"), ("A=-1", "from 0")]
        {
            assert!(text.parse::<Goal>().is_err_and(|error| error.contains(part)), "{text}");
        }
    }

    #[test]
    fn differences_are_paired() {
        let worth =
            |first: [f64; 3], second: [f64; 2]| Worth(vec![(0.75, first.to_vec()), (0.25, second.to_vec())]);
        let (a, b) = (worth([0.1, 0.5, 0.9], [0.2, 0.4]), worth([0.0, 0.4, 0.8], [0.2, 0.4]));
        let above = a.above(&b);
        assert!((above.mean - 0.075).abs() < 1e-12 && above.standard_error < 1e-9, "{above:?}");
        assert!((a.mean() - b.mean() - above.mean).abs() < 1e-12);
    }
}
