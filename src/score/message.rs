//! What engine and scorers say to each other, as bytes: the same in a worker's port, in a function call and in a RabbitMQ queue.
//! Specified in `docs/messages.md`.

use super::{Cause, Score};
use crate::bytes::{Malformed, Reader, push};
use crate::catalog::ItemIndex;
use crate::correlation::CorrelationId;
use crate::history::{GenreAffinity, ItemAffinity, Profile};

/// The first bytes of each message.
const MAGIC: u32 = u32::from_le_bytes(*b"wnx\n");
/// The version that this build speaks.
const VERSION: u16 = 1;
/// How long a header is, in bytes.
pub const HEADER: usize = 48;

/// What every message begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// What follows.
    pub kind: Kind,
    /// The catalog and model that items and genres are numbered by.
    pub fingerprint: u64,
    /// Which message it is, or is the reply to.
    pub id: CorrelationId,
    /// Of a request: which attempt to process it, counted from 1. Of a reply: its request's.
    pub attempt: u32,
    /// Of a request: for how many milliseconds somebody waits for a reply. Of a reply: how many it took.
    pub milliseconds: f64,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Scores of a range of items are wanted.
    Score = 1,
    /// The causes of some items' scores are wanted.
    Explain = 2,
    /// Scores.
    Scores = 3,
    /// Causes.
    Causes = 4,
    /// The request cannot be processed, and another attempt makes no sense.
    Rejected = 5,
}

impl Header {
    /// Appends its bytes.
    pub fn push(&self, bytes: &mut Vec<u8>) {
        push(bytes, MAGIC);
        push(bytes, VERSION);
        push(bytes, self.kind as u16);
        push(bytes, self.fingerprint);
        push(bytes, self.id.request);
        push(bytes, self.id.phase);
        push(bytes, self.id.scorer);
        push(bytes, self.id.shard);
        push(bytes, 0_u16);
        push(bytes, self.milliseconds);
        push(bytes, self.attempt);
        push(bytes, 0_u32);
    }

    /// A whole message.
    pub fn message(&self, body: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEADER + body.len());
        self.push(&mut message);
        message.extend(body);
        message
    }

    /// A message's header, and its body.
    ///
    /// # Errors
    /// Where it is no message of this version.
    pub fn read(message: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut reader = Reader::new(message);
        if reader.number::<u32>()? != MAGIC {
            return Err(Malformed("it is no watchnext message"));
        }
        if reader.number::<u16>()? != VERSION {
            return Err(Malformed("it is a message of another version of watchnext"));
        }
        let kind = match reader.number::<u16>()? {
            1 => Kind::Score,
            2 => Kind::Explain,
            3 => Kind::Scores,
            4 => Kind::Causes,
            5 => Kind::Rejected,
            _ => return Err(Malformed("a message of an unknown kind")),
        };
        let (fingerprint, request) = (reader.number()?, reader.number()?);
        let (phase, scorer, shard) = (reader.number()?, reader.number()?, reader.number()?);
        reader.number::<u16>()?;
        let (milliseconds, attempt) = (reader.number()?, reader.number()?);
        reader.number::<u32>()?;
        let id = CorrelationId { request, phase, scorer, shard };
        Ok((Header { kind, fingerprint, id, attempt, milliseconds }, reader.rest()))
    }
}

/// What the engine asks of a scorer.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRequest {
    /// The user profile to score for, as far as the scorer looks at it.
    pub profile: Profile,
    /// What for.
    pub task: Task,
}

/// What a scorer can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A score for every item from the first of these to before the second.
    Score(ItemIndex, ItemIndex),
    /// What caused the scores of these items.
    Explain(Vec<ItemIndex>),
}

/// Bits of a profile's flags.
const ORDERED: u32 = 1;
const OF_VIEWER: u32 = 2;

impl ScoreRequest {
    /// Which kind of message it is.
    pub fn kind(&self) -> Kind {
        match self.task {
            Task::Score(..) => Kind::Score,
            Task::Explain(_) => Kind::Explain,
        }
    }

    /// The body of its message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Profile { items, genres, averse, total, ordered, of_viewer, .. } = &self.profile;
        let (range, explained) = match &self.task {
            Task::Score(first, end) => ([*first, *end], &[][..]),
            Task::Explain(items) => ([0, 0], items.as_slice()),
        };
        let mut bytes = Vec::with_capacity(
            40 + 20 * genres.len() + 12 * (items.len() + averse.len()) + 4 * explained.len(),
        );
        push(&mut bytes, *total);
        push(&mut bytes, u32::from(*ordered) * ORDERED + u32::from(*of_viewer) * OF_VIEWER);
        for number in range {
            push(&mut bytes, number);
        }
        for length in [genres.len(), items.len(), averse.len(), explained.len()] {
            push(&mut bytes, length as u32);
        }
        push(&mut bytes, 0_u32);
        genres.iter().for_each(|affinity| push(&mut bytes, affinity.weight));
        genres.iter().for_each(|affinity| push(&mut bytes, affinity.against));
        genres.iter().for_each(|affinity| push(&mut bytes, affinity.genre));
        let mut column: Vec<u32> = Vec::with_capacity(items.len().max(averse.len()));
        for affinities in [items, averse] {
            let columns: [fn(&ItemAffinity) -> u32; 3] =
                [|of| of.item, |of| of.weight.cast_unsigned(), |of| of.recent.cast_unsigned()];
            for of in columns {
                column.clear();
                column.extend(affinities.iter().map(of));
                crate::bytes::Little::push_all(&column, &mut bytes);
            }
        }
        explained.iter().for_each(|&item| push(&mut bytes, item));
        bytes
    }

    /// What a body says.
    ///
    /// # Errors
    /// Where it is not one of this kind. Which items there are is not its to say.
    pub fn read(kind: Kind, body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let (total, flags) = (reader.number()?, reader.number::<u32>()?);
        let (first, end) = (reader.number()?, reader.number()?);
        let mut length = || reader.number::<u32>().map(|length| length as usize);
        let (genres, items, averse, explained) = (length()?, length()?, length()?, length()?);
        reader.number::<u32>()?;
        let (weights, against): (Vec<i64>, Vec<i64>) = (reader.numbers(genres)?, reader.numbers(genres)?);
        let genres = reader.numbers(genres)?.into_iter().zip(weights.into_iter().zip(against));
        let genres = genres
            .map(|(genre, (weight, against))| GenreAffinity { genre, weight, against, count: 0 })
            .collect();
        let mut affinities = |count| -> Result<Vec<ItemAffinity>, Malformed> {
            let items: Vec<u32> = reader.numbers(count)?;
            let (weights, recent): (Vec<i32>, Vec<i32>) = (reader.numbers(count)?, reader.numbers(count)?);
            let weighted = items.into_iter().zip(weights.into_iter().zip(recent));
            Ok(weighted.map(|(item, (weight, recent))| ItemAffinity { item, weight, recent }).collect())
        };
        let (items, averse) = (affinities(items)?, affinities(averse)?);
        let explained = reader.numbers(explained)?;
        reader.end()?;
        let task = match kind {
            Kind::Score => Task::Score(first, end),
            Kind::Explain => Task::Explain(explained),
            _ => return Err(Malformed("it is no request")),
        };
        let profile = Profile {
            genres,
            items,
            averse,
            total,
            ordered: flags & ORDERED != 0,
            of_viewer: flags & OF_VIEWER != 0,
            ..Profile::default()
        };
        Ok(ScoreRequest { profile, task })
    }
}

/// What a scorer replies.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoreReply {
    /// One an item, in the catalog's order; or one for each combination of genres.
    Scores(Vec<Score>),
    /// A list for each item asked for.
    Causes(Vec<Vec<Cause>>),
    /// Why there is nothing of that.
    Rejected(String),
}

impl ScoreReply {
    /// The message that answers the one with this header, and took so many milliseconds.
    pub fn message(&self, asked: &Header, milliseconds: f64) -> Vec<u8> {
        let length = match self {
            ScoreReply::Scores(scores) => 4 * scores.len(),
            _ => 0,
        };
        let mut bytes = Vec::with_capacity(HEADER + length);
        Header { kind: self.kind(), milliseconds, ..*asked }.push(&mut bytes);
        self.push(&mut bytes);
        bytes
    }

    /// Which kind of message it is.
    pub fn kind(&self) -> Kind {
        match self {
            ScoreReply::Scores(_) => Kind::Scores,
            ScoreReply::Causes(_) => Kind::Causes,
            ScoreReply::Rejected(_) => Kind::Rejected,
        }
    }

    /// Appends the body of its message.
    pub fn push(&self, bytes: &mut Vec<u8>) {
        match self {
            ScoreReply::Scores(scores) => crate::bytes::Little::push_all(scores, bytes),
            ScoreReply::Causes(lists) => {
                push(bytes, lists.len() as u32);
                lists.iter().for_each(|list| push(bytes, list.len() as u32));
                let mut sentences = String::new();
                for cause in lists.iter().flatten() {
                    let (kind, place, part) = match cause {
                        Cause::Item { item, part } => (0_u32, *item, *part),
                        Cause::Genre { genre, part } => (1, *genre, *part),
                        Cause::Likeness { by, part } => (2, u32::from(*by), *part),
                        Cause::Sentence(text) => {
                            sentences.push_str(text);
                            (3, text.len() as u32, 0)
                        }
                    };
                    push(bytes, kind);
                    push(bytes, place);
                    push(bytes, part);
                }
                bytes.extend(sentences.as_bytes());
            }
            ScoreReply::Rejected(cause) => bytes.extend(cause.as_bytes()),
        }
    }

    /// What a body says.
    ///
    /// # Errors
    /// Where it is not one of this kind.
    pub fn read(kind: Kind, body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        match kind {
            Kind::Scores => crate::bytes::Little::read_all(body).map(ScoreReply::Scores),
            Kind::Causes => {
                let count = reader.number::<u32>()? as usize;
                let lengths: Vec<u32> = reader.numbers(count)?;
                let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(lengths.len());
                for length in lengths {
                    numbers.push(reader.numbers((length as usize).saturating_mul(3))?);
                }
                let mut sentences =
                    std::str::from_utf8(reader.rest()).map_err(|_| Malformed("it is no UTF-8"))?;
                let mut list = |numbers: &Vec<u32>| {
                    numbers.as_chunks().0.iter().map(|numbers| cause(numbers, &mut sentences)).collect()
                };
                let lists = numbers.iter().map(&mut list).collect::<Result<_, _>>()?;
                if sentences.is_empty() {
                    Ok(ScoreReply::Causes(lists))
                } else {
                    Err(Malformed("it is too long"))
                }
            }
            Kind::Rejected => Ok(ScoreReply::Rejected(String::from_utf8_lossy(body).into_owned())),
            _ => Err(Malformed("it is no reply")),
        }
    }
}

/// Kind, place and part of a cause; a sentence is the next of the text.
fn cause(&[kind, place, part]: &[u32; 3], sentences: &mut &str) -> Result<Cause, Malformed> {
    let part = part.cast_signed();
    match kind {
        0 => Ok(Cause::Item { item: place, part }),
        1 => Ok(Cause::Genre { genre: place, part }),
        2 => Ok(Cause::Likeness { by: place as u8, part }),
        3 => {
            let (text, rest) =
                sentences.split_at_checked(place as usize).ok_or(Malformed("it is cut off"))?;
            *sentences = rest;
            Ok(Cause::Sentence(text.to_owned()))
        }
        _ => Err(Malformed("a cause of an unknown kind")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn profile() -> impl Strategy<Value = Profile> {
        let affinity = || {
            any::<(u32, i32, i32)>().prop_map(|(item, weight, recent)| ItemAffinity { item, weight, recent })
        };
        let items = || prop::collection::vec(affinity(), 0..6);
        let genre = any::<(u32, i64, i64)>();
        let genre =
            genre.prop_map(|(genre, weight, against)| GenreAffinity { genre, weight, against, count: 0 });
        (items(), prop::collection::vec(genre, 0..6), items(), any::<i64>(), any::<(bool, bool)>()).prop_map(
            |(items, genres, averse, total, flags)| Profile {
                items,
                genres,
                averse,
                total,
                ordered: flags.0,
                of_viewer: flags.1,
                ..Profile::default()
            },
        )
    }

    fn task() -> impl Strategy<Value = Task> {
        prop_oneof![
            any::<(u32, u32)>().prop_map(|(first, end)| Task::Score(first, end)),
            prop::collection::vec(any::<u32>(), 0..6).prop_map(Task::Explain),
        ]
    }

    fn reply() -> impl Strategy<Value = ScoreReply> {
        let cause = prop_oneof![
            any::<(u32, i32)>().prop_map(|(item, part)| Cause::Item { item, part }),
            any::<(u32, i32)>().prop_map(|(genre, part)| Cause::Genre { genre, part }),
            any::<(u8, i32)>().prop_map(|(by, part)| Cause::Likeness { by, part }),
            "[a-zé]{0,5}".prop_map(Cause::Sentence),
        ];
        prop_oneof![
            prop::collection::vec(any::<i32>(), 0..9).prop_map(ScoreReply::Scores),
            prop::collection::vec(prop::collection::vec(cause, 0..4), 0..4).prop_map(ScoreReply::Causes),
            "[a-z ]{0,9}".prop_map(ScoreReply::Rejected),
        ]
    }

    proptest! {
        #[test]
        fn a_request_comes_as_it_was_sent(profile in profile(), task in task(), cut in any::<prop::sample::Index>()) {
            let request = ScoreRequest { profile, task };
            let bytes = request.to_bytes();
            prop_assert_eq!(ScoreRequest::read(request.kind(), &bytes), Ok(request.clone()));
            prop_assert!(ScoreRequest::read(request.kind(), &bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn a_reply_comes_as_it_was_sent(reply in reply()) {
            let mut bytes = Vec::new();
            reply.push(&mut bytes);
            prop_assert_eq!(ScoreReply::read(reply.kind(), &bytes), Ok(reply.clone()));
        }

        #[test]
        fn a_header_comes_as_it_was_sent(
            (request, phase, scorer, shard) in any::<(u64, u16, u16, u16)>(),
            (fingerprint, attempt, milliseconds) in any::<(u64, u32, i32)>(),
            (version, magic) in any::<(u16, u32)>(),
        ) {
            let id = CorrelationId { request, phase, scorer, shard };
            let header = Header { kind: Kind::Causes, fingerprint, id, attempt, milliseconds: milliseconds.into() };
            let mut bytes = Vec::new();
            header.push(&mut bytes);
            prop_assert_eq!(bytes.len(), HEADER);
            bytes.extend(*b"body");
            prop_assert_eq!(Header::read(&bytes), Ok((header, &b"body"[..])));
            let mut other = bytes.clone();
            other[4..6].copy_from_slice(&version.to_le_bytes());
            prop_assert_eq!(Header::read(&other).is_ok(), version == VERSION);
            bytes[..4].copy_from_slice(&magic.to_le_bytes());
            prop_assert_eq!(Header::read(&bytes).is_ok(), magic == MAGIC);
        }

        #[test]
        fn arbitrary_bytes_are_refused_or_read_but_never_a_panic(kind in 0..6_u16, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Header::read(&bytes);
            let mut message = Vec::new();
            Header { kind: Kind::Score, fingerprint: 0, id: CorrelationId::default(), attempt: 1, milliseconds: 0.0 }.push(&mut message);
            message[6..8].copy_from_slice(&kind.to_le_bytes());
            if let Ok((header, _)) = Header::read(&message) {
                let _ = ScoreRequest::read(header.kind, &bytes);
                let _ = ScoreReply::read(header.kind, &bytes);
            }
        }
    }
}
