//! The way of a request: whom it asks, for how long, what is a reply to it, and what it becomes.

use super::answer::{Basis, GenreReason, ItemReason, Listed, Recommendations};
use super::reason::Reason;
use super::*;
use crate::broker::{BrokerOptions, Overflow};
use crate::history::{ItemAffinity, Profile, Verb};
use crate::rank::{FilterOptions, GenreFilter, IdFilter, Ranked, SeenFilter};
use crate::score::message::{ScoreRequest, Task};
use crate::score::{Cause, SCORE_ONE};

fn until(deadline: f64) -> RecommendOptions {
    RecommendOptions { deadline: Some(deadline), ..RecommendOptions::default() }
}

fn similar(item: &str, filter: FilterOptions) -> Command {
    Command::Similar(SimilarOptions { item: item.into(), filter, ..SimilarOptions::default() })
}

/// The questions that are with workers: each one's scorer, and what it is asked.
fn questions(bench: &Bench) -> Vec<(ScorerId, Task)> {
    let task = |header: &Header, body: &[u8]| ScoreRequest::read(header.kind, body).expect("a request").task;
    bench.pending.iter().map(|(_, header, body)| (header.id.scorer.into(), task(header, body))).collect()
}

fn scorers(questions: &[(ScorerId, Task)]) -> Vec<ScorerId> {
    questions.iter().map(|(scorer, _)| *scorer).collect()
}

#[test]
fn reasons_are_added_up_over_scorers_and_the_five_strongest_are_named() {
    let bench = Bench::new([1, 1, 1]);
    let item = |item, part| Cause::Item { item, part };
    let genre = |genre, part| Cause::Genre { genre, part };
    let history =
        [item(0, 10), item(1, 40), item(2, 30), item(3, 30), item(4, 20), item(5, 15), item(1, -10)];
    let genres = [genre(3, -5), genre(1, 7), genre(2, 0), item(0, 30)];
    let parts = [i64::from(SCORE_ONE) * 3, -i64::from(SCORE_ONE), 0];
    let listed = |item: u32, parts: &[i64], causes: [&'static [Cause]; 3]| Listed {
        ranked: Ranked::new(item, parts.iter().sum()),
        standing: Standing::default(),
        parts: parts.to_vec(),
        causes: Some(causes.to_vec()),
    };
    let leak = |causes: &[Cause]| -> &'static [Cause] { Box::leak(causes.to_vec().into_boxed_slice()) };
    let listed =
        [listed(0, &[0; 3], [&[], &[], &[]]), listed(5, &parts, [leak(&history), leak(&genres), &[]])];
    let weights = [2 * SCORE_ONE, SCORE_ONE, 0];
    let basis = Basis { weights: &weights, profile: &Profile::default(), loaded: bench.engine.loaded() };
    let list = Recommendations::new(&listed, vec![], vec!["popularity".into()], vec![], basis);
    assert_eq!(names(&list.weights), ["history", "genre", "popularity"]);
    assert_eq!(
        [2.0, 1.0, 0.0].map(Some),
        ["history", "genre", "popularity"].map(|name| list.weights.get(name).copied())
    );
    assert!(!list.complete && list.missing.is_empty(), "one has not said why");
    let explanation = list.items[1].explanation.as_ref().expect("is explained");
    let one = f64::from(SCORE_ONE);
    let named: Vec<(&str, f64)> =
        explanation.items.iter().map(|reason| (reason.id.as_str(), reason.part * one)).collect();
    // Item 0 is 2 · 10 + 1 · 30, item 1 is 2 · (40 − 10); of equal ones the catalog's first, and the sixth is left out.
    assert_eq!(named, [("2", 60.0), ("3", 60.0), ("4", 60.0), ("1", 50.0), ("5", 40.0)]);
    let named: Vec<(&str, f64)> =
        explanation.genres.iter().map(|reason| (reason.genre.as_str(), reason.part * one)).collect();
    let catalog = &bench.engine.loaded().catalog;
    assert_eq!(
        named,
        [(catalog.genres.get(1), 7.0)],
        "what speaks against it, or says nothing, is no reason"
    );
    let parts: Vec<(&str, f64)> =
        explanation.parts.0.iter().map(|(name, part)| (&**name, part * one)).collect();
    assert_eq!(parts, [("history", 3.0), ("genre", -1.0)], "the third was not asked");
    let first = list.items[0].explanation.as_ref().expect("is explained");
    assert!(first.items.is_empty() && first.genres.is_empty());
}

#[test]
fn each_request_has_its_own_deadline_to_the_millisecond() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.now = 5.0;
    bench.recommend(1, until(50.0));
    bench.recommend(2, until(20.0));
    bench.reply(0);
    assert_eq!(bench.engine.wakes_at(), Some(25.0));
    bench.now = 24.0;
    bench.handle(Input::Tick);
    assert!(bench.answers.is_empty());
    bench.now = 25.0;
    bench.handle(Input::Tick);
    assert_eq!((bench.error(), bench.answers.len()), ("DEADLINE", 0));
    bench.now = 55.0;
    bench.handle(Input::Tick);
    assert!(!bench.only_list(1).complete);
}

#[test]
fn an_error_says_how_long_the_deadline_was() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, until(70.0));
    bench.now = 70.0;
    bench.handle(Input::Tick);
    let Some((1, Err(Error::Deadline { deadline }))) = bench.answers.pop() else { panic!() };
    assert_eq!(deadline, 70);
}

#[test]
fn the_urgent_are_served_first() {
    let mut bench = Bench::new([1, 1, 1]);
    let with = |priority| RecommendOptions { priority, ..until(60_000.0) };
    bench.recommend(1, with(None));
    for (call, priority) in [(2, Some(0.0)), (3, None), (4, Some(5.0)), (5, Some(9.0))] {
        bench.recommend(call, with(priority));
    }
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    let order: Vec<CallId> = bench.answers.iter().map(|(call, _)| *call).collect();
    assert_eq!(order, [1, 5, 4, 3, 2]);
}

#[test]
fn options_are_good_up_to_their_bounds() {
    let mut bench = Bench::new([1, 1, 1]);
    let default = RecommendOptions::default;
    let quorum = |quorum| RecommendOptions { wait: Wait::Quorum(quorum), ..default() };
    let limit = |limit| RecommendOptions { limit: Some(limit), ..default() };
    let deadline = |deadline| RecommendOptions { deadline: Some(deadline), ..default() };
    let priority = |priority| RecommendOptions { priority: Some(priority), ..default() };
    for options in [
        quorum(1.0),
        quorum(3.0),
        limit(1.0),
        limit(1000.0),
        deadline(1.0),
        deadline(600_000.0),
        priority(9.0),
    ] {
        bench.recommend(1, options);
        assert!(bench.list(1).complete);
    }
    for (options, name) in [
        (quorum(4.0), "wait.quorum"),
        (quorum(1.5), "wait.quorum"),
        (limit(1001.0), "limit"),
        (deadline(0.0), "deadline"),
        (deadline(1.5), "deadline"),
        (deadline(600_001.0), "deadline"),
        (priority(1.5), "priority"),
        (priority(-1.0), "priority"),
    ] {
        bench.recommend(1, options);
        match bench.answers.pop() {
            Some((1, Err(Error::Option { option, .. }))) => assert_eq!(option, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn an_unreadable_or_wrong_reply_is_told_as_such() {
    let wait = |wait| RecommendOptions { wait, ..RecommendOptions::default() };
    let cut = |mut message: Vec<u8>| {
        message.pop();
        message
    };
    let plain = |message: Vec<u8>| message;
    for (reply, change, said) in [
        (
            ScoreReply::Scores(vec![1; 6]),
            cut as fn(Vec<u8>) -> Vec<u8>,
            "an unreadable reply: an array is cut off",
        ),
        (ScoreReply::Causes(vec![]), plain, "a reply to another question"),
        (ScoreReply::Scores(vec![1; 5]), plain, "a reply to another question"),
    ] {
        let mut bench = Bench::new([1, 1, 1]);
        bench.recommend(1, wait(Wait::All));
        let (worker, header, _) = bench.pending.remove(0);
        bench.handle(Input::Reply { worker, message: change(reply_to(header, &reply)) });
        while !bench.pending.is_empty() {
            bench.reply(0);
        }
        let Some((1, Err(Error::ScorersFailed { reason }))) = bench.answers.pop() else { panic!("{said}") };
        assert!(reason.contains(said), "{reason}");
    }
}

#[test]
fn scores_where_reasons_were_asked_leave_the_scorer_unexplained() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, explained());
    (0..3).for_each(|_| bench.reply(0));
    let asked = scorers(&questions(&bench));
    let which = asked.iter().position(|&scorer| scorer == HISTORY).expect("history is asked why");
    bench.say(which, &ScoreReply::Scores(vec![1; 6]));
    assert_eq!(strs(&bench.list(1).unexplained), ["history"]);
}

#[test]
fn reasons_are_asked_of_those_that_have_scored_for_what_is_in_the_list() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions { limit: Some(2.0), ..explained() });
    let sets = bench.engine.loaded().genres.sets.len() as u32;
    let all = [(HISTORY, Task::Score(0, 6)), (GENRE, Task::Score(0, sets)), (POPULARITY, Task::Score(0, 6))];
    assert_eq!(questions(&bench), all);
    bench.reject(1, "cannot be read");
    bench.reply(0);
    bench.reply(0);
    let asked = questions(&bench);
    assert_eq!(scorers(&asked), [HISTORY], "what is the same for everybody has no reasons");
    assert!(asked.iter().all(|(_, task)| matches!(task, Task::Explain(items) if items.len() == 2)));
    let list = bench.list(1);
    assert_eq!(
        (strs(&list.missing), list.unexplained.len()),
        (vec!["genre"], 0),
        "who is missing need not say why"
    );
}

#[test]
fn an_empty_list_needs_no_reasons() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let filter = FilterOptions {
        ids: IdFilter { allow: Some(vec![]), ..IdFilter::default() },
        ..FilterOptions::default()
    };
    bench.recommend(1, RecommendOptions { filter, ..explained() });
    (0..3).for_each(|_| bench.reply(0));
    let list = bench.only_list(1);
    assert!(bench.pending.is_empty() && list.complete && list.items.is_empty(), "{list:?}");
}

#[test]
fn without_reasons_asked_nobody_is_unexplained() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions::default());
    let list = bench.list(1);
    assert!(list.complete && list.unexplained.is_empty());
    assert!(list.items.iter().all(|item| item.explanation.is_none()));
}

#[test]
fn a_reply_that_comes_after_the_list_was_made_changes_nothing() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    bench.recommend(1, RecommendOptions { wait: Wait::Quorum(1.0), ..explained() });
    bench.reply(1);
    assert_eq!(scorers(&questions(&bench)), [HISTORY, POPULARITY, GENRE]);
    bench.reply(0);
    bench.reply(0);
    bench.reply(0);
    let list = bench.only_list(1);
    assert_eq!(strs(&list.missing), ["history", "popularity"]);
    let parts =
        |item: &Recommendation| item.explanation.as_ref().and_then(|why| why.parts.get("history").copied());
    assert!(list.items.iter().all(|item| parts(item) == Some(0.0)));
}

#[test]
fn a_quorum_of_more_than_are_asked_is_all_of_them() {
    let mut bench = Bench::new([1, 1, 1]);
    let weights = vec![("genre".to_owned(), 0.0), ("history".to_owned(), 0.0)];
    bench.recommend(1, RecommendOptions { wait: Wait::Quorum(3.0), weights, ..RecommendOptions::default() });
    assert_eq!(scorers(&questions(&bench)), [POPULARITY]);
    assert!(bench.list(1).complete);
}

#[test]
fn what_is_like_an_item_is_asked_of_one_scorer_and_may_have_been_seen() {
    let mut bench = Bench::new([1, 1, 1]);
    let events = [("4", EventKind::Watch), ("2", EventKind::Dislike)];
    let events = events.map(|(id, kind)| Event::new(id, kind, 0.0)).to_vec();
    bench.handle(Input::Call { call: 1, command: Command::Record(events) });
    bench.answers.clear();
    bench.handle(Input::Call { call: 2, command: similar("3", FilterOptions::default()) });
    assert_eq!(scorers(&questions(&bench)), [HISTORY]);
    assert_eq!(ids(&bench.list(2)), ["4", "1", "5", "6"], "not the item, and not what is disliked");
    let filter = FilterOptions { seen: Some(SeenFilter::Exclude), ..FilterOptions::default() };
    bench.handle(Input::Call { call: 3, command: similar("3", filter) });
    assert_eq!(ids(&bench.list(3)), ["1", "5", "6"]);
    let any = Some(vec!["Comedy".into()]);
    let filter =
        FilterOptions { genres: GenreFilter { any, ..GenreFilter::default() }, ..FilterOptions::default() };
    bench.handle(Input::Call { call: 4, command: similar("3", filter) });
    assert_eq!(ids(&bench.list(4)), ["4"]);
}

#[test]
fn a_bad_filter_is_an_error_of_the_call() {
    let mut bench = Bench::new([1, 1, 1]);
    let year = crate::rank::YearFilter { min: Some(2000), max: Some(1999) };
    let filter = FilterOptions { year, ..FilterOptions::default() };
    bench.recommend(1, RecommendOptions { filter, ..RecommendOptions::default() });
    while !bench.pending.is_empty() {
        bench.reply(0);
    }
    assert_eq!(bench.error(), "OPTION");
    assert_eq!(bench.engine.stats().requests.open, 0);
}

#[test]
fn a_dropped_head_is_overloaded_where_nothing_else_came() {
    let broker = BrokerOptions { queue_limit: 1, overflow: Overflow::DropHead, ..BrokerOptions::default() };
    let options = LoadOptions { broker, ..LoadOptions::default() };
    let (loaded, _) = Loaded::new(CATALOG.into(), None, &options, &mut |_, _| {}).expect("loads");
    let mut engine = Engine::new(loaded, &options, false);
    engine.start(0.0);
    (0..3).for_each(|worker| drop(engine.handle(Input::Ready { worker }, 0.0)));
    let call = |call| Input::Call { call, command: Command::Recommend(until(50.0)) };
    let answers = |effects: Vec<Effect>| -> Vec<(CallId, &'static str)> {
        let code = |answer: Result<Answer>| answer.expect_err("no list").code();
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Answer { call, answer } => Some((call, code(answer))),
                _ => None,
            })
            .collect()
    };
    assert_eq!(answers(engine.handle(call(1), 0.0)), []);
    assert_eq!(answers(engine.handle(call(2), 0.0)), []);
    assert_eq!(answers(engine.handle(call(3), 0.0)), [(2, "OVERLOADED")]);
    let mut late = answers(engine.handle(Input::Tick, 50.0));
    late.sort_unstable();
    assert_eq!(late, [(1, "DEADLINE"), (3, "DEADLINE")]);
}

#[test]
fn an_items_score_is_the_weighted_sum_and_its_object_is_the_catalogs() {
    let mut bench = Bench::new([1, 1, 1]);
    let weights = [("history", 0.0), ("genre", 0.0), ("popularity", 2.0)];
    let weights = weights.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    bench.recommend(1, RecommendOptions { weights, limit: Some(1.0), ..RecommendOptions::default() });
    let item = &bench.list(1).items[0];
    assert_eq!((item.id.as_str(), item.score), ("3", 2.0), "the most watched has 1");
    assert!(item.item.starts_with(r#"{"id": 3, "title": "Toy Story""#) && item.item.ends_with('}'));
}

#[test]
fn a_request_for_a_full_queue_is_refused_before_anybody_is_asked() {
    let broker = BrokerOptions { queue_limit: 1, ..BrokerOptions::default() };
    let options = LoadOptions { broker, ..LoadOptions::default() };
    let (loaded, _) = Loaded::new(CATALOG.into(), None, &options, &mut |_, _| {}).expect("loads");
    let mut engine = Engine::new(loaded, &options, false);
    engine.start(0.0);
    (0..3).for_each(|worker| drop(engine.handle(Input::Ready { worker }, 0.0)));
    let mut call = |call| engine.handle(Input::Call { call, command: Command::Recommend(until(50.0)) }, 0.0);
    (1..=2).for_each(|number| drop(call(number)));
    assert_eq!(call(3), [Effect::Answer { call: 3, answer: Err(Error::Overloaded) }], "and no notice");
    let stats = engine.stats();
    assert_eq!((stats.requests.failed, stats.requests.open, stats.dead_letters.len()), (1, 2, 0));
    let published: u64 = stats.queues.iter().map(|queue| queue.queue.counts.published).sum();
    assert_eq!(published, 2);
}

#[test]
fn a_list_can_be_mixed_and_shows_what_was_seen_where_that_is_asked() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["3"]);
    let weights =
        || [("history", 0.0), ("genre", 0.0)].map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    let plain = RecommendOptions { weights: weights(), ..RecommendOptions::default() };
    bench.recommend(1, plain.clone());
    assert_eq!(ids(&bench.list(1)), ["4", "5", "1", "2", "6"]);
    bench.recommend(2, RecommendOptions { diversity: Some(0.5), ..plain.clone() });
    assert_eq!(ids(&bench.list(2)), ["4", "5", "1", "6", "2"], "Collateral is less like Heat than Ronin is");
    let filter = FilterOptions { seen: Some(SeenFilter::Include), ..FilterOptions::default() };
    bench.recommend(3, RecommendOptions { filter, ..plain });
    assert_eq!(ids(&bench.list(3)), ["3", "4", "5", "1", "2", "6"]);
}

#[test]
fn what_names_no_deadline_is_patient_until_there_was_a_complete_list() {
    let patient = f64::from(RecommendOptions::PATIENT_DEADLINE);
    let prompt = f64::from(RecommendOptions::DEFAULT_DEADLINE);
    let mut bench = Bench::new([1, 1, 1]);
    bench.watch(&["1"]);
    let due = |bench: &mut Bench, options: RecommendOptions| {
        bench.recommend(9, options);
        let due = bench.engine.wakes_at();
        bench.handle(Input::Cancel { call: 9 });
        while !bench.pending.is_empty() {
            bench.reply(0);
        }
        due
    };
    assert_eq!(due(&mut bench, RecommendOptions::default()), Some(patient));
    bench.recommend(1, RecommendOptions::default());
    assert!(bench.list(1).complete);
    assert_eq!(due(&mut bench, RecommendOptions::default()), Some(prompt));
    for wait in [Wait::All, Wait::Quorum(1.0)] {
        assert_eq!(due(&mut bench, RecommendOptions { wait, ..RecommendOptions::default() }), Some(patient));
    }
}

#[test]
fn the_reason_is_what_says_the_most_and_names_an_item_only_where_enough_is_due_to_it() {
    let bench = Bench::new([1, 1, 1]);
    let loaded = bench.engine.loaded();
    let affinity = |item| ItemAffinity { item, weight: SCORE_ONE, recent: SCORE_ONE };
    let profile = Profile {
        items: vec![affinity(0), affinity(1), affinity(2)],
        verbs: vec![Verb::Watched, Verb::Liked, Verb::Rated],
        ..Profile::default()
    };
    let item = |id: &str, part| ItemReason { id: id.into(), title: format!("T{id}"), part };
    let genres = [GenreReason { genre: "Crime".into(), part: 0.5 }];
    let reason =
        |parts: [f64; 3], items: &[ItemReason]| Reason::new(&parts, items, &genres, &[], &profile, loaded);
    let named = |reason: &Reason| -> Vec<(String, Verb, f64)> {
        reason.items.iter().map(|item| (item.id.clone(), item.verb, item.share)).collect()
    };

    let found = reason([0.5, 0.25, 0.25], &[item("2", 0.3), item("1", 0.15), item("3", 0.149)]).expect("one");
    assert_eq!((&*found.kind, found.genres.len()), ("history", 0));
    assert_eq!(named(&found), [("2".into(), Verb::Liked, 0.3), ("1".into(), Verb::Watched, 0.15)]);
    let shares: Vec<(&str, f64)> = found.shares.0.iter().map(|(name, share)| (&**name, *share)).collect();
    assert_eq!(shares, [("history", 0.5), ("genre", 0.25), ("popularity", 0.25)]);

    let found = reason([0.1, 0.6, -0.5], &[item("2", 0.1)]).expect("one");
    assert_eq!((&*found.kind, found.genres.as_slice()), ("genre", &["Crime".to_owned()][..]));
    assert_eq!(named(&found), [], "a seventh is too little");
    let found = reason([0.04, 0.0, 0.4], &[item("2", 0.04)]).expect("one");
    assert_eq!((&*found.kind, named(&found)), ("popularity", vec![]));
    // What speaks against the item elsewhere cannot make a share larger than the scorer's.
    let found = reason([0.2, 0.0, 0.8], &[item("3", 0.9)]).expect("one");
    assert_eq!(named(&found), [("3".into(), Verb::Rated, 0.2)]);
    assert_eq!(reason([0.0, -1.0, 0.0], &[]), None, "nothing speaks for it");
}
