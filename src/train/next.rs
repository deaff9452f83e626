use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::Interactions;
use crate::error::{Error, Result};

/// What comes next, in closed form: a ridge regression from the decayed past to the decayed future of every place in
/// every viewer's history (after M. Choi et al., "Session-aware linear item-item models for session-based
/// recommendation", WWW 2021, eq. 11: SLIT).
///
/// With `s_t = Σ_a δ^(a−1) x_(t−a)` the past and `y_t = Σ_b φ^b x_(t+b)` the future at place `t`, the weights are
/// `(Σ s_t s_tᵀ + λ)⁻¹ Σ s_t y_tᵀ`. Both sums are over pairs of items that are not far from each other, each with a factor
/// that depends on their distance only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NextItem {
    /// After how many events the past counts half.
    pub(super) past: f64,
    /// After how many events the future counts half.
    pub(super) future: f64,
    /// The ridge penalty `λ`.
    pub(super) l2: f64,
}

/// Pairs that are further from each other do not count.
const WINDOW: usize = 30;

impl NextItem {
    /// The weights, a column for each target; 0 on the diagonal.
    pub(super) fn weights(self, interactions: &Interactions) -> Result<Mat<f64>> {
        let items = interactions.items.len();
        let (mut pasts, mut futures) = (Mat::<f64>::zeros(items, items), Mat::<f64>::zeros(items, items));
        let (delta, phi) = (0.5_f64.powf(1.0 / self.past), 0.5_f64.powf(1.0 / self.future));
        let decays: Vec<f64> = (0..=WINDOW).map(|distance| delta.powi(distance as i32)).collect();
        // Σ over the places t between the two, the later included, of δ^(t − 1 − earlier) · φ^(later − t).
        let leads: Vec<f64> = (0..=WINDOW as i32)
            .map(|distance| (0..distance).map(|a| delta.powi(a) * phi.powi(distance - 1 - a)).sum())
            .collect();
        for row in interactions.by_viewer.iter() {
            for (later, target) in row.iter().enumerate() {
                // How often both are in the past: once for each place after the later one, ever weaker.
                let left = (row.len() - 1 - later) as i32;
                let often = (1.0 - delta.powi(2 * left)) / (1.0 - delta * delta);
                let target = target.item as usize;
                pasts[(target, target)] += often;
                for distance in 1..=later.min(WINDOW) {
                    let source = row[later - distance].item as usize;
                    pasts[(source, target)] += decays[distance] * often;
                    pasts[(target, source)] += decays[distance] * often;
                    futures[(source, target)] += leads[distance];
                }
            }
        }
        for item in 0..items {
            pasts[(item, item)] += self.l2;
        }
        let factor = pasts.llt(Side::Lower).map_err(|error| Error::ModelFormat {
            reason: format!("what comes next cannot be learnt: {error:?}"),
        })?;
        factor.solve_in_place(&mut futures);
        (0..items).for_each(|item| futures[(item, item)] = 0.0);
        Ok(futures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ColumnNames;

    #[test]
    fn what_follows_has_weight_and_what_precedes_has_none() {
        let text = (0..20).map(|viewer| format!("{viewer},a\n{viewer},b\n{viewer},c\n")).collect::<String>();
        let interactions =
            Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let next = NextItem { past: 5.0, future: 3.0, l2: 1.0 };
        let weights = next.weights(&interactions).expect("learns");
        let (a, b, c) = (0, 1, 2);
        assert!(weights[(a, b)] > 0.5 && weights[(b, c)] > 0.3, "{weights:?}");
        assert!(weights[(c, a)].abs() < 0.1 && weights[(b, a)].abs() < 0.1, "{weights:?}");
    }
}
