//! What the broker says of itself: figures, dead letters, unmatched, circuits.

use super::*;

fn only_queue(broker: &TestBroker) -> QueueStats {
    let mut queues = broker.stats();
    let queue = queues.next().expect("one queue");
    assert!(queues.next().is_none());
    queue
}

fn states(broker: &TestBroker) -> Vec<(WorkerId, WorkerState, u64)> {
    only_queue(broker).workers.iter().map(|worker| (worker.worker, worker.state, worker.handled)).collect()
}

fn reply(broker: &mut TestBroker, worker: WorkerId, request: u64, now: Millis) {
    broker.handle(Input::Reply { worker, id: id(request), reply: 0 }, now);
}

#[test]
fn messages_are_counted_where_they_are() {
    let mut broker = ready_broker(2);
    (1..=5).for_each(|request| drop(publish(&mut broker, request)));
    let queue = only_queue(&broker);
    assert_eq!((queue.ready, queue.unacknowledged, queue.counts.published), (3, 2, 5));
    reply(&mut broker, 0, 1, 1.0);
    reply(&mut broker, 0, 3, 2.0);
    die(&mut broker, 1, 3.0);
    // Worker 0 refuses message 4, and gets what worker 1 had.
    broker.handle(Input::Reject { worker: 0, id: id(4), requeue: false, cause: "bad".into() }, 4.0);
    let queue = only_queue(&broker);
    assert_eq!((queue.ready, queue.unacknowledged), (1, 1));
    let counts =
        Counts { published: 5, acknowledged: 2, redelivered: 1, hedged: 0, dead_lettered: 1, restarts: 1 };
    assert_eq!(queue.counts, counts);
}

#[test]
fn workers_say_what_they_do_and_how_much_they_did() {
    let options = BrokerOptions::default();
    let mut broker = TestBroker::new([QueueOptions::new("queue", 2)], options);
    broker.start(0.0);
    broker.handle(Input::Ready { worker: 1 }, 0.0);
    assert_eq!(states(&broker), [(0, WorkerState::Starting, 0), (1, WorkerState::Idle, 0)]);
    assert_eq!(broker.starting(), (1, 2));
    let envelope = Envelope { expires: Some(50.0), ..Envelope::default() };
    broker.handle(Input::Publish { queue: 0, id: id(1), envelope, message: 10 }, 0.0);
    assert_eq!(states(&broker)[1], (1, WorkerState::Busy, 0));
    reply(&mut broker, 1, 1, 10.0);
    assert_eq!(states(&broker)[1], (1, WorkerState::Idle, 1));
    broker.handle(Input::Publish { queue: 0, id: id(2), envelope, message: 20 }, 20.0);
    broker.handle(Input::Tick, 49.0);
    assert_eq!(states(&broker)[1], (1, WorkerState::Busy, 1));
    broker.handle(Input::Tick, 50.0);
    assert_eq!(states(&broker)[1], (1, WorkerState::Stuck, 1));
    assert_eq!(only_queue(&broker).unacknowledged, 1, "a stuck worker still has its message");
}

#[test]
fn who_gets_ready_twice_keeps_its_message() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    assert_eq!(broker.handle(Input::Ready { worker: 0 }, 1.0), []);
    assert_eq!(states(&broker), [(0, WorkerState::Busy, 0)]);
    assert_eq!(publish(&mut broker, 2), [], "it is busy");
}

#[test]
fn only_the_last_dead_letters_are_kept_and_all_are_counted() {
    let options = BrokerOptions { dead_letters: 2, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], options.clone());
    broker.start(0.0);
    broker.handle(Input::Ready { worker: 0 }, 0.0);
    for (request, kept) in [(1, 1), (2, 2), (3, 2)] {
        publish(&mut broker, request);
        let cause = request.to_string();
        broker.handle(Input::Reject { worker: 0, id: id(request), requeue: false, cause }, 0.0);
        assert_eq!(broker.dead_letters().count(), kept);
    }
    let causes: Vec<&str> = broker.dead_letters().map(|(_, letter)| letter.cause.as_str()).collect();
    assert_eq!(causes, ["2", "3"], "the oldest first");
    assert_eq!(only_queue(&broker).counts.dead_lettered, 3);
}

#[test]
fn what_nobody_waits_for_is_no_dead_letter() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    broker.handle(Input::Cancel { request: 1 }, 1.0);
    let outputs =
        broker.handle(Input::Reject { worker: 0, id: id(1), requeue: false, cause: "bad".into() }, 2.0);
    assert_eq!((outputs, broker.dead_letters().count()), (vec![], 0));
    publish(&mut broker, 2);
    broker.handle(Input::Cancel { request: 2 }, 3.0);
    let outputs =
        broker.handle(Input::Reject { worker: 0, id: id(2), requeue: true, cause: "bad".into() }, 4.0);
    assert_eq!(outputs, [], "it is not tried again");
    assert_eq!(only_queue(&broker).counts.dead_lettered, 0);
}

#[test]
fn who_cancels_one_request_leaves_the_others() {
    let mut broker = ready_broker(1);
    (1..=3).for_each(|request| drop(publish(&mut broker, request)));
    broker.handle(Input::Cancel { request: 2 }, 1.0);
    let outputs = broker.handle(Input::Reply { worker: 0, id: id(1), reply: 7 }, 2.0);
    assert_eq!(
        outputs,
        [
            Output::Settled { id: id(1), outcome: Outcome::Reply(7) },
            Output::Deliver { worker: 0, id: id(3), attempt: 1, message: 30 }
        ]
    );
}

#[test]
fn each_stranger_counts_once() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    publish(&mut broker, 1);
    assert_eq!(broker.unmatched(), 1, "the same message again");
    reply(&mut broker, 9, 1, 1.0);
    assert_eq!(broker.unmatched(), 2, "an unknown worker");
    reply(&mut broker, 0, 5, 1.0);
    assert_eq!(broker.unmatched(), 3, "a message it never had");
    assert!(!broker.is_alive(0));
    assert_eq!(only_queue(&broker).counts.published, 1);
}

#[test]
fn a_reject_of_a_message_never_had_is_as_strange_as_a_reply() {
    let mut broker = ready_broker(1);
    publish(&mut broker, 1);
    let reject = Input::Reject { worker: 0, id: id(9), requeue: true, cause: "bad".into() };
    assert_eq!(
        acts(broker.handle(reject, 1.0)),
        [
            Output::Stop { worker: 0 },
            Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }
        ]
    );
}

#[test]
fn a_death_is_told_with_its_cause_and_opens_and_closes_the_circuit() {
    let options = BrokerOptions { restart_limit: 2, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], options.clone());
    broker.start(0.0);
    let died = |worker| Input::Died { worker, cause: "no memory".into() };
    let restart = |worker| {
        Output::Notice(Notice::WorkerRestart { queue: "queue".into(), worker, cause: "no memory".into() })
    };
    let circuit = |circuit| Output::Notice(Notice::Circuit { queue: "queue".into(), circuit });
    assert_eq!(
        broker.handle(died(0), 0.0),
        [restart(0), Output::Start { worker: 1, queue: 0, failed_starts: 1, stand_in: false }]
    );
    assert_eq!(broker.handle(died(1), 0.0), [restart(1), circuit(Circuit::Open)]);
    assert_eq!(broker.handle(died(1), 1.0), [], "it cannot die twice");
    assert_eq!(only_queue(&broker).counts.restarts, 2);
    let probe = options.open_for;
    assert_eq!(
        broker.handle(Input::Tick, probe),
        [
            circuit(Circuit::HalfOpen),
            Output::Start { worker: 2, queue: 0, failed_starts: 2, stand_in: false }
        ]
    );
    broker.handle(Input::Ready { worker: 2 }, probe);
    broker.handle(Input::Publish { queue: 0, id: id(1), envelope: Envelope::default(), message: 10 }, probe);
    assert_eq!(
        broker.handle(Input::Reply { worker: 2, id: id(1), reply: 7 }, probe),
        [circuit(Circuit::Closed), Output::Settled { id: id(1), outcome: Outcome::Reply(7) }]
    );
    // It had got ready: none has failed to start since.
    let next = acts(broker.handle(died(2), probe));
    assert_eq!(next, [Output::Start { worker: 3, queue: 0, failed_starts: 0, stand_in: false }]);
}

#[test]
fn a_queue_has_room_up_to_its_limit() {
    let options = BrokerOptions { queue_limit: 2, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], options.clone());
    broker.start(0.0);
    for (request, room) in [(1, true), (2, false)] {
        assert!(broker.has_room(0));
        publish(&mut broker, request);
        assert_eq!(broker.has_room(0), room);
    }
}
