use std::collections::BTreeSet;

use super::Mean;
use super::popularity::Popularity;
use super::propensity::Propensity;
use crate::catalog::{Catalog, ItemIndex};
use crate::history::Profile;
use crate::rank::{genre_divergence, intra_list_distance};

/// What a viewer sees of a list: so many of the first.
pub(super) const SEEN: usize = 20;
/// What they see at once.
const AT_ONCE: usize = 5;

/// What a viewer feels of a list, beside how much of it they watched: of its first 20.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Felt {
    /// The share that is not among the 20 most popular items outside the viewer's history.
    pub personal_20: f64,
    /// The same share of the first 5, of which [`Self::personal_20`] says nothing: it does not change with the list's order.
    pub personal_5: f64,
    /// The mean of `−log₂ p`, where `p` is the item's share of all that is watched.
    pub novelty_20: f64,
    /// How far its genres are from the history's: [`genre_divergence`]. None where no genre of the history is known.
    pub calibration_kl: Option<f64>,
    /// How unlike each other its genres are: [`intra_list_distance`]. None where the catalog has no genres.
    pub ild_20: Option<f64>,
    /// The share that is held out and that they rated low: [`crate::history::LOW_RATING`] or less. None where nobody says how
    /// anything was rated.
    pub low_20: Option<f64>,
    /// Recall as if unpopular items were as likely to be observed as popular ones.
    pub ips_recall_20: f64,
    /// nDCG likewise.
    pub ips_ndcg_20: f64,
}

/// A metric's name, and where it is found.
pub type NamedFelt = (&'static str, fn(&Felt) -> Option<f64>);

impl Felt {
    /// Each by its name.
    pub const NAMED: [NamedFelt; 8] = [
        ("personal@20", |felt| Some(felt.personal_20)),
        ("personal@5", |felt| Some(felt.personal_5)),
        ("novelty@20", |felt| Some(felt.novelty_20)),
        ("calibration_kl", |felt| felt.calibration_kl),
        ("ild@20", |felt| felt.ild_20),
        ("low@20", |felt| felt.low_20),
        ("ips_recall@20", |felt| Some(felt.ips_recall_20)),
        ("ips_ndcg@20", |felt| Some(felt.ips_ndcg_20)),
    ];
}

/// What it takes to say it of any list.
pub(super) struct Measure<'a> {
    catalog: &'a Catalog,
    popularity: &'a Popularity,
    propensity: &'a Propensity,
}

impl<'a> Measure<'a> {
    pub(super) fn new(catalog: &'a Catalog, popularity: &'a Popularity, propensity: &'a Propensity) -> Self {
        Measure { catalog, popularity, propensity }
    }

    /// Of the list of a viewer of whom this is known, for whom these items are allowed, and who watched these besides.
    pub(super) fn felt(
        &self,
        list: &[ItemIndex],
        profile: &Profile,
        allowed: impl Fn(ItemIndex) -> bool,
        hidden: &Hidden,
    ) -> Felt {
        let list = &list[..list.len().min(SEEN)];
        let items = list.len().max(1) as f64;
        let popular = self.popularity.first(SEEN, allowed);
        let personal = |list: &[ItemIndex]| {
            let own = list.iter().filter(|item| !popular.contains(item)).count();
            own as f64 / list.len().max(1) as f64
        };
        let information: f64 = list.iter().map(|&item| self.popularity.self_information(item)).sum();
        let features = &self.catalog.features;
        let targets: Vec<Option<ItemIndex>> = hidden.targets.iter().map(|id| self.catalog.find(id)).collect();
        let low =
            |low: &BTreeSet<&str>| list.iter().filter(|&&item| low.contains(self.catalog.id(item))).count();
        let (ips_recall_20, ips_ndcg_20) = self.propensity.recall_and_ndcg(list, &targets, SEEN);
        Felt {
            personal_20: personal(list),
            personal_5: personal(&list[..list.len().min(AT_ONCE)]),
            novelty_20: information / items,
            calibration_kl: (!profile.genres.is_empty()).then(|| genre_divergence(list, features, profile)),
            ild_20: (!self.catalog.genres.is_empty()).then(|| intra_list_distance(list, features)),
            low_20: hidden.low.as_ref().map(|ids| low(ids) as f64 / items),
            ips_recall_20,
            ips_ndcg_20,
        }
    }
}

/// What a viewer watched besides.
pub(super) struct Hidden<'a> {
    /// What is to be found.
    pub(super) targets: BTreeSet<&'a str>,
    /// What they rated low; none where it is not known how they rated anything.
    pub(super) low: Option<BTreeSet<&'a str>>,
}

/// How much the lists of different viewers are the same, as a whole. Standard errors are of the jackknife (Efron and Stein
/// 1981): each viewer left out in turn.
pub(super) struct Together {
    /// The mean share of 20 that the lists of two viewers have in common, over all pairs; 0 for fewer than two.
    pub(super) overlap_20: Mean,
    /// The share of the catalog that is among the first 20 of somebody's.
    pub(super) coverage_20: Mean,
}

impl Together {
    /// Of lists of items of a catalog of so many.
    pub(super) fn of<'a>(lists: impl Iterator<Item = &'a [ItemIndex]>, items: usize) -> Self {
        let lists: Vec<&[ItemIndex]> = lists.map(|list| &list[..list.len().min(SEEN)]).collect();
        let mut counts = vec![0_u32; items];
        lists.iter().flat_map(|list| list.iter()).for_each(|&item| counts[item as usize] += 1);
        let count = |item: &ItemIndex| f64::from(counts[*item as usize]);
        let viewers = lists.len() as f64;
        // A catalog may have fewer than 20.
        let length = lists.iter().map(|list| list.len()).max().unwrap_or_default().max(1) as f64;
        // An item in the lists of c viewers is shared by c (c − 1) of the n (n − 1) ordered pairs.
        let shared: f64 = counts.iter().map(|&count| f64::from(count)).map(|c| c * (c - 1.0)).sum();
        let overlap = |shared: f64, viewers: f64| shared / (viewers * (viewers - 1.0)).max(1.0) / length;
        let shared_without =
            |list: &[ItemIndex]| shared - 2.0 * list.iter().map(|item| count(item) - 1.0).sum::<f64>();
        let covered = counts.iter().filter(|&&count| count > 0).count() as f64;
        let alone = |list: &[ItemIndex]| list.iter().filter(|item| count(item) == 1.0).count() as f64;
        let items = (items as f64).max(1.0);
        Together {
            overlap_20: Mean {
                mean: overlap(shared, viewers),
                standard_error: jackknife(
                    lists.iter().map(|list| overlap(shared_without(list), viewers - 1.0)),
                ),
            },
            coverage_20: Mean {
                mean: covered / items,
                standard_error: jackknife(lists.iter().map(|list| (covered - alone(list)) / items)),
            },
        }
    }
}

/// The standard error of an estimate, of what it is with each viewer left out: `√((n − 1) / n · Σ (θ_u − mean)²)`.
fn jackknife(without: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let viewers = without.len() as f64;
    // The standard error of a mean divides by n (n − 1) what this multiplies by (n − 1) / n.
    Mean::of(without).standard_error * (viewers - 1.0).max(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::CatalogOptions;
    use crate::history::{Event, EventKind, EventWeights, HalfLife, History};

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }

    /// Items of these genres, with their places as ids.
    fn catalog(genres: &[&[&str]]) -> Catalog {
        let items: Vec<serde_json::Value> = (genres.iter().enumerate())
            .map(|(id, genres)| serde_json::json!({ "id": id.to_string(), "title": "A", "genres": genres }))
            .collect();
        let json = serde_json::to_vec(&items).expect("is JSON");
        Catalog::parse(json, &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
    }

    fn hidden(targets: &[&'static str], low: Option<&[&'static str]>) -> Hidden<'static> {
        let set = |ids: &[&'static str]| ids.iter().copied().collect();
        Hidden { targets: set(targets), low: low.map(set) }
    }

    fn profile(catalog: &Catalog, watched: &[&str]) -> Profile {
        let mut history = History::default();
        history.record(watched.iter().map(|id| Event::new(*id, EventKind::Watch, 0.0)));
        history.profile(catalog, &EventWeights::default(), HalfLife::default())
    }

    #[test]
    fn as_computed_by_hand() {
        // Item 0 is the history's; 32 more, of which 1 to 4 are listed. Counts 64, 32, 32, 1, 1, and 16 for the 28 others:
        // 64 + 64 + 2 + 448 = 578 in all.
        let genres: Vec<&[&str]> =
            [&["War", "Crime"][..], &["War"], &["War", "Crime"], &["Crime"], &["Love"]]
                .into_iter()
                .chain(std::iter::repeat_n(&["Love"][..], 28))
                .collect();
        let catalog = catalog(&genres);
        let counts = [64.0, 32.0, 32.0, 1.0, 1.0].into_iter().chain([16.0; 28]).collect();
        let popularity = Popularity::of(counts);
        let propensity = Propensity::new(&popularity);
        let measure = Measure::new(&catalog, &popularity, &propensity);
        let profile = profile(&catalog, &["0"]);
        let felt = measure.felt(
            &[1, 2, 3, 4],
            &profile,
            |item| item != 0,
            &hidden(&["1", "5"], Some(&["2", "4", "6"])),
        );
        // Items 1 and 2 are in the popular 20 outside the history, 3 and 4 are not.
        close(felt.personal_20, 0.5);
        close(felt.novelty_20, (2.0 * (578.0_f64 / 32.0).log2() + 2.0 * 578_f64.log2()) / 4.0);
        // War has 1 + 1/2 of 4, Crime 1/2 + 1, Love 1; the history's mix is half and half.
        let smoothed: f64 = 0.99 * 1.5 / 4.0 + 0.01 * 0.5;
        close(felt.calibration_kl.expect("has genres"), (0.5 / smoothed).ln());
        // Pairs: {War} and {War, Crime} share one of two, {War, Crime} and {Crime} too; four pairs share nothing.
        close(felt.ild_20.expect("has genres"), (0.5 + 0.5 + 4.0) / 6.0);
        // Found is 1 (of count 32) of 1 and 5 (of count 16).
        let weight = |count: f64| count.powf(-(propensity.exponent + 1.0) / 2.0);
        close(felt.ips_recall_20, weight(32.0) / (weight(32.0) + weight(16.0)));
        // Of what was rated low 2 and 4 are listed, and 6 is not.
        close(felt.low_20.expect("was rated"), 2.0 / 4.0);
        let own_is_last =
            measure.felt(&[1, 2, 5, 6, 7, 3], &profile, |item| item != 0, &hidden(&["1"], None));
        close(own_is_last.personal_20, 1.0 / 6.0);
        close(own_is_last.personal_5, 0.0);
    }

    #[test]
    fn without_genres_what_needs_them_is_not_there() {
        let catalog = catalog(&[&[], &[], &[]]);
        let popularity = Popularity::of(vec![3.0, 2.0, 1.0]);
        let propensity = Propensity::new(&popularity);
        let measure = Measure::new(&catalog, &popularity, &propensity);
        let profile = profile(&catalog, &["0"]);
        let felt = measure.felt(&[1, 2], &profile, |item| item != 0, &hidden(&["1", "nowhere"], None));
        assert_eq!((felt.calibration_kl, felt.ild_20, felt.low_20), (None, None, None));
        assert_eq!(felt.personal_20, 0.0, "there is nothing else");
        let nothing = measure.felt(&[], &profile, |_| false, &hidden(&["1"], None));
        assert_eq!((nothing.personal_20, nothing.novelty_20, nothing.ips_ndcg_20), (0.0, 0.0, 0.0));
    }

    #[test]
    fn lists_together_as_computed_by_hand() {
        // Of two items each: 0 is in three lists, 1 in two, 2 in one of 10. Pairs share 2 (a, b), 1 (a, c), 1 (b, c) of 2.
        let lists: [&[ItemIndex]; 3] = [&[0, 1], &[1, 0], &[0, 2]];
        let together = Together::of(lists.into_iter(), 10);
        close(together.overlap_20.mean, (2.0 + 1.0 + 1.0) / 3.0 / 2.0);
        // Without a or b one pair that shares 1 of 2, without c one that shares both: √(2/3 · ((1/6)² + (1/6)² + (1/3)²)).
        close(
            together.overlap_20.standard_error,
            (2.0_f64 / 3.0 * (1.0 / 36.0 + 1.0 / 36.0 + 1.0 / 9.0)).sqrt(),
        );
        // Covered are 3 of 10, without c 2.
        close(together.coverage_20.mean, 0.3);
        close(
            together.coverage_20.standard_error,
            (2.0_f64 / 3.0 * (1.0 / 900.0 + 1.0 / 900.0 + 4.0 / 900.0)).sqrt(),
        );
        let alone = Together::of([&[0, 1][..]].into_iter(), 10);
        assert_eq!(alone.overlap_20, Mean { mean: 0.0, standard_error: 0.0 });
        let nobody = Together::of([].into_iter(), 10);
        assert_eq!(nobody.coverage_20, Mean { mean: 0.0, standard_error: 0.0 });
    }

    proptest! {
        /// Everybody's list is nobody's own, whatever is in the history and however it is ordered.
        #[test]
        fn a_list_of_the_popular_is_not_personal(
            counts in prop::collection::vec(0_u32..50, 60),
            watched in prop::collection::btree_set(0_u32..60, 0..30),
            turn in 0_usize..20,
        ) {
            let catalog = catalog(&[&[][..]; 60]);
            let popularity = Popularity::of(counts.into_iter().map(f64::from).collect());
            let propensity = Propensity::new(&popularity);
            let measure = Measure::new(&catalog, &popularity, &propensity);
            let allowed = |item: ItemIndex| !watched.contains(&item);
            let mut list = popularity.first(SEEN, allowed);
            list.rotate_left(turn);
            let felt = measure.felt(&list, &Profile::default(), allowed, &hidden(&["0"], None));
            prop_assert_eq!(felt.personal_20, 0.0);
        }

        /// The overlap from the counts is that of each pair compared, and so is what is left with each viewer left out.
        #[test]
        fn the_overlap_is_that_of_all_pairs(
            lists in prop::collection::vec(prop::sample::subsequence((0..30_u32).collect::<Vec<_>>(), 20), 2..8),
        ) {
            let overlap = |lists: &[&Vec<ItemIndex>]| {
                let pairs = (0..lists.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
                let shared = |(a, b): (usize, usize)| lists[a].iter().filter(|item| lists[b].contains(item)).count();
                let shares: Vec<f64> = pairs.map(|pair| shared(pair) as f64 / 20.0).collect();
                shares.iter().sum::<f64>() / (shares.len() as f64).max(1.0)
            };
            let together = Together::of(lists.iter().map(Vec::as_slice), 30).overlap_20;
            let all: Vec<&Vec<ItemIndex>> = lists.iter().collect();
            close(together.mean, overlap(&all));
            let without: Vec<f64> = (0..lists.len())
                .map(|out| {
                    let others = all.iter().enumerate().filter(|&(place, _)| place != out);
                    overlap(&others.map(|(_, &list)| list).collect::<Vec<_>>())
                })
                .collect();
            close(together.standard_error, jackknife(without.into_iter()));
        }
    }
}
