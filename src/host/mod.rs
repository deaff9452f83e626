//! Drives the engine: carries out what it says, and tells it what comes of that. Where scorers run, and how messages reach them, is a
//! [`Transport`]'s.

mod local;

pub use local::{InProcess, LocalHost};

use std::rc::Rc;

use crate::broker::{Millis, Notice, WorkerId};
use crate::engine::{Answer, CallId, Effect, Engine, Input, StartWorker};
use crate::error::Result;
use crate::score::message::Header;

/// Where scorers run, and how messages reach them: workers' ports, function calls, a broker in another process. It decides nothing.
pub trait Transport {
    /// Starts a worker. That it is ready, or has died, [`Transport::poll`] says later.
    fn start(&mut self, start: StartWorker);

    /// Gives a worker a message.
    fn deliver(&mut self, worker: WorkerId, header: Header, body: Rc<[u8]>);

    /// Stops a worker; nothing is heard of it any more.
    fn stop(&mut self, worker: WorkerId);

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
}

/// An engine and the transport that it works with.
pub struct Host<T> {
    engine: Engine,
    transport: T,
}

impl<T: Transport> Host<T> {
    /// Starts the engine's workers.
    pub fn new(mut engine: Engine, transport: T, now: Millis) -> (Self, Vec<Told>) {
        let effects = engine.start(now);
        let mut host = Host { engine, transport };
        let told = host.carry_out(effects);
        (host, told)
    }

    /// Takes note of what happened at `now`.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Told> {
        let effects = self.engine.handle(input, now);
        self.carry_out(effects)
    }

    /// Takes note of the next thing that has happened to the workers, if there is one.
    pub fn poll(&mut self, now: Millis) -> Option<Vec<Told>> {
        let input = self.transport.poll()?;
        Some(self.handle(input, now))
    }

    /// When [`Input::Tick`] is due, if nothing else happens before.
    pub fn wakes_at(&self) -> Option<Millis> {
        self.engine.wakes_at()
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Where its scorers run.
    pub fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Told> {
        let mut told = Vec::new();
        for effect in effects {
            match effect {
                Effect::Answer { call, answer } => told.push(Told::Answer(call, answer)),
                Effect::Notice(notice) => told.push(Told::Notice(notice)),
                Effect::Start(start) => self.transport.start(start),
                Effect::Deliver { worker, header, body } => self.transport.deliver(worker, header, body),
                Effect::Stop { worker } => self.transport.stop(worker),
            }
        }
        told
    }
}
