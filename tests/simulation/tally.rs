use std::collections::BTreeMap;
use std::fmt;

/// What happened, over all runs, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, u64>);

/// A simulator in which something never happens proves nothing about it.
const EVERYTHING: [(&str, &[&str]); 4] = [
    ("runs", &["runs", "steps"]),
    (
        "answers",
        &[
            "complete",
            "partial",
            "empty",
            "explained",
            "explained in part",
            "similar",
            "filtered",
            "weighted",
            "nobody asked",
            "unknown item",
            "OVERLOADED when called",
            "OVERLOADED later",
            "DEADLINE",
            "SCORERS_FAILED",
            "aborted",
        ],
    ),
    ("events", &["recorded", "recorded while calls are open", "removed", "profiles"]),
    (
        "queues",
        &[
            "redelivered",
            "restarts",
            "circuits opened",
            "spares",
            "stand-ins",
            "sharded",
            "hedged",
            "lost to the delivery limit",
            "rejected",
            "expired",
            "refused",
            "dropped",
            "without a worker",
            "chosen by round robin",
            "chosen at random",
            "chosen as least outstanding",
            "chosen by weight",
        ],
    ),
];

/// The same of catalogs that change.
const CHANGES: [&str; 6] = [
    "catalogs",
    "patches",
    "changed while calls are open",
    "compared with an engine that is new",
    "partial over a catalog",
    "not answered over a catalog",
];

impl Tally {
    /// What happened while catalogs changed, of which nothing may be missing.
    pub(crate) fn changes(&self) -> String {
        let counts = CHANGES.map(|what| (self.of(what), what));
        assert!(counts.iter().all(|&(count, _)| count > 0), "never: {counts:?}");
        counts.map(|(count, what)| format!("{count} {what}")).join(", ")
    }

    pub(crate) fn add(&mut self, what: &'static str, many: u64) {
        *self.0.entry(what).or_default() += many;
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub(crate) fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn add_all(&mut self, other: &Tally) {
        other.0.iter().for_each(|(what, &many)| self.add(what, many));
    }

    pub(crate) fn check_that_everything_happened(&self) {
        let all = EVERYTHING.iter().flat_map(|(_, names)| names.iter());
        let never: Vec<&&str> = all.filter(|what| self.of(what) == 0).collect();
        assert!(never.is_empty(), "never: {never:?}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (subject, names) in EVERYTHING {
            let counts: Vec<String> = names.iter().map(|what| format!("{} {what}", self.of(what))).collect();
            writeln!(f, "{subject}: {}", counts.join(", "))?;
        }
        write!(f, "0 violations")
    }
}
