use crate::crc32::crc32;
use crate::train::Interactions;

/// One viewer out of so many is held out.
const ONE_OF: u32 = 10;
/// Viewers with fewer interactions are not held out: there is too little to hide.
pub(crate) const MIN_INTERACTIONS: usize = 5;
/// How many later items a cold viewer is measured on.
const COLD_TARGETS: usize = 20;
/// With [`Split::cold_items`] one item out of so many is nobody's in training.
const COLD_ONE_OF: u32 = 10;
/// With [`LeaveLastOne`], those with fewer interactions are only learnt from: one to learn, one for each of the two holdouts.
const MIN_TO_LEAVE: usize = 3;

/// Viewers to learn from, and viewers to measure on who are not among them.
pub struct Split {
    /// What is learnt from.
    pub train: Interactions,
    held_out: Interactions,
}

/// What of the held-out viewers' histories is shown, and what is to be found.
pub struct Holdout {
    /// What is shown.
    pub foldin: Interactions,
    /// What is to be found.
    pub target: Interactions,
}

impl Split {
    /// One viewer in ten is held out, of those with five interactions. Which, depends on their ids alone.
    pub fn new(interactions: &Interactions) -> Self {
        Split::one_of(interactions, ONE_OF)
    }

    /// The same with one viewer out of so many.
    pub fn one_of(interactions: &Interactions, one_of: u32) -> Self {
        let held_out = |viewer: usize| {
            let id = interactions.viewers.get(viewer);
            interactions.by_viewer.row(viewer).len() >= MIN_INTERACTIONS
                && crc32(id.as_bytes()).is_multiple_of(one_of)
        };
        Split {
            train: interactions.select(|viewer, _| !held_out(viewer)),
            held_out: interactions.select(|viewer, _| held_out(viewer)),
        }
    }

    /// How many viewers are held out.
    pub fn held_out(&self) -> usize {
        self.held_out.viewers.len()
    }

    /// A fifth of each history, drawn from all over it, is to be found.
    pub fn random_holdout(&self) -> Holdout {
        let hidden = |viewer: usize, place: usize| {
            let key = format!("{} {place}", self.held_out.viewers.get(viewer));
            crc32(key.as_bytes()).is_multiple_of(5)
        };
        self.holdout(|viewer, place| !hidden(viewer, place), hidden)
    }

    /// The last fifth of each history is to be found.
    pub fn temporal_holdout(&self) -> Holdout {
        let shown = |viewer: usize| self.held_out.by_viewer.row(viewer).len() * 4 / 5;
        self.holdout(|viewer, place| place < shown(viewer), |viewer, place| place >= shown(viewer))
    }

    /// The last item of each history is to be found.
    pub fn last(&self) -> Holdout {
        let last = |viewer: usize, place: usize| place + 1 == self.held_out.by_viewer.row(viewer).len();
        self.holdout(|viewer, place| !last(viewer, place), last)
    }

    /// Of each history only the first `items` are shown; what came right after is to be found.
    pub fn cold(&self, items: usize) -> Holdout {
        self.holdout(|_, place| place < items, |_, place| (items..items + COLD_TARGETS).contains(&place))
    }

    /// One item in ten, which depends on its id alone, is left out of all that is learnt from and shown; of the held-out viewers' histories
    /// it is what is to be found: what a site has that nobody has watched yet.
    pub fn cold_items(&self) -> (Interactions, Holdout) {
        let is_cold = |of: &Interactions, viewer: usize, place: usize| {
            let item = of.by_viewer.row(viewer)[place].item;
            // Ids of which one is held out as a viewer's would else be those of the cold items, too.
            let key = format!("item {}", of.items.strings().get(item as usize));
            crc32(key.as_bytes()).is_multiple_of(COLD_ONE_OF)
        };
        let of_held_out = |viewer, place| is_cold(&self.held_out, viewer, place);
        let learnt = self.train.select(|viewer, place| !is_cold(&self.train, viewer, place));
        (learnt, self.holdout(|viewer, place| !of_held_out(viewer, place), of_held_out))
    }

    /// One moment for everybody, after four fifths of all interactions: what came before it is learnt from and shown, what
    /// came after it is to be found. Here nobody is held out.
    pub fn time_cut(interactions: &Interactions) -> (Interactions, Holdout) {
        let mut times: Vec<f64> = interactions.by_viewer.values().iter().map(|row| row.time).collect();
        times.sort_by(f64::total_cmp);
        let cut = times.get(times.len() * 4 / 5).copied().unwrap_or(f64::INFINITY);
        let before = |viewer: usize, place: usize| interactions.by_viewer.row(viewer)[place].time < cut;
        let shown = || interactions.select(before);
        (
            shown(),
            Holdout { foldin: shown(), target: interactions.select(|viewer, place| !before(viewer, place)) },
        )
    }

    fn holdout(
        &self,
        shown: impl Fn(usize, usize) -> bool,
        hidden: impl Fn(usize, usize) -> bool,
    ) -> Holdout {
        Holdout { foldin: self.held_out.select(shown), target: self.held_out.select(hidden) }
    }
}

/// Everybody's last item is to be found, and the one before it is for validation: the protocol of the tables that are
/// published of sequence models (W.-C. Kang and J. McAuley, "Self-attentive sequential recommendation", ICDM 2018, section
/// IV-A). Nobody is held out.
pub struct LeaveLastOne {
    /// What is learnt from: everything before the last two interactions of each viewer.
    pub train: Interactions,
    /// The same shown, and the item before the last to be found.
    pub validation: Holdout,
    /// All but the last shown, and the last to be found.
    pub test: Holdout,
}

impl LeaveLastOne {
    /// Whoever has fewer than three interactions is in neither holdout.
    pub fn new(interactions: &Interactions) -> Self {
        // How many interactions of a viewer come before what validation is to find.
        let learnt = |viewer: usize| match interactions.by_viewer.row(viewer).len() {
            few if few < MIN_TO_LEAVE => None,
            count => Some(count - 2),
        };
        let first = |more: usize| {
            interactions
                .select(move |viewer, place| learnt(viewer).is_some_and(|learnt| place < learnt + more))
        };
        let only = |more: usize| {
            interactions
                .select(move |viewer, place| learnt(viewer).is_some_and(|learnt| place == learnt + more))
        };
        LeaveLastOne {
            train: interactions.select(|viewer, place| learnt(viewer).is_none_or(|learnt| place < learnt)),
            validation: Holdout { foldin: first(0), target: only(0) },
            test: Holdout { foldin: first(1), target: only(1) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{ColumnNames, Interaction};

    #[test]
    fn nobody_is_learnt_from_and_measured_on() {
        let text: String = (0..200)
            .flat_map(|viewer| {
                (0..10).map(move |place| format!("{viewer},item {},5,{place}\n", (viewer + place) % 30))
            })
            .collect();
        let all = Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let split = Split::new(&all);
        assert_eq!(split.train.viewers.len() + split.held_out(), 200);
        assert!((10..40).contains(&split.held_out()), "{} held out", split.held_out());
        assert!(
            split.held_out.viewers.iter().all(|viewer| !split
                .train
                .viewers
                .iter()
                .any(|other| other == viewer))
        );
        for (holdout, shown) in
            [(split.temporal_holdout(), 8), (split.cold(3), 3), (split.random_holdout(), 0)]
        {
            assert_eq!(holdout.foldin.len() + holdout.target.len(), split.held_out() * 10);
            if shown > 0 {
                assert!(holdout.foldin.by_viewer.iter().all(|row| row.len() == shown));
                assert!(crate::evaluate::in_order(&holdout.foldin, &holdout.target));
            }
        }
        let (learnt, holdout) = Split::time_cut(&all);
        assert_eq!(learnt.len(), 200 * 8);
        assert_eq!((holdout.foldin.len(), holdout.target.len()), (200 * 8, 200 * 2));
        assert!(crate::evaluate::in_order(&holdout.foldin, &holdout.target));
    }

    #[test]
    fn the_last_is_left_out_and_the_one_before_it_validates() {
        let text = "1,a,5,1\n1,b,5,2\n1,c,5,3\n1,d,5,4\n2,a,5,1\n2,b,5,2\n3,c,5,7\n3,b,5,6\n3,a,5,5\n";
        let all = Interactions::parse("test", text.as_bytes(), &ColumnNames::default(), None).expect("reads");
        let rows = |part: &Interactions| -> Vec<String> {
            let items = |row: &[Interaction]| -> String {
                row.iter().map(|row| part.items.strings().get(row.item as usize)).collect()
            };
            (part.viewers.iter().zip(part.by_viewer.iter()))
                .map(|(viewer, row)| format!("{viewer} {}", items(row)))
                .collect()
        };
        let LeaveLastOne { train, validation, test } = LeaveLastOne::new(&all);
        assert_eq!(rows(&train), ["1 ab", "2 ab", "3 a"], "viewer 2 has nothing to leave out");
        assert_eq!(
            (rows(&validation.foldin), rows(&validation.target)),
            (vec!["1 ab".into(), "3 a".into()], vec!["1 c".into(), "3 b".into()])
        );
        assert_eq!(
            (rows(&test.foldin), rows(&test.target)),
            (vec!["1 abc".into(), "3 ab".into()], vec!["1 d".into(), "3 c".into()])
        );
    }
}
