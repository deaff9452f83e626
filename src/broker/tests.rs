use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

type Message = u64;
type TestBroker = Broker<Message, u64>;

fn id(request: u64) -> CorrelationId {
    CorrelationId { request, part: 0 }
}

/// One queue with its workers ready.
fn ready_broker(workers: usize) -> TestBroker {
    let mut broker = TestBroker::new([("queue", workers)], BrokerOptions::default());
    for output in broker.start(0.0) {
        let Output::Start { worker, .. } = output else { panic!("{output:?}") };
        assert_eq!(broker.handle(Input::Ready { worker }, 0.0), []);
    }
    broker
}

fn publish(broker: &mut TestBroker, request: u64) -> Vec<Output<Message, u64>> {
    broker.handle(Input::Publish { queue: 0, id: id(request), message: request * 10 }, 0.0)
}

#[test]
fn a_reply_acknowledges_and_frees_the_worker_for_the_next_message() {
    let mut broker = ready_broker(1);
    assert_eq!(publish(&mut broker, 1), [Output::Deliver { worker: 0, id: id(1), attempt: 1, message: 10 }]);
    assert_eq!(publish(&mut broker, 2), [], "one unacknowledged message a worker");
    assert_eq!(
        broker.handle(Input::Reply { worker: 0, id: id(1), reply: 7 }, 1.0),
        [
            Output::Settled { id: id(1), outcome: Outcome::Reply(7) },
            Output::Deliver { worker: 0, id: id(2), attempt: 1, message: 20 },
        ]
    );
}

#[test]
fn messages_wait_for_a_worker_to_be_ready() {
    let mut broker = TestBroker::new([("queue", 1)], BrokerOptions::default());
    broker.start(0.0);
    assert_eq!(publish(&mut broker, 1), []);
    let outputs = broker.handle(Input::Ready { worker: 0 }, 1.0);
    assert_eq!(outputs, [Output::Deliver { worker: 0, id: id(1), attempt: 1, message: 10 }]);
}

#[test]
fn a_dead_workers_message_goes_to_another_before_all_others() {
    let mut broker = ready_broker(2);
    for request in 1..=3 {
        publish(&mut broker, request);
    }
    let outputs = broker.handle(Input::Died { worker: 0, cause: "trap".into() }, 1.0);
    assert_eq!(outputs, [Output::Start { worker: 2, queue: 0, failed_starts: 0 }]);
    assert_eq!(
        broker.handle(Input::Reply { worker: 1, id: id(2), reply: 0 }, 2.0)[1],
        Output::Deliver { worker: 1, id: id(1), attempt: 2, message: 10 }
    );
}

#[test]
fn a_message_that_kills_workers_is_dead_lettered_at_the_limit() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    for worker in 0..2 {
        broker.handle(Input::Died { worker, cause: "trap".into() }, 1.0);
        broker.handle(Input::Ready { worker: worker + 1 }, 1.0);
    }
    let letter = DeadLetter { reason: DeadLetterReason::DeliveryLimit, attempts: 3, cause: "trap".into() };
    assert_eq!(
        broker.handle(Input::Died { worker: 2, cause: "trap".into() }, 1.0)[0],
        Output::Settled { id: id(1), outcome: Outcome::DeadLetter(letter) }
    );
}

#[test]
fn a_rejected_message_is_tried_again_only_if_that_makes_sense() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let reject = |requeue| Input::Reject { worker: 0, id: id(1), requeue, cause: "busy".into() };
    let outputs = broker.handle(reject(true), 1.0);
    assert_eq!(outputs, [Output::Deliver { worker: 0, id: id(1), attempt: 2, message: 10 }]);
    let letter = DeadLetter { reason: DeadLetterReason::Rejected, attempts: 2, cause: "busy".into() };
    assert_eq!(
        broker.handle(reject(false), 2.0),
        [Output::Settled { id: id(1), outcome: Outcome::DeadLetter(letter) }]
    );
}

#[test]
fn strangers_duplicates_and_cancelled_replies_settle_nothing() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    assert_eq!(broker.handle(Input::Reply { worker: 0, id: id(9), reply: 0 }, 1.0), []);
    assert_eq!(broker.handle(Input::Reply { worker: 9, id: id(1), reply: 0 }, 1.0), []);
    broker.handle(Input::Cancel { id: id(1) }, 1.0);
    assert_eq!(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 1.0), []);
    assert_eq!(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 1.0), []);
    assert_eq!(broker.strangers(), 3);
}

#[test]
fn a_worker_that_does_not_answer_is_stopped_and_replaced() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let timeout = BrokerOptions::default().delivery_timeout;
    assert_eq!(broker.wakes_at(), Some(timeout));
    assert_eq!(
        broker.handle(Input::Tick, timeout),
        [Output::Stop { worker: 0 }, Output::Start { worker: 1, queue: 0, failed_starts: 0 }]
    );
}

#[test]
fn a_queue_whose_workers_cannot_start_gives_its_messages_up_and_tries_again_with_the_next() {
    let mut broker = TestBroker::new([("queue", 1)], BrokerOptions::default());
    broker.start(0.0);
    publish(&mut broker, 1);
    let mut settled = Vec::new();
    for worker in 0..5 {
        settled.extend(broker.handle(Input::Died { worker, cause: "404".into() }, 1.0));
    }
    let letter = DeadLetter { reason: DeadLetterReason::NoWorker, attempts: 0, cause: "404".into() };
    assert_eq!(settled.last(), Some(&Output::Settled { id: id(1), outcome: Outcome::DeadLetter(letter) }));
    assert_eq!(publish(&mut broker, 2), [Output::Start { worker: 5, queue: 0, failed_starts: 5 }]);
}

/// What the adversary does next; numbers pick among what is possible at that moment.
#[derive(Debug, Clone)]
enum Move {
    Publish(usize),
    Reply(usize),
    Forge(u32, u64),
    Reject(usize, bool),
    Kill(usize),
    Ready(usize),
    Cancel(usize),
    Wait(f64),
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (0..2_usize).prop_map(Move::Publish),
        4 => any::<usize>().prop_map(Move::Reply),
        1 => (0..20_u32, 0..50_u64).prop_map(|(worker, request)| Move::Forge(worker, request)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, requeue)| Move::Reject(which, requeue)),
        2 => any::<usize>().prop_map(Move::Kill),
        4 => any::<usize>().prop_map(Move::Ready),
        1 => any::<usize>().prop_map(Move::Cancel),
        1 => (0.0..40_000.0).prop_map(Move::Wait),
    ]
}

/// The world around the broker: what a shell would see, with the promises checked at every step.
#[derive(Default)]
struct World {
    starting: BTreeSet<WorkerId>,
    idle: BTreeSet<WorkerId>,
    busy: BTreeMap<WorkerId, CorrelationId>,
    open: BTreeSet<CorrelationId>,
    now: Millis,
}

impl World {
    fn step(&mut self, broker: &mut TestBroker, input: Input<Message, u64>) {
        for output in broker.handle(input, self.now) {
            self.apply(output);
        }
    }

    fn apply(&mut self, output: Output<Message, u64>) {
        match output {
            Output::Start { worker, .. } => assert!(self.starting.insert(worker)),
            Output::Stop { worker } => self.gone(worker),
            Output::Deliver { worker, id, attempt, message } => {
                assert!(self.idle.remove(&worker), "a message for a worker that is not idle");
                assert!(self.open.contains(&id), "a settled or cancelled message is delivered");
                assert!((1..=3).contains(&attempt));
                assert_eq!(message, id.request);
                assert!(!self.busy.values().any(|&other| other == id), "two workers have the same message");
                self.busy.insert(worker, id);
            }
            Output::Settled { id, .. } => {
                assert!(self.open.remove(&id), "settled twice, or after cancelling")
            }
        }
    }

    fn gone(&mut self, worker: WorkerId) {
        self.starting.remove(&worker);
        self.idle.remove(&worker);
        self.busy.remove(&worker);
    }
}

fn pick<T: Copy>(mut from: impl ExactSizeIterator<Item = T>, which: usize) -> Option<T> {
    let count = from.len();
    if count == 0 { None } else { from.nth(which % count) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_message_settles_exactly_once_whatever_happens(
        workers in prop::array::uniform2(1..4_usize),
        script in prop::collection::vec(moves(), 0..120),
    ) {
        let mut broker = TestBroker::new([("a", workers[0]), ("b", workers[1])], BrokerOptions::default());
        let mut world = World::default();
        for output in broker.start(0.0) {
            world.apply(output);
        }
        let mut published = 0;
        for next in script {
            match next {
                Move::Publish(queue) => {
                    published += 1;
                    world.open.insert(id(published));
                    world.step(&mut broker, Input::Publish { queue, id: id(published), message: published });
                }
                Move::Ready(which) => {
                    if let Some(worker) = pick(world.starting.iter().copied(), which) {
                        world.starting.remove(&worker);
                        world.idle.insert(worker);
                        world.step(&mut broker, Input::Ready { worker });
                    }
                }
                Move::Reply(which) => {
                    if let Some((worker, id)) = pick(world.busy.clone().into_iter(), which) {
                        world.busy.remove(&worker);
                        world.idle.insert(worker);
                        world.step(&mut broker, Input::Reply { worker, id, reply: 0 });
                    }
                }
                Move::Reject(which, requeue) => {
                    if let Some((worker, id)) = pick(world.busy.clone().into_iter(), which) {
                        world.busy.remove(&worker);
                        world.idle.insert(worker);
                        let cause = "rejected".into();
                        world.step(&mut broker, Input::Reject { worker, id, requeue, cause });
                    }
                }
                Move::Forge(worker, request) => {
                    if world.busy.get(&worker) != Some(&id(request)) {
                        world.step(&mut broker, Input::Reply { worker, id: id(request), reply: 1 });
                    }
                }
                Move::Kill(which) => {
                    let alive: Vec<WorkerId> =
                        world.starting.iter().chain(&world.idle).chain(world.busy.keys()).copied().collect();
                    if let Some(worker) = pick(alive.into_iter(), which) {
                        world.gone(worker);
                        world.step(&mut broker, Input::Died { worker, cause: "killed".into() });
                    }
                }
                Move::Cancel(which) => {
                    if let Some(id) = pick(world.open.clone().into_iter(), which) {
                        world.open.remove(&id);
                        world.step(&mut broker, Input::Cancel { id });
                    }
                }
                Move::Wait(time) => {
                    world.now += time;
                    if broker.wakes_at().is_some_and(|at| at <= world.now) {
                        world.step(&mut broker, Input::Tick);
                    }
                }
            }
        }
        // From here on the workers behave, and everything still open must end.
        while !world.open.is_empty() {
            let starting = world.starting.first().copied();
            let busy = world.busy.first_key_value().map(|(&worker, &id)| (worker, id));
            if let Some(worker) = starting {
                world.starting.remove(&worker);
                world.idle.insert(worker);
                world.step(&mut broker, Input::Ready { worker });
            } else if let Some((worker, id)) = busy {
                world.busy.remove(&worker);
                world.idle.insert(worker);
                world.step(&mut broker, Input::Reply { worker, id, reply: 0 });
            } else {
                panic!("{} messages are lost", world.open.len());
            }
        }
        for queue in broker.stats() {
            prop_assert_eq!(queue.ready, 0);
        }
    }
}
