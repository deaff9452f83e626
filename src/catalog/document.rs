//! Where in a file the items are: an array, JSON lines, or an array within objects. The file may come in pieces.

use super::path::{Path, Step};
use super::scan::{Skipper, Stop, bad, blank, more, scalar, string};
use super::value::{Kind, Value};
use crate::error::Error;
use crate::text::lowercase;
use crate::text::quoted;

/// UTF-8's byte order mark, which JSON must not have but files do.
const BOM: &[u8] = b"\xef\xbb\xbf";
/// So many bytes are looked at to see what kind of file it is, where the first does not say it.
const LOOK_AHEAD: usize = 1 << 16;
/// Objects within objects in which the items are looked for.
const MAX_DEPTH: usize = 8;
/// So many places at which the items could be, and so many names of fields, are told.
const MAX_TOLD: usize = 5;
/// In which field of the file's object the items are, where nobody says it; in lower case and without other signs. The first is one
/// whatever is in it, the others only where objects are.
const USUAL: &str = "items results movies films shows series videos titles books games songs tracks albums podcasts episodes \
    recipes products data docs entries records search graph list";

/// Finds the items, one after the other.
#[derive(Debug)]
pub(super) struct Document {
    /// The fields that lead to the items, where that is said, and as that is written.
    way: Option<Vec<String>>,
    said: String,
    /// From an element of the list to the item, or the items, in it.
    within: Vec<Step>,
    /// What a preset says of both; it counts where the file is an object.
    preset: Option<Path>,
    state: State,
    /// The fields that lead to where we are.
    open: Vec<String>,
    skipper: Skipper,
    /// The array of items was found, if only an empty one.
    is_found: bool,
    /// Where else there are arrays of objects, and what else there is.
    others: Vec<String>,
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// In an object: a name, or its end.
    NameOrEnd,
    Name,
    /// In an object, behind a value.
    CommaOrEnd,
    /// Within a value that says nothing.
    Skipping,
    /// In the list: an item, or its end.
    ItemOrEnd,
    Item,
    /// In the list, behind an item.
    ListCommaOrEnd,
    /// JSON lines: an item, or nothing more.
    Lines,
    /// Behind everything.
    After,
}

/// Where we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// At the beginning of an item; [`Document::pass`] it.
    Item,
    /// More bytes are needed.
    More,
    /// Behind everything.
    End,
}

/// Why it cannot go on.
#[derive(Debug)]
pub(super) enum Failure {
    Stop(Stop),
    Error(Box<Error>),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Failure::Stop(stop)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(Box::new(error))
    }
}

impl Document {
    pub(super) fn new(path: Option<Path>, preset: Option<Path>) -> Self {
        let mut document = Document {
            way: None,
            said: String::new(),
            within: Vec::new(),
            preset,
            state: State::Start,
            open: Vec::new(),
            skipper: Skipper::default(),
            is_found: false,
            others: Vec::new(),
            names: Vec::new(),
        };
        if let Some(path) = path {
            document.look_at(path);
        }
        document
    }

    fn look_at(&mut self, path: Path) {
        let (mut way, mut within, mut is_within) = (Vec::new(), Vec::new(), false);
        for step in path.steps {
            match step {
                _ if is_within => within.push(step),
                Step::Field(name) => way.push(name),
                Step::Each => is_within = true,
            }
        }
        (self.way, self.within, self.said) = (Some(way), within, path.text);
    }

    /// To the next item; `is_all` says that nothing comes behind these bytes.
    pub(super) fn advance<'a>(&mut self, bytes: &'a [u8], is_all: bool) -> Result<(At, &'a [u8]), Failure> {
        let mut rest = bytes;
        loop {
            if self.state == State::Skipping {
                match self.skipper.skip(rest) {
                    Ok(after) => rest = self.value_done(after),
                    Err(Stop::More { left }) => return Ok((At::More, &rest[rest.len() - left..])),
                    Err(stop) => return Err(stop.into()),
                }
            }
            let start = rest;
            if self.state != State::Start {
                rest = blank(rest);
            }
            let step = match (self.state, rest) {
                (State::Start, _) => self.start(rest, is_all),
                (State::After, []) if is_all => return Ok((At::End, rest)),
                (State::Lines, []) if is_all => return Ok((At::End, rest)),
                (_, []) => return Ok((At::More, rest)),
                (State::After, _) => Err(bad(rest, "expected nothing more").into()),
                (State::Lines | State::Item, _) => return Ok((At::Item, rest)),
                (State::ItemOrEnd | State::ListCommaOrEnd, [b']', after @ ..]) => Ok(self.ended(after)),
                (State::ItemOrEnd, _) => return Ok((At::Item, rest)),
                (State::ListCommaOrEnd, [b',', after @ ..]) => {
                    self.state = State::Item;
                    Ok(after)
                }
                (State::ListCommaOrEnd, _) => {
                    Err(bad(rest, "expected a comma or the end of the array").into())
                }
                (State::NameOrEnd | State::CommaOrEnd, [b'}', after @ ..]) => Ok(self.ended(after)),
                (State::CommaOrEnd, [b',', after @ ..]) => {
                    self.state = State::Name;
                    Ok(after)
                }
                (State::CommaOrEnd, _) => Err(bad(rest, "expected a comma or the end of the object").into()),
                (_, _) => self.field(rest).map_err(Failure::from),
            };
            match step {
                Ok(after) => rest = after,
                Err(Failure::Stop(Stop::More { .. })) => return Ok((At::More, start)),
                Err(failure) => return Err(failure),
            }
        }
    }

    /// From an element of the list to the item, or the items, in it.
    pub(super) fn within(&self) -> &[Step] {
        &self.within
    }

    /// The item was read.
    pub(super) fn pass(&mut self) {
        if self.state != State::Lines {
            self.state = State::ListCommaOrEnd;
        }
    }

    /// What was found where there are no items.
    pub(super) fn found(&self) -> Option<String> {
        if self.is_found {
            return None;
        }
        let mut found = match &self.way {
            Some(way) if !way.is_empty() => format!("an object without an array at {}", quoted(&self.said)),
            _ => "an object without an array of items that is called so".to_owned(),
        };
        for (place, path) in self.others.iter().enumerate() {
            found += if place == 0 { "; there are others: say " } else { ", or " };
            found += &format!("items: {}", quoted(path));
        }
        if self.others.is_empty() && !self.names.is_empty() {
            for (place, name) in self.names.iter().enumerate() {
                found += if place == 0 { "; it has " } else { ", " };
                found += name;
            }
        }
        Some(found)
    }

    fn start<'a>(&mut self, bytes: &'a [u8], is_all: bool) -> Result<&'a [u8], Failure> {
        if bytes.len() < BOM.len() && BOM.starts_with(bytes) {
            return Err(more(bytes).into());
        }
        let rest = blank(bytes.strip_prefix(BOM).unwrap_or(bytes));
        // No further, however much there is: what comes of it does not depend on the pieces.
        let ahead = &rest[..LOOK_AHEAD.saturating_sub(bytes.len() - rest.len()).min(rest.len())];
        if !is_all && bytes.len() < LOOK_AHEAD && !rest.starts_with(b"[") {
            return Err(more(bytes).into());
        }
        match rest {
            [b'[', after @ ..] => match &self.way {
                Some(way) if !way.is_empty() => {
                    let found = format!(
                        "an array, in which nothing is at {}, which the option items names",
                        quoted(&self.said)
                    );
                    Err(Error::CatalogShape { found }.into())
                }
                _ => {
                    self.is_found = true;
                    self.state = State::ItemOrEnd;
                    Ok(after)
                }
            },
            [b'{', after @ ..] => {
                let are_lines = match &self.way {
                    Some(way) => way.is_empty(),
                    None => is_followed_by_object(ahead),
                };
                if are_lines {
                    self.is_found = true;
                    self.state = State::Lines;
                    return Ok(rest);
                }
                if let Some(path) = self.preset.take().filter(|_| self.way.is_none()) {
                    self.look_at(path);
                }
                self.state = State::NameOrEnd;
                Ok(after)
            }
            [b'<', ..] => Err(Error::CatalogHtml.into()),
            [] => Err(more(rest).into()),
            _ if is_table(ahead) => {
                let reason =
                    "this looks like a table (CSV), not JSON; `watchnext catalog` makes a catalog of one"
                        .into();
                Err(Error::CatalogSyntax { offset: bytes.len() - rest.len(), reason }.into())
            }
            [b'"', text @ ..] => string(text).map_err(Failure::from).and_then(|_| Err(shape(Kind::String))),
            // A number ends where something else begins.
            _ => match scalar(&[rest, b" "].concat()) {
                Ok(_) => Err(shape(Value::new(std::str::from_utf8(rest).unwrap_or_default()).kind())),
                Err(Stop::More { .. }) => Err(more(rest).into()),
                Err(Stop::Bad { left, reason }) => {
                    Err(Stop::Bad { left: left.saturating_sub(1), reason }.into())
                }
            },
        }
    }

    /// A name, a colon, and the beginning of a value.
    fn field<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Stop> {
        let [b'"', name @ ..] = rest else { return Err(bad(rest, "expected a name in quotes")) };
        let after = string(name)?;
        let written = std::str::from_utf8(&rest[..rest.len() - after.len()]).unwrap_or_default();
        let name = Value::new(written).lossy_text().unwrap_or_default();
        let after = blank(after);
        let [b':', after @ ..] = after else { return Err(bad(after, "expected a colon")) };
        let value = blank(after);
        let Some(&first) = value.first() else { return Err(more(rest)) };
        let element = blank(&value[1..]).first();
        if first == b'[' && element.is_none() {
            return Err(more(rest));
        }
        self.open.push(name.into_owned());
        if self.open.len() == 1 && self.names.len() < MAX_TOLD {
            self.names.extend(self.open.first().cloned());
        }
        let of_objects = element == Some(&b'{');
        if first == b'[' && !self.is_found && self.is_list(of_objects) {
            self.is_found = true;
            self.state = State::ItemOrEnd;
            return Ok(&value[1..]);
        }
        if first == b'[' && of_objects && self.others.len() < MAX_TOLD {
            let mut path = String::new();
            for name in &self.open {
                path += if path.is_empty() { "" } else { "." };
                path += name;
            }
            self.others.push(path);
        }
        if first == b'{' && !self.is_found && self.open.len() < MAX_DEPTH {
            self.state = State::NameOrEnd;
            return Ok(&value[1..]);
        }
        self.skipper.reset();
        self.state = State::Skipping;
        Ok(value)
    }

    /// Whether the array that begins here is that of the items.
    fn is_list(&self, of_objects: bool) -> bool {
        match (&self.way, self.open.as_slice()) {
            (Some(way), open) => way == open,
            (None, [name]) => {
                let name = fold(name);
                name == "items" || of_objects && USUAL.split(' ').any(|usual| usual == name)
            }
            (None, _) => false,
        }
    }

    fn value_done<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        self.open.pop();
        self.state = State::CommaOrEnd;
        after
    }

    /// An object or the list has ended.
    fn ended<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        if self.open.is_empty() {
            self.state = State::After;
            return after;
        }
        self.value_done(after)
    }
}

fn shape(kind: Kind) -> Failure {
    Error::CatalogShape { found: kind.name().into() }.into()
}

/// A name, or a path, in lower case, and without what is neither a letter nor a digit nor the point between names.
pub(super) fn fold(name: &str) -> String {
    let mut folded = lowercase(name);
    folded.retain(|letter| letter.is_alphanumeric() || letter == '.');
    folded
}

/// Whether an object is followed by another, as in JSON lines.
fn is_followed_by_object(ahead: &[u8]) -> bool {
    Skipper::default().skip(ahead).is_ok_and(|after| blank(after).starts_with(b"{"))
}

/// Whether the first line has several fields with something between them.
fn is_table(ahead: &[u8]) -> bool {
    let line = ahead.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let separates = |separator: u8| line.iter().filter(|&&byte| byte == separator).count() >= 2;
    line.len() < ahead.len() && [b',', b'\t', b';', b'|'].into_iter().any(separates)
}
