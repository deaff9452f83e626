use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use watchnext::broker::WorkerId;
use watchnext::engine::{Answer, Command, Effect, Engine, Input, LoadOptions, Loaded, StartWorker, Wait};
use watchnext::error::Result as Answered;
use watchnext::score::message::{Header, ScoreReply};
use watchnext::score::{BUILT_IN, Columns, ScorerService};

use crate::calls::{PerScorer, SCORERS};
use crate::scenario::counts;

type Delivery = (WorkerId, Header, Rc<[u8]>);

/// An engine to which nothing happens. It is asked and told the same in the same order, so what it knows of the viewer is what the
/// other knew when it was asked; but a call is taken further only by [`Reference::go_on`], with the scorers that the other
/// engine had: so it makes the same list, also where that is a partial one. Its scorers' work is not split.
pub(crate) struct Reference {
    engine: Engine,
    services: PerScorer<ScorerService>,
    /// The messages of each call that are not replied to.
    pending: BTreeMap<u64, Vec<Delivery>>,
}

/// The scorers, each with its own name's work to do.
pub(crate) fn services(loaded: &Loaded, columns: Columns) -> PerScorer<ScorerService> {
    let columns = Arc::new(columns);
    BUILT_IN.map(|kind| ScorerService::new(kind, columns.clone(), loaded.fingerprint))
}

/// A whole reply.
pub(crate) fn message(header: Header, reply: &ScoreReply) -> Vec<u8> {
    let mut body = Vec::new();
    reply.push(&mut body);
    Header { kind: reply.kind(), milliseconds: 1.0, ..header }.message(&body)
}

impl Reference {
    /// For so many calls at a time: each has workers of its own.
    pub(crate) fn new(mut loaded: Loaded, columns: Columns, calls: usize) -> Self {
        loaded.shard_items = usize::MAX;
        let options = LoadOptions { workers: counts([calls; SCORERS]), ..LoadOptions::default() };
        loaded.scorers.iter_mut().for_each(|spec| spec.workers = calls);
        let services = services(&loaded, columns);
        let mut engine = Engine::new(loaded, &options, false);
        for effect in engine.start(0.0) {
            if let Effect::Start(StartWorker { worker, .. }) = effect {
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

    /// Of how many items it is known whether the viewer likes them.
    pub(crate) fn known(&mut self) -> usize {
        match self.call(u64::MAX, &Command::Profile) {
            Some(Ok(Answer::Profile(profile))) => profile.items.len() + profile.avoided.titles.len(),
            other => panic!("{other:?}"),
        }
    }

    /// The scorers that a call asks.
    pub(crate) fn asked(&self, call: u64) -> PerScorer<bool> {
        let pending = self.pending.get(&call);
        std::array::from_fn(|scorer| {
            pending.is_some_and(|pending| {
                pending.iter().any(|(_, header, _)| usize::from(header.id.scorer) == scorer)
            })
        })
    }

    /// Lets those of the scorers reply that are `here`, and the others fail. The answer, where they are not asked once more, for
    /// reasons.
    pub(crate) fn go_on(&mut self, call: u64, here: PerScorer<bool>) -> Option<Answered<Answer>> {
        let mut answer = None;
        for (worker, header, body) in self.pending.remove(&call).unwrap_or_default() {
            let scorer = usize::from(header.id.scorer);
            let message = if here[scorer] {
                self.services[scorer]
                    .handle(&header.message(&body), || 0.0)
                    .expect("a message that can be read")
            } else {
                message(header, &ScoreReply::Rejected("the other engine did not have it".into()))
            };
            answer = answer.or(self.handle(call, Input::Reply { worker, message }));
        }
        answer
    }

    /// Nobody will ask for the list of this call.
    pub(crate) fn forget(&mut self, call: u64) {
        self.handle(call, Input::Cancel { call });
        self.go_on(call, [false; SCORERS]);
    }

    fn handle(&mut self, call: u64, input: Input) -> Option<Answered<Answer>> {
        let mut answered = None;
        for effect in self.engine.handle(input, 0.0) {
            match effect {
                Effect::Answer { answer, .. } => answered = Some(answer),
                Effect::Deliver { worker, header, body } => {
                    self.pending.entry(call).or_default().push((worker, header, body));
                }
                Effect::Notice(_) | Effect::Step(_) => {}
                other => panic!("nothing happens to the reference, and there is {other:?}"),
            }
        }
        answered
    }
}
