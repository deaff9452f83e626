use crate::catalog::ItemIndex;
use crate::history::ItemAffinity;
use crate::model::{JoinedModel, JoinedTable};

/// What the items of a history say together by a model, before it is weighed for each item of the catalog. It is kept from one message to the next, so that
/// a history costs what has changed of it, however long it is: sums are of whole numbers, and what was added can be taken away again, bit for bit.
#[derive(Default)]
pub(super) struct Sums {
    /// The history.
    items: Vec<ItemAffinity>,
    /// What goes together with it, by item, in steps of the table's scales; empty until there is a history.
    pub(super) neighbours: Vec<i64>,
    /// What comes next, likewise.
    pub(super) next: Vec<i64>,
    /// Its factors, by dimension.
    pub(super) factors: Vec<i64>,
    /// What its items say of themselves in low rank, which no score has; 0 for all others.
    pub(super) own: Vec<f64>,
    /// What a step of an item's weight was worth there.
    unit: f64,
}

impl Sums {
    /// Makes them those of a history, of which a step of an item's weight is worth `unit`.
    pub(super) fn follow(&mut self, model: &JoinedModel, items: &[ItemAffinity], unit: f64) {
        let is_worth_more = self.unit != unit;
        if !is_worth_more && self.items == items {
            return;
        }
        let all = model.known.len();
        self.neighbours.resize(all, 0);
        self.next.resize(model.next.as_ref().map_or(0, |_| all), 0);
        if let Some(low_rank) = &model.low_rank {
            self.factors.resize(low_rank.scales.len(), 0);
            self.own.resize(all, 0.0);
        }
        let mut before = std::mem::replace(&mut self.items, items.to_vec());
        // The place of each item in what was before, counted from 1.
        let mut places = vec![0_u32; all];
        before.iter().zip(1..).for_each(|(affinity, place)| places[affinity.item as usize] = place);
        for affinity in items {
            let place = std::mem::take(&mut places[affinity.item as usize]);
            let known = before.get_mut((place as usize).wrapping_sub(1)).map(std::mem::take);
            let ItemAffinity { weight, recent, .. } = known.unwrap_or_default();
            self.add(model, affinity, [weight, recent]);
            if is_worth_more || known.is_none_or(|known| known.weight != affinity.weight) {
                self.set_own(model, affinity, unit);
            }
        }
        // What it does not have any more.
        for &ItemAffinity { item, weight, recent } in
            before.iter().filter(|affinity| **affinity != ItemAffinity::default())
        {
            let gone = ItemAffinity { item, ..ItemAffinity::default() };
            self.add(model, &gone, [weight, recent]);
            if places[item as usize] != 0 {
                self.set_own(model, &gone, unit);
            }
        }
        self.unit = unit;
    }

    /// Adds what an item's weights are more than they were.
    #[inline(never)]
    fn add(&mut self, model: &JoinedModel, affinity: &ItemAffinity, [weight, recent]: [i32; 2]) {
        let ItemAffinity { item, .. } = *affinity;
        let [weight, recent] = [(affinity.weight, weight), (affinity.recent, recent)]
            .map(|(now, before)| i64::from(now) - i64::from(before));
        if weight != 0 {
            add_row(&model.neighbours, item, weight, &mut self.neighbours);
            let factors = model.low_rank.iter().flat_map(|low_rank| low_rank.factors_of(item));
            for (sum, &factor) in self.factors.iter_mut().zip(factors) {
                *sum = sum.wrapping_add(weight.wrapping_mul(factor.into()));
            }
        }
        if let Some(next) = model.next.as_ref().filter(|_| recent != 0) {
            add_row(next, item, recent, &mut self.next);
        }
    }

    #[inline(never)]
    fn set_own(&mut self, model: &JoinedModel, affinity: &ItemAffinity, unit: f64) {
        if let Some(low_rank) = &model.low_rank {
            self.own[affinity.item as usize] = low_rank.own(affinity.item, affinity.weight, unit);
        }
    }
}

/// Weights have 32 bits and 8: no sum of 2²⁴ of their products has more than 64, and without looking it goes several times faster.
fn add_row(table: &JoinedTable, source: ItemIndex, weight: i64, sums: &mut [i64]) {
    let (targets, weights) = table.row(source);
    for (&target, &of_target) in targets.iter().zip(weights) {
        let sum = &mut sums[target as usize];
        *sum = sum.wrapping_add(weight.wrapping_mul(of_target.into()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{Catalog, CatalogOptions};
    use crate::model::ItemModel;

    fn model() -> JoinedModel {
        let catalog = include_bytes!("../../tests/golden/catalog.json").to_vec();
        let (catalog, _) =
            Catalog::parse(catalog, &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let model = ItemModel::from_bytes(include_bytes!("../../tests/golden/model.wnm")).expect("reads");
        JoinedModel::new(&model, &JoinedModel::places(&model, &catalog), catalog.len())
    }

    fn affinity(item: ItemIndex, weight: i32, recent: i32) -> ItemAffinity {
        ItemAffinity { item, weight, recent }
    }

    fn numbers(sums: &Sums) -> (&[i64], &[i64], &[i64], Vec<u64>) {
        // There are two zeros.
        let own = sums.own.iter().map(|own| (own + 0.0).to_bits()).collect();
        (&sums.neighbours, &sums.next, &sums.factors, own)
    }

    #[test]
    fn they_follow_whatever_a_history_becomes() {
        let model = model();
        let items = model.known.len() as u32;
        // Messages of others may name an item twice.
        let any = (0..items.min(30), prop::sample::select(vec![0, 1, 7, 65_536, i32::MAX, -3]), 0..3);
        let any = any.prop_map(|(item, weight, recent)| affinity(item, weight, recent));
        let histories = prop::collection::vec(
            (prop::collection::vec(any, 0..12), prop::sample::select(vec![1.0, 0.5])),
            1..6,
        );
        proptest!(|(histories in histories)| {
            let mut kept = Sums::default();
            for (history, unit) in histories {
                kept.follow(&model, &history, unit);
                let mut anew = Sums::default();
                anew.neighbours.resize(items as usize, 0);
                anew.follow(&model, &history, unit);
                prop_assert!(numbers(&kept) == numbers(&anew), "{:?}", history);
            }
        });
    }

    #[test]
    fn what_has_not_changed_is_not_looked_at_again() {
        let model = model();
        let history = [affinity(1, 65_536, 65_536), affinity(2, 65_536, 0)];
        let mut sums = Sums::default();
        sums.follow(&model, &history, 1.0);
        // Seen as long as nobody makes them anew.
        sums.neighbours.iter_mut().for_each(|sum| *sum += 1);
        let marked = sums.neighbours.clone();
        sums.follow(&model, &history, 1.0);
        assert_eq!(sums.neighbours, marked, "the same history");
        let longer = [affinity(3, 65_536, 65_536), affinity(1, 65_536, 32_768), history[1]];
        sums.follow(&model, &longer, 1.0);
        let mut of_three = Sums::default();
        of_three.follow(&model, &longer[..1], 1.0);
        let more: Vec<i64> = sums.neighbours.iter().zip(&marked).map(|(now, before)| now - before).collect();
        assert_eq!(more, of_three.neighbours, "one item more");
    }
}
