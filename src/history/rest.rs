use super::{Event, EventKind, MILLISECONDS_PER_DAY};
use crate::catalog::ItemIndex;

/// Impressions of one item that are less than this apart are one showing: half an hour, as long as a sitting is taken to last.
const SITTING: f64 = 30.0 * 60_000.0;
/// How often a showing halves an item's chances: one leaves .81 of them, five leave .35.
const HALVINGS: f64 = 0.3;
/// After so many days a showing counts half.
const HALF_LIFE_DAYS: f64 = 7.0;
/// After so many later showings, of whatever item, a showing counts half.
const HALF_LIFE_SHOWINGS: f64 = 200.0;

/// An item that was shown and not chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resting {
    /// The item.
    pub item: ItemIndex,
    /// What is left of its chances, above 0 and below 1.
    pub left: f64,
}

/// What was shown, event by event in order of time.
///
/// An impression is a showing, unless the same item was shown less than half an hour before. Anything else that happens to
/// an item says that it was chosen (or will not be shown again), and ends its rest. What is left of an item's chances is `2^−0.3 n`,
/// `n = Σ 2^−(d_k / 7 + s_k / 200)` over its showings, `d_k` days before the newest event and `s_k` showings before the last.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// By the place of the item among those of the history.
    shown: Vec<Shown>,
    /// Those of the catalog that rest, ascending; and their places among `shown`.
    resting: Vec<(ItemIndex, u32)>,
    /// How many showings there were.
    showings: f64,
}

/// What is known of an item.
#[derive(Debug, Default)]
struct Shown {
    /// When last.
    last: Option<f64>,
    showings: Vec<Showing>,
}

/// One showing of an item.
#[derive(Debug)]
struct Showing {
    time: f64,
    /// How many showings, of whatever item, came before it.
    place: f64,
}

impl Rests {
    /// Takes note of an event about an item with a place among those of the history and, maybe, in the catalog.
    pub(super) fn add(&mut self, event: &Event, own: u32, item: Option<ItemIndex>) {
        if self.shown.len() <= own as usize {
            self.shown.resize_with(own as usize + 1, Shown::default);
        }
        let shown = &mut self.shown[own as usize];
        let place = |item| self.resting.binary_search_by_key(&item, |&(other, _)| other);
        if event.kind != EventKind::Impression {
            if !shown.showings.is_empty() {
                shown.showings.clear();
                let place = item.and_then(|item| place(item).ok());
                place.map(|place| self.resting.remove(place));
            }
            return;
        }
        let before = shown.last.replace(event.time);
        if before.is_none_or(|before| event.time - before >= SITTING) {
            if shown.showings.is_empty()
                && let Some((item, Err(place))) = item.map(|item| (item, place(item)))
            {
                self.resting.insert(place, (item, own));
            }
            shown.showings.push(Showing { time: event.time, place: self.showings });
            self.showings += 1.0;
        }
    }

    /// The items that rest, ascending, at the time of the newest event.
    pub(super) fn list(&self, newest: f64, resting: &mut Vec<Resting>) {
        let left = |showing: &Showing| {
            let days = (newest - showing.time) / MILLISECONDS_PER_DAY;
            let later = self.showings - 1.0 - showing.place;
            libm::exp2(-(days / HALF_LIFE_DAYS + later / HALF_LIFE_SHOWINGS))
        };
        resting.clear();
        resting.extend(self.resting.iter().map(|&(item, own)| {
            let showings = &self.shown[own as usize].showings;
            Resting { item, left: libm::exp2(-HALVINGS * showings.iter().map(left).sum::<f64>()) }
        }));
        resting.retain(|resting| resting.left < 1.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{Catalog, CatalogOptions};
    use crate::columns::Interner;

    const DAY: f64 = MILLISECONDS_PER_DAY;
    const HOUR: f64 = DAY / 24.0;

    fn catalog() -> Catalog {
        let json = br#"[{"id":"a","title":"A"},{"id":"b","title":"B"},{"id":"c","title":"C"}]"#;
        Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
    }

    fn shown(item: &str, time: f64) -> Event {
        Event::new(item, EventKind::Impression, time)
    }

    fn resting(events: &[Event], catalog: &Catalog) -> Vec<Resting> {
        let (mut ids, mut rests, mut resting) = (Interner::default(), Rests::default(), Vec::new());
        for event in events {
            rests.add(event, ids.intern(&event.item), catalog.find(&event.item));
        }
        rests.list(events.last().map_or(0.0, |event| event.time), &mut resting);
        resting
    }

    /// What is left of each item, as `n`: how many fresh showings it has had.
    fn showings(events: &[Event]) -> Vec<(ItemIndex, f64)> {
        let of = |resting: Resting| (resting.item, (-resting.left.log2() / HALVINGS * 1e9).round() / 1e9);
        resting(events, &catalog()).into_iter().map(of).collect()
    }

    fn round(value: f64) -> f64 {
        (value * 1e9).round() / 1e9
    }

    #[test]
    fn what_was_shown_rests_until_something_is_done_with_it() {
        use EventKind::{Click, Dislike, Like, Remove, Skip, Watch};
        assert_eq!(showings(&[]), []);
        assert_eq!(showings(&[shown("nowhere", 0.0), shown("b", 0.0)]), [(1, 1.0)]);
        for kind in [Watch, Like, Dislike, Click, Skip, Remove] {
            let chosen = [shown("b", 0.0), Event::new("b", kind, 1.0), shown("a", HOUR)];
            assert_eq!(showings(&chosen), [(0, 1.0)], "{kind:?}");
            let again = [&chosen[..], &[shown("b", 2.0 * HOUR)]].concat();
            assert_eq!(showings(&again).len(), 2, "{kind:?}: shown again, it rests again");
        }
    }

    #[test]
    fn one_sitting_is_one_showing() {
        let minutes = |minutes: &[f64]| -> Vec<Event> {
            minutes.iter().map(|minute| shown("a", minute * 60_000.0)).collect()
        };
        assert_eq!(
            showings(&minutes(&[0.0, 1.0, 29.0])),
            [(0, round(1.0 / (29.0_f64 / 60.0 / 24.0 / 7.0).exp2()))]
        );
        // The sitting goes on as long as the pauses are short.
        let one = showings(&minutes(&[0.0, 29.0, 58.0]))[0].1;
        let two = showings(&minutes(&[0.0, 29.0, 59.0]))[0].1;
        assert!(one < 1.0 && two > 1.9, "{one}, {two}");
    }

    #[test]
    fn a_showing_counts_half_after_a_week_or_two_hundred_others() {
        let week = [shown("a", 0.0), shown("b", 7.0 * DAY)];
        let later = 2_f64.powf(-1.0 / 200.0);
        assert_eq!(showings(&week), [(0, round(0.5 * later)), (1, 1.0)]);
        // Whatever happens, time goes on.
        let watched = [shown("a", 0.0), Event::new("b", EventKind::Watch, 14.0 * DAY)];
        assert_eq!(showings(&watched), [(0, 0.25)]);
        let mut many = vec![shown("a", 0.0)];
        many.extend((0..200).map(|other| shown(&format!("other {other}"), 0.0)));
        assert_eq!(showings(&many), [(0, 0.5)]);
        // Two showings add up.
        assert_eq!(showings(&[shown("a", 0.0), shown("a", 7.0 * DAY)]), [(0, round(1.0 + 0.5 * later))]);
    }

    proptest! {
        #[test]
        fn whatever_happens_something_is_left_of_every_item(
            events in prop::collection::vec((0..3_usize, 0..3_usize, prop_oneof![0.0..1e9, Just(f64::MAX), Just(f64::MIN)]), 0..300),
        ) {
            let event = |(item, kind, time): (usize, usize, f64)| {
                let kind = [EventKind::Impression, EventKind::Impression, EventKind::Click][kind];
                Event::new(["a", "b", "nowhere"][item], kind, time)
            };
            let mut events: Vec<Event> = events.into_iter().map(event).collect();
            events.sort_by(|a, b| a.time.total_cmp(&b.time));
            let found = resting(&events, &catalog());
            prop_assert!(found.is_sorted_by_key(|resting| resting.item));
            prop_assert!(found.iter().all(|resting| resting.left > 0.0 && resting.left < 1.0), "{found:?}");
        }
    }
}
