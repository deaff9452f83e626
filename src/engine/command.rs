//! What clients say to the engine, as JSON.

use super::matching::Wanted;
use crate::error::Result;
use crate::history::Event;
use crate::json::{Fault, FromJson, HAS_NO_VALUE, NEEDS_A_VALUE, Step, Value, read_fields};
use crate::rank::{FilterOptions, WeightsOption};

/// What a client asks of the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Take note of what the viewer did: all of it, or nothing where one event is bad.
    Record(Vec<Event>),
    /// What to watch next.
    Recommend(RecommendOptions),
    /// What is like an item.
    Similar(SimilarOptions),
    /// Where an item stands that need not be in the list, and why.
    Why(WhyOptions),
    /// Take note of what was kept of former sessions, by user: events as JSON, one a line. What is known by its identity is left out.
    Replay(Vec<(String, Vec<u8>)>),
    /// Forget all events about an item, or all events.
    Forget(Option<String>),
    /// What was recorded, the newest first.
    History(HistoryRange),
    /// What the viewer has begun, and how it goes on, the newest first.
    Continue(HistoryRange),
    /// Which items titles from elsewhere are.
    Match(Vec<Wanted>),
    /// What is known of the viewer's taste.
    Profile,
    /// How the queues and workers are doing.
    Stats,
    /// The same of another user than the one without a name.
    Of(String, Box<Command>),
}

/// How to recommend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecommendOptions {
    /// How many items, 1 to [`RecommendOptions::MAX_LIMIT`]; [`RecommendOptions::DEFAULT_LIMIT`] where absent.
    pub limit: Option<f64>,
    /// What each scorer's score is multiplied by.
    pub weights: WeightsOption,
    /// Which items may be recommended.
    pub filter: FilterOptions,
    /// How much a list is to differ in genres, 0 to 1; see [`crate::rank::Rerank`].
    pub diversity: Option<f64>,
    /// How much its genres are to be those the viewer watches, 0 to 1; see [`crate::rank::Rerank`].
    pub calibration: Option<f64>,
    /// Turns what is nearly equal: the same list for the same seed; see [`crate::rank::Rotation`]. A whole number below 2⁵³.
    pub seed: Option<f64>,
    /// Whether to say why.
    pub explain: bool,
    /// Which scorers are waited for.
    pub wait: Wait,
    /// Milliseconds until the list is made from what has arrived. Where absent, [`RecommendOptions::DEFAULT_DEADLINE`], or
    /// [`RecommendOptions::PATIENT_DEADLINE`] until a first complete list was made and where scorers must be waited for.
    pub deadline: Option<f64>,
    /// How urgent it is, from 0 to [`RecommendOptions::MAX_PRIORITY`]; [`RecommendOptions::DEFAULT_PRIORITY`] where absent.
    pub priority: Option<f64>,
}

/// Which scorers a list is made from.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Wait {
    /// Those that have answered when all have, or gave up, or the deadline has come.
    #[default]
    Deadline,
    /// All: where one is missing, there is an error instead.
    All,
    /// The first so many: where fewer can be had, there is an error instead.
    Quorum(f64),
}

impl RecommendOptions {
    /// The longest list.
    pub const MAX_LIMIT: u32 = 1000;
    /// The length of a list for which none is given.
    pub const DEFAULT_LIMIT: u32 = 20;
    /// The longest deadline in milliseconds.
    pub const MAX_DEADLINE: u32 = 600_000;
    /// The deadline in milliseconds of a request for which none is given: a person does not take it for a hang.
    pub const DEFAULT_DEADLINE: u32 = 500;
    /// The same where there was no complete list yet (workers start, code is compiled), or [`Wait`] asks for more than what has arrived.
    pub const PATIENT_DEADLINE: u32 = 10_000;
    /// The priority of what is most urgent.
    pub const MAX_PRIORITY: u8 = 9;
    /// The priority of a request for which none is given.
    pub const DEFAULT_PRIORITY: u8 = 4;
}

/// How to find what is like an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SimilarOptions {
    /// The item's id.
    pub item: String,
    /// As in [`RecommendOptions`].
    pub limit: Option<f64>,
    /// As in [`RecommendOptions`]; seen items are included unless it says otherwise.
    pub filter: FilterOptions,
    /// As in [`RecommendOptions`].
    pub diversity: Option<f64>,
    /// How much it counts how many watch an item, 0 to 1; 0 where absent: the likeness alone, which has popularity taken out.
    pub popularity: Option<f64>,
    /// Whether to say why.
    pub explain: bool,
    /// As in [`RecommendOptions`].
    pub deadline: Option<f64>,
    /// As in [`RecommendOptions`].
    pub priority: Option<f64>,
}

/// Which part of a history.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HistoryRange {
    /// How many events are passed over; none where absent.
    pub from: Option<f64>,
    /// How many events, 1 to [`RecommendOptions::MAX_LIMIT`]; [`HistoryRange::DEFAULT_LIMIT`] where absent.
    pub limit: Option<f64>,
}

impl HistoryRange {
    /// The number of events for which none is given.
    pub const DEFAULT_LIMIT: u32 = 100;
}

read_fields! { HistoryRange { from: "from", limit: "limit" } }

/// What list an item is asked about; all but the item as in [`RecommendOptions`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WhyOptions {
    /// The item's id.
    pub item: String,
    /// What each scorer's score is multiplied by.
    pub weights: WeightsOption,
    /// Which items may be recommended.
    pub filter: FilterOptions,
    /// What turns what is nearly equal.
    pub seed: Option<f64>,
    /// Which scorers are waited for.
    pub wait: Wait,
    /// Milliseconds until it is answered from what has arrived.
    pub deadline: Option<f64>,
    /// How urgent it is.
    pub priority: Option<f64>,
}

read_fields! { RecommendOptions {
    limit: "limit", weights: "weights", filter: "filter", diversity: "diversity", calibration: "calibration", seed: "seed",
    explain: "explain", wait: "wait", deadline: "deadline", priority: "priority",
} }
read_fields! { SimilarOptions {
    limit: "limit", filter: "filter", diversity: "diversity", popularity: "popularity", explain: "explain", deadline: "deadline",
    priority: "priority",
} and required { item: "item" } }
read_fields! { WhyOptions {
    weights: "weights", filter: "filter", seed: "seed", wait: "wait", deadline: "deadline", priority: "priority",
} and required { item: "item" } }

impl FromJson for Wait {
    fn from_json(value: Value) -> Result<Self, Fault> {
        const NAMES: [&str; 3] = ["deadline", "all", "quorum"];
        let (name, inner) = value.variant(&NAMES)?;
        let within = |fault: Fault| fault.within(Step::Name(NAMES[name].to_owned()));
        match (name, inner) {
            (0, None) => Ok(Wait::Deadline),
            (1, None) => Ok(Wait::All),
            (2, Some(quorum)) => quorum.number().map(Wait::Quorum).map_err(within),
            (_, None) => Err(within(Fault::new(NEEDS_A_VALUE))),
            (_, Some(_)) => Err(within(Fault::new(HAS_NO_VALUE))),
        }
    }
}

impl Command {
    /// What a client writes.
    ///
    /// # Errors
    /// [`Error::Option`](crate::error::Error::Option) and [`Error::Event`](crate::error::Error::Event) with the place of what is wrong, in
    /// JavaScript's words; [`Error::Options`](crate::error::Error::Options) where it is no JSON, or no command.
    pub fn from_json(json: &str) -> Result<Self> {
        Self::read(Value::parse(json)?, true)
    }

    /// `is_whole`: it may be another user's.
    fn read(value: Value, is_whole: bool) -> Result<Self> {
        const NAMES: [&str; 11] = [
            "record",
            "recommend",
            "similar",
            "why",
            "profile",
            "stats",
            "forget",
            "history",
            "match",
            "continue",
            "user",
        ];
        let names = &NAMES[..if is_whole { NAMES.len() } else { NAMES.len() - 1 }];
        let (name, inner) = value.variant(names).map_err(Fault::into_error)?;
        let read = match (name, inner) {
            (0, Some(events)) => {
                return Vec::from_json(events).map(Command::Record).map_err(Fault::into_event_error);
            }
            (1, Some(options)) => FromJson::from_json(options).map(Command::Recommend),
            (2, Some(options)) => FromJson::from_json(options).map(Command::Similar),
            (3, Some(options)) => FromJson::from_json(options).map(Command::Why),
            (4, None) => Ok(Command::Profile),
            (5, None) => Ok(Command::Stats),
            (6, Some(item)) => FromJson::from_json(item).map(Command::Forget),
            (7, Some(range)) => FromJson::from_json(range).map(Command::History),
            (8, Some(wanted)) => FromJson::from_json(wanted).map(Command::Match),
            (9, Some(range)) => FromJson::from_json(range).map(Command::Continue),
            (10, Some(call)) => {
                let mut parts = Vec::new();
                let read = call.each(&mut |part| {
                    parts.push(part);
                    Ok(())
                });
                match (read, &parts[..]) {
                    (Ok(()), [user, command]) => {
                        let user = String::from_json(*user).map_err(Fault::into_error)?;
                        let command = Self::read(*command, false)?;
                        return Ok(Command::Of(user, command.into()));
                    }
                    _ => Err(call.fault("a user and a command")),
                }
            }
            (_, None) => Err(Fault::new(NEEDS_A_VALUE)),
            (_, Some(_)) => Err(Fault::new(HAS_NO_VALUE)),
        };
        read.map_err(Fault::into_error)
    }
}
