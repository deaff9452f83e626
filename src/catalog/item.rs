//! An item's text to the values that are read of it.

use super::path::{Path, Step, walk};
use super::scan::{Scan, Skipper, Stop, bad, blank, string, value};
use super::value::{Kind, Value, has_escapes};
use crate::text::unescape;

/// What is read of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    Title,
    Genres,
    Year,
    Popularity,
    Tags,
    Description,
}

/// All of them, in the order of [`Role`].
pub(super) const ROLES: [Role; 7] =
    [Role::Id, Role::Title, Role::Genres, Role::Year, Role::Popularity, Role::Tags, Role::Description];

impl Role {
    /// As options, reports and documented catalogs call it.
    pub(super) fn name(self) -> &'static str {
        ["id", "title", "genres", "year", "popularity", "tags", "description"][self as usize]
    }
}

/// For each role the paths to where it is.
pub(super) type Paths = [Vec<Path>; ROLES.len()];

/// Passes over items, and finds what is read of them on the way.
#[derive(Debug)]
pub(super) struct ItemScanner {
    /// The names of the fields that are looked at.
    names: Vec<String>,
    ways: [Vec<Way>; ROLES.len()],
    /// Where in the item the value of each of these fields is.
    places: Vec<Place>,
    /// The members of the last items: the next ones mostly have the same, so that a look at all of the name at once is enough.
    shape: Vec<Member>,
    skipper: Skipper,
    is_object: bool,
    /// The ways that have led nowhere yet: their roles, and their places among the ways there.
    untrodden: Vec<(Role, usize)>,
}

/// Where in the item a value is; nowhere where the end is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    start: usize,
    end: usize,
    is_plain: bool,
}

/// A member of an object.
#[derive(Debug, Default)]
struct Member {
    /// What is between the value before it and its own: the comma, the name, the colon, and the blanks around them.
    text: Vec<u8>,
    /// The field that it is; a place in [`ItemScanner::names`], or none of them.
    place: usize,
}

/// So many members are learnt, and none that is longer.
const MAX_KNOWN: usize = 128;

/// How to get to a value.
#[derive(Debug)]
struct Way {
    /// The field of the item that it is in; a place in [`ItemScanner::names`].
    field: usize,
    /// From there.
    steps: Vec<Step>,
    /// The field that has the whole path as its name, which goes before.
    whole: Option<usize>,
}

impl ItemScanner {
    /// `named` are the roles whose paths are watched for leading nowhere.
    pub(super) fn new(paths: &Paths, named: impl Fn(Role) -> bool) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut place = |name: &str| {
            names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        };
        let mut untrodden = Vec::new();
        for (role, paths) in ROLES.into_iter().zip(paths).filter(|(role, _)| named(*role)) {
            for way in 0..paths.len() {
                untrodden.push((role, way));
            }
        }
        let mut ways: [Vec<Way>; ROLES.len()] = Default::default();
        for (ways, paths) in ways.iter_mut().zip(paths) {
            for Path { text, steps } in paths {
                ways.push(match steps.split_first() {
                    Some((Step::Field(name), steps)) => Way {
                        field: place(name),
                        steps: steps.to_vec(),
                        whole: if steps.is_empty() { None } else { Some(place(text)) },
                    },
                    _ => Way { field: place(text), steps: Vec::new(), whole: None },
                });
            }
        }
        let places = vec![Place::default(); names.len()];
        let (shape, skipper) = (Vec::new(), Skipper::default());
        ItemScanner { names, ways, places, shape, skipper, is_object: false, untrodden }
    }

    /// Passes over the item, or whatever is in its place, at the front of the bytes.
    pub(super) fn scan<'a>(&mut self, bytes: &'a [u8]) -> Scan<'a> {
        self.skipper.reset();
        self.places.fill(Place::default());
        self.is_object = bytes.starts_with(b"{");
        let [b'{', rest @ ..] = bytes else { return self.skipper.skip(bytes) };
        let mut rest = rest;
        for member in 0.. {
            let expected = self.shape.get(member);
            let (start, place) = match expected
                .and_then(|known| Some((rest.strip_prefix(known.text.as_slice())?, known.place)))
            {
                Some(found) => found,
                None => match self.member(rest, member)? {
                    Some(found) => found,
                    None => return Ok(&blank(rest)[1..]),
                },
            };
            let start = blank(start);
            let (end, is_plain) = value(start, &mut self.skipper)?;
            if let Some(place) = self.places.get_mut(place) {
                *place = Place { start: bytes.len() - start.len(), end: bytes.len() - end.len(), is_plain };
            }
            rest = end;
        }
        Ok(rest)
    }

    /// Passes over a name and what is around it, and learns it; `None` at the end of the object.
    fn member<'a>(&mut self, bytes: &'a [u8], member: usize) -> Result<Option<(&'a [u8], usize)>, Stop> {
        let mut rest = blank(bytes);
        rest = match rest {
            [b'}', ..] => return Ok(None),
            [b',', after @ ..] if member > 0 => blank(after),
            _ if member == 0 => rest,
            _ => return Err(bad(rest, "expected a comma or the end of the object")),
        };
        let [b'"', name @ ..] = rest else { return Err(bad(rest, "expected a name in quotes")) };
        let after = string(name)?;
        let name = &name[..name.len() - after.len() - 1];
        let after = blank(after);
        let [b':', after @ ..] = after else { return Err(bad(after, "expected a colon")) };
        let start = blank(after);
        let place = self.place(name);
        let text = &bytes[..bytes.len() - start.len()];
        if text.len() <= MAX_KNOWN && member <= self.shape.len() && member < MAX_KNOWN {
            if member == self.shape.len() {
                self.shape.push(Member::default());
            }
            let known = &mut self.shape[member];
            known.text.clear();
            known.text.extend_from_slice(text);
            known.place = place;
        }
        Ok(Some((start, place)))
    }

    /// Which of the fields that are looked at has this name; none of them where it is none.
    fn place(&self, name: &[u8]) -> usize {
        let place = |name: &[u8]| self.names.iter().position(|known| known.as_bytes() == name);
        let written = || std::str::from_utf8(name).ok().filter(|name| has_escapes(name));
        place(name).or_else(|| place(unescape(written()?, None)?.as_bytes())).unwrap_or(usize::MAX)
    }

    /// Whether the last item is one.
    pub(super) fn is_object(&self) -> bool {
        self.is_object
    }

    /// How deep the last item is nested.
    pub(super) fn depth(&self) -> usize {
        self.skipper.depth + usize::from(self.is_object)
    }

    /// The values for a role in the last item, whose text this is; `null` is none.
    pub(super) fn values<'a>(&self, item: &'a str, role: Role, found: &mut dyn FnMut(Value<'a>)) {
        for way in &self.ways[role as usize] {
            self.values_at(item, way, found);
        }
    }

    /// The first of them.
    pub(super) fn value<'a>(&self, item: &'a str, role: Role) -> Option<Value<'a>> {
        self.ways[role as usize].iter().find_map(|way| self.value_at(item, way))
    }

    /// The first at the end of each path.
    pub(super) fn parts<'a>(&self, item: &'a str, role: Role) -> impl Iterator<Item = Option<Value<'a>>> {
        self.ways[role as usize].iter().map(move |way| self.value_at(item, way))
    }

    /// How many paths lead to a role.
    pub(super) fn ways(&self, role: Role) -> usize {
        self.ways[role as usize].len()
    }

    /// The value for a role, where only one field can have it; `None` where it has none, or others may be looked at.
    pub(super) fn only<'a>(&self, item: &'a str, role: Role) -> Option<Value<'a>> {
        match self.ways[role as usize].as_slice() {
            [way] if way.steps.is_empty() => self.field(item, way.field),
            _ => None,
        }
    }

    fn value_at<'a>(&self, item: &'a str, way: &Way) -> Option<Value<'a>> {
        if way.steps.is_empty() {
            return self.field(item, way.field);
        }
        let mut first = None;
        self.values_at(item, way, &mut |value| first = first.or(Some(value)));
        first
    }

    /// Looks where the ways lead that have led nowhere yet.
    pub(super) fn tread(&mut self, item: &str) {
        let mut untrodden = std::mem::take(&mut self.untrodden);
        untrodden.retain(|&(role, place)| {
            let mut is_there = false;
            self.values_at(item, &self.ways[role as usize][place], &mut |_| is_there = true);
            !is_there
        });
        self.untrodden = untrodden;
    }

    /// The ways that have led nowhere: their roles, and their places among the paths there.
    pub(super) fn untrodden(&self) -> &[(Role, usize)] {
        &self.untrodden
    }

    /// The value of a field that is looked at, if it has one.
    fn field<'a>(&self, item: &'a str, field: usize) -> Option<Value<'a>> {
        let Place { start, end, is_plain } = self.places[field];
        let json = item.get(start..end).filter(|json| !json.is_empty())?;
        Some(Value::plain_or_not(json, is_plain)).filter(|value| value.kind() != Kind::Null)
    }

    fn values_at<'a>(&self, item: &'a str, way: &Way, found: &mut dyn FnMut(Value<'a>)) {
        let whole = way.whole.and_then(|field| self.field(item, field));
        match whole.or_else(|| self.field(item, way.field)) {
            Some(value) if whole.is_some() || way.steps.is_empty() => found(value),
            Some(value) => walk(value, &way.steps, &mut |value| {
                if value.kind() != Kind::Null {
                    found(value);
                }
            }),
            None => {}
        }
    }
}
