use std::cmp::Ordering;

use faer::Mat;
use rayon::prelude::*;

use crate::columns::Rows;
use crate::model::Neighbour;

/// For each target the strongest positive weights, at most `most` of them, in 127 steps of the target's own scale.
///
/// By target and not by source, or rarely watched items would lose theirs and never be recommended.
pub(super) fn strongest_per_target(weights: &Mat<f64>, most: usize) -> (Rows<Neighbour>, Vec<f32>) {
    let prune = |target: usize| {
        let column = weights.col(target).iter().enumerate();
        let mut kept: Vec<(usize, f64)> =
            column.filter(|&(_, &weight)| weight > 0.0).map(|(source, &weight)| (source, weight)).collect();
        let stronger =
            |a: &(usize, f64), b: &(usize, f64)| -> Ordering { b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)) };
        if kept.len() > most {
            kept.select_nth_unstable_by(most, stronger);
            kept.truncate(most);
        }
        let scale = kept.iter().map(|&(_, weight)| weight).fold(0.0, f64::max) / f64::from(i8::MAX);
        kept.sort_unstable_by_key(|&(source, _)| source);
        let steps = kept.into_iter().map(|(source, weight)| Neighbour {
            item: source as u32,
            weight: (weight / scale).round() as i8,
        });
        (steps.filter(|neighbour| neighbour.weight > 0).collect::<Vec<_>>(), scale as f32)
    };
    let pruned: Vec<(Vec<Neighbour>, f32)> = (0..weights.ncols()).into_par_iter().map(prune).collect();
    let mut rows = Rows::default();
    let mut scales = Vec::new();
    for (row, scale) in pruned {
        rows.push(row);
        scales.push(scale);
    }
    (rows, scales)
}

#[cfg(test)]
mod tests {
    use faer::mat;

    use super::*;

    #[test]
    fn the_strongest_positive_weights_stay() {
        let weights = mat![[0.0, 0.5, -0.1], [0.2, 0.0, -0.3], [0.4, 0.001, 0.0], [-0.9, 1.0, -0.2]];
        let (rows, scales) = strongest_per_target(&weights, 2);
        let neighbour = |item, weight| Neighbour { item, weight };
        assert_eq!(rows.row(0), [neighbour(1, 63), neighbour(2, 127)]);
        assert_eq!(rows.row(1), [neighbour(0, 64), neighbour(3, 127)]);
        assert!(rows.row(2).is_empty());
        assert_eq!(scales, [(0.4 / 127.0) as f32, (1.0 / 127.0) as f32, 0.0]);
        let (rows, _) = strongest_per_target(&weights, 3);
        assert_eq!(rows.row(1).len(), 2, "what rounds to 0 is not kept");
    }
}
