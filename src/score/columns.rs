use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use crate::arrays::{Sink, Source, receive, send};
use crate::bytes::Malformed;
use crate::catalog::{Catalog, GenreIndex, ItemIndex, TermKind, Terms};
use crate::columns::Rows;
use crate::hash::{KeyedHash, Mix, Places};
use crate::model::{ItemModel, JoinedModel};

/// The least share a genre is taken to have, so that a genre nobody watched has a finite lift.
const LEAST_SHARE: f64 = 1e-4;

/// What scorers are made from: the catalog and the model, in the catalog's order. A scorer in a worker of its own has the columns that it
/// reads; the others are empty there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// How many items there are.
    pub items: u32,
    /// Each item's genres.
    pub genres: Arc<GenreSets>,
    /// The population's share of each genre, summing to 1.
    pub genre_shares: Arc<Vec<f64>>,
    /// What items are about.
    pub terms: LazyTerms,
    /// [`Catalog::texts`]; 0 in a scorer's worker.
    pub texts: u64,
    /// How many viewers watched each item, on any scale; 0 where nobody knows.
    pub popularity: Vec<f32>,
    /// How much the model expects each item of a viewer who has nothing else; NaN where it does not know the item. Empty where it learnt
    /// nothing of the kind.
    pub bias: Vec<f32>,
    /// What the model says of pairs of items.
    pub model: Option<JoinedModel>,
}

/// Which genres items have: each combination once, and that of each item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenreSets {
    /// The place in `sets` of each item's genres.
    pub of_item: Vec<u32>,
    /// The combinations, in the order in which items first have them; each ascending.
    pub sets: Rows<GenreIndex>,
}

/// Columns that are sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// [`Columns::genres`].
    Genres = 1,
    /// [`Columns::genre_shares`].
    GenreShares = 2,
    /// [`Columns::terms`].
    Terms = 3,
    /// [`Columns::popularity`].
    Popularity = 4,
    /// [`Columns::bias`].
    Bias = 5,
    /// [`Columns::model`].
    Model = 6,
}

/// Content terms, which are made when somebody looks at them: a first list without a history does not.
#[derive(Debug, Clone, Default)]
pub struct LazyTerms {
    made: OnceLock<Arc<Terms>>,
    catalog: Option<Arc<Catalog>>,
}

impl LazyTerms {
    /// Those of this catalog.
    pub fn of(catalog: Arc<Catalog>) -> Self {
        LazyTerms { catalog: Some(catalog), made: OnceLock::new() }
    }

    /// What items are about.
    pub fn get(&self) -> &Arc<Terms> {
        self.made
            .get_or_init(|| self.catalog.as_ref().map(|catalog| catalog.terms()).unwrap_or_default().into())
    }
}

#[cfg(test)]
impl LazyTerms {
    pub(crate) fn are_made(&self) -> bool {
        self.made.get().is_some()
    }
}

impl From<Arc<Terms>> for LazyTerms {
    fn from(terms: Arc<Terms>) -> Self {
        LazyTerms { made: terms.into(), catalog: None }
    }
}

impl PartialEq for LazyTerms {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl GenreSets {
    /// Those of a catalog.
    pub fn new(genres: &Rows<GenreIndex>) -> Self {
        let mut sets = GenreSets { of_item: Vec::with_capacity(genres.len()), sets: Rows::default() };
        let (mut places, hash) = (Places::default(), KeyedHash::default());
        for genres in genres.iter() {
            let hash = hash.hash_one(genres);
            let known = places.find(hash, |place| sets.sets.row(place as usize) == genres);
            let place = known.unwrap_or_else(|| {
                let place = sets.sets.len() as u32;
                places.insert(hash, place);
                sets.sets.push(genres.iter().copied());
                place
            });
            sets.of_item.push(place);
        }
        sets
    }

    /// An item's genres, ascending.
    pub fn of(&self, item: ItemIndex) -> &[GenreIndex] {
        self.of_item.get(item as usize).map_or(&[], |&set| self.sets.row(set as usize))
    }
}

impl Columns {
    /// All columns of a catalog and a model, joined by item id and genre name.
    pub fn new(catalog: &Catalog, model: Option<&ItemModel>) -> Self {
        let places = model.map(|model| JoinedModel::places(model, catalog));
        let columns = Self::without_pairs(catalog, model, places.as_deref());
        let model = model.zip(places);
        let model = model.map(|(model, places)| JoinedModel::new(model, &places, catalog.len()));
        Columns { model, ..columns }
    }

    /// The same of a model that is left without what it says of pairs: [`JoinedModel::taking`].
    pub fn taking(catalog: &Catalog, model: Option<&mut ItemModel>) -> Self {
        let places = model.as_deref().map(|model| JoinedModel::places(model, catalog));
        let columns = Self::without_pairs(catalog, model.as_deref(), places.as_deref());
        let model = model.zip(places);
        let model = model.map(|(model, places)| JoinedModel::taking(model, &places, catalog.len()));
        Columns { model, ..columns }
    }

    fn without_pairs(
        catalog: &Catalog,
        model: Option<&ItemModel>,
        places: Option<&[Option<ItemIndex>]>,
    ) -> Self {
        let popularity = popularity(catalog, model);
        let learnt = model.filter(|model| !model.bias.is_empty()).zip(places);
        Columns {
            items: catalog.len() as u32,
            genre_shares: genre_shares(catalog, model, &popularity).into(),
            genres: GenreSets::new(&catalog.features.genres).into(),
            terms: catalog.features.terms.clone().into(),
            texts: catalog.texts(),
            bias: learnt.map_or(Vec::new(), |(model, places)| {
                let mut bias = vec![f32::NAN; catalog.len()];
                for ((place, &value), &count) in places.iter().zip(&model.bias).zip(&model.popularity) {
                    // Of what nobody had in training nothing was learnt of anybody.
                    place.iter().filter(|_| count > 0).for_each(|&place| bias[place as usize] = value);
                }
                bias
            }),
            model: None,
            popularity,
        }
    }

    /// Sends one of them, for [`Columns::receive`].
    pub fn send(&self, column: Column, sink: &mut dyn Sink) {
        match column {
            Column::Genres => {
                send(sink, &self.genres.of_item);
                self.genres.sets.send(sink);
            }
            Column::GenreShares => send(sink, &self.genre_shares),
            Column::Terms => {
                let Terms { kinds, rows } = &**self.terms.get();
                send(sink, &kinds.iter().map(|&kind| kind as u8).collect::<Vec<u8>>());
                rows.send(sink);
            }
            Column::Popularity => send(sink, &self.popularity),
            Column::Bias => send(sink, &self.bias),
            Column::Model => self.model.iter().for_each(|model| model.send(sink)),
        }
    }

    /// Receives one of them.
    ///
    /// # Errors
    /// For bytes that [`Columns::send`] did not send.
    pub fn receive(&mut self, column: Column, source: &mut dyn Source) -> Result<(), Malformed> {
        match column {
            Column::Genres => {
                self.genres = GenreSets { of_item: receive(source)?, sets: Rows::receive(source)? }.into();
            }
            Column::GenreShares => self.genre_shares = receive(source)?.into(),
            Column::Terms => {
                let kinds = receive::<u8>(source)?.into_iter().map(TermKind::from_number);
                let kinds = kinds.collect::<Option<_>>().ok_or(Malformed("a term of an unknown kind"))?;
                self.terms = Arc::new(Terms { kinds, rows: Rows::receive(source)? }).into();
            }
            Column::Popularity => self.popularity = receive(source)?,
            Column::Bias => self.bias = receive(source)?,
            Column::Model => {
                self.model = (source.left() > 0).then(|| JoinedModel::receive(source)).transpose()?;
            }
        }
        if source.left() == 0 { Ok(()) } else { Err(Malformed("it is too long")) }
    }

    /// A number that is another one, but for chance, where any column is another one: what names of items and genres mean. It is made of
    /// the bytes that are sent, and instead of terms, which are made later, of what those are made of.
    pub fn fingerprint(&self) -> u64 {
        let mut mix = Mix::default();
        mix.number(self.items.into());
        mix.number(self.texts);
        for column in [Column::Genres, Column::GenreShares, Column::Popularity, Column::Bias, Column::Model] {
            self.send(column, &mut mix);
        }
        mix.finish()
    }

    /// Whether the model knows an item.
    pub fn in_model(&self, item: ItemIndex) -> bool {
        self.model.as_ref().is_some_and(|model| model.contains(item))
    }
}

/// Arrays say themselves how long they are.
impl Sink for Mix {
    fn take(&mut self, piece: &[u8]) {
        self.bytes(piece);
    }
}

/// The model's counts where there are any. What only the catalog knows (a film newer than the model) is
/// brought to the model's scale by the items that both know.
fn popularity(catalog: &Catalog, model: Option<&ItemModel>) -> Vec<f32> {
    let stated: Vec<f32> =
        catalog.features.popularity.iter().map(|&value| if value.is_nan() { 0.0 } else { value }).collect();
    let Some(model) = model else { return stated };
    let mut popularity = vec![f32::NAN; catalog.len()];
    let (mut counted, mut also_stated) = (0.0, 0.0);
    for (id, &count) in model.ids.iter().zip(&model.popularity) {
        // An item that nobody had in training has no count.
        if let Some(item) = catalog.find(id).filter(|_| count > 0) {
            let item = item as usize;
            popularity[item] = count as f32;
            if stated[item] > 0.0 {
                counted += f64::from(count);
                also_stated += f64::from(stated[item]);
            }
        }
    }
    let ratio = if also_stated > 0.0 { counted / also_stated } else { 0.0 };
    for (value, &stated) in popularity.iter_mut().zip(&stated) {
        if value.is_nan() {
            *value = (f64::from(stated) * ratio) as f32;
        }
    }
    popularity
}

/// The model's shares; without them those of the catalog's items, each as often as it is watched.
fn genre_shares(catalog: &Catalog, model: Option<&ItemModel>, popularity: &[f32]) -> Vec<f64> {
    let mut shares = vec![0.0; catalog.genres.len()];
    let learnt = model.map(|model| model.genre_shares.as_slice()).unwrap_or_default();
    for (genre, &share) in learnt.iter().map(|(name, share)| (catalog.find_genre(name), share)) {
        if let Some(genre) = genre {
            shares[genre as usize] += f64::from(share);
        }
    }
    if learnt.is_empty() {
        let anybody_watched = popularity.iter().any(|&count| count > 0.0);
        for (genres, &count) in catalog.features.genres.iter().zip(popularity) {
            let views = if anybody_watched { f64::from(count) } else { 1.0 };
            for &genre in genres {
                shares[genre as usize] += views / genres.len() as f64;
            }
        }
    }
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share = (*share / total.max(f64::MIN_POSITIVE)).max(LEAST_SHARE);
    }
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= total;
    }
    shares
}
