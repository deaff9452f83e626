use std::collections::{BTreeMap, VecDeque};

use super::{Answer, Effect, Engine, Input, Loaded};
use crate::broker::WorkerId;
use crate::error::{Error, Result};
use crate::protocol::Command;
use crate::score::ScorerService;

/// An engine with its scorers beside it, for the command line and for tests: a call is answered before it
/// returns, and time stands still.
pub struct LocalEngine {
    engine: Engine,
    scorers: BTreeMap<WorkerId, ScorerService>,
}

impl LocalEngine {
    /// Starts the engine's scorers.
    pub fn new(mut engine: Engine) -> Self {
        let effects = engine.start(0.0);
        let mut local = LocalEngine { engine, scorers: BTreeMap::new() };
        local.run(effects);
        local
    }

    /// What the engine has loaded.
    pub fn loaded(&self) -> &Loaded {
        self.engine.loaded()
    }

    /// Asks the engine.
    ///
    /// # Errors
    /// The command's.
    pub fn call(&mut self, command: Command) -> Result<Answer> {
        // A call ends before the next begins: none needs an id of its own.
        let effects = self.engine.handle(Input::Call { call: 0, command }, 0.0);
        self.run(effects)
            .unwrap_or_else(|| Err(Error::Internal { reason: "a call without an answer".into() }))
    }

    /// Carries effects out until there are no more; returns the answer to the only call there is.
    fn run(&mut self, effects: Vec<Effect>) -> Option<Result<Answer>> {
        let mut effects = VecDeque::from(effects);
        let mut answered = None;
        while let Some(effect) = effects.pop_front() {
            let input = match effect {
                Effect::Answer { answer, .. } => {
                    answered = Some(answer);
                    continue;
                }
                Effect::Notice(_) => continue,
                Effect::Stop { worker } => {
                    self.scorers.remove(&worker);
                    continue;
                }
                Effect::Start { worker, scorer, .. } => {
                    match ScorerService::new(scorer, self.engine.loaded().data.clone()) {
                        Ok(service) => {
                            self.scorers.insert(worker, service);
                            Input::Ready { worker }
                        }
                        Err(error) => Input::Died { worker, cause: error.to_string() },
                    }
                }
                Effect::Deliver { worker, id, body, .. } => {
                    match self.scorers.get(&worker).map(|service| service.handle(&body)) {
                        Some(Ok(body)) => Input::Reply { worker, id, body, busy: 0.0 },
                        Some(Err(error)) => Input::Reject { worker, id, cause: error.to_string() },
                        None => Input::Died { worker, cause: "it was never started".into() },
                    }
                }
            };
            effects.extend(self.engine.handle(input, 0.0));
        }
        answered
    }
}
