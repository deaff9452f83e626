//! What a model is made with where nobody says it: by how much there is to learn from, and of what kind.

use super::edlae::{CANDIDATES, inverse_bytes};
use super::next::NextItem;
use super::shape::room_within;
use super::{Counts, Edlae, Family, Interactions, Room, Shape, TrainOptions};
use crate::columns::Strings;
use crate::error::{Error, Result};
use crate::history::HalfLife;
use crate::json::read_names;

/// What there is to learn from, in figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// How many items there are.
    pub items: usize,
    /// How many viewers.
    pub viewers: usize,
    /// How many interactions, an item of a viewer counting once.
    pub interactions: usize,
    /// How many times somebody has two items: `Σ_u n_u²`. `None` where only the counts are known.
    pub pairs: Option<f64>,
    /// The share of events that lie at another time than the viewer's event before; 0 where no times are known.
    pub in_order: f64,
}

impl Facts {
    /// Those of interactions.
    pub fn new(interactions: &Interactions) -> Self {
        let rows = || interactions.by_viewer.iter();
        let later =
            |row: &[super::Interaction]| row.windows(2).filter(|two| two[0].time < two[1].time).count();
        let later: usize = if interactions.timed { rows().map(later).sum() } else { 0 };
        let steps: usize = rows().map(|row| row.len().saturating_sub(1)).sum();
        Facts {
            items: interactions.items.len(),
            viewers: interactions.viewers.len(),
            interactions: interactions.len(),
            pairs: Some(rows().map(|row| (row.len() as f64).powi(2)).sum()),
            in_order: later as f64 / steps.max(1) as f64,
        }
    }

    /// Those of counts.
    pub fn of_counts(counts: &Counts) -> Self {
        let popularity = counts.popularity();
        Facts {
            items: popularity.len(),
            viewers: counts.viewers() as usize,
            interactions: popularity.iter().map(|&count| count as usize).sum(),
            pairs: None,
            in_order: 0.0,
        }
    }

    /// The geometric mean of how many viewers an item has and of how many items a viewer has.
    pub fn density(&self) -> f64 {
        self.interactions as f64 / (self.items.max(1) as f64 * self.viewers.max(1) as f64).sqrt()
    }

    /// Whether one dense inverse costs less than a regression for each item, and fits into memory.
    ///
    /// The inverse takes `n³` operations. A regression on `c` candidates takes `c³ / 3`, each some eight times as dear, since so small
    /// a matrix cannot be worked on in blocks; and what two items have in common is counted a few times instead of once, at some sixty
    /// times the price of a multiplication, since it comes from memory.
    pub fn dense(&self) -> bool {
        const SMALL: f64 = 8.0;
        const FROM_MEMORY: f64 = 60.0;
        const MOST_BYTES: u64 = 6 << 30;
        let items = self.items as f64;
        let regressions = SMALL * items * (CANDIDATES as f64).powi(3) / 3.0;
        let counting = FROM_MEMORY * 1.5 * self.pairs.unwrap_or(0.0);
        inverse_bytes(self.items) <= MOST_BYTES && items.powi(3) <= regressions + counting
    }
}

/// Whether what comes next is learnt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Where the times of events are known.
    #[default]
    Auto,
    /// Yes; without times in the order of the file.
    Next,
    /// No.
    None,
}

impl Order {
    /// All, by what the command line calls them.
    pub const NAMED: [(&str, Order); 3] =
        [("auto", Order::Auto), ("next", Order::Next), ("none", Order::None)];
}

read_names! { Order { Auto: "auto", Next: "next", None: "none" } }

/// From this share of events on that have a time of their own the order is taken for real.
const REAL_ORDER: f64 = 0.1;
/// The part of the room that low-rank factors take, and up to how many dimensions: the first of them say most, so in a small room they
/// come first.
const LOW_RANK: [(f64, usize); 2] = [(0.6, 64), (0.25, 128)];
/// The part of the rest that goes to what comes next.
const NEXT: f64 = 0.6;
/// From so many bytes an item on neighbours have finer weights.
const MANY_BYTES: usize = 400;
/// EDLAE's λ for each unit of [`Facts::density`]: what is due to chance in what two items have in common grows with both how many
/// viewers an item has and how many items a viewer has.
const L2: f64 = 3.3;
/// λ of what comes next for each unit of the square root of how many viewers an item has.
const NEXT_L2: f64 = 13.6;
/// A target of what comes next is looked for among so large a part of a mean history, from 3 to 5 items.
const HORIZON: f64 = 0.2;

/// The options for a file of at most so many bytes, and the reasons for them, which the model keeps.
///
/// # Errors
/// [`Error::Option`] where not even the items' ids fit.
pub fn choose(facts: &Facts, ids: &Strings, budget: usize, order: Order) -> Result<TrainOptions> {
    let next = match order {
        Order::Auto => facts.in_order >= REAL_ORDER,
        Order::Next => true,
        Order::None => false,
    };
    let shape = shape(budget, ids, next)?;
    let events = facts.interactions as f64 / facts.viewers.max(1) as f64;
    let views = facts.interactions as f64 / facts.items.max(1) as f64;
    let horizon = (events * HORIZON).round().clamp(3.0, 5.0) as usize;
    let l2 = L2 * facts.density();
    let dense = facts.dense();
    let mut options = TrainOptions {
        family: Family::Edlae(Edlae { l2, ..Edlae::default() }),
        max_dense_items: if dense { facts.items } else { 0 },
        next: NextItem { l2: NEXT_L2 * views.sqrt(), horizon, ..TrainOptions::new(shape).next },
        ..TrainOptions::new(shape)
    };
    if !next {
        // What goes together makes no room for what comes next.
        options.part_weights.ordered = options.part_weights.unordered;
    }
    if order == Order::None {
        options.half_life = HalfLife::default();
    }
    options.reasons = vec![
        format!(
            "{} interactions of {} viewers with {} items: {events:.1} a viewer, {views:.1} an item",
            facts.interactions, facts.viewers, facts.items
        ),
        format!("EDLAE with λ = {l2:.0}, in proportion to the geometric mean of those two"),
        match dense {
            true => "one dense inverse, which costs less than a regression for each item".to_owned(),
            false => format!(
                "a regression for each item on {CANDIDATES} others, which costs less than a dense inverse"
            ),
        },
        format!(
            "{} dimensions of {} bits, the rest of the room for neighbours of {} bits",
            shape.dimensions, shape.factor_bits, shape.bits
        ),
        match (next, order) {
            (true, Order::Auto) => format!(
                "what comes next, too: {:.0} % of the events have a time of their own",
                100.0 * facts.in_order
            ),
            (false, Order::Auto) => format!(
                "nothing of what comes next: {:.0} % of the events have a time of their own",
                100.0 * facts.in_order
            ),
            (true, _) => "what comes next, as asked for".to_owned(),
            (false, _) => "nothing of what comes next, as asked for".to_owned(),
        },
    ];
    Ok(options)
}

/// How a budget of bytes is split.
fn shape(budget: usize, ids: &Strings, next: bool) -> Result<Shape> {
    const FACTOR_BITS: usize = 4;
    let items = ids.len().max(1);
    let room = room_within(budget, 1 + usize::from(next), true, ids).filter(|&room| room >= items);
    let too_few = || Error::Option {
        option: "budget".into(),
        reason: format!("{budget} bytes are too few for {items} items"),
    };
    let room = room.ok_or_else(too_few)?;
    let within = |(part, most): (f64, usize)| {
        most.min((room as f64 * part * 8.0 / (FACTOR_BITS * items) as f64) as usize / 8 * 8)
    };
    let dimensions = LOW_RANK.into_iter().map(within).max().unwrap_or(0).min(items / 4);
    let rest = room.saturating_sub(dimensions * FACTOR_BITS * items / 8);
    let of_next = if next { (rest as f64 * NEXT) as usize } else { 0 };
    Ok(Shape {
        dimensions,
        factor_bits: FACTOR_BITS as u8,
        neighbours: Room::Bytes(rest - of_next),
        next: Room::Bytes(of_next),
        // Where there is room for few neighbours, more of them say more than finer weights do.
        bits: if budget / items < MANY_BYTES { 3 } else { 4 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(items: usize, viewers: usize, interactions: usize, in_order: f64) -> Facts {
        let pairs = interactions as f64 * interactions as f64 / viewers as f64;
        Facts { items, viewers, interactions, pairs: Some(pairs), in_order }
    }

    fn chosen(facts: &Facts, order: Order) -> TrainOptions {
        let mut ids = Strings::default();
        (0..facts.items).for_each(|item| ids.push(&item.to_string()));
        choose(facts, &ids, 140 * facts.items, order).expect("there is room")
    }

    #[test]
    fn sparse_data_are_penalised_less_and_need_no_inverse() {
        let l2 = |facts: &Facts| match chosen(facts, Order::Auto).family {
            Family::Edlae(edlae) => edlae.l2,
            _ => f64::NAN,
        };
        let (sparse, dense) = (facts(12_000, 18_000, 160_000, 0.9), facts(3_600, 4_800, 790_000, 0.5));
        assert!(l2(&sparse) < 40.0 && l2(&dense) > 300.0, "{} {}", l2(&sparse), l2(&dense));
        assert!(!sparse.dense() && dense.dense());
        assert!(!facts(40_000, 1_000_000, 200_000_000, 0.5).dense(), "it would not fit into memory");
    }

    #[test]
    fn what_comes_next_is_learnt_where_the_order_is_real() {
        for (in_order, order, expected) in [
            (0.9, Order::Auto, true),
            (0.01, Order::Auto, false),
            (0.0, Order::Next, true),
            (0.9, Order::None, false),
        ] {
            let options = chosen(&facts(1_000, 500, 40_000, in_order), order);
            assert_eq!(!options.shape.next.is_empty(), expected);
            assert_eq!(options.half_life == HalfLife::default(), order == Order::None);
            let said = options.reasons.join("\n");
            assert!(said.contains("what comes next") && said.contains("40000 interactions"), "{said}");
        }
    }

    #[test]
    fn all_of_the_room_is_given_out() {
        for (bytes, next) in [(46, true), (140, true), (840, false)] {
            let mut ids = Strings::default();
            (0..5000).for_each(|item| ids.push(&item.to_string()));
            let budget = 5000 * bytes;
            let Shape {
                dimensions,
                factor_bits,
                neighbours: Room::Bytes(neighbours),
                next: Room::Bytes(of_next),
                ..
            } = shape(budget, &ids, next).expect("there is room")
            else {
                panic!("a budget is of bytes");
            };
            let factors = dimensions * usize::from(factor_bits) * 5000 / 8;
            let room = room_within(budget, 1 + usize::from(next), true, &ids).expect("there is some");
            assert_eq!((factors + neighbours + of_next, of_next > 0), (room, next));
            assert!(shape(5000 * 8, &ids, next).is_err(), "not even the ids fit");
        }
    }
}
