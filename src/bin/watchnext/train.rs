use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::HumanBytes;
use serde_json::json;
use watchnext::catalog::Catalog;
use watchnext::columns::Strings;
use watchnext::error::Result;
use watchnext::model::ItemModel;
use watchnext::train::{
    Budget, Facts, Family, Order, Preset, Shape, Similarity, TrainOptions, TrainPhase, choose,
    remove_checkpoint, train, train_counts, unseen_items,
};
use watchnext::tune::validate;

use crate::named::named;
use crate::progress::Progress;
use crate::source::Source;
use crate::{print, source, write};

/// Learn a model from what many viewers did, or from counts of it (`count`, `merge`).
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: source::Args,
    /// How large the model is to be [default: base]; the options below say it in detail.
    #[arg(long, value_parser = named(&Preset::NAMED), conflicts_with_all = ["dimensions", "neighbours", "bits", "next"])]
    preset: Option<Preset>,
    /// How large the file may be, as 300KB, or for each item, as 70B/item.
    #[arg(long, conflicts_with_all = ["preset", "dimensions", "neighbours", "bits", "next"])]
    budget: Option<Budget>,
    /// Dimensions of the low-rank part.
    #[arg(long)]
    dimensions: Option<usize>,
    /// How many neighbours each item keeps.
    #[arg(long)]
    neighbours: Option<usize>,
    /// Bits of a neighbour's weight, 2 to 8.
    #[arg(long)]
    bits: Option<u8>,
    /// How many items that come before it each item keeps.
    #[arg(long)]
    next: Option<usize>,
    /// Whether what comes next is learnt.
    #[arg(long, value_parser = named(&Order::NAMED), default_value = "auto")]
    order: Order,
    /// The kind of linear model [default: edlae].
    #[arg(long, value_enum)]
    family: Option<FamilyName>,
    /// Dropout p of EDLAE, 0 to 0.99 [default: 0.33].
    #[arg(long)]
    dropout: Option<f64>,
    /// Ridge penalty λ of EDLAE, above 0 [default: by the data].
    #[arg(long)]
    l2: Option<f64>,
    /// Up to how many items EDLAE inverts a dense matrix; above, each item is regressed on those it goes with most [default: by the cost
    /// of both].
    #[arg(long, value_name = "ITEMS")]
    max_dense_items: Option<usize>,
    /// How fast a viewer's part saturates in BM25.
    #[arg(long, default_value_t = 1.2)]
    k1: f64,
    /// How much an item's popularity counts against it in BM25, 0 to 1.
    #[arg(long, default_value_t = 0.75)]
    b: f64,
    /// What RP3beta raises the walk's probability to.
    #[arg(long, default_value_t = 0.8)]
    alpha: f64,
    /// How much an item's popularity counts against it in RP3beta.
    #[arg(long, default_value_t = 0.3)]
    beta: f64,
    /// Where the model is used, an item counts half after so many later ones; 0: no decay [default: 15].
    #[arg(long, value_name = "EVENTS")]
    half_life_events: Option<f64>,
    /// Where the model is used, an item counts half after so many days [none: no decay].
    #[arg(long, value_name = "DAYS")]
    half_life_days: Option<f64>,
    /// Keep what is fitted in this folder until the model is written: interrupted, the same command goes on from there.
    #[arg(long, value_name = "FOLDER")]
    checkpoint: Option<PathBuf>,
    /// Print what was made as JSON.
    #[arg(long)]
    json: bool,
    /// The model to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Result<()> {
        let start = Instant::now();
        let (source, catalog) = self.source.read_any()?;
        let bar = Progress::new();
        let progress = |phase, share| {
            let doing = match phase {
                TrainPhase::Similarity => "learning what goes together",
                TrainPhase::Next => "learning what comes next",
            };
            bar.show(doing, share);
        };
        let model = match source {
            Source::Counts(counts) => {
                let options = self.options(&Facts::of_counts(&counts), counts.ids(), catalog.as_ref())?;
                say(&options.reasons);
                train_counts(counts, catalog.as_ref(), &options, &progress)?
            }
            Source::Interactions(interactions) => {
                let ids = interactions.items.strings();
                let mut options = self.options(&Facts::new(&interactions), ids, catalog.as_ref())?;
                if self.asked_for().is_none() {
                    let progress = |share| bar.show("comparing with other options", share);
                    options = validate(&interactions, &options, &progress)?;
                }
                say(&options.reasons);
                train(&interactions, catalog.as_ref(), &options, &progress)?
            }
        };
        bar.finish();
        made(&model, &self.out, start, self.json)?;
        self.checkpoint.as_deref().map_or(Ok(()), remove_checkpoint)
    }

    /// What is chosen by the data, and what the command line says instead.
    fn options(&self, facts: &Facts, ids: &Strings, catalog: Option<&Catalog>) -> Result<TrainOptions> {
        let unseen = catalog.map_or(0, |catalog| unseen_items(ids, catalog).len());
        let budget = self.budget.unwrap_or(self.preset.unwrap_or_default().budget());
        let budget = budget.bytes(facts.items, unseen);
        let mut options = choose(facts, ids, budget, self.order)?;
        if let Some(shape) = self.shape() {
            options.shape = shape;
        }
        if let Some(family) = self.family {
            options.family = self.family(family, options.family);
        }
        if let Family::Edlae(edlae) = &mut options.family {
            edlae.dropout = self.dropout.unwrap_or(edlae.dropout);
            edlae.l2 = self.l2.unwrap_or(edlae.l2);
        }
        if let Some(items) = self.max_dense_items {
            options.max_dense_items = items;
        }
        if let Some(events) = self.half_life_events {
            options.half_life.events = Some(events).filter(|&events| events != 0.0);
        }
        options.checkpoint.clone_from(&self.checkpoint);
        options.half_life.days = self.half_life_days.or(options.half_life.days);
        if unseen > 0 && options.shape.dimensions > 0 && matches!(options.family, Family::Edlae(_)) {
            options.reasons.push(format!(
                "{unseen} items of the catalog that nobody has had yet, made of items with like content"
            ));
        }
        options.reasons.extend(self.asked_for());
        Ok(options)
    }

    /// The shape in detail, where the command line says any of it.
    fn shape(&self) -> Option<Shape> {
        let Args { dimensions, neighbours, bits, next, .. } = *self;
        let said = dimensions.is_some() || neighbours.is_some() || bits.is_some() || next.is_some();
        let of_next = next.unwrap_or(0);
        said.then(|| {
            Shape::of_sources(dimensions.unwrap_or(0), neighbours.unwrap_or(64), bits.unwrap_or(8), of_next)
        })
    }

    fn family(&self, name: FamilyName, chosen: Family) -> Family {
        match name {
            FamilyName::Edlae => chosen,
            FamilyName::Cosine => Family::Similarity(Similarity::Cosine),
            FamilyName::UserIdf => Family::Similarity(Similarity::UserIdf),
            FamilyName::Bm25 => Family::Similarity(Similarity::Bm25 { k1: self.k1, b: self.b }),
            FamilyName::Rp3beta => {
                Family::Similarity(Similarity::Rp3Beta { alpha: self.alpha, beta: self.beta })
            }
            FamilyName::Content => Family::Content,
        }
    }

    /// Which of the options are not chosen by the data.
    fn asked_for(&self) -> Option<String> {
        let said = [
            ("family", self.family.is_some()),
            ("shape", self.shape().is_some()),
            ("dropout", self.dropout.is_some()),
            ("l2", self.l2.is_some()),
            ("max-dense-items", self.max_dense_items.is_some()),
            ("half-life", self.half_life_events.is_some() || self.half_life_days.is_some()),
        ];
        let names: Vec<&str> = said.iter().filter(|(_, said)| *said).map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| format!("but as asked for: {}", names.join(", ")))
    }
}

/// The kinds of [`Family`].
#[derive(Clone, Copy, clap::ValueEnum)]
enum FamilyName {
    /// A regression of every item on all others (Steck 2020).
    Edlae,
    /// Neighbours by the cosine of their viewers.
    Cosine,
    /// The same, those who watch little counting more.
    UserIdf,
    /// Neighbours by BM25.
    Bm25,
    /// Neighbours by a random walk, against popularity.
    Rp3beta,
    /// Neighbours by their content; needs a catalog.
    Content,
}

/// Tells why a model is made as it is.
pub(crate) fn say(reasons: &[String]) {
    reasons.iter().for_each(|reason| eprintln!("{reason}"));
}

/// Writes a model, and says how large it is and how long it took.
pub(crate) fn made(model: &ItemModel, out: &Path, start: Instant, json: bool) -> Result<()> {
    let bytes = model.to_bytes()?;
    write(out, &bytes)?;
    let per_item = bytes.len() as f64 / model.ids.len().max(1) as f64;
    let seconds = start.elapsed().as_secs_f64();
    if json {
        let made =
            json!({ "model_bytes": bytes.len(), "bytes_per_item": per_item, "train_seconds": seconds });
        return print(&made.to_string());
    }
    let size = HumanBytes(bytes.len() as u64);
    print(&format!("{}: {size} ({per_item:.1} bytes an item), in {seconds:.1} s", out.display()))
}
