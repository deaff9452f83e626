//! Catalogs that change while calls are open: engines after each other, each with workers that are killed, in virtual time. Each answer has to be that of an
//! engine which was started anew, over the catalog that there was when it was asked for, and told the same history.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use watchnext::broker::WorkerId;
use watchnext::catalog::{CatalogOptions, Chunks, Patch};
use watchnext::engine::{
    Answer, Command, Engine, HistoryRange, Input, LoadOptions, Loaded, RecommendOptions, StartWorker, Wait,
};
use watchnext::history::{Event, EventKind};
use watchnext::host::{Generation, Generations, Host, InProcess, LocalHost, Told, Transport};
use watchnext::score::Columns;
use watchnext::score::message::Header;

use crate::chance::Chance;
use crate::tally::Tally;

/// How many steps a run has.
pub(crate) const STEPS: usize = 80;
/// So many different items there are, not all at a time.
const ITEMS: u32 = 14;

/// Workers beside their engine; some die of a message.
struct Beside {
    scorers: InProcess,
    columns: Arc<Columns>,
    chance: Chance,
    told: Vec<Told>,
}

impl Transport for Beside {
    fn start(&mut self, start: StartWorker) {
        self.scorers.start(start, self.columns.clone());
    }

    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>) {
        self.scorers.deliver(worker, header, &body);
    }

    fn stop(&mut self, worker: WorkerId) {
        self.scorers.stop(worker);
    }

    fn tell(&mut self, told: Told) {
        self.told.push(told);
    }

    fn poll(&mut self) -> Option<Input> {
        match self.scorers.poll()? {
            Input::Reply { worker, .. } if self.chance.one_in(10) => {
                self.scorers.stop(worker);
                Some(Input::Died { worker, cause: "killed".into() })
            }
            input => Some(input),
        }
    }
}

/// An item, and how often it has changed.
type Film = (u32, u32);

fn json(films: &[Film]) -> Vec<u8> {
    let item = |&(id, version): &Film| {
        let (genre, year, popularity) = ((id + version) % 5, 1990 + id, 1 + (id * 7 + version * 3) % 11);
        format!(
            r#"{{"id":"i{id}","title":"Film {id}.{version}","genres":["G{genre}"],"year":{year},"popularity":{popularity}}}"#
        )
    };
    format!("[{}]", films.iter().map(item).collect::<Vec<_>>().join(",")).into_bytes()
}

/// A call that has no answer yet.
struct Open {
    generation: Generation,
    command: Command,
    /// The catalog and how many events there were when it was made.
    films: Vec<Film>,
    events: usize,
}

struct Changing<'a> {
    chance: Chance,
    now: f64,
    films: Vec<Film>,
    events: Vec<Event>,
    generations: Generations<Beside>,
    alive: Vec<Generation>,
    open: BTreeMap<u64, Open>,
    calls: u64,
    versions: u32,
    tally: &'a mut Tally,
}

/// One run of so many steps; what is broken is the error.
pub(crate) fn run(seed: u64, steps: usize, tally: &mut Tally) -> Result<(), String> {
    let films = (0..ITEMS / 2).map(|id| (id, 0)).collect();
    let mut run = Changing {
        chance: Chance::new(seed ^ 0xca7a_1095),
        now: 0.0,
        films,
        events: Vec::new(),
        generations: Generations::default(),
        alive: Vec::new(),
        open: BTreeMap::new(),
        calls: 0,
        versions: 0,
        tally,
    };
    let load = Loaded::new(json(&run.films), None, &LoadOptions::default(), &mut |_, _| {});
    run.take_over(load.expect("loads"));
    for _ in 0..steps {
        run.step();
        run.look()?;
    }
    run.end()
}

impl Changing<'_> {
    fn step(&mut self) {
        match self.chance.below(16) {
            0..=5 => self.poll_one(),
            6 | 7 => self.record(),
            8..=10 => self.recommend(),
            11 => self.call(Command::History(HistoryRange::default())),
            12 => self.call(Command::Profile),
            13 => self.tick(),
            14 => self.change(),
            _ => self.abort(),
        }
    }

    /// Lets an engine take over.
    fn take_over(&mut self, (loaded, columns): (Loaded, Columns)) {
        let chance = Chance::new(self.chance.below(1 << 30) as u64);
        let scorers = InProcess::new(&loaded, || 0.0);
        let beside = Beside { scorers, columns: columns.into(), chance, told: Vec::new() };
        self.alive.push(self.generations.next());
        let engine = Engine::new(loaded, &LoadOptions::default(), false);
        self.generations.push(Host::new(engine, beside, self.now));
    }

    fn poll_one(&mut self) {
        let generation = self.chance.of(&self.alive);
        if let Some(host) = self.generations.of(generation) {
            host.poll(self.now);
        }
    }

    fn tick(&mut self) {
        if let Some(at) = self.generations.wakes_at() {
            self.now = self.now.max(at);
            self.generations.handle(Input::Tick, self.now);
        }
    }

    fn call(&mut self, command: Command) {
        self.calls += 1;
        let generation = *self.alive.last().expect("there is one");
        let open = Open {
            generation,
            command: command.clone(),
            films: self.films.clone(),
            events: self.events.len(),
        };
        self.open.insert(self.calls, open);
        self.generations.handle(Input::Call { call: self.calls, command }, self.now);
    }

    fn recommend(&mut self) {
        let wait = if self.chance.one_in(3) { Wait::Deadline } else { Wait::All };
        let deadline = Some(1.0 + self.chance.below(400) as f64);
        let options = RecommendOptions {
            wait,
            deadline,
            explain: self.chance.one_in(2),
            ..RecommendOptions::default()
        };
        self.call(Command::Recommend(options));
    }

    /// Also of what is not in the catalog now, and may come.
    fn record(&mut self) {
        let kinds = [EventKind::Watch, EventKind::Like, EventKind::Dislike, EventKind::Remove];
        let id = format!("i{}", self.chance.below(ITEMS as usize));
        let event = Event::new(&id, self.chance.of(&kinds), self.events.len() as f64 * 60_000.0);
        self.events.push(event.clone());
        self.call(Command::Record(vec![event]));
    }

    fn abort(&mut self) {
        let calls: Vec<u64> = self.open.keys().copied().collect();
        if !calls.is_empty() {
            let call = self.chance.of(&calls);
            self.open.remove(&call);
            self.generations.handle(Input::Cancel { call }, self.now);
        }
    }

    /// Another catalog, or a patch of the one there is.
    fn change(&mut self) {
        self.versions += 1;
        let chosen: Vec<u32> = (0..ITEMS).filter(|_| self.chance.one_in(3)).collect();
        let put: Vec<Film> = chosen.iter().map(|&id| (id, self.versions)).collect();
        let options = LoadOptions::default();
        let loaded = if self.chance.one_in(3) && !put.is_empty() {
            self.films = put;
            self.tally.count("catalogs");
            Loaded::new(json(&self.films), None, &options, &mut |_, _| {})
        } else {
            let removed: Vec<u32> = (0..ITEMS).filter(|_| self.chance.one_in(5)).collect();
            let mut films = self.films.clone();
            films.retain(|(id, _)| !removed.contains(id));
            for &film in &put {
                match films.iter_mut().find(|(id, _)| *id == film.0) {
                    Some(before) => *before = film,
                    None => films.push(film),
                }
            }
            if films.is_empty() {
                return;
            }
            let remove = removed.iter().map(|id| format!("i{id}")).collect();
            let patch = Patch { remove, put: if put.is_empty() { Vec::new() } else { json(&put) } };
            let loaded = self.generations.engine().expect("there is one").loaded();
            let patched = loaded.catalog.patched(
                &loaded.report,
                &patch,
                &CatalogOptions::default(),
                Box::new(Chunks::default()),
            );
            self.films = films;
            self.tally.count("patches");
            Loaded::join(patched.expect("can be patched").0, None, &options)
        };
        self.tally.add("changed while calls are open", u64::from(!self.open.is_empty()));
        self.take_over(loaded.expect("loads"));
    }

    /// Looks at what was told, and lets go of engines that have nothing open.
    fn look(&mut self) -> Result<(), String> {
        for generation in self.alive.clone() {
            let Some(host) = self.generations.of(generation) else { continue };
            for told in std::mem::take(&mut host.transport().told) {
                if let Told::Answer(call, answer) = told {
                    self.answered(generation, call, answer)?;
                }
            }
        }
        for gone in self.generations.retired() {
            drop(gone);
        }
        let mut alive = std::mem::take(&mut self.alive);
        alive.retain(|&generation| self.generations.of(generation).is_some());
        self.alive = alive;
        let waits = |generation: Generation| self.open.values().any(|open| open.generation == generation);
        match self.alive.split_last() {
            Some((_, before)) if before.iter().all(|&generation| waits(generation)) => Ok(()),
            _ => Err(format!("engines stay that have nothing to do: {:?}", self.alive)),
        }
    }

    fn answered(
        &mut self,
        generation: Generation,
        call: u64,
        answer: watchnext::error::Result<Answer>,
    ) -> Result<(), String> {
        let open = self.open.remove(&call);
        let Open { generation: asked, command, films, events } =
            open.ok_or(format!("call {call} is answered again, or after it was aborted"))?;
        if asked != generation {
            return Err(format!("call {call} was asked of engine {asked} and answered by {generation}"));
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if matches!(error.code(), "DEADLINE" | "SCORERS_FAILED") => {
                self.tally.count("not answered over a catalog");
                return Ok(());
            }
            Err(error) => return Err(format!("call {call}: {error}")),
        };
        if let Answer::Recommendations(list) = &answer {
            let stranger =
                list.items.iter().find(|item| !films.iter().any(|(id, _)| format!("i{id}") == item.id));
            if let Some(stranger) = stranger {
                return Err(format!("call {call}: {} is in a list, and not in the catalog", stranger.id));
            }
            if !list.complete {
                self.tally.count("partial over a catalog");
                return Ok(());
            }
        }
        if matches!(command, Command::Record(_)) {
            return Ok(());
        }
        self.tally.count("compared with an engine that is new");
        let new = LocalHost::load(json(&films), None, &LoadOptions::default());
        let mut new = new.map_err(|error| error.to_string())?;
        new.call(Command::Record(self.events[..events].to_vec())).map_err(|error| error.to_string())?;
        let expected = new.call(command.clone()).map_err(|error| error.to_string())?;
        match answer == expected {
            true => Ok(()),
            false => Err(format!(
                "call {call}, {command:?}: {answer:?}\nis not what a new engine says: {expected:?}"
            )),
        }
    }

    /// All is answered in the end, and the last engine knows all.
    fn end(&mut self) -> Result<(), String> {
        self.call(Command::History(HistoryRange::default()));
        for _ in 0..10_000 {
            while self.generations.poll(self.now) {
                self.look()?;
            }
            self.look()?;
            if self.open.is_empty() {
                return Ok(());
            }
            self.tick();
        }
        Err(format!("no end: {} calls are open", self.open.len()))
    }
}
