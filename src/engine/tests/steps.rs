use super::*;

/// What is to be known of each: whose, which attempt, and whether it is a reply.
fn steps(bench: &mut Bench) -> Vec<(Option<CallId>, String, u32, bool)> {
    let told = |step: Step| (step.call, step.queue.to_string(), step.attempt, step.took.is_some());
    bench.steps.drain(..).map(told).collect()
}

#[test]
fn each_message_and_reply_is_told_where_that_is_wanted() {
    let options = LoadOptions { debug: true, ..with_workers([1, 1, 1]) };
    let mut bench = Bench::of(CATALOG, &options);
    let weights = vec![("genre".to_owned(), 0.0), ("popularity".to_owned(), 0.0)];
    let options = RecommendOptions { weights, deadline: Some(50.0), ..RecommendOptions::default() };
    bench.watch(&["1"]);
    bench.recommend(7, options);
    assert_eq!(steps(&mut bench), [(Some(7), "history".into(), 1, false)]);

    // Its worker dies: the next one gets the message again.
    let (worker, ..) = bench.pending.remove(0);
    bench.handle(Input::Died { worker, cause: "a fault".into() });
    bench.now = 20.0;
    bench.handle(Input::Tick);
    assert_eq!(steps(&mut bench), [(Some(7), "history".into(), 2, false)]);

    // Its reply comes when the deadline is over.
    bench.now = 50.0;
    bench.handle(Input::Tick);
    bench.reply(0);
    assert_eq!(steps(&mut bench), [(None, "history".into(), 2, true)]);
}

#[test]
fn nothing_is_told_unasked() {
    let mut bench = Bench::new([1, 1, 1]);
    bench.recommend(1, RecommendOptions::default());
    bench.reply(0);
    assert_eq!(steps(&mut bench), []);
}
