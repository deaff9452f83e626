//! When the broker wants to be woken, and what it does then.

use super::*;

fn broker(workers: usize, options: &BrokerOptions) -> TestBroker {
    let mut broker = TestBroker::new([QueueOptions::new("queue", workers)], options.clone());
    for output in broker.start(0.0) {
        let Output::Start { worker, .. } = output else { panic!("{output:?}") };
        broker.handle(Input::Ready { worker }, 0.0);
    }
    broker
}

fn publish_until(broker: &mut TestBroker, request: u64, now: Millis, expires: Option<Millis>) {
    let envelope = Envelope { expires, ..Envelope::default() };
    broker.handle(Input::Publish { queue: 0, id: id(request), envelope, message: request * 10 }, now);
}

#[test]
fn a_worker_has_its_time_to_get_ready_and_no_longer() {
    let options = BrokerOptions { start_timeout: 100.0, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 1)], options);
    broker.start(7.0);
    assert_eq!(broker.wakes_at(), Some(107.0));
    assert_eq!(broker.handle(Input::Tick, 106.0), []);
    assert!(broker.is_alive(0));
    assert_eq!(
        acts(broker.handle(Input::Tick, 107.0)),
        [
            Output::Stop { worker: 0 },
            Output::Start { worker: 1, queue: 0, failed_starts: 1, stand_in: false }
        ]
    );
    broker.handle(Input::Ready { worker: 1 }, 108.0);
    assert_eq!(broker.wakes_at(), None, "nothing is to be done");
}

#[test]
fn the_first_of_all_queues_timers_counts() {
    let queues = ["a", "b"].map(|name| QueueOptions::new(name, 1));
    let mut broker = TestBroker::new(queues, BrokerOptions::default());
    broker.start(0.0);
    (0..2).for_each(|worker| drop(broker.handle(Input::Ready { worker }, 0.0)));
    for (queue, expires) in [(0, 300.0), (1, 200.0)] {
        let envelope = Envelope { expires: Some(expires), ..Envelope::default() };
        broker.handle(Input::Publish { queue, id: id(queue as u64), envelope, message: 0 }, 0.0);
    }
    assert_eq!(broker.wakes_at(), Some(200.0));
}

#[test]
fn a_message_has_its_time_from_its_delivery_and_not_from_its_publishing() {
    let options = BrokerOptions { delivery_timeout: 100.0, ..BrokerOptions::default() };
    let mut broker = broker(1, &options);
    publish_until(&mut broker, 1, 0.0, None);
    publish_until(&mut broker, 2, 0.0, None);
    broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 60.0);
    assert_eq!(broker.wakes_at(), Some(160.0));
    // A deadline far away does not give it longer, one that is near less: it is left with it a while beyond.
    let options = BrokerOptions { stuck_for: 30.0, ..options.clone() };
    for (expires, at) in [(1000.0, 100.0), (20.0, 50.0)] {
        let mut broker = self::broker(1, &options);
        publish_until(&mut broker, 1, 0.0, Some(expires));
        broker.handle(Input::Tick, 20.0);
        broker.handle(Input::Ready { worker: 1 }, 20.0);
        assert_eq!(broker.wakes_at(), Some(at), "{expires}");
        assert!(broker.is_alive(0));
        broker.handle(Input::Tick, at);
        assert!(!broker.is_alive(0));
    }
}

#[test]
fn what_expires_while_it_waits_or_when_its_worker_dies_is_given_up_as_expired() {
    let mut broker = broker(1, &BrokerOptions::default());
    publish_until(&mut broker, 1, 0.0, Some(50.0));
    publish_until(&mut broker, 2, 0.0, Some(40.0));
    assert_eq!(acts(broker.handle(Input::Tick, 39.0)), []);
    let cause = "its time was up before a worker was free";
    assert_eq!(
        acts(broker.handle(Input::Tick, 40.0)),
        [Output::Settled { id: id(2), outcome: letter(DeadLetterReason::Expired, 0, cause) }]
    );
    let outputs = die(&mut broker, 0, 50.0);
    let expired = Output::Settled { id: id(1), outcome: letter(DeadLetterReason::Expired, 1, "trap") };
    assert_eq!(outputs, [expired, Output::Start { worker: 1, queue: 0, failed_starts: 0, stand_in: false }]);
}

#[test]
fn a_copy_of_what_another_worker_has_is_not_delivered_again() {
    let mut broker = broker(2, &BrokerOptions { hedge_after: Some(20.0), ..BrokerOptions::default() });
    publish_until(&mut broker, 1, 0.0, None);
    broker.handle(Input::Tick, 20.0);
    die(&mut broker, 0, 21.0);
    assert_eq!(broker.handle(Input::Ready { worker: 2 }, 22.0), [], "worker 1 has it");
    let rejected = Input::Reject { worker: 1, id: id(1), requeue: true, cause: "busy".into() };
    let outputs = broker.handle(rejected, 23.0);
    assert!(matches!(outputs[..], [Output::Deliver { attempt: 3, .. }]), "now nobody has it: {outputs:?}");
}

#[test]
fn hedging_is_for_what_is_wanted_and_allowed_and_not_while_others_wait() {
    let options = BrokerOptions { hedge_after: Some(20.0), ..BrokerOptions::default() };
    let hedged = |broker: &TestBroker| broker.stats().map(|queue| queue.counts.hedged).sum::<u64>();

    // Nobody waits for it any more.
    let mut cancelled = broker(2, &options);
    publish_until(&mut cancelled, 1, 0.0, None);
    cancelled.handle(Input::Cancel { request: 1 }, 1.0);
    assert_eq!(cancelled.wakes_at(), Some(options.delivery_timeout));
    cancelled.handle(Input::Tick, 20.0);
    assert_eq!(hedged(&cancelled), 0);

    // It has expired by then.
    let mut expired = broker(2, &options);
    publish_until(&mut expired, 1, 0.0, Some(20.0));
    expired.handle(Input::Tick, 20.0);
    assert_eq!(hedged(&expired), 0);
    let mut lives = broker(2, &options);
    publish_until(&mut lives, 1, 0.0, Some(21.0));
    assert_eq!(lives.wakes_at(), Some(20.0));
    lives.handle(Input::Tick, 20.0);
    assert_eq!(hedged(&lives), 1);

    // It has been delivered as often as allowed.
    let mut last = broker(2, &BrokerOptions { delivery_limit: 1, ..options.clone() });
    publish_until(&mut last, 1, 0.0, None);
    assert_eq!(last.wakes_at(), Some(options.delivery_timeout));
    last.handle(Input::Tick, 20.0);
    assert_eq!(hedged(&last), 0);

    // As long as messages wait, idle workers are for them.
    let mut busy = broker(2, &options);
    (1..=3).for_each(|request| publish_until(&mut busy, request, 0.0, None));
    busy.handle(Input::Tick, 20.0);
    assert_eq!(hedged(&busy), 0);
    assert_eq!(busy.wakes_at(), Some(options.delivery_timeout), "no one is idle");

    // Each of two late ones is hedged once, with the worker that is free.
    let mut two = broker(4, &options);
    (1..=2).for_each(|request| publish_until(&mut two, request, 0.0, None));
    let twice = two.handle(Input::Tick, 20.0);
    let ids: Vec<_> = twice
        .iter()
        .map(|output| match output {
            Output::Deliver { worker, id, attempt, .. } => (*worker, id.request, *attempt),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, [(2, 1, 2), (3, 2, 2)]);
    assert_eq!(hedged(&two), 2);
    let redelivered: u64 = two.stats().map(|queue| queue.counts.redelivered).sum();
    assert_eq!(redelivered, 0, "nobody has died");
}

#[test]
fn a_redelivery_is_counted_as_one() {
    let mut broker = broker(1, &BrokerOptions::default());
    publish_until(&mut broker, 1, 0.0, None);
    die(&mut broker, 0, 1.0);
    broker.handle(Input::Ready { worker: 1 }, 2.0);
    publish_until(&mut broker, 2, 2.0, None);
    broker.handle(Input::Reply { worker: 1, id: id(1), reply: 0 }, 3.0);
    let counts: Vec<Counts> = broker.stats().map(|queue| queue.counts).collect();
    assert_eq!((counts[0].redelivered, counts[0].published, counts[0].hedged), (1, 2, 0));
}

#[test]
fn there_are_as_many_spares_as_allowed_and_the_highest_slot_goes_first() {
    let options = BrokerOptions { spares: 1, ..BrokerOptions::default() };
    let mut broker = broker(2, &options);
    (1..=2).for_each(|request| publish_until(&mut broker, request, 0.0, Some(50.0)));
    assert_eq!(
        broker.handle(Input::Tick, 50.0),
        [Output::Start { worker: 2, queue: 0, failed_starts: 0, stand_in: false }],
        "both are stuck, and one of them has a spare"
    );
    broker.handle(Input::Ready { worker: 2 }, 51.0);
    assert_eq!(broker.starting(), (0, 3));
    // The first that comes back is as good as another; there is one too many when both have.
    assert_eq!(acts(broker.handle(Input::Reply { worker: 0, id: id(1), reply: 0 }, 52.0)).len(), 1);
    let outputs = acts(broker.handle(Input::Reply { worker: 1, id: id(2), reply: 0 }, 53.0));
    assert_eq!(outputs[1..], [Output::Stop { worker: 2 }]);
    // A dead worker's slot is taken again, the lowest first.
    die(&mut broker, 0, 54.0);
    broker.handle(Input::Ready { worker: 3 }, 54.0);
    let states: Vec<WorkerId> = broker
        .stats()
        .flat_map(|queue| queue.workers)
        .filter(|worker| worker.state == WorkerState::Idle)
        .map(|worker| worker.worker)
        .collect();
    assert_eq!(states, [1, 3]);
}

#[test]
fn without_spares_a_stuck_worker_keeps_its_place() {
    let mut broker = broker(1, &BrokerOptions { spares: 0, ..BrokerOptions::default() });
    publish_until(&mut broker, 1, 0.0, Some(50.0));
    assert_eq!(broker.handle(Input::Tick, 50.0), []);
    assert_eq!(broker.wakes_at(), Some(50.0 + BrokerOptions::default().stuck_for));
}

#[test]
fn what_waits_is_given_up_only_when_no_worker_is_left() {
    let options = BrokerOptions { restart_limit: 1, ..BrokerOptions::default() };
    let mut broker = broker(2, &options);
    (1..=3).for_each(|request| publish_until(&mut broker, request, 0.0, None));
    // The circuit is open with the first death; the other worker goes on.
    assert_eq!(die(&mut broker, 0, 1.0), []);
    let settled = acts(broker.handle(Input::Reply { worker: 1, id: id(2), reply: 7 }, 2.0));
    assert_eq!(
        settled[..2],
        [
            Output::Settled { id: id(2), outcome: Outcome::Reply(7) },
            Output::Start { worker: 2, queue: 0, failed_starts: 0, stand_in: false },
        ],
        "a reply closes it"
    );
    assert_eq!(settled[2], Output::Deliver { worker: 1, id: id(1), attempt: 2, message: 10 });
}

#[test]
fn while_the_circuit_is_half_open_one_worker_is_tried_and_nothing_is_waited_for() {
    let options = BrokerOptions { restart_limit: 1, open_for: 100.0, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 3)], options.clone());
    broker.start(0.0);
    for worker in 0..3 {
        die(&mut broker, worker, 0.0);
    }
    let at = broker.wakes_at().expect("it probes");
    let started = acts(broker.handle(Input::Tick, at));
    assert_eq!(started.len(), 1, "{started:?}");
    assert_eq!(broker.wakes_at(), Some(at + options.start_timeout), "for the one that starts");
    broker.handle(Input::Ready { worker: 3 }, at + 1.0);
    assert_eq!(broker.wakes_at(), None, "only a reply or a death brings others about");
    publish_until(&mut broker, 1, at + 1.0, None);
    let outputs = acts(broker.handle(Input::Reply { worker: 3, id: id(1), reply: 7 }, at + 2.0));
    assert_eq!(outputs.len(), 3, "all is well: two more start: {outputs:?}");
}

#[test]
fn an_open_circuit_is_not_tried_while_all_workers_are_there() {
    let options = BrokerOptions { restart_limit: 1, ..BrokerOptions::default() };
    let mut broker = broker(1, &options);
    publish_until(&mut broker, 1, 0.0, Some(50.0));
    broker.handle(Input::Tick, 50.0);
    broker.handle(Input::Ready { worker: 1 }, 51.0);
    // The stuck one dies; its spare has its place.
    assert_eq!(die(&mut broker, 0, 52.0).len(), 1, "the message has expired");
    assert_eq!((broker.wakes_at(), broker.starting()), (None, (0, 1)));
    assert_eq!(broker.handle(Input::Tick, 52.0 + options.open_for), []);
    let circuits: Vec<Circuit> = broker.stats().map(|queue| queue.circuit).collect();
    assert_eq!(circuits, [Circuit::Open]);
}

#[test]
fn a_replacement_has_the_slot_and_so_the_weight_of_the_dead() {
    let dispatch = Dispatch::Weighted(vec![1, 3]);
    let queue = QueueOptions { dispatch, ..QueueOptions::new("queue", 2) };
    let mut broker = TestBroker::new([queue], BrokerOptions::default());
    broker.start(0.0);
    (0..2).for_each(|worker| drop(broker.handle(Input::Ready { worker }, 0.0)));
    die(&mut broker, 0, 1.0);
    broker.handle(Input::Ready { worker: 2 }, 1.0);
    for request in 0..8 {
        let outputs = publish(&mut broker, request);
        let [Output::Deliver { worker, .. }] = outputs[..] else { panic!("{outputs:?}") };
        broker.handle(Input::Reply { worker, id: id(request), reply: 0 }, 2.0);
    }
    let workers: Vec<_> = broker.stats().flat_map(|queue| queue.workers).collect();
    let handled: Vec<_> = workers.iter().map(|worker| (worker.worker, worker.handled)).collect();
    assert_eq!(handled, [(1, 6), (2, 2)]);
}

#[test]
fn what_is_delivered_again_comes_before_what_is_hedged() {
    let options =
        BrokerOptions { hedge_after: Some(20.0), delivery_timeout: 50.0, ..BrokerOptions::default() };
    let mut broker = TestBroker::new([QueueOptions::new("queue", 3)], options);
    broker.start(0.0);
    broker.handle(Input::Ready { worker: 0 }, 0.0);
    publish_until(&mut broker, 1, 0.0, None);
    broker.handle(Input::Ready { worker: 1 }, 25.0);
    publish_until(&mut broker, 2, 25.0, None);
    broker.handle(Input::Ready { worker: 2 }, 49.0);
    // Worker 0 has had its time with message 1, and worker 1 is late with message 2.
    let outputs = acts(broker.handle(Input::Tick, 50.0));
    let deliveries: Vec<_> =
        outputs.into_iter().filter(|output| matches!(output, Output::Deliver { .. })).collect();
    assert_eq!(deliveries, [Output::Deliver { worker: 2, id: id(1), attempt: 2, message: 10 }]);
}
