use std::collections::BTreeMap;
use std::rc::Rc;

use watchnext::broker::{CorrelationId, WorkerId};
use watchnext::engine::{Answer, Effect, Engine, Input, LoadOptions, Loaded};
use watchnext::error::Result as Answered;
use watchnext::protocol::{Command, Wait};
use watchnext::score::{SCORERS, ScorerService};

type Delivery = (WorkerId, CorrelationId, Rc<[u8]>);

/// An engine to which nothing happens. It is asked and told the same in the same order, so what it knows of the viewer is what the
/// other knew when it was asked; but a call is taken further only by [`Reference::go_on`], with the scorers that the other
/// engine had: so it makes the same list, also where that is a partial one.
pub(crate) struct Reference {
    engine: Engine,
    services: Rc<[ScorerService; SCORERS.len()]>,
    /// The messages of each call that are not replied to.
    pending: BTreeMap<u64, Vec<Delivery>>,
}

impl Reference {
    /// For so many calls at a time: each has workers of its own.
    pub(crate) fn new(loaded: Loaded, services: Rc<[ScorerService; SCORERS.len()]>, calls: usize) -> Self {
        let mut engine = Engine::new(loaded, [calls; SCORERS.len()], &LoadOptions::default());
        for effect in engine.start(0.0) {
            if let Effect::Start { worker, .. } = effect {
                engine.handle(Input::Ready { worker }, 0.0);
            }
        }
        Reference { engine, services, pending: BTreeMap::new() }
    }

    /// The answer, where no scorer is asked for it.
    pub(crate) fn call(&mut self, call: u64, command: &Command) -> Option<Answered<Answer>> {
        let mut command = command.clone();
        if let Command::Recommend(options) = &mut command {
            options.wait = Wait::Deadline;
        }
        self.handle(call, Input::Call { call, command })
    }

    /// The scorers that a call asks.
    pub(crate) fn asked(&self, call: u64) -> [bool; SCORERS.len()] {
        let pending = self.pending.get(&call);
        std::array::from_fn(|scorer| {
            pending.is_some_and(|pending| pending.iter().any(|(_, id, _)| id.part as usize == scorer))
        })
    }

    /// Lets those of the scorers reply that are `here`, and the others fail. The answer, where they are not asked once more, for
    /// reasons.
    pub(crate) fn go_on(&mut self, call: u64, here: [bool; SCORERS.len()]) -> Option<Answered<Answer>> {
        let mut answer = None;
        for (worker, id, body) in self.pending.remove(&call).unwrap_or_default() {
            let scorer = id.part as usize % SCORERS.len();
            let input = if here[scorer] {
                let body = self.services[scorer].handle(&body).expect("a message that can be read");
                Input::Reply { worker, id, body, busy: 1.0 }
            } else {
                Input::Reject { worker, id, cause: "the other engine did not have it".into() }
            };
            answer = answer.or(self.handle(call, input));
        }
        answer
    }

    /// Nobody will ask for the list of this call.
    pub(crate) fn forget(&mut self, call: u64) {
        self.handle(call, Input::Cancel { call });
        self.go_on(call, [false; SCORERS.len()]);
    }

    fn handle(&mut self, call: u64, input: Input) -> Option<Answered<Answer>> {
        let mut answered = None;
        for effect in self.engine.handle(input, 0.0) {
            match effect {
                Effect::Answer { answer, .. } => answered = Some(answer),
                Effect::Deliver { worker, id, body, .. } => {
                    self.pending.entry(call).or_default().push((worker, id, body));
                }
                Effect::Notice(_) => {}
                other => panic!("nothing happens to the reference, and there is {other:?}"),
            }
        }
        answered
    }
}
