//! Drives the engine: carries out what it says, in order, and tells it what comes of that.

mod generations;
mod local;

pub use generations::{Generation, Generations};
pub use local::{InProcess, Local, LocalHost};

use std::rc::Rc;

use crate::broker::{Millis, Notice, WorkerId};
use crate::engine::{Answer, CallId, Effect, Engine, Input, StartWorker, Step};
use crate::error::Result;
use crate::score::message::Header;

/// The world around an engine: where scorers run and how messages reach them (workers' ports, function calls, a broker in another process),
/// and how clients are told. It decides nothing.
pub trait Transport {
    /// Starts a worker. That it is ready, or has died, [`Transport::poll`] says later.
    fn start(&mut self, start: StartWorker);

    /// Gives a worker a message.
    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>);

    /// Stops a worker; nothing is heard of it any more.
    fn stop(&mut self, worker: WorkerId);

    /// Tells the client.
    fn tell(&mut self, told: Told);

    /// What has happened to the workers since, in order: [`Input::Ready`], [`Input::Reply`] or [`Input::Died`].
    fn poll(&mut self) -> Option<Input>;
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The end of a call.
    Answer(CallId, Result<Answer>),
    /// Something worth knowing.
    Notice(Notice),
    /// A step of a request's way, where the options ask for that.
    Step(Step),
}

/// An engine and the transport that it works with.
pub struct Host<T> {
    engine: Engine,
    transport: T,
}

impl<T: Transport> Host<T> {
    /// Starts the engine's workers.
    pub fn new(mut engine: Engine, transport: T, now: Millis) -> Self {
        let effects = engine.start(now);
        let mut host = Host { engine, transport };
        host.carry_out(effects);
        host
    }

    /// Takes note of what happened at `now`.
    pub fn handle(&mut self, input: Input, now: Millis) {
        let effects = self.engine.handle(input, now);
        self.carry_out(effects);
    }

    /// Takes note of the next thing that has happened to the workers; whether there was one.
    pub fn poll(&mut self, now: Millis) -> bool {
        let input = self.transport.poll();
        let is_some = input.is_some();
        input.into_iter().for_each(|input| self.handle(input, now));
        is_some
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        self.engine.wakes_at()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The world around it.
    pub fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Both.
    pub fn parts(&mut self) -> (&Engine, &mut T) {
        (&self.engine, &mut self.transport)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer { call, answer } => self.transport.tell(Told::Answer(call, answer)),
                Effect::Notice(notice) => self.transport.tell(Told::Notice(notice)),
                Effect::Step(step) => self.transport.tell(Told::Step(step)),
                Effect::Start(start) => self.transport.start(start),
                Effect::Deliver { worker, header, body } => self.transport.deliver(worker, header, body),
                Effect::Stop { worker } => self.transport.stop(worker),
            }
        }
    }
}
