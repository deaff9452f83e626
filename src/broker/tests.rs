use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

mod figures;
mod timing;

type Message = u64;
type TestBroker = Broker<Message, u64>;

fn id(request: u64) -> CorrelationId {
    CorrelationId { request, ..CorrelationId::default() }
}

/// One queue with its workers ready.
fn ready_broker(workers: usize) -> TestBroker {
    let mut broker = TestBroker::new([QueueOptions::new("queue", workers)], BrokerOptions::default());
    for output in broker.start(0.0) {
        let Output::Start { worker, .. } = output else { panic!("{output:?}") };
        assert_eq!(broker.handle(Input::Ready { worker }, 0.0), []);
    }
    broker
}

fn publish(broker: &mut TestBroker, request: u64) -> Vec<Output<Message, u64>> {
    broker.handle(
        Input::Publish { queue: 0, id: id(request), envelope: Envelope::default(), message: request * 10 },
        0.0,
    )
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
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], BrokerOptions::default());
    broker.start(0.0);
    assert_eq!(publish(&mut broker, 1), []);
    let outputs = broker.handle(Input::Ready { worker: 0 }, 1.0);
    assert_eq!(outputs, [Output::Deliver { worker: 0, id: id(1), attempt: 1, message: 10 }]);
}

/// What is said apart from notices.
fn acts(outputs: Vec<Output<Message, u64>>) -> Vec<Output<Message, u64>> {
    outputs.into_iter().filter(|output| !matches!(output, Output::Notice(_))).collect()
}

fn die(broker: &mut TestBroker, worker: WorkerId, now: Millis) -> Vec<Output<Message, u64>> {
    acts(broker.handle(Input::Died { worker, cause: "trap".into() }, now))
}

fn letter(reason: DeadLetterReason, attempts: u32, cause: &str) -> Outcome<u64> {
    Outcome::DeadLetter(DeadLetter { reason, attempts, cause: cause.into() })
}

#[test]
fn a_dead_workers_message_goes_to_another_before_all_others() {
    let mut broker = ready_broker(2);
    for request in 1..=3 {
        publish(&mut broker, request);
    }
    assert_eq!(
        die(&mut broker, 0, 1.0),
        [Output::Start { worker: 2, queue: 0, failed_starts: 0, stand_in: false }]
    );
    assert_eq!(
        broker.handle(Input::Reply { worker: 1, id: id(2), reply: 0 }, 2.0)[1],
        Output::Deliver { worker: 1, id: id(1), attempt: 2, message: 10 }
    );
}

#[test]
fn a_message_that_kills_workers_is_dead_lettered_at_the_limit_and_told_of() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    for worker in 0..2 {
        die(&mut broker, worker, 1.0);
        broker.handle(Input::Ready { worker: worker + 1 }, 1.0);
    }
    let outputs = broker.handle(Input::Died { worker: 2, cause: "trap".into() }, 1.0);
    let given_up = letter(DeadLetterReason::DeliveryLimit, 3, "trap");
    assert!(outputs.contains(&Output::Settled { id: id(1), outcome: given_up.clone() }), "{outputs:?}");
    let Outcome::DeadLetter(given_up) = given_up else { unreachable!("was made as one") };
    let notice = Notice::DeadLetter { queue: "queue".into(), id: id(1), letter: given_up.clone() };
    assert!(outputs.contains(&Output::Notice(notice)), "{outputs:?}");
    assert_eq!(broker.dead_letters().collect::<Vec<_>>(), [&("queue".into(), given_up)]);
    assert_eq!(broker.stats().map(|queue| queue.circuit).collect::<Vec<_>>(), [Circuit::Closed]);
}

#[test]
fn a_rejected_message_is_tried_again_only_if_that_makes_sense() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let reject = |requeue| Input::Reject { worker: 0, id: id(1), requeue, cause: "busy".into() };
    let outputs = broker.handle(reject(true), 1.0);
    assert_eq!(outputs, [Output::Deliver { worker: 0, id: id(1), attempt: 2, message: 10 }]);
    assert_eq!(
        acts(broker.handle(reject(false), 2.0)),
        [Output::Settled { id: id(1), outcome: letter(DeadLetterReason::Rejected, 2, "busy") }]
    );
}

#[test]
fn unmatched_duplicates_and_cancelled_replies_settle_nothing() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    assert_eq!(publish(&mut broker, 1), [], "a worker has it already");
    publish(&mut broker, 2);
    assert_eq!(publish(&mut broker, 2), [], "it waits already");
    broker.handle(Input::Cancel { request: 2 }, 1.0);
    assert_eq!(broker.handle(Input::Reply { worker: 9, id: id(1), reply: 0 }, 1.0), []);
    broker.handle(Input::Cancel { request: 1 }, 1.0);
    assert_eq!(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 1.0), []);
    assert_eq!(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 1.0), []);
    assert_eq!(broker.unmatched(), 4);
}

#[test]
fn a_worker_that_speaks_of_a_message_it_never_had_is_replaced() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    assert_eq!(
        acts(broker.handle(Input::Reply { worker: 0, id: id(9), reply: 0 }, 1.0)),
        [
            Output::Stop { worker: 0 },
            Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }
        ]
    );
    let delivered = Output::Deliver { worker: 1, id: id(1), attempt: 2, message: 10 };
    assert_eq!(broker.handle(Input::Ready { worker: 1 }, 2.0), [delivered]);
    // What it replied to last it may repeat, while it has the next one.
    broker.handle(Input::Reply { worker: 1, id: id(1), reply: 0 }, 3.0);
    publish(&mut broker, 2);
    assert_eq!(broker.handle(Input::Reply { worker: 1, id: id(1), reply: 0 }, 4.0), []);
    assert!(broker.is_alive(1));
}

#[test]
fn a_worker_that_does_not_answer_is_stopped_and_replaced() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let timeout = BrokerOptions::default().delivery_timeout;
    assert_eq!(broker.wakes_at(), Some(timeout));
    assert_eq!(
        acts(broker.handle(Input::Tick, timeout)),
        [
            Output::Stop { worker: 0 },
            Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }
        ]
    );
}

#[test]
fn a_worker_is_not_left_for_long_with_what_nobody_waits_for() {
    let mut broker = ready_broker(1);
    let envelope = Envelope { expires: Some(50.0), ..Envelope::default() };
    broker.handle(Input::Publish { queue: 0, id: id(1), envelope, message: 10 }, 0.0);
    broker.handle(Input::Cancel { request: 1 }, 50.0);
    assert_eq!(
        broker.handle(Input::Tick, 50.0),
        [Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }]
    );
    broker.handle(Input::Ready { worker: 1 }, 60.0);
    let at = 50.0 + BrokerOptions::default().stuck_for;
    assert_eq!(broker.wakes_at(), Some(at));
    assert_eq!(acts(broker.handle(Input::Tick, at)), [Output::Stop { worker: 0 }], "the spare has its place");
}

#[test]
fn a_full_queue_refuses_or_drops_its_head() {
    for (overflow, given_up) in [(Overflow::RejectPublish, 4), (Overflow::DropHead, 2)] {
        let options = BrokerOptions { queue_limit: 2, overflow, ..BrokerOptions::default() };
        let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], options);
        broker.start(0.0);
        broker.handle(Input::Ready { worker: 0 }, 0.0);
        for request in 1..=3 {
            publish(&mut broker, request);
        }
        assert_eq!(broker.has_room(0), overflow == Overflow::DropHead);
        assert_eq!(
            acts(publish(&mut broker, 4)),
            [Output::Settled {
                id: id(given_up),
                outcome: letter(DeadLetterReason::MaxLength, 0, "the queue is full")
            }]
        );
    }
}

#[test]
fn what_has_expired_is_not_run() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let envelope = Envelope { expires: Some(50.0), ..Envelope::default() };
    broker.handle(Input::Publish { queue: 0, id: id(2), envelope, message: 20 }, 0.0);
    assert_eq!(broker.wakes_at(), Some(50.0));
    let cause = "its time was up before a worker was free";
    let expired = Output::Settled { id: id(2), outcome: letter(DeadLetterReason::Expired, 0, cause) };
    assert_eq!(acts(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 50.0))[1..], [expired]);
}

#[test]
fn a_worker_whose_message_has_expired_gets_a_spare_and_one_of_them_goes_when_it_comes_back() {
    let mut broker = ready_broker(1);
    let envelope = Envelope { expires: Some(50.0), ..Envelope::default() };
    broker.handle(Input::Publish { queue: 0, id: id(1), envelope, message: 10 }, 0.0);
    assert_eq!(
        broker.handle(Input::Tick, 50.0),
        [Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }]
    );
    assert_eq!(broker.wakes_at(), Some(50.0 + BrokerOptions::default().stuck_for));
    assert_eq!(broker.handle(Input::Ready { worker: 1 }, 60.0), []);
    assert_eq!(
        broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 70.0),
        [Output::Settled { id: id(1), outcome: Outcome::Reply(0) }, Output::Stop { worker: 1 }]
    );
    assert_eq!(broker.starting(), (0, 1));
}

#[test]
fn a_queue_whose_workers_cannot_start_gives_its_messages_up_and_probes_later() {
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], BrokerOptions::default());
    broker.start(0.0);
    publish(&mut broker, 1);
    let (mut now, mut settled) = (0.0, Vec::new());
    for worker in 0..5 {
        settled = die(&mut broker, worker, now);
        if !broker.is_alive(worker + 1) && worker < 4 {
            now = broker.wakes_at().expect("it tries again");
            let start =
                Output::Start { worker: worker + 1, queue: 0, failed_starts: worker + 1, stand_in: false };
            assert_eq!(broker.handle(Input::Tick, now), [start]);
        }
    }
    let given_up = |request| Output::Settled {
        id: id(request),
        outcome: letter(DeadLetterReason::NoWorker, 0, "no worker lives; the last died of this: trap"),
    };
    assert_eq!(settled, [given_up(1)]);
    assert_eq!(acts(publish(&mut broker, 2)), [given_up(2)], "while the circuit is open");
    let probe = broker.wakes_at().expect("it probes");
    assert_eq!(probe, now + BrokerOptions::default().open_for);
    assert_eq!(
        acts(broker.handle(Input::Tick, probe)),
        [Output::Start { worker: 5, queue: 0, failed_starts: 5, stand_in: false }]
    );
}

#[test]
fn an_idle_worker_gets_what_another_has_had_for_too_long() {
    let hedging = |workers| {
        let options = BrokerOptions { hedge_after: Some(20.0), ..BrokerOptions::default() };
        let mut broker = TestBroker::new([QueueOptions::new("queue", workers)], options);
        broker.start(0.0);
        for worker in 0..workers as WorkerId {
            broker.handle(Input::Ready { worker }, 0.0);
        }
        publish(&mut broker, 1);
        broker
    };
    let again = Output::Deliver { worker: 1, id: id(1), attempt: 2, message: 10 };
    let done = Output::Settled { id: id(1), outcome: Outcome::Reply(7) };

    let mut broker = hedging(2);
    assert_eq!(broker.wakes_at(), Some(20.0));
    assert_eq!(broker.handle(Input::Tick, 19.0), []);
    assert_eq!(broker.handle(Input::Tick, 20.0), std::slice::from_ref(&again));
    assert_eq!(broker.handle(Input::Tick, 60.0), [], "two are enough");
    assert_eq!(
        broker.handle(Input::Reply { worker: 1, id: id(1), reply: 7 }, 61.0),
        std::slice::from_ref(&done)
    );
    assert_eq!(
        broker.handle(Input::Reply { worker: 0, id: id(1), reply: 7 }, 62.0),
        [],
        "the first one counts"
    );
    assert_eq!((broker.unmatched(), broker.stats().map(|queue| queue.counts.hedged).sum::<u64>()), (0, 1));

    // Where one of the two dies, the other goes on.
    let mut broker = hedging(2);
    broker.handle(Input::Tick, 20.0);
    assert_eq!(
        die(&mut broker, 0, 21.0),
        [Output::Start { worker: 2, queue: 0, failed_starts: 0, stand_in: false }]
    );
    assert_eq!(broker.handle(Input::Reply { worker: 1, id: id(1), reply: 7 }, 22.0), [done]);

    let mut broker = hedging(1);
    assert_eq!(broker.handle(Input::Tick, 20.0), [], "nobody is idle");
    assert_eq!(broker.wakes_at(), Some(BrokerOptions::default().delivery_timeout));
}

/// What the adversary does next; numbers pick among what is possible at that moment.
#[derive(Debug, Clone)]
enum Move {
    Publish(usize, u8, Option<Millis>),
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
        4 => (0..2_usize, 0..10_u8, prop::option::of(0.0..30_000.0)).prop_map(|(queue, priority, lives)| Move::Publish(queue, priority, lives)),
        4 => any::<usize>().prop_map(Move::Reply),
        1 => (0..20_u32, 0..50_u64).prop_map(|(worker, request)| Move::Forge(worker, request)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, requeue)| Move::Reject(which, requeue)),
        2 => any::<usize>().prop_map(Move::Kill),
        4 => any::<usize>().prop_map(Move::Ready),
        1 => any::<usize>().prop_map(Move::Cancel),
        2 => (0.0..40_000.0).prop_map(Move::Wait),
    ]
}

/// The world around the broker: what a shell would see, with the promises checked at every step.
#[derive(Default)]
struct World {
    starting: BTreeSet<WorkerId>,
    idle: BTreeSet<WorkerId>,
    busy: BTreeMap<WorkerId, CorrelationId>,
    /// When each worker got its message.
    since: BTreeMap<WorkerId, Millis>,
    hedge_after: Option<Millis>,
    open: BTreeSet<CorrelationId>,
    expires: BTreeMap<CorrelationId, Millis>,
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
                assert!(self.expires.get(&id).is_none_or(|&expires| expires > self.now), "it has expired");
                let others: Vec<WorkerId> =
                    self.busy.iter().filter(|&(_, other)| *other == id).map(|(&worker, _)| worker).collect();
                let late =
                    |worker| self.hedge_after.is_some_and(|after| self.now >= self.since[worker] + after);
                assert!(others.len() <= 1 && others.iter().all(late), "two workers have the same message");
                self.busy.insert(worker, id);
                self.since.insert(worker, self.now);
            }
            Output::Settled { id, .. } => {
                assert!(self.open.remove(&id), "settled twice, or after cancelling")
            }
            Output::Notice(_) => {}
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
    // 2048, or as the environment variable PROPTEST_CASES says, times eight.
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn every_message_settles_exactly_once_whatever_happens(
        workers in prop::array::uniform2(1..4_usize),
        hedge_after in prop::option::of(1.0..30_000.0),
        script in prop::collection::vec(moves(), 0..120),
    ) {
        let queues = ["a", "b"].into_iter().zip(workers).map(|(name, workers)| QueueOptions::new(name, workers));
        let options = BrokerOptions { queue_limit: 8, hedge_after, ..BrokerOptions::default() };
        let mut broker = TestBroker::new(queues, options);
        let mut world = World { hedge_after, ..World::default() };
        for output in broker.start(0.0) {
            world.apply(output);
        }
        let mut published = 0;
        for next in script {
            match next {
                Move::Publish(queue, priority, lives) => {
                    published += 1;
                    world.open.insert(id(published));
                    let envelope = Envelope { priority, expires: lives.map(|lives| world.now + lives) };
                    world.expires.extend(envelope.expires.map(|expires| (id(published), expires)));
                    world.step(&mut broker, Input::Publish { queue, id: id(published), envelope, message: published });
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
                    if world.busy.get(&worker).is_none_or(|had| *had != id(request)) {
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
                        world.step(&mut broker, Input::Cancel { request: id.request });
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
                // Nothing can happen but that time goes on.
                let at = broker.wakes_at().unwrap_or_else(|| panic!("{} messages are lost", world.open.len()));
                world.now = world.now.max(at);
                world.step(&mut broker, Input::Tick);
            }
        }
        for queue in broker.stats() {
            prop_assert_eq!(queue.ready, 0);
        }
    }
}
