use super::{Host, Transport};
use crate::broker::Millis;
use crate::engine::{Engine, Input};

/// Which of the engines, counted from 0.
pub type Generation = u64;

/// Engines of one recommender after each other, each with a catalog of its own. The newest has the histories and takes what is asked; one
/// before it ends what it has begun, over the catalog that it was begun with, and is [retired](Generations::retired) then.
pub struct Generations<T> {
    hosts: Vec<(Generation, Host<T>)>,
    next: Generation,
}

impl<T> Default for Generations<T> {
    fn default() -> Self {
        Generations { hosts: Vec::new(), next: 0 }
    }
}

impl<T: Transport> Generations<T> {
    /// What the next engine will be, for a transport that has to know it.
    pub fn next(&self) -> Generation {
        self.next
    }

    /// Lets an engine take over, which nobody has asked anything yet.
    pub fn push(&mut self, mut host: Host<T>) {
        if let Some((_, before)) = self.hosts.last_mut() {
            host.engine.take_over(&mut before.engine);
        }
        self.hosts.push((self.next, host));
        self.next += 1;
    }

    /// The newest, once there is one.
    pub fn current(&mut self) -> Option<&mut Host<T>> {
        self.hosts.last_mut().map(|(_, host)| host)
    }

    /// The newest engine.
    pub fn engine(&self) -> Option<&Engine> {
        self.hosts.last().map(|(_, host)| host.engine())
    }

    /// One of them, unless it is retired.
    pub fn of(&mut self, generation: Generation) -> Option<&mut Host<T>> {
        self.hosts.iter_mut().find(|(own, _)| *own == generation).map(|(_, host)| host)
    }

    /// Takes note of what does not come from a worker: what is asked, that nobody waits for it any more, and the time.
    pub fn handle(&mut self, input: Input, now: Millis) {
        match input {
            Input::Call { .. } => {
                if let Some(host) = self.current() {
                    host.handle(input, now);
                }
            }
            _ => self.hosts.iter_mut().for_each(|(_, host)| host.handle(input.clone(), now)),
        }
    }

    /// Takes note of the next thing that has happened to the workers of each; whether there was one.
    pub fn poll(&mut self, now: Millis) -> bool {
        self.hosts.iter_mut().fold(false, |any, (_, host)| host.poll(now) || any)
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        self.hosts.iter().filter_map(|(_, host)| host.wakes_at()).min_by(Millis::total_cmp)
    }

    /// Those before the newest that have nothing open. Their workers end with them.
    pub fn retired(&mut self) -> Vec<Host<T>> {
        let newest = self.hosts.len().saturating_sub(1);
        let retired = self.hosts.extract_if(..newest, |(_, host)| host.engine().is_idle());
        retired.map(|(_, host)| host).collect()
    }

    /// Ends all of them.
    pub fn clear(&mut self) {
        self.hosts.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Answer, Command, LoadOptions, Loaded, RecommendOptions, StartWorker};
    use crate::error::Error;
    use crate::history::{Event, EventKind};
    use crate::host::{InProcess, Told};
    use crate::score::Columns;
    use crate::score::message::Header;

    /// Scorers beside the engine, and all that the client is told.
    struct Probe {
        scorers: InProcess,
        columns: Arc<Columns>,
        told: Vec<Told>,
    }

    impl Transport for Probe {
        fn start(&mut self, start: StartWorker) {
            self.scorers.start(start, self.columns.clone());
        }
        fn deliver(&mut self, worker: crate::broker::WorkerId, header: Header, body: Rc<[u8]>) {
            self.scorers.deliver(worker, header, &body);
        }
        fn stop(&mut self, worker: crate::broker::WorkerId) {
            self.scorers.stop(worker);
        }
        fn tell(&mut self, told: Told) {
            self.told.push(told);
        }
        fn poll(&mut self) -> Option<Input> {
            self.scorers.poll()
        }
    }

    /// An engine over films with these ids.
    fn host(ids: &[&str]) -> Host<Probe> {
        let item =
            |id: &&str| format!(r#"{{"id":"{id}","title":"Film {id}","genres":["Crime"],"popularity":1}}"#);
        let catalog = format!("[{}]", ids.iter().map(item).collect::<Vec<_>>().join(","));
        let options = LoadOptions::default();
        let (loaded, columns) = Loaded::new(catalog.into(), None, &options, &mut |_, _| {}).expect("loads");
        let scorers = InProcess::new(&loaded, || 0.0);
        let probe = Probe { scorers, columns: columns.into(), told: Vec::new() };
        let mut host = Host::new(Engine::new(loaded, &options, false), probe, 0.0);
        while host.poll(0.0) {}
        host
    }

    fn call(call: u64, command: Command) -> Input {
        Input::Call { call, command }
    }

    fn recommend(deadline: f64) -> Command {
        Command::Recommend(RecommendOptions { deadline: Some(deadline), ..RecommendOptions::default() })
    }

    /// The ends of calls that a client was told of by one of them: the ids of a list, or a code.
    fn told(host: &mut Host<Probe>) -> Vec<(u64, String)> {
        let end = |told: Told| match told {
            Told::Answer(call, Ok(Answer::Recommendations(list))) => {
                Some((call, list.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" ")))
            }
            Told::Answer(call, Err(error)) => Some((call, Error::code(&error).to_owned())),
            _ => None,
        };
        std::mem::take(&mut host.transport().told).into_iter().filter_map(end).collect()
    }

    /// Two generations, the first with an open call.
    fn changed() -> Generations<Probe> {
        let mut generations = Generations::default();
        assert!(generations.engine().is_none() && generations.wakes_at().is_none() && !generations.poll(0.0));
        generations.push(host(&["1", "2", "3"]));
        generations.handle(call(1, Command::Record(vec![Event::new("2", EventKind::Watch, 0.0)])), 0.0);
        generations.handle(call(2, recommend(100.0)), 0.0);
        assert_eq!(generations.next(), 1);
        generations.push(host(&["2", "4", "5"]));
        generations
    }

    #[test]
    fn what_is_open_ends_over_the_catalog_that_it_was_begun_with() {
        let mut generations = changed();
        assert!(generations.retired().is_empty(), "it has something to do");
        generations.handle(call(3, recommend(100.0)), 0.0);
        while generations.poll(0.0) {}
        assert_eq!(told(generations.of(0).expect("is there")), [(2, "1 3".to_owned())]);
        assert_eq!(told(generations.of(1).expect("is there")), [(3, "4 5".to_owned())], "with the history");
        assert_eq!(generations.retired().len(), 1);
        assert!(generations.of(0).is_none() && generations.retired().is_empty());
        generations.clear();
        assert!(generations.current().is_none());
    }

    #[test]
    fn nobody_waits_longer_for_an_engine_of_before_and_what_is_cancelled_there_ends() {
        let mut generations = changed();
        assert_eq!(generations.wakes_at(), Some(100.0));
        generations.handle(Input::Tick, 100.0);
        assert_eq!(told(generations.of(0).expect("is there")), [(2, "DEADLINE".to_owned())]);
        assert_eq!(generations.retired().len(), 1);
        let mut generations = changed();
        generations.handle(Input::Cancel { call: 2 }, 0.0);
        assert_eq!(told(generations.of(0).expect("is there")), []);
        assert_eq!(generations.retired().len(), 1);
    }
}
