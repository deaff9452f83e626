use super::SCREEN;
use super::top::Ranked;
use crate::catalog::Features;
use crate::history::Profile;

/// From so many known items on a history says by itself which mix it wants.
const MANY: usize = 20;
/// So many titles of a screen a genre may have more than its part of the history.
const SLACK: f64 = 2.0;
/// So many of the best are looked at for a screen.
pub(super) const REACH: usize = 1000;

/// How many titles of a screen a genre of the history may have, so that one of a mixed history's genres does not take all of it.
///
/// Likeness adds up over genres, so what shares the genre that two of three titles have beats all that is like the third. As in calibration (Steck
/// 2018) a genre is due the share of titles that have it in the history, here as a bound: `20 (n(g) + c q(g)) / (n + 1) + 2`, rounded up, where `n(g)` of `n` items have it.
/// One item more is taken to be everybody's: of genres `q`, and as many of them, `c`, as the history's items have.
#[derive(Debug, Clone, Default)]
pub struct Quotas {
    /// By genre; none where nothing is bounded.
    most: Vec<usize>,
}

impl Quotas {
    /// Those of a viewer of whom little is known; of others nothing is bounded. `shares` are the population's.
    pub fn new(profile: &Profile, shares: &[f64]) -> Self {
        let items = profile.items.len();
        let genres: u32 = profile.genres.iter().map(|affinity| affinity.count).sum();
        if !profile.of_viewer || genres == 0 || !(1..=MANY).contains(&items) {
            return Quotas::default();
        }
        let mean = f64::from(genres) / items as f64;
        let mut most = vec![SCREEN; shares.len()];
        for affinity in profile.genres.iter().filter(|affinity| affinity.count > 0) {
            let genre = affinity.genre as usize;
            let count = f64::from(affinity.count) + mean * shares[genre];
            most[genre] = libm::ceil(SCREEN as f64 * count / (items + 1) as f64 + SLACK) as usize;
        }
        Quotas { most }
    }

    /// Whether nothing is bounded.
    pub fn is_none(&self) -> bool {
        self.most.is_empty()
    }

    /// Of candidates in the order of their choices so many screens: each has the best that its quotas let pass of the 1,000 that come
    /// next, and where those do not fill it the best of the others.
    pub(super) fn fill(&self, candidates: Vec<Ranked>, screens: usize, features: &Features) -> Vec<Ranked> {
        let mut list = Vec::with_capacity(screens * SCREEN);
        let mut coming = candidates.into_iter();
        let mut next: Vec<Ranked> = coming.by_ref().take(REACH).collect();
        for _ in 0..screens {
            let mut counts = vec![0; self.most.len()];
            let mut left = SCREEN;
            let mut passes = |ranked: &Ranked| {
                let genres = features.genres.row(ranked.item as usize);
                let passes = left > 0
                    && genres.iter().all(|&genre| counts[genre as usize] < self.most[genre as usize]);
                if passes {
                    left -= 1;
                    genres.iter().for_each(|&genre| counts[genre as usize] += 1);
                }
                passes
            };
            let chosen = list.len();
            list.extend(next.extract_if(.., |ranked| passes(ranked)));
            let missing = (SCREEN - (list.len() - chosen)).min(next.len());
            list.extend(next.drain(..missing));
            next.extend(coming.by_ref().take(list.len() - chosen));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{GenreIndex, ItemIndex};
    use crate::columns::Rows;
    use crate::history::{GenreAffinity, ItemAffinity};

    /// A viewer who knows so many items, of which so many have each genre.
    fn profile(items: usize, counts: &[u32]) -> Profile {
        let genre = |(genre, &count): (usize, &u32)| GenreAffinity {
            genre: genre as GenreIndex,
            count,
            ..GenreAffinity::default()
        };
        Profile {
            items: vec![ItemAffinity { item: 0, weight: 1, recent: 1 }; items],
            genres: counts.iter().enumerate().map(genre).collect(),
            of_viewer: true,
            ..Profile::default()
        }
    }

    #[test]
    fn a_genre_has_its_part_of_the_history_and_a_little_more() {
        let shares = [0.5, 0.25, 0.25];
        // Two of three have the first, one the second; the fourth, everybody's, has a half and a quarter of each.
        let quotas = Quotas::new(&profile(3, &[2, 1, 0]), &shares);
        assert_eq!(quotas.most, [15, 9, 20]);
        assert_eq!(Quotas::new(&profile(9, &[9, 9, 0]), &shares).most, [22, 21, 20]);
        assert!(Quotas::new(&profile(21, &[21, 1, 0]), &shares).is_none(), "enough is known");
        assert!(Quotas::new(&profile(3, &[]), &shares).is_none(), "of no genre");
        assert!(Quotas::new(&Profile::of_item(0), &shares).is_none(), "nobody's");
    }

    fn filled(rows: &[Vec<GenreIndex>], quotas: &Quotas, screens: usize) -> Vec<ItemIndex> {
        let mut features = Features { genres: Rows::default(), ..Features::default() };
        rows.iter().for_each(|row| features.genres.push(row.iter().copied()));
        let candidates = (0..rows.len()).map(|item| Ranked::new(item as ItemIndex, 0)).collect();
        quotas.fill(candidates, screens, &features).into_iter().map(|ranked| ranked.item).collect()
    }

    proptest! {
        #[test]
        fn no_screen_has_more_of_a_genre_unless_nothing_else_is_left(
            rows in prop::collection::vec(prop::sample::subsequence(vec![0_u32, 1, 2, 3], 0..4), 0..120),
            counts in prop::collection::vec(0..4_u32, 4), screens in 1..5_usize,
        ) {
            let quotas = Quotas::new(&profile(3, &counts), &[0.25; 4]);
            prop_assume!(!quotas.is_none());
            let list = filled(&rows, &quotas, screens);
            prop_assert_eq!(list.len(), rows.len().min(screens * SCREEN));
            let mut items = list.clone();
            items.sort_unstable();
            items.dedup();
            prop_assert_eq!(items.len(), list.len(), "each once");
            let mut left: Vec<ItemIndex> = (0..rows.len() as ItemIndex).collect();
            for screen in list.chunks(SCREEN) {
                left.retain(|item| !screen.contains(item));
                let count = |genre: u32| screen.iter().filter(|&&item| rows[item as usize].contains(&genre)).count();
                let full = |genre: u32| count(genre) >= quotas.most[genre as usize];
                if (0..4).any(|genre| count(genre) > quotas.most[genre as usize]) {
                    // What is left would not have passed either.
                    prop_assert!(left.iter().all(|&item| rows[item as usize].iter().any(|&genre| full(genre))));
                }
            }
            prop_assert_eq!(&filled(&rows, &quotas, 1)[..], &list[..list.len().min(SCREEN)], "a longer list goes on");
        }
    }

    #[test]
    fn so_many_of_the_best_are_looked_at() {
        let rows: Vec<Vec<GenreIndex>> =
            (0..REACH + 40).map(|item| vec![u32::from(item >= REACH - 1)]).collect();
        let list = filled(&rows, &Quotas { most: vec![15, 20] }, 1);
        assert_eq!(list[14..17], [14, REACH as ItemIndex - 1, 15], "one of the others is near enough");
    }
}
