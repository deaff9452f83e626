use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::broker::{Circuit, DeadLetterReason};
use crate::correlation::CorrelationId;
use crate::history::{Event, EventKind};
use crate::json::from_json;
use crate::rank::{FilterOptions, GenreFilter};
use crate::score::message::ScoreReply;
use crate::score::{Columns, GENRE, HISTORY, POPULARITY, ScorerService};

mod continuing;
mod figures;
mod json;
mod requests;
mod similar;
mod steps;
mod why;

const CATALOG: &str = r#"[
    {"id": 1, "title": "Heat", "genres": ["Crime", "Thriller"], "year": 1995, "popularity": 90},
    {"id": 2, "title": "Ronin", "genres": ["Crime", "Thriller"], "year": 1998, "popularity": 40},
    {"id": 3, "title": "Toy Story", "genres": ["Animation", "Comedy"], "year": 1995, "popularity": 200},
    {"id": 4, "title": "Shrek", "genres": ["Animation", "Comedy"], "year": 2001, "popularity": 150},
    {"id": 5, "title": "Alien", "genres": ["Horror"], "popularity": 120},
    {"id": 6, "title": "Collateral", "genres": ["Crime"], "year": 2004, "popularity": 20}
]"#;

/// Options with so many workers for history, genre and popularity.
fn with_workers(workers: [usize; 3]) -> LoadOptions {
    let [history, genre, popularity] = workers;
    let counts = format!(r#"{{"history": {history}, "genre": {genre}, "popularity": {popularity}}}"#);
    LoadOptions { workers: from_json(&counts).expect("counts"), ..LoadOptions::default() }
}

/// An engine whose workers do what the test says.
struct Bench {
    engine: Engine,
    columns: Arc<Columns>,
    services: BTreeMap<WorkerId, ScorerService>,
    /// Deliveries that have not been replied to.
    pending: Vec<(WorkerId, Header, Rc<[u8]>)>,
    answers: Vec<(CallId, Result<Answer>)>,
    notices: Vec<Notice>,
    steps: Vec<Step>,
    now: Millis,
}

/// A reply as it travels.
fn reply_to(header: Header, reply: &ScoreReply) -> Vec<u8> {
    let mut body = Vec::new();
    reply.push(&mut body);
    Header { kind: reply.kind(), milliseconds: 1.0, ..header }.message(&body)
}

impl Bench {
    fn new(workers: [usize; 3]) -> Self {
        Bench::of(CATALOG, &with_workers(workers))
    }

    fn of(catalog: &str, options: &LoadOptions) -> Self {
        let (loaded, columns) = Loaded::new(catalog.into(), None, options, &mut |_, _| {}).expect("loads");
        let mut engine = Engine::new(loaded, options, false);
        let effects = engine.start(0.0);
        let mut bench = Bench {
            engine,
            columns: columns.into(),
            services: BTreeMap::new(),
            pending: Vec::new(),
            answers: Vec::new(),
            notices: Vec::new(),
            steps: Vec::new(),
            now: 0.0,
        };
        bench.carry_out(effects);
        bench
    }

    fn handle(&mut self, input: Input) {
        let effects = self.engine.handle(input, self.now);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer { call, answer } => self.answers.push((call, answer)),
                Effect::Start(StartWorker { worker, scorer, .. }) => {
                    let loaded = self.engine.loaded();
                    let kind = loaded.scorers[scorer].source.built_in().expect("no page");
                    let service = ScorerService::new(kind, self.columns.clone(), loaded.fingerprint);
                    self.services.insert(worker, service);
                    self.handle(Input::Ready { worker });
                }
                Effect::Stop { worker } => {
                    self.services.remove(&worker);
                    self.pending.retain(|pending| pending.0 != worker);
                }
                Effect::Deliver { worker, header, body } => self.pending.push((worker, header, body)),
                Effect::Notice(notice) => self.notices.push(notice),
                Effect::Step(step) => self.steps.push(step),
            }
        }
    }

    fn reply(&mut self, which: usize) {
        let (worker, header, body) = self.pending.remove(which);
        let message = self.services[&worker].handle(&header.message(&body), || 1.0).expect("a reply");
        self.handle(Input::Reply { worker, message });
    }

    /// A worker says this to what it was asked.
    fn say(&mut self, which: usize, reply: &ScoreReply) {
        let (worker, header, _) = self.pending.remove(which);
        self.handle(Input::Reply { worker, message: reply_to(header, reply) });
    }

    /// A worker refuses a message.
    fn reject(&mut self, which: usize, cause: &str) {
        self.say(which, &ScoreReply::Rejected(cause.into()));
    }

    fn watch(&mut self, ids: &[&str]) {
        let events = ids.iter().map(|id| Event::new(*id, EventKind::Watch, 0.0)).collect();
        self.handle(Input::Call { call: 1000, command: Command::Record(events) });
        assert!(matches!(self.answers.pop(), Some((1000, Ok(Answer::Recorded(_))))));
    }

    fn recommend(&mut self, call: CallId, options: RecommendOptions) {
        self.handle(Input::Call { call, command: Command::Recommend(options) });
    }

    /// The list that answers `call`, after all replies have come.
    fn list(&mut self, call: CallId) -> Recommendations {
        while !self.pending.is_empty() {
            self.reply(0);
        }
        self.only_list(call)
    }

    fn only_list(&mut self, call: CallId) -> Recommendations {
        match self.answers.pop() {
            Some((answered, Ok(Answer::Recommendations(list)))) if answered == call => list,
            other => panic!("{other:?}"),
        }
    }

    fn error(&mut self) -> &'static str {
        match self.answers.pop() {
            Some((_, Err(error))) => error.code(),
            other => panic!("{other:?}"),
        }
    }
}

fn ids(list: &Recommendations) -> Vec<&str> {
    list.items.iter().map(|item| item.id.as_str()).collect()
}

fn strs(names: &[Arc<str>]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

fn names(named: &crate::json::Named<f64>) -> Vec<&str> {
    named.0.iter().map(|(name, _)| &**name).collect()
}

fn sum(named: &crate::json::Named<f64>) -> f64 {
    named.0.iter().map(|(_, value)| value).sum()
}

fn explained() -> RecommendOptions {
    RecommendOptions { explain: true, ..RecommendOptions::default() }
}

#[test]
fn a_list_is_made_of_all_scorers_and_says_why() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, explained());
    assert_eq!(bench.pending.len(), 3, "every scorer is asked at once");
    let list = bench.list(1);
    assert!(list.complete && list.missing.is_empty());
    assert!(!ids(&list).contains(&"1"), "what was watched is not recommended");
    assert_eq!(list.items.len(), 5);
    for item in &list.items {
        let explanation = item.explanation.as_ref().expect("was asked for");
        assert_eq!(names(&explanation.parts), ["history", "genre", "popularity"]);
        assert_eq!(sum(&explanation.parts), item.score, "the parts add up to the score");
    }
    let ronin = list.items.iter().find(|item| item.id == "2").expect("is in the list");
    let explanation = ronin.explanation.as_ref().expect("was asked for");
    assert_eq!(explanation.items[0].title, "Heat");
    let genres: Vec<&str> = explanation.genres.iter().map(|genre| genre.genre.as_str()).collect();
    assert_eq!(genres, ["Thriller", "Crime"], "the rarer genre says more of the viewer");
}

#[test]
fn a_scorer_that_does_not_say_why_is_named() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, explained());
    (0..3).for_each(|_| bench.reply(0));
    bench.reject(1, "it would not say");
    let list = bench.list(1);
    assert_eq!((list.complete, list.missing.len(), strs(&list.unexplained)), (false, 0, vec!["genre"]));
    let reasons = list.items[0].explanation.as_ref().expect("was asked for");
    assert!(!reasons.items.is_empty() && reasons.genres.is_empty() && reasons.parts.get("genre").is_some());
}

#[test]
fn without_history_the_most_watched_come_first() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, RecommendOptions::default());
    assert_eq!(ids(&bench.list(1)), ["3", "4", "5", "1", "2", "6"]);
}

#[test]
fn at_the_deadline_what_has_arrived_is_the_answer() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions { deadline: Some(50.0), ..explained() });
    bench.reply(0);
    bench.reply(1);
    assert_eq!(bench.engine.wakes_at(), Some(50.0));
    bench.now = 50.0;
    bench.handle(Input::Tick);
    let list = bench.only_list(1);
    assert_eq!((list.complete, strs(&list.missing)), (false, vec!["genre"]));
    assert_eq!(list.items.len(), 5);
    assert!(list.items[0].explanation.is_some(), "the parts are known, if not what caused them");
    assert_eq!(strs(&list.unexplained), ["history"], "popularity has no reasons");

    let stuck = bench.pending[0].0;
    bench.recommend(2, RecommendOptions::default());
    let asked: Vec<(WorkerId, usize)> =
        bench.pending.iter().map(|(worker, header, _)| (*worker, header.id.scorer as usize)).collect();
    assert_eq!(asked[0], (stuck, 1));
    assert!(asked[1..].iter().any(|&(worker, part)| part == 1 && worker != stuck), "a spare takes its place");
    assert!(bench.list(2).complete);
    assert!(bench.answers.is_empty(), "a late reply answers nothing");
    let workers = &bench.engine.stats().queues[1].workers;
    assert_eq!(workers.len(), 1, "the worker that came back, or its spare, is stopped: {workers:?}");
}

#[test]
fn who_waits_for_all_gets_an_error_instead_of_a_part() {
    for (wait, due) in [(Wait::All, "DEADLINE"), (Wait::Quorum(3.0), "DEADLINE")] {
        let mut bench = Bench::new([1, 1, 1]);
        bench.watch(&["1"]);
        bench.recommend(1, RecommendOptions { wait, deadline: Some(5.0), ..RecommendOptions::default() });
        bench.reply(0);
        bench.reply(0);
        bench.now = 5.0;
        bench.handle(Input::Tick);
        assert_eq!(bench.error(), due);
    }
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions { wait: Wait::All, ..RecommendOptions::default() });
    bench.reject(0, "cannot be read");
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    assert_eq!(bench.error(), "SCORERS_FAILED");
}

#[test]
fn a_quorum_does_not_wait_for_the_turtle() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions { wait: Wait::Quorum(2.0), ..explained() });
    bench.reply(2);
    assert!(bench.answers.is_empty());
    bench.reply(0);
    // Now they are asked why; the third scorer's reply comes too late to be in the list.
    let turtle = bench.pending.iter().position(|(_, header, _)| header.id.scorer == 1).expect("was asked");
    bench.reply(turtle);
    let list = bench.list(1);
    assert_eq!((list.complete, strs(&list.missing)), (false, vec!["genre"]));
    assert!(list.items[0].explanation.is_some());
}

#[test]
fn when_a_queue_is_full_requests_are_refused_and_no_other_is_harmed() {
    let mut bench = Bench::new([1, 1, 1]);
    // One is with each worker, a thousand wait.
    for call in 0..=1001 {
        bench.recommend(call, RecommendOptions { limit: Some(1.0), ..RecommendOptions::default() });
    }
    assert_eq!(bench.error(), "OVERLOADED");
    assert_eq!(bench.answers.len(), 0);
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    assert_eq!(bench.answers.len(), 1001);
    assert!(
        bench
            .answers
            .iter()
            .all(|(_, answer)| matches!(answer, Ok(Answer::Recommendations(list)) if list.complete))
    );
}

#[test]
fn a_dead_scorer_opens_its_circuit_and_is_told_of() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let mut calls = 0;
    while bench.engine.stats().queues[0].queue.circuit == Circuit::Closed {
        calls += 1;
        bench.recommend(calls, RecommendOptions::default());
        while let Some(poisoned) = bench.pending.iter().position(|(_, header, _)| header.id.scorer == 0) {
            let (worker, ..) = bench.pending.remove(poisoned);
            bench.handle(Input::Died { worker, cause: "trap".into() });
            bench.now = bench.engine.wakes_at().filter(|&at| at < 1000.0).unwrap_or(bench.now).max(bench.now);
            bench.handle(Input::Tick);
        }
        assert_eq!(strs(&bench.list(calls).missing), ["history"]);
        assert!(calls < 10, "{:?}", bench.engine.stats());
    }
    let letters = bench.notices.iter().filter(|notice| matches!(notice, Notice::DeadLetter { .. })).count();
    assert!(letters >= 4, "{:?}", bench.notices);
    assert!(bench.notices.iter().any(
        |notice| matches!(notice, Notice::Circuit { queue, circuit: Circuit::Open } if &**queue == "history")
    ));
    // Nobody waits for it now.
    bench.recommend(100, RecommendOptions::default());
    assert_eq!(strs(&bench.list(100).missing), ["history"]);
    let Some(Notice::DeadLetter { letter, .. }) = bench.notices.last() else { panic!("{:?}", bench.notices) };
    assert_eq!((letter.reason, letter.attempts), (DeadLetterReason::NoWorker, 0));
    // When its time has come, one worker is tried, and with its first reply all is well.
    bench.now += 10_000.0;
    bench.handle(Input::Tick);
    bench.recommend(101, RecommendOptions::default());
    assert!(bench.list(101).complete);
    assert_eq!(bench.engine.stats().queues[0].queue.circuit, Circuit::Closed);
}

#[test]
fn a_reply_that_is_not_what_was_asked_is_missing_and_nothing_else() {
    for reply in [ScoreReply::Scores(vec![1]), ScoreReply::Causes(vec![]), ScoreReply::Rejected("no".into())]
    {
        let mut bench = Bench::new([1, 1, 1]);
        bench.watch(&["1"]);
        bench.recommend(1, RecommendOptions::default());
        bench.say(0, &reply);
        assert_eq!(strs(&bench.list(1).missing), ["history"]);
    }
}

#[test]
fn who_does_not_speak_our_language_is_replaced_and_what_it_had_goes_to_another() {
    for message in [vec![], vec![0xff; 60]] {
        let mut bench = Bench::new([1, 1, 1]);
        bench.watch(&["1"]);
        bench.recommend(1, RecommendOptions::default());
        let (worker, ..) = bench.pending.remove(0);
        bench.handle(Input::Reply { worker, message });
        assert!(bench.list(1).complete);
        assert!(!bench.services.contains_key(&worker));
        let Some(Notice::WorkerRestart { cause, .. }) = bench.notices.first() else {
            panic!("{:?}", bench.notices)
        };
        assert!(cause.starts_with("it said something odd"), "{cause}");
    }
}

#[test]
fn a_reply_about_another_catalog_is_refused_by_name() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, RecommendOptions { wait: Wait::All, ..RecommendOptions::default() });
    let (worker, header, _) = bench.pending.remove(0);
    let foreign = Header { fingerprint: header.fingerprint + 1, ..header };
    let message = reply_to(foreign, &ScoreReply::Scores(vec![1; 6]));
    bench.handle(Input::Reply { worker, message });
    let Some((1, Err(Error::ScorersFailed { reason }))) = bench.answers.pop() else { panic!() };
    assert_eq!(reason, "a reply about another catalog or model");
}

#[test]
fn what_is_the_same_for_everybody_is_asked_once() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    let first = bench.list(1);
    bench.recommend(2, RecommendOptions::default());
    let asked: Vec<u16> = bench.pending.iter().map(|(_, header, _)| header.id.scorer).collect();
    assert_eq!(asked, [HISTORY as u16, GENRE as u16]);
    assert_eq!(bench.list(2), first);
    let weights = vec![("popularity".to_owned(), 0.9)];
    let mut fresh = Bench::new([1, 1, 1]);
    fresh.watch(&["1"]);
    for bench in [&mut bench, &mut fresh] {
        bench.recommend(3, RecommendOptions { weights: weights.clone(), ..RecommendOptions::default() });
    }
    assert_eq!(bench.list(3), fresh.list(3), "and with another weight it counts otherwise");
}

#[test]
fn a_request_without_a_deadline_waits_long_until_there_was_a_complete_list() {
    let mut bench = Bench::new([1, 1, 1]);
    let due_after = |bench: &mut Bench, command: Command| {
        bench.handle(Input::Call { call: 9, command });
        let due = bench.engine.requests.values().map(|request| request.due - bench.now).next_back();
        bench.handle(Input::Cancel { call: 9 });
        due.expect("an open request")
    };
    let recommend = |wait| Command::Recommend(RecommendOptions { wait, ..RecommendOptions::default() });
    let similar = || Command::Similar(SimilarOptions { item: "1".into(), ..SimilarOptions::default() });
    for command in [recommend(Wait::Deadline), similar()] {
        assert_eq!(due_after(&mut bench, command), 10_000.0);
    }
    bench.pending.clear();
    bench.recommend(1, RecommendOptions { deadline: Some(50.0), ..RecommendOptions::default() });
    bench.now = 50.0;
    bench.handle(Input::Tick);
    assert_eq!(bench.error(), "DEADLINE");
    assert_eq!(due_after(&mut bench, recommend(Wait::Deadline)), 10_000.0, "that was no list");

    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    assert!(bench.list(1).complete);
    for command in [recommend(Wait::Deadline), similar()] {
        assert_eq!(due_after(&mut bench, command), 500.0);
    }
    for wait in [Wait::All, Wait::Quorum(2.0)] {
        assert_eq!(due_after(&mut bench, recommend(wait)), 10_000.0);
    }
}

#[test]
fn a_deadline_without_any_reply_is_an_error() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, RecommendOptions { deadline: Some(1.0), ..RecommendOptions::default() });
    bench.now = 1.0;
    bench.handle(Input::Tick);
    assert_eq!(bench.error(), "DEADLINE");
}

#[test]
fn a_cancelled_call_gets_no_answer() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, RecommendOptions::default());
    bench.handle(Input::Cancel { call: 1 });
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    assert!(bench.answers.is_empty());
    assert_eq!(bench.engine.stats().requests, RequestStats { aborted: 1, ..RequestStats::default() });
}

#[test]
fn a_message_is_redelivered_when_its_worker_dies() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    let (worker, ..) = bench.pending.remove(0);
    bench.handle(Input::Died { worker, cause: "killed".into() });
    assert!(bench.list(1).complete);
    let stats = bench.engine.stats();
    assert_eq!((stats.queues[0].queue.counts.redelivered, stats.queues[0].queue.counts.restarts), (1, 1));
}

#[test]
fn a_scorer_that_keeps_dying_is_missing_and_harms_no_other() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    for _ in 0..3 {
        let poisoned =
            bench.pending.iter().position(|(_, header, _)| header.id.scorer == 0).expect("is redelivered");
        let (worker, ..) = bench.pending.remove(poisoned);
        bench.handle(Input::Died { worker, cause: "trap".into() });
    }
    let list = bench.list(1);
    assert_eq!((list.complete, strs(&list.missing)), (false, vec!["history"]));
}

#[test]
fn a_scorer_whose_weight_is_0_is_not_asked() {
    let mut bench = Bench::new([1, 1, 1]);
    let weights =
        [("history", 0.0), ("genre", 0.0), ("popularity", 0.0)].map(|(name, weight)| (name.into(), weight));
    bench.recommend(1, RecommendOptions { weights: weights.to_vec(), ..explained() });
    assert!(bench.pending.is_empty());
    assert_eq!(ids(&bench.list(1)), ["1", "2", "3", "4", "5", "6"], "ties are in the catalog's order");
}

#[test]
fn similar_items_are_like_the_item_and_not_the_item() {
    let mut bench = Bench::new([1, 1, 1]);
    let similar = |item: &str| {
        Command::Similar(SimilarOptions { item: item.into(), limit: Some(2.0), ..Default::default() })
    };
    bench.handle(Input::Call { call: 1, command: similar("3") });
    let list = bench.list(1);
    assert_eq!((list.items.len(), list.items[0].id.as_str()), (2, "4"));
    bench.handle(Input::Call { call: 2, command: similar("no such") });
    assert_eq!(bench.error(), "ITEM_UNKNOWN");
}

#[test]
fn one_bad_event_keeps_all_from_being_recorded() {
    let mut bench = Bench::new([1, 1, 1]);
    let bad = Event { rating: Some(6.0), ..Event::new("2", EventKind::Rate, 0.0) };
    let command = Command::Record(vec![Event::new("1", EventKind::Watch, 0.0), bad]);
    bench.handle(Input::Call { call: 1, command });
    assert_eq!(bench.error(), "EVENT");
    assert_eq!(bench.engine.stats().history.events, 0);
}

#[test]
fn bad_options_are_answered_with_their_name() {
    let mut bench = Bench::new([1, 1, 1]);
    let default = RecommendOptions::default;
    for options in [
        RecommendOptions { limit: Some(0.0), ..default() },
        RecommendOptions { limit: Some(1.5), ..default() },
        RecommendOptions { limit: Some(f64::NAN), ..default() },
        RecommendOptions { deadline: Some(-1.0), ..default() },
        RecommendOptions { priority: Some(10.0), ..default() },
        RecommendOptions { wait: Wait::Quorum(0.0), ..default() },
        RecommendOptions { weights: vec![("gender".into(), 1.0)], ..default() },
    ] {
        bench.recommend(1, options);
        assert_eq!(bench.error(), "OPTION");
    }
    assert_eq!(bench.engine.stats().requests.failed, 7);
}

#[test]
fn genres_that_no_item_has_are_named() {
    let mut bench = Bench::new([1, 1, 1]);
    let mut list = |genres: GenreFilter| {
        let filter = FilterOptions { genres, ..FilterOptions::default() };
        bench.recommend(1, RecommendOptions { filter, ..RecommendOptions::default() });
        let list = bench.list(1);
        (list.items.len(), list.unknown_genres)
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let all = list(GenreFilter::default()).0;
    let none = GenreFilter { none: names(&["Nonsense", " nonsense"]), ..GenreFilter::default() };
    assert_eq!(list(none), (all, names(&["Nonsense", " nonsense"])), "excludes nothing");
    let any = GenreFilter { any: Some(names(&["Nonsense"])), ..GenreFilter::default() };
    assert_eq!(list(any), (0, names(&["Nonsense"])), "lets nothing pass");
    let both = GenreFilter { any: Some(names(&["nonsense", "CRIME "])), ..GenreFilter::default() };
    let (crime, unknown) = list(both);
    assert!(crime > 0 && crime < all && unknown == ["nonsense"], "{crime} of {all}, {unknown:?}");
    let every = GenreFilter { all: names(&["crime", "nonsense"]), ..GenreFilter::default() };
    assert_eq!(list(every), (0, names(&["nonsense"])), "nothing has it");
    let known = GenreFilter { none: names(&["crime"]), ..GenreFilter::default() };
    assert_eq!(list(known), (all - crime, vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// However many workers there are, in whatever order they reply: the same lists, to the last bit.
    #[test]
    fn lists_do_not_depend_on_workers_or_order(
        workers in prop::array::uniform3(1..4_usize),
        watched in prop::collection::vec(1..=6_u32, 0..4),
        order in prop::collection::vec(any::<prop::sample::Index>(), 30),
    ) {
        let watched: Vec<String> = watched.iter().map(u32::to_string).collect();
        let watched: Vec<&str> = watched.iter().map(String::as_str).collect();
        let mut reference = Bench::new([1, 1, 1]);
        reference.watch(&watched);
        reference.recommend(1, explained());
        let expected = reference.list(1);

        let mut bench = Bench::new(workers);
        bench.watch(&watched);
        for call in 1..=3 {
            bench.recommend(call, explained());
        }
        let mut order = order.iter().cycle();
        while !bench.pending.is_empty() {
            let which = order.next().expect("cycles").index(bench.pending.len());
            bench.reply(which);
        }
        prop_assert_eq!(bench.answers.len(), 3);
        for (_, answer) in &bench.answers {
            prop_assert_eq!(answer, &Ok(Answer::Recommendations(expected.clone())));
        }
    }
}
