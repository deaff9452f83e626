//! Scorers of the page's own: functions of a module, or of the page, at a queue. What they give is foreign, and is looked at before it is believed.

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::download::reason;
use super::globals;
use crate::bytes::{Little, Malformed};
use crate::catalog::{Catalog, ColumnValues};
use crate::fixed::SCORE_ONE;
use crate::history::{ItemAffinity, Profile};
use crate::score::message::{Header, ScoreReply, ScoreRequest, Task};
use crate::score::{
    Bounds, Cause, MAX_REASONS, OwnScorer, ScorerSource, ScorerSpec, checked, item_cause, sentence,
};

/// What the page's own scorers are made from.
pub(super) struct Own {
    /// `import` as scripts have it.
    pub(super) import: Function,
    /// Where their addresses begin.
    base: String,
    /// The columns of all of them, by name, as JavaScript has them.
    columns: Vec<(String, JsValue)>,
}

impl Own {
    /// With the columns that these scorers read.
    pub(super) fn new(import: Function, base: &str, catalog: &Catalog, specs: &[ScorerSpec]) -> Self {
        let mut columns: Vec<(String, JsValue)> = Vec::new();
        for spec in specs {
            let ScorerSource::Own(own) = &spec.source else { continue };
            for name in &own.columns {
                if !columns.iter().any(|(known, _)| known == name) {
                    let values = match catalog.column(name) {
                        ColumnValues::Numbers(numbers) => typed("Float32Array", &numbers),
                        ColumnValues::Json(json) => parsed(&json),
                    };
                    columns.push((name.clone(), values));
                }
            }
        }
        Own { import, base: base.to_owned(), columns }
    }

    /// Where the module of one of them is, for whoever imports it elsewhere; what is no address fails there.
    pub(super) fn url_of(&self, own: &OwnScorer) -> String {
        let address = Array::of2(&own.url.as_str().into(), &self.base.as_str().into());
        let whole = Reflect::construct(&class_of("URL"), &address).and_then(|url| globals::text_of(&url));
        whole.unwrap_or_else(|_| own.url.clone())
    }

    /// What one of them reads, as an object.
    pub(super) fn columns_of(&self, own: &OwnScorer) -> JsValue {
        let read = self.columns.iter().filter(|(name, _)| own.columns.contains(name));
        object(&read.map(|(name, values)| (name.as_str(), values.clone())).collect::<Vec<_>>()).into()
    }
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    // Setting a property of a new object cannot fail.
    fields.iter().for_each(|(name, value)| drop(Reflect::set(&object, &(*name).into(), value)));
    object
}

/// A module's functions, or the page's, at a queue.
pub(super) struct OwnService {
    bounds: Bounds,
    items: u32,
    columns: JsValue,
    score: Function,
    explain: Option<Function>,
    /// Whether what they give has still to come from the page.
    comes: bool,
}

impl OwnService {
    /// Imports a module, with `import` as scripts have it: of a scorer that is a function, what asks the page.
    ///
    /// # Errors
    /// Where it cannot be imported, or has no function `score`.
    pub(super) async fn load(
        import: &Function,
        url: &str,
        columns: JsValue,
        items: u32,
        fingerprint: u64,
        comes: bool,
    ) -> Result<Self, String> {
        let cause = |error: JsValue| format!("its module {url} could not be imported: {}", reason(&error));
        let importing: Promise =
            import.call1(&JsValue::UNDEFINED, &url.into()).map_err(cause)?.unchecked_into();
        let module = JsFuture::from(importing).await.map_err(cause)?;
        let function = |name: &str| Reflect::get(&module, &name.into()).ok()?.dyn_into::<Function>().ok();
        let score = function("score").ok_or_else(|| format!("its module {url} exports no function score"))?;
        let bounds = Bounds::own(items, fingerprint);
        Ok(OwnService { bounds, items, columns, score, explain: function("explain"), comes })
    }

    /// Processes one message.
    ///
    /// # Errors
    /// As of [`crate::score::ScorerService::handle`].
    pub(super) async fn handle(&self, message: &[u8]) -> Result<Vec<u8>, Malformed> {
        let (header, body) = Header::read(message)?;
        let began = globals::now();
        let reply = match self.bounds.read(&header, body) {
            Ok(request) => self.reply(request).await.unwrap_or_else(ScoreReply::Rejected),
            Err(problem) => ScoreReply::Rejected(problem.to_string()),
        };
        Ok(reply.message(&header, globals::now() - began))
    }

    async fn reply(&self, ScoreRequest { profile, task }: ScoreRequest) -> Result<ScoreReply, String> {
        let (name, function, inputs): (_, _, Array) = match &task {
            Task::Score(..) => {
                let input = input(&profile, &self.columns, ("items", self.items));
                ("score", &self.score, Array::of1(&input))
            }
            Task::Explain(list) => {
                let Some(explain) = &self.explain else {
                    return Ok(ScoreReply::Causes(vec![Vec::new(); list.len()]));
                };
                let input = |&item| input(&profile, &self.columns, ("item", item));
                ("explain", explain, list.iter().map(input).collect())
            }
        };
        let thrown = |error: JsValue| format!("{name}() has thrown: {}", reason(&error));
        let call = |input| function.call1(&JsValue::UNDEFINED, &input);
        let mut given = inputs.iter().map(call).collect::<Result<Array, _>>().map_err(thrown)?;
        if self.comes {
            given = JsFuture::from(Promise::all(&given)).await.map_err(thrown)?.unchecked_into();
        }
        match task {
            Task::Score(..) => {
                let scores = numbers(&given.get(0), self.items)?;
                checked(&scores).map(ScoreReply::Scores)
            }
            Task::Explain(_) => {
                let causes = |said| causes(said, &profile);
                given.iter().map(causes).collect::<Result<_, _>>().map(ScoreReply::Causes)
            }
        }
    }
}

/// What `explain()` has given: a sentence, nothing, or an object with a sentence, items of the history, or both. Reading it may run foreign code.
fn causes(said: JsValue, profile: &Profile) -> Result<Vec<Cause>, String> {
    const FORM: &str = "explain() must give a string, { text, items }, or nothing; items are at most 5 pairs of a place in profile.items or profile.averse and a part from -1000 to 1000";
    let read = || -> Result<Option<Vec<Cause>>, JsValue> {
        let of = |object: &JsValue, name: JsValue| Reflect::get(object, &name);
        let (text, items) = match said.is_object() {
            true => (of(&said, "text".into())?, of(&said, "items".into())?),
            false => (said.clone(), JsValue::UNDEFINED),
        };
        let mut causes = Vec::new();
        match text.as_string() {
            Some(text) => causes.extend((!text.is_empty()).then(|| Cause::Sentence(sentence(text)))),
            None if text.is_undefined() && said.is_object() != items.is_undefined() => {}
            None => return Ok(None),
        }
        if items.is_object() {
            let length = of(&items, "length".into())?.as_f64().unwrap_or(f64::NAN);
            if !(0.0..=MAX_REASONS as f64).contains(&length) {
                return Ok(None);
            }
            for place in 0..length as u32 {
                let pair = of(&items, place.into())?;
                let number = |at: u32| of(&pair, at.into()).map(|value| value.as_f64().unwrap_or(f64::NAN));
                let Some(cause) = item_cause(number(0)?, number(1)?, profile) else { return Ok(None) };
                causes.push(cause);
            }
        } else if !items.is_undefined() {
            return Ok(None);
        }
        Ok(Some(causes))
    };
    read().map_err(|error| reason(&error))?.ok_or_else(|| FORM.into())
}

/// What a function gets: the profile, the columns, and how many items there are or which is meant.
fn input(profile: &Profile, columns: &JsValue, (name, number): (&str, u32)) -> JsValue {
    let affinities = |affinities: &[ItemAffinity]| {
        let items: Vec<u32> = affinities.iter().map(|affinity| affinity.item).collect();
        let weight = |affinity: &ItemAffinity| affinity.weight as f32 / SCORE_ONE as f32;
        let weights: Vec<f32> = affinities.iter().map(weight).collect();
        (typed("Uint32Array", &items), typed("Float32Array", &weights))
    };
    let ((items, weights), (averse, averse_weights)) =
        (affinities(&profile.items), affinities(&profile.averse));
    let profile = object(&[
        ("items", items),
        ("weights", weights),
        ("averse", averse),
        ("averseWeights", averse_weights),
    ]);
    object(&[("profile", profile.into()), ("columns", columns.clone()), (name, number.into())]).into()
}

/// The numbers of an array or a typed array of this length. Reading them may run foreign code.
fn numbers(given: &JsValue, items: u32) -> Result<Vec<f64>, String> {
    let read = || -> Result<Result<Vec<f64>, String>, JsValue> {
        let holds = |class: &str, check: &str| -> Result<bool, JsValue> {
            let check: Function = Reflect::get(&class_of(class), &check.into())?.unchecked_into();
            Ok(check.call1(&JsValue::UNDEFINED, given)?.is_truthy())
        };
        if !holds("Array", "isArray")? && !holds("ArrayBuffer", "isView")? {
            let problem = "score() must give an array or a typed array, and not a promise or anything else";
            return Ok(Err(problem.into()));
        }
        let length = globals::text_of(&Reflect::get(given, &"length".into())?)?;
        if length != items.to_string() {
            let problem =
                format!("score() must give one number an item, {items}; found an array of {length}");
            return Ok(Err(problem));
        }
        let numbers = Reflect::construct(&class_of("Float64Array"), &Array::of1(given))?;
        let bytes = Uint8Array::new(&Reflect::get(&numbers, &"buffer".into())?).to_vec();
        let numbers = f64::read_all(&bytes).unwrap_or_default();
        let is_whole = numbers.len() == items as usize;
        Ok(if is_whole { Ok(numbers) } else { Err("score() gave an array that changes".into()) })
    };
    read().unwrap_or_else(|error| Err(format!("what score() gave cannot be read: {}", reason(&error))))
}

/// A class of the platform's, by name: bindings of their own would make the glue longer, which every page downloads.
fn class_of(name: &str) -> Function {
    Reflect::get(&js_sys::global(), &name.into()).unwrap_or_default().unchecked_into()
}

/// Numbers as a typed array of this class.
fn typed<T: Little>(class: &str, numbers: &[T]) -> JsValue {
    let mut bytes = Vec::with_capacity(size_of_val(numbers));
    T::push_all(numbers, &mut bytes);
    let buffer = Array::of1(&Uint8Array::from(&bytes[..]).buffer());
    Reflect::construct(&class_of(class), &buffer).unwrap_or_default()
}

/// What a text of JSON says.
fn parsed(json: &str) -> JsValue {
    let parse = Reflect::get(&class_of("JSON"), &"parse".into()).unwrap_or_default();
    parse.unchecked_into::<Function>().call1(&JsValue::UNDEFINED, &json.into()).unwrap_or_default()
}
