//! Training in WebAssembly: one function, which `js/train-core.ts` calls. Without threads, so it is for what a person has on their disk; more
//! is for the command line.

use js_sys::{Array, Function, JsString, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::catalog::{Catalog, CatalogOptions, FieldNames, Path};
use crate::error::{Error, ErrorMessage, Result};
use crate::json::{from_json, read_fields, to_json, write_fields};
use crate::train::{
    Budget, ColumnNames, Facts, Interactions, Order, Preset, ReadOptions, TrainPhase, choose, train,
    unseen_items,
};

/// What a program says: `TrainOptions` in `js/train-types.ts`.
#[derive(Debug, Default)]
struct Options {
    columns: ColumnNames,
    min_rating: Option<f64>,
    min_support: Option<usize>,
    lists: bool,
    preset: Option<Preset>,
    budget: Option<Budget>,
    order: Option<Order>,
    fields: FieldNames,
    items: Option<Path>,
    separator: Option<String>,
}

read_fields! { Options {
    columns: "columns", min_rating: "minRating", min_support: "minSupport", lists: "lists", preset: "preset", budget: "budget",
    order: "order", fields: "fields", items: "items", separator: "separator",
} }

/// What was learnt from: `TrainReport` in `js/train-types.ts`.
#[derive(Debug, Default)]
struct Report {
    viewers: usize,
    items: usize,
    interactions: usize,
    skipped: u64,
    first_skipped: Option<String>,
    items_in_catalog: Option<usize>,
    reasons: Vec<String>,
    warnings: Vec<ErrorMessage>,
}

write_fields! { Report {
    viewers: "viewers", items: "items", interactions: "interactions", skipped: "skipped", first_skipped: "firstSkipped",
    items_in_catalog: "itemsInCatalog", reasons: "reasons", warnings: "warnings",
} }

/// Learns a model from the bytes of files, whose names are for messages. `progress` is called with `"together"` or `"next"` and the share
/// of that which is done. An array: the model's bytes, and a [`Report`] as JSON.
///
/// # Errors
/// An `Error` with a `code`.
#[wasm_bindgen(js_name = train)]
pub fn train_model(
    names: Vec<JsString>,
    files: Vec<Uint8Array>,
    catalog: Option<Vec<u8>>,
    options: &str,
    progress: &Function,
) -> Result<Array, JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        wasm_bindgen::throw_val(thrown(&Error::Internal { reason: panic.to_string() }))
    }));
    let files = names.iter().map(String::from).zip(files.iter().map(Uint8Array::to_vec)).collect();
    let (model, report) = learn(files, catalog, options, progress).map_err(|error| thrown(&error))?;
    Ok(Array::of2(&Uint8Array::from(&*model), &to_json(&report).into()))
}

fn learn(
    files: Vec<(String, Vec<u8>)>,
    catalog: Option<Vec<u8>>,
    options: &str,
    progress: &Function,
) -> Result<(Vec<u8>, Report)> {
    let options: Options = from_json(options)?;
    let read = ReadOptions { columns: options.columns, min_rating: options.min_rating, lists: options.lists };
    let of_catalog = CatalogOptions {
        fields: options.fields,
        items: options.items,
        separator: options.separator,
        ..CatalogOptions::default()
    };
    of_catalog.validate()?;
    let mut report = Report::default();
    // First, since it is fast: what is wrong with it is known at once.
    let catalog = match catalog {
        Some(bytes) => {
            let (catalog, read) = Catalog::parse(bytes, &of_catalog, &mut |_, _| {})?;
            report.warnings = read.warnings().collect();
            Some(catalog)
        }
        None => None,
    };
    let (interactions, read) = Interactions::read_bytes(files, &read)?;
    let interactions = interactions.with_support(options.min_support.unwrap_or(1))?;
    let ids = interactions.items.strings();
    let facts = Facts::new(&interactions);
    let budget = options.budget.unwrap_or(options.preset.unwrap_or_default().budget());
    let unseen = catalog.as_ref().map_or(0, |catalog| unseen_items(ids, catalog).len());
    let budget = budget.bytes(facts.items, unseen);
    let chosen = choose(&facts, ids, budget, options.order.unwrap_or_default())?;
    report.viewers = facts.viewers;
    report.items = facts.items;
    report.interactions = facts.interactions;
    report.skipped = read.skipped;
    report.first_skipped =
        read.first_skipped.map(|line| format!("{}, line {}: {}", line.file, line.line, line.reason));
    report.items_in_catalog =
        catalog.as_ref().map(|catalog| ids.iter().filter(|id| catalog.find(id).is_some()).count());
    report.reasons.clone_from(&chosen.reasons);
    let model = train(&interactions, catalog.as_ref(), &chosen, &|phase, share| {
        let phase = match phase {
            TrainPhase::Similarity => "together",
            TrainPhase::Next => "next",
        };
        // What it throws is nothing to training.
        let _ = progress.call2(&JsValue::UNDEFINED, &phase.into(), &share.into());
    })?;
    Ok((model.to_bytes()?, report))
}

fn thrown(error: &Error) -> JsValue {
    let thrown = js_sys::Error::new(&error.to_string());
    // Setting a property of a new object cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
    thrown.into()
}
