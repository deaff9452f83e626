//! What a viewer has begun, and how it goes on.

use crate::catalog::{Catalog, ItemIndex, Series};
use crate::columns::Interner;
use crate::history::{Event, EventKind, FINISHED};

/// What stands of the events about an item, by their places.
#[derive(Default)]
struct Told(Vec<usize>);

impl Told {
    fn last_watch(&self, events: &[Event]) -> Option<usize> {
        self.0.iter().copied().rev().find(|&place| events[place].kind == EventKind::Watch)
    }

    fn is_finished(&self, events: &[Event]) -> bool {
        self.0.iter().any(|&place| events[place].kind == EventKind::Watch && !is_begun(&events[place]))
    }

    /// Whether the viewer does not want it: the last opinion is a dislike, or it was passed over since it was watched.
    fn is_dropped(&self, events: &[Event]) -> bool {
        use EventKind::{Dislike, Like, Rate, Skip, Watch};
        let last = |of: &[EventKind]| {
            self.0.iter().rev().map(|&place| events[place].kind).find(|kind| of.contains(kind))
        };
        last(&[Like, Rate, Dislike]) == Some(Dislike) || last(&[Watch, Skip]) == Some(Skip)
    }
}

fn is_begun(watch: &Event) -> bool {
    watch.progress.is_some_and(|progress| progress < FINISHED)
}

/// A `watch` for each title that was begun and not watched to its end, and for the next episode of each series; the newest first.
/// An episode that was not begun has no progress, and the time of the one before it.
pub(super) fn continuing(events: &[Event], catalog: &Catalog, series: &Series) -> Vec<Event> {
    let (mut ids, mut told) = (Interner::default(), Vec::<Told>::new());
    for (place, event) in events.iter().enumerate().filter(|(_, event)| event.kind != EventKind::Impression) {
        let item = ids.intern(&event.item) as usize;
        if item == told.len() {
            told.push(Told::default());
        }
        match event.kind {
            EventKind::Remove => drop(told[item].0.pop()),
            _ => told[item].0.push(place),
        }
    }
    let of = |item: ItemIndex| ids.find(catalog.id(item)).map(|item| &told[item as usize]);
    let is_dropped = |item: ItemIndex| of(item).is_some_and(|told| told.is_dropped(events));
    let is_finished = |item: ItemIndex| of(item).is_some_and(|told| told.is_finished(events));
    let mut units = Interner::default();
    let mut list = Vec::new();
    for (place, event) in events.iter().enumerate().rev().filter(|(_, event)| event.kind == EventKind::Watch)
    {
        let Some(item) = catalog.find(&event.item) else { continue };
        if of(item).and_then(|told| told.last_watch(events)) != Some(place) {
            continue;
        }
        let standing = series.find(item).map_or(item, |series_of| series.standing(series_of));
        let count = units.len();
        if units.intern(catalog.id(standing)) < count as u32 || is_dropped(item) || is_dropped(standing) {
            continue;
        }
        if is_begun(event) {
            list.push(event.clone());
        } else if let Some(next) = series.after(item).find(|&next| !is_finished(next) && !is_dropped(next)) {
            let begun = of(next).and_then(|told| told.last_watch(events)).map(|place| &events[place]);
            let next = || Event::new(catalog.id(next), EventKind::Watch, event.time);
            list.push(Event { time: event.time, ..begun.cloned().unwrap_or_else(next) });
        }
    }
    list
}
