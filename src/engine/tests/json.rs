use crate::engine::{Command, LoadOptions};
use crate::json::from_json;

#[test]
fn what_is_wrong_with_a_call_is_said_in_javascripts_words() {
    for (json, code, message) in [
        (r#"{"recommend": {"limit": "3"}}"#, "OPTION", r#"option limit: must be a number, found "3""#),
        (
            r#"{"recommend": {"limits": 3}}"#,
            "OPTION",
            "option limits: is unknown; known are limit, weights, filter, diversity, calibration, seed, explain, wait, deadline, priority",
        ),
        (r#"{"recommend": {"explain": 1}}"#, "OPTION", "option explain: must be true or false, found 1"),
        (
            r#"{"recommend": {"explain": null}}"#,
            "OPTION",
            "option explain: must be true or false, found null",
        ),
        (r#"{"recommend": {"filter": [1]}}"#, "OPTION", "option filter: must be an object, found an array"),
        (r#"{"recommend": {"filter": 5}}"#, "OPTION", "option filter: must be an object, found 5"),
        (
            r#"{"recommend": {"filter": {"year": {"min": 1985.5}}}}"#,
            "OPTION",
            "option filter.year.min: must be a whole number, found 1985.5",
        ),
        (
            r#"{"recommend": {"filter": {"year": {"max": "1985"}}}}"#,
            "OPTION",
            r#"option filter.year.max: must be a whole number, found "1985""#,
        ),
        (
            r#"{"recommend": {"filter": {"year": {"max": 3000000000}}}}"#,
            "OPTION",
            "option filter.year.max: must be a whole number from -2147483648 to 2147483647, found 3000000000",
        ),
        (
            r#"{"recommend": {"filter": {"year": {"max": 1e+21}}}}"#,
            "OPTION",
            "option filter.year.max: must be a whole number from -2147483648 to 2147483647, found 1e+21",
        ),
        (
            r#"{"recommend": {"filter": {"genres": {"none": "Horror"}}}}"#,
            "OPTION",
            r#"option filter.genres.none: must be an array, found "Horror""#,
        ),
        (
            r#"{"recommend": {"filter": {"genres": {"none": ["a", 7]}}}}"#,
            "OPTION",
            "option filter.genres.none[1]: must be a string, found 7",
        ),
        (
            r#"{"recommend": {"filter": {"genres": {"non": ["a"]}}}}"#,
            "OPTION",
            "option filter.genres.non: is unknown; known are any, all, none",
        ),
        (
            r#"{"recommend": {"filter": {"seen": "maybe"}}}"#,
            "OPTION",
            r#"option filter.seen: must be exclude or include, found "maybe""#,
        ),
        (
            r#"{"recommend": {"filter": {"seen": true}}}"#,
            "OPTION",
            "option filter.seen: must be exclude or include, found true",
        ),
        (
            r#"{"recommend": {"weights": {"genre": null}}}"#,
            "OPTION",
            "option weights.genre: must be a number, found null",
        ),
        (
            r#"{"recommend": {"wait": "most"}}"#,
            "OPTION",
            r#"option wait: must be deadline, all or quorum, found "most""#,
        ),
        (
            r#"{"recommend": {"wait": {"quorum": "2"}}}"#,
            "OPTION",
            r#"option wait.quorum: must be a number, found "2""#,
        ),
        (
            r#"{"recommend": {"wait": "quorum"}}"#,
            "OPTION",
            "option wait.quorum: needs a value beside its name",
        ),
        (
            r#"{"recommend": {"wait": {"all": 3}}}"#,
            "OPTION",
            "option wait.all: has no value: write its name alone",
        ),
        (
            r#"{"recommend": {"wait": {}}}"#,
            "OPTION",
            "option wait: must be deadline, all or quorum, found an object",
        ),
        (r#"{"recommend": 5}"#, "OPTION", "options: must be an object, found 5"),
        (r#"{"similar": {}}"#, "OPTION", "option item: is missing"),
        (
            r#"{"why": {"item": "1", "limit": 3}}"#,
            "OPTION",
            "option limit: is unknown; known are item, weights, filter, seed, wait, deadline, priority",
        ),
        (
            r#"{"unlearn": {}}"#,
            "OPTION",
            r#"options: must be record, recommend, similar, why, profile, stats, forget, history, match, continue or user, found "unlearn""#,
        ),
        ("{", "OPTION", "options: not JSON at byte 1: it ends in the middle"),
        (
            r#"{"record": [{"item": "1", "type": "watch", "time": 1}, null]}"#,
            "EVENT",
            "event 1: must be an object, found null",
        ),
        (r#"{"record": [{"type": "watch", "time": 1}]}"#, "EVENT", "event 0: item is missing"),
        (
            r#"{"record": [{"item": 7, "type": "watch", "time": 1}]}"#,
            "EVENT",
            "event 0: item must be a string, found 7",
        ),
        (
            r#"{"record": [{"item": "1", "type": "ate", "time": 1}]}"#,
            "EVENT",
            r#"event 0: type must be watch, like, dislike, rate, click, skip, impression or remove, found "ate""#,
        ),
        (
            r#"{"record": [{"item": "1", "type": "watch", "time": 1, "progres": 1}]}"#,
            "EVENT",
            "event 0: progres is unknown; known are item, type, time, progress, position, rating, origin, sequence",
        ),
        (
            r#"{"record": [{"item": "1", "type": "watch", "time": 1, "progress": "1"}]}"#,
            "EVENT",
            r#"event 0: progress must be a number, found "1""#,
        ),
        (r#"{"record": 3}"#, "OPTION", "options: must be an array, found 3"),
    ] {
        let error = Command::from_json(json).expect_err(json);
        assert_eq!((error.code(), error.to_string().as_str()), (code, message), "{json}");
    }
}

#[test]
fn what_is_wrong_with_options_is_named_as_the_page_wrote_it() {
    for (json, message) in [
        (
            r#"{"modle": 1}"#,
            "option modle: is unknown; known are fields, items, separator, genreNames, onBadItem, history, limits, scorers, workers, broker",
        ),
        (
            r#"{"broker": {"queuLimit": 1}}"#,
            "option broker.queuLimit: is unknown; known are queueLimit, overflow, dispatch,",
        ),
        (
            r#"{"limits": {"catalog": {"maxItem": 1}}}"#,
            "option limits.catalog.maxItem: is unknown; known are maxBytes, maxItems,",
        ),
        (
            r#"{"history": {"weights": {"lik": 1}}}"#,
            "option history.weights.lik: is unknown; known are watch, rewatch, like,",
        ),
        (r#"{"fields": {"ids": "id"}}"#, "option fields.ids: is unknown; known are id, title,"),
        (r#"{"limits": {"modelBytes": 1.5}}"#, "option limits.modelBytes: must be a whole number, found 1.5"),
        (
            r#"{"limits": {"modelBytes": -1}}"#,
            "option limits.modelBytes: must be a whole number from 0 to 9007199254740991, found -1",
        ),
        (r#"{"broker": {"queueLimit": 2.5}}"#, "option broker.queueLimit: must be a whole number, found 2.5"),
        (
            r#"{"broker": {"dispatch": {"random": 1.5}}}"#,
            "option broker.dispatch.random: must be a whole number, found 1.5",
        ),
        (
            r#"{"broker": {"dispatch": {"genre": {"weighted": [1, "2"]}}}}"#,
            r#"option broker.dispatch.genre.weighted[1]: must be a whole number, found "2""#,
        ),
        (
            r#"{"broker": {"dispatch": "fastest"}}"#,
            r#"option broker.dispatch: must be round-robin, random, least-outstanding or weighted, found "fastest""#,
        ),
        (
            r#"{"broker": {"dispatch": 3}}"#,
            "option broker.dispatch: must be a strategy, or an object with one for each scorer, found 3",
        ),
        (r#"{"onBadItem": "stop"}"#, r#"option onBadItem: must be skip or strict, found "stop""#),
        (r#"{"separator": 3}"#, "option separator: must be a string, found 3"),
    ] {
        let error = from_json::<LoadOptions>(json).expect_err(json);
        assert_eq!(error.code(), "OPTION");
        assert!(error.to_string().starts_with(message), "{json}: {error}");
    }
}

#[test]
fn what_a_message_quotes_is_short_and_cannot_forge_it() {
    let long = "x".repeat(1 << 20);
    let error = Command::from_json(&format!(r#"{{"recommend": {{"limit": "{long}"}}}}"#)).expect_err("long");
    assert!(error.to_string().len() < 200, "{}", error.to_string().len());
    let error = Command::from_json(&format!(r#"{{"recommend": {{"{long}": 1}}}}"#)).expect_err("long");
    assert!(error.to_string().len() < 400, "{}", error.to_string().len());
    let json = r#"{"recommend": {"limit": "`x`, expected f64, expected `y`"}}"#;
    let error = Command::from_json(json).expect_err("a string");
    assert_eq!(
        error.to_string(),
        r#"option limit: must be a number, found "`x`, expected f64, expected `y`""#
    );
}
