//! What the engine says of itself and of the viewer.

use super::*;
use crate::history::{HalfLife, HistoryOptions};
use crate::model::{ItemModel, Neighbour, WeightTable};

fn load(model: Option<&[u8]>, options: &LoadOptions) -> Loaded {
    Loaded::new(CATALOG.into(), model, options, &mut |_, _| {}).expect("loads").0
}

fn reply_after(bench: &mut Bench, scorer: ScorerId, busy: Millis) -> WorkerId {
    let asked = |pending: &(WorkerId, Header, Rc<[u8]>)| usize::from(pending.1.id.scorer) == scorer;
    let which = bench.pending.iter().position(asked).expect("was asked");
    let (worker, header, body) = bench.pending.remove(which);
    let times = std::cell::Cell::new(busy);
    // The second time it is asked it is so much later.
    let now = || busy - times.replace(0.0);
    let message = bench.services[&worker].handle(&header.message(&body), now).expect("a reply");
    bench.handle(Input::Reply { worker, message });
    worker
}

fn profile(bench: &mut Bench) -> ProfileAnswer {
    bench.handle(Input::Call { call: 2000, command: Command::Profile });
    match bench.answers.pop() {
        Some((2000, Ok(Answer::Profile(profile)))) => profile,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_are_counted_by_how_they_ended() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let timely = || RecommendOptions { deadline: Some(50.0), ..RecommendOptions::default() };
    for call in 1..=2 {
        bench.recommend(call, timely());
        bench.list(call);
    }
    bench.recommend(3, timely());
    bench.reply(0);
    bench.now = 50.0;
    bench.handle(Input::Tick);
    assert!(!bench.only_list(3).complete);
    let weights = vec![("popularity".to_owned(), 0.0)];
    bench.recommend(4, RecommendOptions { weights, ..timely() });
    bench.now = 100.0;
    bench.handle(Input::Tick);
    assert_eq!(bench.error(), "DEADLINE");
    bench.recommend(5, RecommendOptions { limit: Some(0.0), ..timely() });
    assert_eq!(bench.error(), "OPTION");
    (6..=8).for_each(|call| bench.recommend(call, timely()));
    bench.handle(Input::Cancel { call: 7 });
    bench.handle(Input::Cancel { call: 7 });
    let expected = RequestStats { open: 2, settled: 3, partial: 1, aborted: 1, failed: 2 };
    assert_eq!(bench.engine.stats().requests, expected);
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    let calls: Vec<CallId> = bench.answers.iter().map(|(call, _)| *call).collect();
    assert_eq!(calls, [6, 8], "only the one that was aborted gets no answer");
    assert_eq!(bench.engine.stats().requests, RequestStats { open: 0, settled: 5, ..expected });
}

#[test]
fn a_workers_times_are_added_up_while_it_lives() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    for (call, busy) in [(1, 5.0), (2, 7.0)] {
        bench.recommend(call, RecommendOptions::default());
        for scorer in [HISTORY, GENRE] {
            reply_after(&mut bench, scorer, busy);
        }
        while !bench.pending.is_empty() {
            bench.reply(0);
        }
    }
    let timings = |bench: &Bench, queue: usize| -> Vec<(WorkerId, WorkerTimings)> {
        let workers = bench.engine.stats().queues[queue].workers.clone();
        workers.iter().map(|worker| (worker.worker.worker, worker.timings)).collect()
    };
    let both = WorkerTimings { busy: 12.0, last: 7.0 };
    assert_eq!(timings(&bench, 1), [(1, both)]);
    bench.handle(Input::Died { worker: 1, cause: "trap".into() });
    assert_eq!(timings(&bench, 1), [(3, WorkerTimings::default())], "another worker's are its own");
    assert!(!bench.engine.timings.contains_key(&1));
    let id = CorrelationId { request: 1, scorer: 1, ..CorrelationId::default() };
    let fingerprint = bench.engine.loaded().fingerprint;
    let header = Header { kind: Kind::Scores, fingerprint, id, attempt: 1, milliseconds: 9.0 };
    bench.handle(Input::Reply { worker: 1, message: reply_to(header, &ScoreReply::Scores(vec![])) });
    assert!(!bench.engine.timings.contains_key(&1), "nobody counts what the dead say");
    assert_eq!(bench.engine.stats().unmatched, 1);
}

#[test]
fn a_stopped_workers_times_are_forgotten() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    let worker = reply_after(&mut bench, HISTORY, 5.0);
    assert!(bench.engine.timings.contains_key(&worker));
    bench.recommend(2, RecommendOptions::default());
    let at = bench.engine.broker.wakes_at().expect("it has a message");
    bench.now = at + crate::broker::BrokerOptions::default().delivery_timeout;
    bench.handle(Input::Tick);
    assert!(!bench.engine.broker.is_alive(worker));
    assert!(!bench.engine.timings.contains_key(&worker));
}

#[test]
fn workers_that_got_ready_are_counted() {
    let mut engine = Engine::new(load(None, &with_workers([2, 1, 1])), &LoadOptions::default(), true);
    assert_eq!(engine.started(), (0, 0));
    let stand_ins = |effect: &Effect| matches!(effect, Effect::Start(StartWorker { stand_in: true, .. }));
    let started = engine.start(0.0);
    assert_eq!((started.len(), started.iter().filter(|effect| stand_ins(effect)).count()), (7, 3));
    assert_eq!(engine.started(), (0, 4), "stand-ins are none of the scorers' own");
    engine.handle(Input::Ready { worker: 1 }, 0.0);
    assert_eq!(engine.started(), (1, 4));
}

#[test]
fn stats_say_what_was_loaded_and_recorded() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1", "nowhere", "3"]);
    let stats = bench.engine.stats();
    assert_eq!(
        (stats.catalog.genres, stats.catalog.bytes, stats.catalog.report.items),
        (5, CATALOG.len(), 6)
    );
    assert_eq!(stats.history, HistoryStats { events: 3, unknown: 1 });
    assert_eq!((stats.model, stats.unmatched, stats.dead_letters.len()), (None, 0, 0));
    let names: Vec<&str> = stats.queues.iter().map(|queue| &*queue.queue.name).collect();
    assert_eq!(names, ["history", "genre", "popularity"]);
    assert_eq!(bench.engine.loaded().catalog.len(), 6);
}

#[test]
fn dead_letters_are_shown_with_their_queues() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    bench.reject(1, "cannot be read");
    let letters = bench.engine.stats().dead_letters;
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].queue, letters[0].letter.cause.as_str()), ("genre", "cannot be read"));
}

#[test]
fn what_is_recorded_is_counted_and_the_unknown_are_named_once() {
    let mut bench = Bench::new([1, 1, 1]);
    let events = ["x", "y", "1", "x"].map(|id| Event::new(id, EventKind::Watch, 0.0)).to_vec();
    bench.handle(Input::Call { call: 1, command: Command::Record(events) });
    let Some((1, Ok(Answer::Recorded(recorded)))) = bench.answers.pop() else { panic!() };
    assert_eq!((recorded.recorded, recorded.unknown), (4, vec!["x".to_owned(), "y".to_owned()]));
}

#[test]
fn the_profile_has_the_genres_by_share_and_the_items_by_time() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["5", "1", "6"]);
    let profile = profile(&mut bench);
    let genres: Vec<(&str, f64, u32)> =
        profile.genres.iter().map(|genre| (genre.genre.as_str(), genre.share, genre.count)).collect();
    // Of three watched items Alien is Horror, Collateral is Crime, and Heat is half Crime, half Thriller.
    assert_eq!(genres, [("Crime", 0.5, 2), ("Horror", 1.0 / 3.0, 1), ("Thriller", 1.0 / 6.0, 1)]);
    let catalog = &bench.engine.loaded().catalog;
    let shares = &bench.engine.loaded().genre_shares;
    for genre in &profile.genres {
        let place = catalog.find_genre(&genre.genre).expect("is one");
        assert_eq!(genre.lift, genre.share / shares[place as usize], "{}", genre.genre);
    }
    let items: Vec<(&str, &str)> =
        profile.items.iter().map(|item| (item.id.as_str(), item.title.as_str())).collect();
    assert_eq!(items, [("6", "Collateral"), ("1", "Heat"), ("5", "Alien")]);
    assert_eq!(profile.items[0].weight, 1.0);
    let half_life = HistoryOptions::NO_MODEL.events.expect("decays");
    assert!((profile.items[1].weight - (-1.0 / half_life).exp2()).abs() < 1e-4);
    assert_eq!((profile.events, profile.unknown), (3, 0));
}

/// A model that knows two of the catalog's items, and one other.
fn model() -> Vec<u8> {
    let mut model = ItemModel { popularity: vec![5, 3, 1], ..ItemModel::default() };
    ["1", "elsewhere", "2"].iter().for_each(|id| model.ids.push(id));
    model.neighbours = WeightTable { scales: vec![1.0; 3], bits: 8, ..WeightTable::default() };
    model.neighbours.rows.push([]);
    model.neighbours.rows.push([]);
    model.neighbours.rows.push([Neighbour { item: 0, weight: 1 }]);
    model.metadata.half_life = HalfLife { events: Some(50.0), days: None };
    model.to_bytes().expect("writes")
}

#[test]
fn a_model_is_described_and_brings_its_half_life() {
    let bytes = model();
    let loaded = load(Some(&bytes), &LoadOptions::default());
    let summary = ModelSummary { items: 3, matched: 2, unmatched: 1, bytes: bytes.len() };
    assert_eq!(loaded.model, Some(summary));
    let events = |loaded: &Loaded| loaded.history_options().half_life.and_then(|half_life| half_life.events);
    assert_eq!(events(&loaded), Some(50.0));
    assert_eq!(events(&load(None, &LoadOptions::default())), HistoryOptions::NO_MODEL.events);
    let half_life = Some(HalfLife { events: Some(7.0), days: None });
    let history = HistoryOptions { half_life, ..HistoryOptions::default() };
    let chosen = LoadOptions { history, ..LoadOptions::default() };
    assert_eq!(events(&load(Some(&bytes), &chosen)), Some(7.0), "the page has the last word");
}

#[test]
fn bad_load_options_are_refused_by_name_before_anything_is_read() {
    for (json, name) in [
        (r#"{"history": {"weights": {"like": -1}}}"#, "history.weights.like"),
        (r#"{"broker": {"queueLimit": 0}}"#, "broker.queueLimit"),
        (
            r#"{"broker": {"dispatch": {"history": "round-robin", "gender": "round-robin"}}}"#,
            "broker.dispatch.gender",
        ),
        (r#"{"workers": {"history": 2, "gender": 1}}"#, "workers.gender"),
        (r#"{"idleTimeout": 0}"#, "idleTimeout"),
        (r#"{"idleTimeout": -5}"#, "idleTimeout"),
    ] {
        let options: LoadOptions = from_json(json).expect("options");
        match Loaded::new(b"no catalog".to_vec(), None, &options, &mut |_, _| {}) {
            Err(Error::Option { option, .. }) => assert_eq!(option, name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let endless = LoadOptions { idle_timeout: f64::INFINITY, ..LoadOptions::default() };
    assert_eq!(endless.validate().expect_err("is no time").code(), "OPTION");
    let short = LoadOptions { idle_timeout: 0.5, ..LoadOptions::default() };
    assert_eq!(short.validate(), Ok(()));
}

#[test]
fn a_catalog_is_read_as_the_options_say() {
    let json = r#"{"fields": {"title": "name", "genres": "kinds"}, "separator": ";", "onBadItem": "skip"}"#;
    let options: LoadOptions = from_json(json).expect("options");
    let catalog = br#"[{"id": 1, "name": "Heat", "kinds": "Crime;Thriller"}, {"id": 2}]"#;
    let (loaded, _) = Loaded::new(catalog.to_vec(), None, &options, &mut |_, _| {}).expect("loads");
    assert_eq!((loaded.catalog.title(0), loaded.catalog.genres.len(), loaded.report.skipped), ("Heat", 2, 1));
}

#[test]
fn memory_has_limits_in_mebibytes_and_gibibytes() {
    let limits = Limits::default();
    assert_eq!(
        (limits.model_bytes, limits.engine_memory, limits.scorer_memory),
        (268_435_456, 2_147_483_648, 1_073_741_824)
    );
}

#[test]
fn a_local_host_answers_every_call() {
    let mut local =
        crate::host::LocalHost::load(CATALOG.into(), None, &with_workers([2, 1, 1])).expect("loads");
    for _ in 0..2 {
        let Ok(Answer::Recommendations(list)) = local.call(Command::Recommend(explained())) else { panic!() };
        assert!(list.complete && list.items.len() == 6, "{list:?}");
    }
    let Ok(Answer::Stats(stats)) = local.call(Command::Stats) else { panic!() };
    assert_eq!(stats.requests, RequestStats { settled: 2, ..RequestStats::default() });
    assert_eq!(
        local.call(Command::Similar(Default::default())).expect_err("no such item").code(),
        "ITEM_UNKNOWN"
    );
}
