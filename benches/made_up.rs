//! Catalogs and models of any size, made up by Lehmer's generator, so that everybody measures with the same ones.

use watchnext::columns::{Rows, Strings};
use watchnext::history::HalfLife;
use watchnext::model::{ItemModel, LowRank, Metadata, Neighbour, WeightTable, bfloat16};

/// As in the preset `base` for a large catalog: dimensions, bits of each factor, neighbours of each item in the two tables.
const DIMENSIONS: usize = 64;
const FACTOR_BITS: u8 = 4;
const NEIGHBOURS: usize = 12;
const NEXT: usize = 8;

struct Lehmer(u64);

impl Lehmer {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        (self.0 % below as u64) as usize
    }
}

/// A catalog as JSON: ids from "0" on, titles, years, one or two genres, popularity.
pub(crate) fn catalog(items: usize) -> Vec<u8> {
    const GENRES: [&str; 10] =
        ["Action", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller", "War", "Western"];
    const WORDS: [&str; 12] = [
        "night", "river", "stone", "glass", "summer", "winter", "king", "road", "house", "mirror", "garden",
        "storm",
    ];
    let mut random = Lehmer(1);
    let item = |id: usize| {
        let title = format!("The {} of {} {id}", WORDS[random.below(12)], WORDS[random.below(12)]);
        let year = 1920 + random.below(105);
        let mut genres = vec![GENRES[random.below(10)], GENRES[random.below(10)]];
        genres.dedup();
        serde_json::json!({ "id": id.to_string(), "title": title, "year": year, "genres": genres, "popularity": random.below(10_000) })
            .to_string()
    };
    let items: Vec<String> = (0..items).map(item).collect();
    format!("[{}]", items.join(",")).into_bytes()
}

/// A model of all items of [`catalog`]. Taste does not decay, so that every event of a long history counts.
pub(crate) fn model(items: usize) -> ItemModel {
    let mut random = Lehmer(2);
    let mut ids = Strings::default();
    (0..items).for_each(|id| ids.push(&id.to_string()));
    let neighbours = table(items, NEIGHBOURS, &mut random);
    let next = table(items, NEXT, &mut random);
    let low_rank = LowRank {
        bits: vec![FACTOR_BITS; DIMENSIONS],
        scales: (0..DIMENSIONS).map(|dimension| 0.02 / (1.0 + dimension as f32 / 16.0)).collect(),
        factors: (0..items * DIMENSIONS).map(|_| random.below(16) as i8 - 8).collect(),
        weights: (0..items).map(|_| bfloat16(0.5 + random.below(100) as f32 / 100.0)).collect(),
    };
    let half_life = HalfLife { events: None, days: None };
    ItemModel {
        ids,
        popularity: (0..items).map(|_| random.below(10_000) as u32).collect(),
        neighbours,
        low_rank: Some(low_rank),
        next: Some(next),
        bias: (0..items).map(|_| bfloat16(random.below(10_000) as f32 / 10_000.0)).collect(),
        metadata: Metadata {
            half_life,
            next_half_life: Some(HalfLife { events: Some(2.0), days: None }),
            ..Metadata::default()
        },
        ..ItemModel::default()
    }
}

fn table(items: usize, neighbours: usize, random: &mut Lehmer) -> WeightTable {
    let mut rows = Rows::default();
    for _ in 0..items {
        let mut sources: Vec<u32> = (0..neighbours).map(|_| random.below(items) as u32).collect();
        sources.sort_unstable();
        sources.dedup();
        rows.push(
            sources
                .into_iter()
                .map(|item| Neighbour { item, weight: 1 + random.below(8) as i8 })
                .collect::<Vec<_>>(),
        );
    }
    let scales = (0..items).map(|_| bfloat16(0.01 + random.below(100) as f32 / 5_000.0)).collect();
    WeightTable { rows, scales, bits: 3 }
}
