use crate::train::{Interaction, Interactions};

/// One viewer out of so many is held out.
const ONE_OF: u32 = 10;
/// Viewers with fewer interactions are not held out: there is too little to hide.
const LEAST: usize = 5;
/// How many later items a cold viewer is measured on.
const COLD_TARGETS: usize = 20;

/// Viewers to learn from, and viewers to measure on who are not among them.
pub(super) struct Split {
    pub(super) learnt: Interactions,
    held_out: Interactions,
}

/// What of a held-out viewer is shown, and what is to be found.
pub(super) struct Task {
    pub(super) foldin: Interactions,
    pub(super) target: Interactions,
}

impl Split {
    /// Which viewers are held out depends on their ids alone.
    pub(super) fn new(interactions: &Interactions) -> Self {
        let held_out = |viewer: usize| {
            let id = interactions.viewers.get(viewer);
            interactions.by_viewer.row(viewer).len() >= LEAST
                && crc32fast::hash(id.as_bytes()).is_multiple_of(ONE_OF)
        };
        Split {
            learnt: select(interactions, |viewer, _| !held_out(viewer)),
            held_out: select(interactions, |viewer, _| held_out(viewer)),
        }
    }

    pub(super) fn held_out(&self) -> usize {
        self.held_out.viewers.len()
    }

    /// A fifth of each history, drawn from all over it, is to be found.
    pub(super) fn at_random(&self) -> Task {
        let hidden = |viewer: usize, place: usize| {
            let key = format!("{} {place}", self.held_out.viewers.get(viewer));
            crc32fast::hash(key.as_bytes()).is_multiple_of(5)
        };
        self.task(|viewer, place| !hidden(viewer, place), hidden)
    }

    /// The last fifth of each history is to be found.
    pub(super) fn in_time(&self) -> Task {
        let shown = |viewer: usize| self.held_out.by_viewer.row(viewer).len() * 4 / 5;
        self.task(|viewer, place| place < shown(viewer), |viewer, place| place >= shown(viewer))
    }

    /// Of each history only the first `items` are shown; what came right after is to be found.
    pub(super) fn cold(&self, items: usize) -> Task {
        self.task(|_, place| place < items, |_, place| (items..items + COLD_TARGETS).contains(&place))
    }

    fn task(&self, shown: impl Fn(usize, usize) -> bool, hidden: impl Fn(usize, usize) -> bool) -> Task {
        Task { foldin: select(&self.held_out, shown), target: select(&self.held_out, hidden) }
    }
}

/// The interactions that `keep` wants, by viewer and place in the viewer's history.
fn select(interactions: &Interactions, keep: impl Fn(usize, usize) -> bool) -> Interactions {
    let rows = interactions.by_viewer.iter().enumerate();
    let kept = rows.flat_map(|(viewer, row)| {
        let keep = &keep;
        row.iter()
            .enumerate()
            .filter(move |&(place, _)| keep(viewer, place))
            .map(move |(_, row)| (viewer, row))
    });
    let named = kept.map(|(viewer, &Interaction { item, time })| {
        (interactions.viewers.get(viewer), interactions.items.strings().get(item as usize), time)
    });
    Interactions::from_rows(interactions.timed, named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::ColumnNames;

    #[test]
    fn nobody_is_learnt_from_and_measured_on() {
        let text: String = (0..200)
            .flat_map(|viewer| {
                (0..10).map(move |place| format!("{viewer},item {},5,{place}\n", (viewer + place) % 30))
            })
            .collect();
        let all = Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let split = Split::new(&all);
        assert_eq!(split.learnt.viewers.len() + split.held_out(), 200);
        assert!((10..40).contains(&split.held_out()), "{} held out", split.held_out());
        assert!(
            split.held_out.viewers.iter().all(|viewer| !split
                .learnt
                .viewers
                .iter()
                .any(|other| other == viewer))
        );
        for (task, shown) in [(split.in_time(), 8), (split.cold(3), 3), (split.at_random(), 0)] {
            assert_eq!(task.foldin.len() + task.target.len(), split.held_out() * 10);
            if shown > 0 {
                assert!(task.foldin.by_viewer.iter().all(|row| row.len() == shown));
                assert!(crate::evaluate::in_order(&task.foldin, &task.target));
            }
        }
    }
}
