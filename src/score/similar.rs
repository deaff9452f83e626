use std::cell::OnceCell;

use super::content::rarities;
use super::{Cause, Columns, Score, to_fixed_point};
use crate::catalog::{ItemIndex, TermKind};

/// What makes two items alike, in the order of the parts of a score.
pub const LIKENESS: [&str; 6] = ["viewers", "genres", "decade", "tags", "title", "words"];
const GENRES: usize = 1;
const DECADE: usize = 2;
const TAGS: usize = 3;
const TITLE: usize = 4;
const WORDS: usize = 5;

/// How much each counts where two items could not be more alike in it. `npm run bench:quality` measures what comes of them.
const WEIGHTS: [f64; LIKENESS.len()] = [1.0, 0.05, 0.02, 0.15, 0.3, 0.1];
/// What is left of what the viewers say of two items that share no genre: who watches much watches both.
const OTHER_GENRES: f64 = 0.7;
/// How alike in genre two items are taken to be where one of them has none.
const UNKNOWN_GENRES: f64 = 0.5;

/// How alike two items are, as a person means it: `Σ_k weight_k · likeness_k` of
///
/// - viewers: `√((b_ij + b_ji) / 2) · (o + (1 − o) · genres)`. Both directions of the model's weights, since popularity is in how the two
///   differ; and the root, since they are spread over few and large numbers.
/// - genres: the cosine of genres and their pairs, by rarity. Decade: whether it is the same.
/// - title: the rarity of what two titles share over that of the shorter one, times `√genres`: The Matrix Reloaded has all of
///   The Matrix, and Lion, which is another kind of film, of The Lion King.
/// - tags, and words: `x / (x + ln²(1 + items))` with the rarity `x` of what they share. What is known of an item is rarely all of it, so
///   that what they do not share says little.
///
/// The rarity of terms is the sum of their squared inverse document frequencies.
#[derive(Default)]
pub(super) struct Similar {
    rarities: OnceCell<Vec<f64>>,
}

/// The rarity of terms, by what they make alike.
type Rarity = [f64; LIKENESS.len()];

impl Similar {
    /// The likeness to this item of those from the `first` on.
    pub(super) fn score(&self, columns: &Columns, item: ItemIndex, first: ItemIndex, scores: &mut [Score]) {
        let mutual = columns.model.as_ref().map(|model| model.mutual_weight(item));
        for (other, score) in (first..).zip(scores) {
            let weight = mutual.as_ref().map_or(0.0, |weight| weight(other));
            *score = self.parts(columns, weight, item, other).iter().sum();
        }
    }

    /// What makes `other` like `item`, and the genres they share.
    pub(super) fn explain(&self, columns: &Columns, item: ItemIndex, other: ItemIndex) -> Vec<Cause> {
        let weight = columns.model.as_ref().map_or(0.0, |model| model.mutual_weight(item)(other));
        let parts = self.parts(columns, weight, item, other);
        let genres = columns.genres.of(other).iter();
        let of_both = columns.genres.of(item);
        let genres: Vec<u32> = genres.filter(|genre| of_both.binary_search(genre).is_ok()).copied().collect();
        let part = parts[GENRES] / genres.len().max(1) as Score;
        let by = (0..).zip(parts).map(|(by, part)| Cause::Likeness { by, part });
        by.chain(genres.into_iter().map(|genre| Cause::Genre { genre, part })).collect()
    }

    /// The parts of a likeness, in the order of [`LIKENESS`].
    fn parts(
        &self,
        columns: &Columns,
        weight: f64,
        item: ItemIndex,
        other: ItemIndex,
    ) -> [Score; LIKENESS.len()] {
        let terms = |item: ItemIndex| columns.terms.get().rows.row(item as usize);
        let rarities = self.rarities.get_or_init(|| rarities(columns.terms.get()));
        let (mut own, mut of_other, mut shared) = (Rarity::default(), Rarity::default(), Rarity::default());
        let add = |to: &mut Rarity, term: u32| {
            let place = match columns.terms.get().kinds[term as usize] {
                TermKind::Genre | TermKind::GenrePair => GENRES,
                TermKind::Decade => DECADE,
                TermKind::Tag => TAGS,
                TermKind::Title | TermKind::TitlePair => TITLE,
                TermKind::Word => WORDS,
            };
            to[place] += rarities[term as usize] * rarities[term as usize];
        };
        for &term in terms(item) {
            add(&mut own, term);
        }
        for &term in terms(other) {
            add(&mut of_other, term);
            if terms(item).binary_search(&term).is_ok() {
                add(&mut shared, term);
            }
        }
        let over = |place: usize, most: f64| if most > 0.0 { shared[place] / most } else { 0.0 };
        let most = libm::log(1.0 + f64::from(columns.items));
        let saturating = |place: usize| over(place, shared[place] + most * most);
        let genres = over(GENRES, libm::sqrt(own[GENRES] * of_other[GENRES]));
        let known = own[GENRES] > 0.0 && of_other[GENRES] > 0.0;
        let alike = if known { genres } else { UNKNOWN_GENRES };
        let viewers = libm::sqrt(weight.clamp(0.0, 1.0)) * (OTHER_GENRES + (1.0 - OTHER_GENRES) * alike);
        let title = over(TITLE, f64::min(own[TITLE], of_other[TITLE])) * libm::sqrt(alike);
        let decade = over(DECADE, own[DECADE]);
        let likeness = [viewers, genres, decade, saturating(TAGS), title, saturating(WORDS)];
        std::array::from_fn(|place| to_fixed_point(WEIGHTS[place] * likeness[place]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, CatalogOptions};
    use crate::columns::Rows;
    use crate::model::{ItemModel, Neighbour, WeightTable};
    use crate::score::SCORE_ONE;

    /// The likeness of item 0 to each, by what makes it, and its score.
    fn likeness(json: &str, model: Option<&ItemModel>) -> Vec<([f64; LIKENESS.len()], f64)> {
        let (catalog, _) =
            Catalog::parse(json.into(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let columns = Columns::new(&catalog, model);
        let similar = Similar::default();
        let mut scores = vec![0; columns.items as usize];
        similar.score(&columns, 0, 0, &mut scores);
        let parts = |(item, score): (usize, Score)| {
            let mut parts = [0.0; LIKENESS.len()];
            for cause in similar.explain(&columns, 0, item as ItemIndex) {
                if let Cause::Likeness { by, part } = cause {
                    parts[usize::from(by)] += f64::from(part) / f64::from(SCORE_ONE);
                }
            }
            (parts, f64::from(score) / f64::from(SCORE_ONE))
        };
        scores.into_iter().enumerate().map(parts).collect()
    }

    #[test]
    fn an_item_is_like_its_sequel_and_like_what_the_same_people_watch() {
        const FILMS: &str = r#"[
            {"id": "a", "title": "The Matrix", "genres": ["Action", "Sci-Fi"], "year": 1999, "tags": ["hackers", "kung fu"]},
            {"id": "b", "title": "The Matrix Reloaded", "genres": ["Action", "Sci-Fi"], "year": 2003},
            {"id": "c", "title": "Blade Runner", "genres": ["Sci-Fi"], "year": 1982},
            {"id": "d", "title": "Hackers", "genres": ["Crime"], "year": 1995, "tags": ["hackers"]},
            {"id": "e", "title": "Matrix Algebra", "genres": ["Documentary"]},
            {"id": "f", "title": "Matrix Untold"}
        ]"#;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        let content = likeness(FILMS, None);
        let [b, c, d, e, f] = [1, 2, 3, 4, 5].map(|item| content[item].0);
        assert!(near(b[4], 0.3) && near(b[1], 0.05), "all of the title, and both genres: {b:?}");
        assert!(c[1] > 0.0 && c[1] < 0.05 && near(c[4], 0.0), "{c:?}");
        // ln²(1 + 6 / 2) over that and ln² 7.
        let rarity = 4.0_f64.ln().powi(2);
        assert!(near(d[3], 0.15 * rarity / (rarity + 7.0_f64.ln().powi(2))) && near(d[2], 0.02), "{d:?}");
        assert!(near(e[4], 0.0), "another kind of film: {e:?}");
        assert!(near(f[4], 0.3 * 0.5_f64.sqrt()), "its kind is not known: {f:?}");
        for (parts, score) in &content {
            assert!(near(parts.iter().sum(), *score) && near(parts[0], 0.0));
        }

        let mut model = ItemModel { popularity: vec![9; 4], ..ItemModel::default() };
        ["a", "b", "c", "e"].iter().for_each(|id| model.ids.push(id));
        let table = |rows: [&[(u32, i8)]; 4]| {
            let mut table = WeightTable { rows: Rows::default(), scales: vec![0.01; 4], bits: 8 };
            rows.iter().for_each(|row| {
                table.rows.push(row.iter().map(|&(item, weight)| Neighbour { item, weight }))
            });
            table
        };
        // "a" speaks for "c" and "c" for "a", "a" speaks against "e", "b" comes after "a".
        model.neighbours = table([&[(2, 2)], &[], &[(0, 16)], &[(0, -9)]]);
        model.next = Some(table([&[], &[(0, 8)], &[], &[]]));
        let both = likeness(FILMS, Some(&model));
        assert!(near(both[1].0[0], 0.2) && near(both[3].0[0], 0.0) && near(both[4].0[0], 0.0), "{both:?}");
        let genres = c[1] / 0.05;
        assert!(near(both[2].0[0], 0.3 * (0.7 + 0.3 * genres)), "{both:?}");
        for ((parts, score), (of_content, _)) in both.iter().zip(&content) {
            assert!(near(parts.iter().sum(), *score) && parts[1..] == of_content[1..]);
        }
    }

    #[test]
    fn genres_that_both_have_are_reasons() {
        let json = br#"[{"id": 1, "title": "A", "genres": ["War", "Crime"]}, {"id": 2, "title": "B", "genres": ["Crime", "War", "Drama"]},
            {"id": 3, "title": "C", "genres": ["Drama"]}]"#;
        let (catalog, _) =
            Catalog::parse(json.to_vec(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads");
        let columns = Columns::new(&catalog, None);
        let genres = |other| {
            let causes = Similar::default().explain(&columns, 0, other).into_iter();
            let genre =
                |cause| if let Cause::Genre { genre, part } = cause { Some((genre, part > 0)) } else { None };
            causes.filter_map(genre).collect::<Vec<_>>()
        };
        assert_eq!((genres(1), genres(2)), (vec![(0, true), (1, true)], vec![]));
    }
}
