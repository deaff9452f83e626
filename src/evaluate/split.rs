use crate::crc32::crc32;
use crate::train::{Interaction, Interactions};

/// One viewer out of so many is held out.
const ONE_OF: u32 = 10;
/// Viewers with fewer interactions are not held out: there is too little to hide.
const LEAST: usize = 5;
/// How many later items a cold viewer is measured on.
const COLD_TARGETS: usize = 20;

/// Viewers to learn from, and viewers to measure on who are not among them.
pub struct Split {
    /// What is learnt from.
    pub learnt: Interactions,
    held_out: Interactions,
}

/// What of the held-out viewers' histories is shown, and what is to be found.
pub struct Task {
    /// What is shown.
    pub foldin: Interactions,
    /// What is to be found.
    pub target: Interactions,
}

impl Split {
    /// One viewer in ten is held out, of those with five interactions. Which, depends on their ids alone.
    pub fn new(interactions: &Interactions) -> Self {
        let held_out = |viewer: usize| {
            let id = interactions.viewers.get(viewer);
            interactions.by_viewer.row(viewer).len() >= LEAST && crc32(id.as_bytes()).is_multiple_of(ONE_OF)
        };
        Split {
            learnt: select(interactions, |viewer, _| !held_out(viewer)),
            held_out: select(interactions, |viewer, _| held_out(viewer)),
        }
    }

    /// How many viewers are held out.
    pub fn held_out(&self) -> usize {
        self.held_out.viewers.len()
    }

    /// A fifth of each history, drawn from all over it, is to be found.
    pub fn at_random(&self) -> Task {
        let hidden = |viewer: usize, place: usize| {
            let key = format!("{} {place}", self.held_out.viewers.get(viewer));
            crc32(key.as_bytes()).is_multiple_of(5)
        };
        self.task(|viewer, place| !hidden(viewer, place), hidden)
    }

    /// The last fifth of each history is to be found.
    pub fn in_time(&self) -> Task {
        let shown = |viewer: usize| self.held_out.by_viewer.row(viewer).len() * 4 / 5;
        self.task(|viewer, place| place < shown(viewer), |viewer, place| place >= shown(viewer))
    }

    /// The last item of each history is to be found.
    pub fn leave_last_one(&self) -> Task {
        let last = |viewer: usize| self.held_out.by_viewer.row(viewer).len() - 1;
        self.task(|viewer, place| place < last(viewer), |viewer, place| place == last(viewer))
    }

    /// Of each history only the first `items` are shown; what came right after is to be found.
    pub fn cold(&self, items: usize) -> Task {
        self.task(|_, place| place < items, |_, place| (items..items + COLD_TARGETS).contains(&place))
    }

    /// One moment for everybody, after four fifths of all interactions: what came before it is learnt from and shown, what
    /// came after it is to be found. Here nobody is held out.
    pub fn time_cut(interactions: &Interactions) -> (Interactions, Task) {
        let mut times: Vec<f64> = interactions.by_viewer.values().iter().map(|row| row.time).collect();
        times.sort_by(f64::total_cmp);
        let cut = times.get(times.len() * 4 / 5).copied().unwrap_or(f64::INFINITY);
        let before = |viewer: usize, place: usize| interactions.by_viewer.row(viewer)[place].time < cut;
        let shown = || select(interactions, before);
        (
            shown(),
            Task { foldin: shown(), target: select(interactions, |viewer, place| !before(viewer, place)) },
        )
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
        for (task, shown) in
            [(split.in_time(), 8), (split.cold(3), 3), (split.leave_last_one(), 9), (split.at_random(), 0)]
        {
            assert_eq!(task.foldin.len() + task.target.len(), split.held_out() * 10);
            if shown > 0 {
                assert!(task.foldin.by_viewer.iter().all(|row| row.len() == shown));
                assert!(crate::evaluate::in_order(&task.foldin, &task.target));
            }
        }
        let (learnt, task) = Split::time_cut(&all);
        assert_eq!(learnt.len(), 200 * 8);
        assert_eq!((task.foldin.len(), task.target.len()), (200 * 8, 200 * 2));
        assert!(crate::evaluate::in_order(&task.foldin, &task.target));
    }
}
