use super::Ranked;
use crate::catalog::{Features, GenreIndex, ItemIndex};
use crate::error::{Error, Result};
use crate::history::Profile;
use crate::json::number;

/// So many places of a list are filled anew; what follows stays by score.
const PLACES: usize = 100;
/// So many candidates are looked at for each place.
const CANDIDATES: usize = 5;
/// The share of the viewer's own mix that a list is taken to have, so that a genre it lacks has a finite cost (α).
const SMOOTHING: f64 = 0.01;

/// How far a list turns from the best scores to a better mix of genres, by filling it place by place.
///
/// The next item is the one with the largest `(1 − d)(1 − c) · s − d · max likeness − c · KL`: `s` is its choice as a part of
/// the best one, likeness to an item already in the list the Jaccard index of their genres (maximal marginal
/// relevance, Carbonell and Goldstein 1998), and `KL` how far the list with it is from the viewer's own mix of
/// genres (calibration, Steck 2018, eq. 3 to 6).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rerank {
    diversity: f64,
    calibration: f64,
}

impl Rerank {
    /// Both from 0, the default, where nothing but the score counts, to 1, where the score does not.
    ///
    /// # Errors
    /// [`Error::Option`] for a number out of range.
    pub fn new(diversity: Option<f64>, calibration: Option<f64>) -> Result<Self> {
        for (name, value) in [("diversity", diversity), ("calibration", calibration)] {
            if value.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
                let reason = format!("must be from 0 to 1, found {}", number(value.unwrap_or_default()));
                return Err(Error::Option { option: name.into(), reason });
            }
        }
        Ok(Rerank { diversity: diversity.unwrap_or_default(), calibration: calibration.unwrap_or_default() })
    }

    pub(super) fn is_none(self) -> bool {
        self.diversity == 0.0 && self.calibration == 0.0
    }

    /// How many of the best are to be looked at for a list of `limit` items.
    pub fn candidates(self, limit: usize) -> usize {
        if self.is_none() { limit } else { limit.max(limit.min(PLACES) * CANDIDATES) }
    }

    /// The list, of the candidates in the order of their choices. Of equal values the better choice comes first.
    pub fn apply(
        self,
        mut candidates: Vec<Ranked>,
        limit: usize,
        features: &Features,
        profile: &Profile,
    ) -> Vec<Ranked> {
        let best = candidates.first().map_or(1.0, |ranked| ranked.choice).max(f64::MIN_POSITIVE);
        let mut list = Vec::new();
        let mut mix = Mix::new(profile);
        let mut likeness = vec![0.0_f64; candidates.len()];
        while list.len() < limit.min(PLACES) && !candidates.is_empty() {
            let value = |place: usize| {
                let genres = features.genres.row(candidates[place].item as usize);
                let choice = candidates[place].choice / best;
                let divergence = if self.calibration > 0.0 { mix.divergence_with(genres) } else { 0.0 };
                (1.0 - self.diversity) * (1.0 - self.calibration) * choice
                    - self.diversity * likeness[place]
                    - self.calibration * divergence
            };
            let mut chosen = (0, value(0));
            for place in 1..candidates.len() {
                let value = value(place);
                if value > chosen.1 {
                    chosen = (place, value);
                }
            }
            let item = candidates.remove(chosen.0);
            likeness.remove(chosen.0);
            let genres = features.genres.row(item.item as usize);
            for (likeness, other) in likeness.iter_mut().zip(&candidates) {
                *likeness = likeness.max(jaccard(genres, features.genres.row(other.item as usize)));
            }
            mix.add(genres);
            list.push(item);
        }
        list.extend(candidates.into_iter().take(limit.saturating_sub(PLACES)));
        list
    }
}

/// How unlike each other the items of a list are: 1 less the mean Jaccard index of the genres of all pairs; 0 for
/// fewer than two.
pub fn intra_list_distance(list: &[ItemIndex], features: &Features) -> f64 {
    let genres = |item: &ItemIndex| features.genres.row(*item as usize);
    let pairs =
        || list.iter().enumerate().flat_map(|(place, a)| list[place + 1..].iter().map(move |b| (a, b)));
    let distance: f64 = pairs().map(|(a, b)| 1.0 - jaccard(genres(a), genres(b))).sum();
    distance / pairs().count().max(1) as f64
}

/// The Kullback-Leibler divergence of a list's mix of genres from the viewer's; 0 where nothing is known of theirs.
pub fn genre_divergence(list: &[ItemIndex], features: &Features, profile: &Profile) -> f64 {
    let mut mix = Mix::new(profile);
    list.iter().for_each(|&item| mix.add(features.genres.row(item as usize)));
    mix.divergence_with(&[])
}

/// Both ascending, as genres are.
fn jaccard(a: &[GenreIndex], b: &[GenreIndex]) -> f64 {
    let shared = a.iter().filter(|genre| b.binary_search(genre).is_ok()).count();
    let either = a.len() + b.len() - shared;
    if either == 0 { 0.0 } else { shared as f64 / either as f64 }
}

/// The genres of a list beside those of the viewer.
struct Mix {
    /// The viewer's genres, ascending, with their shares, and how much of the list each has.
    genres: Vec<(GenreIndex, f64, f64)>,
    /// The items of the list that have genres.
    items: f64,
}

impl Mix {
    fn new(profile: &Profile) -> Self {
        let total: i64 = profile.genres.iter().map(|affinity| affinity.weight).sum();
        let share = |weight: i64| weight as f64 / total.max(1) as f64;
        let genres = profile.genres.iter().filter(|affinity| affinity.weight > 0);
        Mix {
            genres: genres.map(|affinity| (affinity.genre, share(affinity.weight), 0.0)).collect(),
            items: 0.0,
        }
    }

    fn add(&mut self, genres: &[GenreIndex]) {
        for genre in genres {
            if let Ok(place) = self.genres.binary_search_by_key(genre, |entry| entry.0) {
                self.genres[place].2 += 1.0 / genres.len() as f64;
            }
        }
        self.items += f64::from(!genres.is_empty());
    }

    /// `Σ p ln(p / q)`, with `q` the list's share of a genre once an item with these genres is in it.
    fn divergence_with(&self, genres: &[GenreIndex]) -> f64 {
        let items = (self.items + f64::from(!genres.is_empty())).max(1.0);
        let term = |&(genre, share, listed): &(GenreIndex, f64, f64)| {
            let more = if genres.binary_search(&genre).is_ok() { 1.0 / genres.len() as f64 } else { 0.0 };
            let smoothed = (1.0 - SMOOTHING) * (listed + more) / items + SMOOTHING * share;
            share * libm::log(share / smoothed)
        };
        self.genres.iter().map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Rows;
    use crate::history::GenreAffinity;

    /// Items of these genres; the first has the best score, the last half of it.
    fn candidates(genres: &[&[GenreIndex]]) -> (Features, Vec<Ranked>) {
        let mut features = Features { genres: Rows::default(), ..Features::default() };
        genres.iter().for_each(|row| features.genres.push(row.iter().copied()));
        let ranked = (0..genres.len()).map(|item| {
            let score = (2 * genres.len() - item) as i64;
            Ranked { choice: score as f64, ..Ranked::new(item as ItemIndex, score) }
        });
        (features, ranked.collect())
    }

    fn profile(shares: &[(GenreIndex, i64)]) -> Profile {
        let genres = shares
            .iter()
            .map(|&(genre, weight)| GenreAffinity { genre, weight, count: 1, against: 0 })
            .collect();
        Profile { genres, ..Profile::default() }
    }

    fn list(rerank: Rerank, genres: &[&[GenreIndex]], profile: &Profile, limit: usize) -> Vec<ItemIndex> {
        let (features, ranked) = candidates(genres);
        let list = rerank.apply(ranked, limit, &features, profile);
        list.into_iter().map(|ranked| ranked.item).collect()
    }

    const GENRES: [&[GenreIndex]; 6] = [&[0], &[0], &[0], &[1], &[0], &[2]];

    #[test]
    fn diversity_looks_for_other_genres() {
        let rerank = Rerank::new(Some(0.5), None).expect("good");
        assert_eq!(rerank.candidates(3), 15);
        assert_eq!(list(rerank, &GENRES, &Profile::default(), 4), [0, 3, 5, 1]);
        let (features, _) = candidates(&GENRES);
        assert_eq!(intra_list_distance(&[0, 1, 2], &features), 0.0);
        assert_eq!(intra_list_distance(&[0, 3, 5], &features), 1.0);
        assert_eq!(intra_list_distance(&[0, 1, 3], &features), 2.0 / 3.0);
    }

    #[test]
    fn calibration_looks_for_the_viewers_mix() {
        let half_and_half = profile(&[(0, 10), (1, 10)]);
        let rerank = Rerank::new(None, Some(0.5)).expect("good");
        assert_eq!(list(rerank, &GENRES, &half_and_half, 2), [0, 3]);
        let (features, _) = candidates(&GENRES);
        assert!(genre_divergence(&[0, 3], &features, &half_and_half).abs() < 1e-12);
        assert!(genre_divergence(&[0, 1], &features, &half_and_half) > 1.0);
        assert_eq!(genre_divergence(&[0, 1], &features, &Profile::default()), 0.0);
    }

    #[test]
    fn long_lists_go_on_by_score() {
        let genres: Vec<&[GenreIndex]> = (0..150).map(|_| &[0_u32][..]).collect();
        let rerank = Rerank::new(Some(0.3), Some(0.3)).expect("good");
        assert_eq!(list(rerank, &genres, &profile(&[(0, 1)]), 150), (0..150).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (diversity, calibration, name) in [
            (Some(1.1), None, "diversity"),
            (None, Some(-0.1), "calibration"),
            (Some(f64::NAN), None, "diversity"),
        ] {
            let error = Rerank::new(diversity, calibration).expect_err("out of range");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
