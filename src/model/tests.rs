use proptest::prelude::*;

use super::bytes::{BitReader, Reader, push_bfloat16, push_u32, push_varint};
use super::*;
use crate::catalog::MAX_ID_BYTES;
use crate::catalog::{Catalog, CatalogOptions};
use crate::error::Result;

fn table(rows: &[&[(u32, i8)]], scales: &[f32]) -> WeightTable {
    let mut table = WeightTable { scales: scales.to_vec(), bits: 8, ..WeightTable::default() };
    for row in rows {
        table.rows.push(row.iter().map(|&(item, weight)| Neighbour { item, weight }));
    }
    table
}

/// Three items, and everything that a model can have.
fn model() -> ItemModel {
    let mut ids = Strings::default();
    ["a", "b", "c"].iter().for_each(|id| ids.push(id));
    ItemModel {
        ids,
        popularity: vec![300, 20, 1],
        neighbours: table(&[&[(2, 7)], &[(0, 2)], &[(0, -1), (1, 4)]], &[0.5, 0.25, 2.0]),
        low_rank: Some(LowRank {
            bits: vec![4, 4],
            scales: vec![0.5, 2.0],
            factors: vec![1, 2, 3, -1, 4, 5],
            weights: vec![1.0, -0.5, 3.0],
        }),
        next: Some(table(&[&[(1, 3), (2, 1)], &[], &[(0, 5)]], &[1.0, 1.0, 0.5])),
        bias: vec![1.0, 0.5, 0.25],
        genre_shares: vec![("Crime".into(), 0.75), ("War".into(), 0.25)],
        metadata: Metadata::default(),
    }
}

/// `b_ij` and `next_ij` as [`ItemModel`] says; and `b_ij` with the dimensions of low rank also where `i = j`.
fn reference(model: &ItemModel, source: usize, target: usize) -> [f64; 3] {
    let stated = |table: &WeightTable| -> f64 {
        let row = table.rows.row(target).iter().filter(|neighbour| neighbour.item as usize == source);
        row.map(|neighbour| f64::from(neighbour.weight) * f64::from(table.scales[target])).sum()
    };
    let low_rank = model.low_rank.as_ref().map_or(0.0, |part| {
        let dimensions = part.scales.len();
        let factor = |item: usize, dimension: usize| f64::from(part.factors[item * dimensions + dimension]);
        let products = (0..dimensions).map(|dimension| {
            f64::from(part.scales[dimension]).powi(2) * factor(source, dimension) * factor(target, dimension)
        });
        f64::from(part.weights[target]) * products.sum::<f64>()
    });
    let (next, rest) = (model.next.as_ref().map_or(0.0, stated), stated(&model.neighbours));
    [rest + if source == target { 0.0 } else { low_rank }, next, rest + low_rank]
}

fn catalog(ids: &[&str]) -> Catalog {
    let items: Vec<String> = ids.iter().map(|id| format!(r#"{{"id": "{id}", "title": "T"}}"#)).collect();
    let json = format!("[{}]", items.join(","));
    Catalog::parse(json.into_bytes(), &CatalogOptions::default(), &mut |_, _| {}).expect("reads").0
}

fn joined(model: &ItemModel, catalog: &Catalog) -> JoinedModel {
    JoinedModel::new(model, &JoinedModel::places(model, catalog), catalog.len())
}

#[test]
fn a_joined_model_says_of_every_pair_what_the_model_says() {
    let model = model();
    // In another order, with one that the model does not know, and without "b".
    let joined = self::joined(&model, &catalog(&["c", "x", "a"]));
    let places = [Some(2), None, Some(0)];
    assert_eq!((joined.matched, &joined.known), (2, &vec![true, false, true]));
    let mut sum = 0.0;
    for (source, i) in (0..).zip(places) {
        assert_eq!(joined.contains(source), i.is_some());
        for (target, j) in (0..).zip(places) {
            let [similarity, next, with_own] =
                i.zip(j).map_or([0.0; 3], |(i, j): (usize, usize)| reference(&model, i, j));
            assert_eq!(joined.weights(source, target), (similarity, next), "{source} {target}");
            sum += with_own;
        }
    }
    assert_eq!(joined.mean_weight(), sum / 4.0);
    let other = self::joined(&model, &catalog(&["x", "y"]));
    assert_eq!((other.matched, other.mean_weight()), (0, 0.0), "nothing in common");
}

/// A model of so many items, in a catalog that has them in the same order.
fn any_joined(items: usize, dimensions: usize) -> impl Strategy<Value = JoinedModel> {
    let rows =
        prop::collection::vec(prop::collection::btree_map(0..items as u32, any::<i8>(), 0..items), items);
    let table = (rows, prop::collection::vec(0.0..0.1_f32, items)).prop_map(|(rows, scales)| {
        let mut table = WeightTable { scales, bits: 8, ..WeightTable::default() };
        rows.iter()
            .for_each(|row| table.rows.push(row.iter().map(|(&item, &weight)| Neighbour { item, weight })));
        table
    });
    let low_rank = (
        prop::collection::vec(0.001..0.1_f32, dimensions),
        prop::collection::vec(prop_oneof![Just(0), -8..8_i8], items * dimensions),
        prop::collection::vec(prop_oneof![Just(0.0), -1.0..2.0_f32], items),
    );
    let low_rank = low_rank.prop_map(move |(scales, factors, weights)| LowRank {
        bits: vec![4; dimensions],
        scales,
        factors,
        weights,
    });
    let parts = (table.clone(), prop::option::of(table), prop::option::of(low_rank));
    parts.prop_map(move |(neighbours, next, low_rank)| {
        let model = ItemModel { neighbours, next, low_rank, ..ItemModel::default() };
        let places: Vec<_> = (0..items as u32).map(Some).collect();
        JoinedModel::new(&model, &places, items)
    })
}

proptest! {
    #[test]
    fn what_is_said_of_a_few_targets_at_once_is_what_is_said_of_each(
        model in any_joined(9, 4), targets in prop::collection::vec(0..9_u32, 0..12), factor in prop_oneof![Just(0.0), -3.0..3.0_f64],
    ) {
        let towards = Towards::new(&model, &targets);
        let score = |alike: f64, after: f64| crate::fixed::to_fixed_point(factor * alike + 0.5 * after);
        for source in 0..9 {
            let each = |&target: &u32| {
                let (alike, after) = model.weights(source, target);
                score(alike, after)
            };
            prop_assert_eq!(towards.scores(source, score), targets.iter().map(each).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_model_that_is_joined_for_good_is_never_there_twice() {
    let (mut model, catalog) = (model(), catalog(&["c", "x", "a"]));
    let joined = joined(&model, &catalog);
    let places = JoinedModel::places(&model, &catalog);
    assert_eq!(JoinedModel::taking(&mut model, &places, catalog.len()), joined);
    assert_eq!((model.neighbours, model.low_rank, model.next), (WeightTable::default(), None, None));
}

#[test]
fn the_bias_is_in_the_order_of_the_catalog() {
    let catalog = catalog(&["b", "x", "a"]);
    let bias = |model: &ItemModel| crate::score::Columns::new(&catalog, Some(model)).bias;
    assert_eq!(bias(&model())[0], 0.5);
    assert!(bias(&model())[1].is_nan(), "nobody knows");
    assert_eq!(bias(&model())[2], 1.0);
    assert!(bias(&ItemModel { bias: Vec::new(), ..model() }).is_empty());
}

#[test]
fn two_items_speak_for_each_other_by_the_mean_of_both_directions() {
    let joined = self::joined(&model(), &catalog(&["c", "x", "a", "b"]));
    for item in 0..4 {
        let weight = joined.mutual_weight(item);
        for (other, weight) in (0..4).map(|other| (other, weight(other))) {
            let sum = |(similarity, next): (f64, f64)| similarity + next;
            let both = sum(joined.weights(item, other)) + sum(joined.weights(other, item));
            let expected = if item == other { 0.0 } else { both / 2.0 };
            assert!((weight - expected).abs() < 1e-12, "{item} {other}: {weight}, not {expected}");
        }
    }
}

#[test]
fn a_table_times_a_factor_has_other_scales_and_the_same_weights() {
    let table = table(&[&[(1, 3)], &[(0, -4)]], &[0.5, 3.0]);
    let times = table.clone().times(2.5);
    assert_eq!(times.scales, [1.25, 7.5]);
    assert_eq!((times.rows, times.bits), (table.rows, table.bits));
}

#[test]
fn lengths_of_histories_fall_into_six_classes() {
    let classes = [0, 1, 2, 3, 5, 6, 10, 11, 20, 21, 1000].map(bucket_of);
    assert_eq!(classes, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
}

proptest! {
    /// The nearest of the two numbers around it that end in 16 zero bits; of two that are as near, the even one.
    #[test]
    fn bfloat16_is_the_nearest_number_of_half_the_bits(value in -1e30_f32..1e30) {
        let below = value.to_bits() >> 16;
        let candidate = |upper: u32| (f64::from(f32::from_bits(upper << 16)) - f64::from(value)).abs();
        let (near, far) = (candidate(below), candidate(below + 1));
        let up = far < near || far == near && below % 2 == 1;
        prop_assert_eq!(bfloat16(value).to_bits(), (below + u32::from(up)) << 16);
    }
}

#[test]
fn bfloat16_rounds_halves_to_even() {
    let step = 1.0 / 128.0;
    for (value, expected) in
        [(1.0, 1.0), (1.0 + step / 2.0, 1.0), (1.0 + step * 1.5, 1.0 + 2.0 * step), (-0.0, -0.0)]
    {
        assert_eq!(bfloat16(value).to_bits(), f32::to_bits(expected), "{value}");
    }
}

#[test]
fn a_row_takes_what_the_best_parameter_makes_of_its_gaps() {
    let bits = |sources: &[u32]| row_bits(sources.iter().copied());
    assert_eq!(bits(&[]), 0);
    // Gaps of 0: a bit each, after five for the parameter.
    assert_eq!(bits(&[0, 1, 2, 3]), 5 + 4);
    // Gaps of 6 and 9: with two bits each, 1 and 2 ones and a zero before them.
    assert_eq!(bits(&[6, 16]), 5 + (2 + 2) + (2 + 3));
    assert_eq!(bits(&[1_000_000]), 5 + 1 + 19 + 1);
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.expect_err("bad").code()
}

#[test]
fn a_number_of_five_bytes_may_have_32_bits_and_no_more() {
    let varint = |bytes: &[u8]| Reader::new(bytes).varint();
    assert_eq!(varint(&[0x7f]), Ok(127));
    assert_eq!(varint(&[0x80, 1]), Ok(128));
    assert_eq!(varint(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(u32::MAX));
    assert_eq!(code(varint(&[0xff, 0xff, 0xff, 0xff, 0x1f])), "MODEL_FORMAT");
    assert_eq!(code(varint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0])), "MODEL_FORMAT");
    assert_eq!(code(varint(&[0x80])), "MODEL_TRUNCATED");
}

#[test]
fn a_reader_takes_what_there_is_and_says_what_is_too_little_and_too_much() {
    let mut reader = Reader::new(&[1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((reader.u16(), reader.u8()), (Ok(0x0201), Ok(3)));
    assert!(reader.end().expect_err("four are left").to_string().contains("4 bytes too many"));
    match reader.u64() {
        Err(crate::error::Error::ModelTruncated { expected, actual }) => {
            assert_eq!((expected, actual), (8, 4))
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(reader.u32(), Ok(0x0706_0504));
    assert_eq!(reader.end(), Ok(()));
    assert_eq!(code(Reader::new(&[1]).array::<8>(usize::MAX)), "MODEL_TRUNCATED");
}

#[test]
fn bits_after_the_end_are_missed_and_bytes_before_it_are_too_many() {
    let mut bits = BitReader::new(&[0b1010_0101, 0]);
    assert_eq!((bits.take(4), bits.take(3)), (Ok(0b0101), Ok(0b010)));
    assert!(bits.end().expect_err("one is left").to_string().contains("1 bytes too many"));
    assert_eq!((bits.take(9), bits.end()), (Ok(1), Ok(())));
    assert_eq!(code(bits.take(1)), "MODEL_TRUNCATED");
}

#[test]
fn a_number_by_golomb_and_rice_is_as_large_as_it_may_be() {
    // Three ones, a zero, and two bits: 3 · 4 + 1.
    let take = |most: u32| BitReader::new(&[0b01_0111]).take_rice(2, most);
    assert_eq!((take(13), code(take(12)), code(take(4))), (Ok(13), "MODEL_FORMAT", "MODEL_FORMAT"));
    assert_eq!(code(BitReader::new(&[0xff; 8]).take_rice(0, 9)), "MODEL_FORMAT", "ones without end");
    assert_eq!(code(BitReader::new(&[0xff; 8]).take_rice(0, 99)), "MODEL_TRUNCATED");
}

fn ids(ids: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_u32(&mut bytes, ids.len() as u32);
    for id in ids {
        push_varint(&mut bytes, id.len() as u32);
        bytes.extend(*id);
    }
    bytes
}

#[test]
fn ids_are_text_of_bounded_length_and_each_is_there_once() {
    let long = vec![b'x'; MAX_ID_BYTES];
    let read = sections::read_ids(&ids(&[b"a", &long])).expect("good");
    assert_eq!(read.iter().map(str::len).collect::<Vec<_>>(), [1, MAX_ID_BYTES]);
    let too_long = vec![b'x'; MAX_ID_BYTES + 1];
    for bad in [&[&b"a"[..], b"a"][..], &[b""], &[b"\xff"], &[&too_long]] {
        assert_eq!(code(sections::read_ids(&ids(bad))), "MODEL_FORMAT");
    }
    let more = [ids(&[b"a"]), vec![0]].concat();
    assert_eq!(code(sections::read_ids(&more)), "MODEL_FORMAT", "a byte too many");
}

#[test]
fn sections_end_where_they_end() {
    let model = model();
    let (Some(low_rank), items) = (&model.low_rank, model.ids.len()) else { panic!("has one") };
    type Read = fn(&[u8], usize) -> Result<()>;
    let reads: [(Vec<u8>, Read); 6] = [
        (sections::write_popularity(&model.popularity), |bytes, items| {
            sections::read_popularity(bytes, items).map(drop)
        }),
        (sections::write_table(&model.neighbours), |bytes, items| {
            sections::read_table(bytes, items).map(drop)
        }),
        (sections::write_low_rank(low_rank), |bytes, items| sections::read_low_rank(bytes, items).map(drop)),
        (sections::write_bias(&model.bias), |bytes, items| sections::read_bias(bytes, items).map(drop)),
        (sections::write_genres(&model.genre_shares), |bytes, _| sections::read_genres(bytes).map(drop)),
        (sections::write_ids(&model.ids), |bytes, _| sections::read_ids(bytes).map(drop)),
    ];
    for (bytes, read) in reads {
        assert_eq!(read(&bytes, items), Ok(()));
        assert_eq!(code(read(&[&bytes[..], &[0]].concat(), items)), "MODEL_FORMAT");
        assert_eq!(code(read(&bytes[..bytes.len() - 1], items)), "MODEL_TRUNCATED");
    }
}

#[test]
fn weights_have_1_to_8_bits() {
    let empty = |bits: u8| {
        let mut bytes = vec![bits];
        push_bfloat16(&mut bytes, 1.0);
        push_varint(&mut bytes, 0);
        sections::read_table(&bytes, 1)
    };
    assert_eq!(empty(1).map(|table| table.bits), Ok(1));
    assert_eq!(empty(0x80 | 8).map(|table| table.scales), Ok(vec![1.0]));
    for bits in [0, 9, 16, 0x80, 0x80 | 9] {
        assert_eq!(code(empty(bits)), "MODEL_FORMAT");
    }
}

#[test]
fn a_files_parts_have_names_and_sizes_and_it_keeps_what_is_in_it() {
    let model = model();
    let file = model.to_bytes().expect("writes");
    assert_eq!(ItemModel::from_bytes(&file).as_ref(), Ok(&model));
    let parts = section_bytes(&file).expect("reads");
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(names, ["bias", "genr", "ids", "meta", "nbrs", "next", "pop", "rank"]);
    assert_eq!((parts["ids"], parts["bias"], parts["pop"]), (4 + 3 * 2, 3 * 2, 2 + 2 + 1));
    // Eight entries of 24 bytes each after a header of 24; `docs/model-format.md`.
    assert_eq!(file.len(), 24 + 8 * 24 + parts.values().sum::<usize>());
    let plain = ItemModel { low_rank: None, next: None, bias: Vec::new(), ..model };
    let file = plain.to_bytes().expect("writes");
    assert_eq!(section_bytes(&file).expect("reads").len(), 5);
    assert_eq!(ItemModel::from_bytes(&file), Ok(plain));
}

#[test]
fn sealing_makes_the_checksum_right_and_leaves_alone_what_has_none() {
    let good = model().to_bytes().expect("writes");
    let mut file = good.clone();
    file[20] ^= 1;
    assert_eq!(code(ItemModel::from_bytes(&file)), "MODEL_CHECKSUM");
    seal(&mut file);
    assert_eq!(file, good);
    let mut header = good[..24].to_vec();
    seal(&mut header);
    assert_ne!(header, good[..24], "it is that of the header alone");
    let mut short = good[..23].to_vec();
    seal(&mut short);
    assert_eq!(short, good[..23]);
}

#[test]
fn a_section_must_lie_within_the_file() {
    let good = model().to_bytes().expect("writes");
    let with_length = |entry: usize, more: u64| {
        let mut file = good.clone();
        let place = 24 + 24 * entry + 16;
        let length = u64::from_le_bytes(file[place..place + 8].try_into().expect("8 bytes"));
        file[place..place + 8].copy_from_slice(&length.wrapping_add(more).to_le_bytes());
        seal(&mut file);
        section_bytes(&file)
    };
    let last = 7;
    assert!(with_length(last, 0).is_ok(), "the last one ends with the file");
    assert_eq!(code(with_length(last, 1)), "MODEL_FORMAT");
    assert_eq!(code(with_length(0, u64::MAX - 100)), "MODEL_FORMAT");
}

#[test]
fn parts_that_do_not_fit_together_are_refused() {
    type Spoil = fn(&mut ItemModel);
    let spoilt: [(&str, Spoil); 32] = [
        ("view counts", |model| model.popularity.push(1)),
        ("rows", |model| model.neighbours.rows.push([])),
        ("scales", |model| model.neighbours.scales.push(1.0)),
        ("rows of next", |model| model.next.iter_mut().for_each(|next| next.rows.push([]))),
        ("a neighbour that is none", |model| model.neighbours = table(&[&[(3, 1)], &[], &[]], &[1.0; 3])),
        ("next that is none", |model| model.next = Some(table(&[&[(3, 1)], &[], &[]], &[1.0; 3]))),
        ("a scale below 0", |model| model.neighbours.scales[0] = -1.0),
        ("a scale that is no number", |model| model.neighbours.scales[0] = f32::NAN),
        ("an endless scale", |model| model.next = Some(table(&[&[], &[], &[]], &[f32::INFINITY; 3]))),
        ("neighbours that go down", |model| {
            model.neighbours = table(&[&[(2, 1), (1, 1)], &[], &[]], &[1.0; 3])
        }),
        ("a neighbour that is there twice", |model| {
            model.next = Some(table(&[&[(1, 1), (1, 1)], &[], &[]], &[1.0; 3]))
        }),
        ("a weight that 3 bits and a sign cannot say", |model| model.neighbours.bits = 3),
        ("a weight that 2 bits cannot say", |model| model.next.iter_mut().for_each(|next| next.bits = 2)),
        ("weights of no bits", |model| model.neighbours.bits = 0),
        ("weights of 9 bits", |model| model.neighbours.bits = 9),
        ("a factor that 2 bits cannot say", |model| {
            model.low_rank.iter_mut().for_each(|part| part.bits[1] = 3)
        }),
        ("factors of 9 bits", |model| model.low_rank.iter_mut().for_each(|part| part.bits[0] = 9)),
        ("sizes of factors", |model| model.low_rank.iter_mut().for_each(|part| part.bits.push(8))),
        ("weights", |model| model.low_rank.iter_mut().for_each(|part| part.weights.push(1.0))),
        ("factors", |model| model.low_rank.iter_mut().for_each(|part| part.factors.push(1))),
        ("a weight", |model| model.low_rank.iter_mut().for_each(|part| part.weights[0] = f32::NAN)),
        ("a scale of a dimension", |model| {
            model.low_rank.iter_mut().for_each(|part| part.scales[0] = f32::NAN)
        }),
        ("biases", |model| model.bias.push(1.0)),
        ("a bias that is no number", |model| model.bias[0] = f32::NAN),
        ("a share that is no number", |model| model.genre_shares[0].1 = f32::NAN),
        ("a share below 0", |model| model.genre_shares[0].1 = -0.1),
        ("a weight beyond the most", |model| model.metadata.blend = [("x".to_owned(), [10.1; 6])].into()),
        ("a weight below 0", |model| model.metadata.blend = [("x".to_owned(), [-0.1; 6])].into()),
        ("a half-life of 0", |model| model.metadata.half_life.events = Some(0.0)),
        ("a half-life that is no number", |model| model.metadata.half_life.days = Some(f64::NAN)),
        ("a half-life below 0 for what comes next", |model| {
            model.metadata.next_half_life = Some(crate::history::HalfLife { events: Some(-1.0), days: None })
        }),
        ("a part that counts less than nothing", |model| model.metadata.part_weights.next[5] = -0.1),
    ];
    for (what, spoil) in spoilt {
        let mut model = model();
        spoil(&mut model);
        let error = model.to_bytes().expect_err(what);
        assert_eq!(error.code(), "MODEL_FORMAT", "{what}");
    }
    let mut most = model();
    most.metadata.blend.insert("x".into(), [MAX_WEIGHT, 0.0, 0.0, 0.0, 0.0, 0.0]);
    most.metadata.half_life.events = Some(0.1);
    most.neighbours.scales[0] = 0.0;
    assert!(most.to_bytes().is_ok(), "what is just within the bounds is good");
}
