//! One engine carries every submission out: observe, write what is missing, observe again.
//!
//! A service says only what there is to say about itself, as a [`Backend`]: what shall stand there, what stands there, how the
//! difference is written. The engine does the rest, the same for every service:
//!
//! | file | what |
//! |---|---|
//! | `submission` | [`carry_out`] and [`look`]: the story, on one screen |
//! | `round` | one round of writes, by several workers |
//! | `write` | [`Writer::perform`]: intent on the disk, send, outcome; the only place that sends a write |
//! | `journal_view` | what the journal knows of a write: it narrows a look, it never replaces one |
//! | `rivals` | agreeing on one of several objects: the same rule for every kind |
//! | `claim` | who of several processes may write: whoever has the oldest claim |
//! | `facts` | what is known, and the [`State`](super::State) that follows from it |
//! | `batch` | by count and bytes, halving where a service says that it is too much |
//! | `lock` | a lock for each submission: in this process, and on this machine |
//! | `wait` | the one polling loop |
//! | `kinds` | the kinds of writes of a service, as one table |
//! | `parallel` | the one bounded pool |
//! | `registry` | what the submissions of one process share: made once |
//!
//! # How a service is ported
//!
//! 1. Give every kind of write a variant of an enum and implement [`Kind`]: its word in the journal and its [`Rule`].
//! 2. Keep what `check` found (the plan) and what [`Backend::observe`] sees (a map from item to object) in one struct, made anew for
//!    each submission, and implement [`Backend`] for it. An *item* is the short stable name of one object that is to be written: the
//!    part of its mark behind the dot, an id, the digest of a file. It is unique within kind and submission, and the same on
//!    every machine: letters, digits and `-`, at most 80.
//! 3. [`Backend::missing`] looks at that map alone, without a request, and returns the steps that can be written *now*: what has no parent yet
//!    waits for the next round. It is asked again after every round, until it returns nothing.
//! 4. [`Backend::request`] builds the request when it is sent. What was sent is dropped afterwards: one batch at a time is in memory.
//! 5. [`Backend::accept`] takes ids out of the answer into the map, and returns what the journal keeps of it.
//! 6. After the last write [`Backend::observe`] reads everything once more, and [`Backend::facts`] compares: by marks, each once, with the
//!    outcome that was sent. Nothing is called confirmed that was not read.
//! 7. [`Submitter::carry_out`](super::Submitter::carry_out) of the service is then `engine::carry_out(&mut backend, engine)`, and
//!    [`Submitter::look`](super::Submitter::look) is `engine::look(&mut backend, ..)`.
//!
//! Writes that belong to no submission (a token, a project, an association) go through [`Writer::perform`] too.
//!
//! # The rules
//!
//! | rule | after *unknown* | in the journal *open* or *done*, and not seen |
//! |---|---|---|
//! | create, append | observe until the settle time is over, then write again | observe until the settle time is over, then write |
//! | set | sent again by the transport: it is the same | written |
//! | unseen | not sent again; a warning | not sent again; a warning where it was open |

mod batch;
mod claim;
mod closing;
mod facts;
mod journal_view;
mod kinds;
mod lock;
mod parallel;
mod registry;
mod rivals;
mod round;
mod submission;
#[cfg(test)]
mod tests;
mod wait;
mod write;

use std::fmt;
use std::time::Duration;

use serde_json::Value;

pub use batch::Limit;
pub use claim::{Claim, Claimant};
pub use closing::to_close;
pub use facts::Facts;
pub use journal_view::{JournalView, Standing};
pub(in crate::services) use kinds::kinds;
pub use lock::{SubmissionLock, SubmissionLocks};
pub use parallel::each;
pub use registry::Registry;
pub use rivals::{Candidate, Rivals, besides};
pub use submission::{carry_out, look};
pub use wait::{Waiting, until};
pub use write::{Write, WriteError, Writer, write_alone};

use super::{Progress, Receipt, ServiceError};
use crate::journal::Journal;
use crate::plan::SubmissionKey;
use crate::transport::{Response, Transport, TransportError, WriteRequest};

/// How something may be written, and how it is made good when its answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Makes one object, found again by its mark.
    Create,
    /// Adds to an object; a second time adds twice.
    Append,
    /// Sets a value; a second time changes nothing.
    Set,
    /// Cannot be observed, and is never sent twice.
    Unseen,
}

/// A kind of write of a service: an enum without data.
pub trait Kind: Copy + Eq + fmt::Debug + Send + Sync + 'static {
    /// Returns its word in the journal, such as `azure.create_run`.
    fn word(self) -> &'static str;
    /// Returns how it may be written.
    fn rule(self) -> Rule;
    /// Returns whether what it writes stands nowhere before another write refers to it: an answer that is lost is then a refusal, and
    /// nothing of the submission stands there.
    fn stands_nowhere(self) -> bool {
        false
    }
    /// Returns whether what it writes is part of what is submitted: a claim is not, it is given back.
    fn is_lasting(self) -> bool {
        true
    }
    /// Returns whether anybody asks what the journal knows of such a write: what needs no answer is not kept in memory, however much there is.
    fn is_remembered(self) -> bool {
        true
    }
}

/// One write that is to be made: some items of one kind, which go in one request or, where that is too much for the service, in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<K> {
    /// The kind.
    pub kind: K,
    /// The items that it writes.
    pub items: Vec<String>,
    /// Whether other submissions of this process want the same objects: each is made once, and found by them with [`Backend::adopt`].
    pub is_shared: bool,
}

impl<K: Kind> Step<K> {
    /// Returns the step that writes one item.
    pub fn one(kind: K, item: impl Into<String>) -> Self {
        Self::many(kind, vec![item.into()])
    }

    /// Returns the step that writes these items, in this order.
    pub fn many(kind: K, items: Vec<String>) -> Self {
        Self {
            kind,
            items,
            is_shared: false,
        }
    }

    /// Says that other submissions of this process want the same object.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.is_shared = true;
        self
    }

    /// Returns the only item, or the first.
    pub fn item(&self) -> &str {
        self.items.first().map(String::as_str).unwrap_or_default()
    }
}

/// What a refused write means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The submission ends here.
    Stops,
    /// The others go on. The backend has noted it, names it in its facts, and does not call it missing any more.
    IsNoted,
}

/// What a service says of work that it took and does by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Nothing is under way.
    Ended,
    /// Something is under way: in these words.
    Underway(String),
}

/// Another process that carries the same submission out, or seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// Who, and where: "run 12 of this submission changed a moment ago".
    pub who: String,
    /// Anything that differs when the other has written something since.
    pub pulse: String,
}

/// A service's side of one submission.
pub trait Backend: Send + Sync {
    /// The kinds of writes.
    type Kind: Kind;

    /// The kinds that make a claim and take it away, where several processes agree by one on who writes.
    const CLAIM: Option<[Self::Kind; 2]> = None;

    /// Returns who looks at the claims.
    fn claimant(&mut self) -> Option<&mut dyn Claimant> {
        None
    }

    /// Returns whether a claim can be made now, and makes sense.
    fn may_claim(&self) -> bool {
        true
    }

    /// Returns what the submission is called in the journal and on this machine: [`Mark::journal_key`](crate::plan::Mark::journal_key).
    fn key(&self) -> SubmissionKey;

    /// Returns what handin 0.1.0 called it: [`SubmissionPlan::key`](crate::plan::SubmissionPlan::key). Its open writes are waited for.
    fn former_key(&self) -> Option<SubmissionKey> {
        None
    }

    /// Returns the connection.
    fn transport(&self) -> &Transport;

    /// Returns how long after an unknown write one waits whether its effect shows.
    fn settle(&self) -> Duration;

    /// Returns how long what was acknowledged, and followed to its end, may take to show.
    fn lag(&self) -> Duration {
        self.settle()
    }

    /// Returns how many writes of a kind may be under way at once.
    fn jobs(&self, _kind: Self::Kind) -> usize {
        1
    }

    /// Reads what of the submission stands there now, all anew. Only certain lists prove absence; `known` only narrows.
    ///
    /// # Errors
    ///
    /// When it cannot be told. Two things under one name are a [`ServiceError::Conflict`].
    fn observe(&mut self, known: &JournalView) -> Result<(), ServiceError>;

    /// Returns another process that is at work on what was observed. One whose work the journal of this machine knows is none: it
    /// would hold the lock that we hold. Nor is one that has changed nothing for twice the settle time.
    fn busy(&self) -> Option<Busy> {
        None
    }

    /// Returns the number of this call, where the service is told it: the journal keeps it, so that a later call knows its own.
    fn signature(&self) -> String {
        String::new()
    }

    /// Returns whether a write of this kind may only be made while nobody else writes, and what says so has to be looked at again.
    fn is_claimed(&self, _kind: Self::Kind) -> bool {
        false
    }

    /// Returns whether it was looked a moment ago whether the turn to write is ours: else what is claimed goes on in another round.
    fn is_fresh(&self, _step: &Step<Self::Kind>) -> bool {
        true
    }

    /// Looks whether the turn to write is still ours, where time has gone by since that was read. Where it is not, everything is
    /// observed again.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn is_still_ours(&mut self) -> Result<bool, ServiceError> {
        Ok(true)
    }

    /// Returns what is missing and can be written now. Nothing, when nothing is left to write.
    fn missing(&self) -> Vec<Step<Self::Kind>>;

    /// Returns what an earlier call may have written and what is not seen: what is missing, where nothing else has to be written before.
    fn unseen(&self) -> Vec<Step<Self::Kind>> {
        self.missing()
    }

    /// Returns how much longer something of ours may arrive that has no answer, though the same of another process stands there: then it
    /// is one too many.
    fn still_coming(&self, _known: &JournalView) -> Duration {
        Duration::ZERO
    }

    /// Returns whether what this step was to create was seen to be ours, and not only the same of another process.
    fn has_arrived(&self, _step: &Step<Self::Kind>) -> bool {
        true
    }

    /// Returns how much of a kind goes into one request.
    fn limit(&self, _kind: Self::Kind) -> Limit {
        Limit::default()
    }

    /// Returns about how many bytes an item takes in a request.
    fn bytes(&self, _kind: Self::Kind, _item: &str) -> u64 {
        0
    }

    /// Makes an item smaller that is too large for the service by itself: without its files, for example, which then follow as items of
    /// their own. Tells whether it could.
    fn shrink(&mut self, _kind: Self::Kind, _item: &str) -> bool {
        false
    }

    /// Builds the request of a step.
    ///
    /// # Errors
    ///
    /// When what is to be sent cannot be read: [`ServiceError::Local`].
    fn request(&self, step: &Step<Self::Kind>) -> Result<WriteRequest, ServiceError>;

    /// Takes what the answer says; returns what the journal keeps of it: ids and kinds, never texts.
    ///
    /// # Errors
    ///
    /// When the answer is of another shape: the write then counts as unknown.
    fn accept(
        &mut self,
        step: &Step<Self::Kind>,
        answer: &Response,
    ) -> Result<Value, TransportError>;

    /// Takes an object that another submission of this process made: `detail` is what [`Self::accept`] returned there.
    fn adopt(&mut self, _step: &Step<Self::Kind>, _detail: &Value) {}

    /// Returns what other submissions of this process are told of an object that this one made. Needed where several are made at once.
    fn detail(&self, _kind: Self::Kind, _item: &str) -> Option<Value> {
        None
    }

    /// Says what a refused write means for the others.
    fn refused(&mut self, _step: &Step<Self::Kind>, _error: &TransportError) -> Refusal {
        Refusal::Stops
    }

    /// Returns whether the service broke a write off, and says so: what it has done of it shows at once.
    fn is_broken_off(&self, _error: &TransportError) -> bool {
        false
    }

    /// Reads again what shows rivals of objects of these kinds, which were created just now.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn observe_rivals(&mut self, _kinds: &[Self::Kind]) -> Result<(), ServiceError> {
        Ok(())
    }

    /// Reads again what the next writes depend on, after some of these kinds: ids that an answer does not give, or whether all stands
    /// there before it is closed.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn observe_progress(&mut self, _kinds: &[Self::Kind]) -> Result<(), ServiceError> {
        Ok(())
    }

    /// Returns what stands there more than once, as it was read last.
    fn rivals(&self) -> Vec<Rivals<Self::Kind>> {
        Vec::new()
    }

    /// Goes on with this one of several objects; the others are retracted, or named. Returns what was written to the others, and so has to
    /// be written again.
    fn choose(&mut self, _item: &str, _winner: u64) -> Vec<Step<Self::Kind>> {
        Vec::new()
    }

    /// Returns for how long the work that the service does by itself is followed; nothing where nobody waits (`--no-wait`).
    fn patience(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    /// Asks how far the work is that the service took and does by itself.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn poll(&mut self) -> Result<Work, ServiceError> {
        Ok(Work::Ended)
    }

    /// Reads what the answer to a claim that is taken away, or to a retraction, says, for a service that says no with a good status.
    ///
    /// # Errors
    ///
    /// When it was not done, or that cannot be told.
    fn closed(&self, _step: &Step<Self::Kind>, _answer: &Response) -> Result<(), TransportError> {
        Ok(())
    }

    /// Returns what is known, from what was read.
    fn facts(&self) -> Facts;

    /// Returns what stands there: ids, page and counts, as they were read. The engine fills in the rest.
    fn receipt(&self) -> Receipt;

    /// Returns what is being done while writes of a kind are made, in words for people; nothing where that is not worth a line.
    fn stage(&self, _kind: Self::Kind) -> Option<&'static str> {
        None
    }

    /// Names a write to a person: "the result of `Cart › adds`".
    fn title(&self, kind: Self::Kind, item: &str) -> String {
        format!("{} {item}", kind.word())
    }
}

/// What a submission is carried out with.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// What was intended and acknowledged.
    pub journal: &'a Journal,
    /// Is told how far things are.
    pub progress: &'a dyn Progress,
    /// What the submissions of this process share.
    pub registry: &'a Registry,
    /// Each is carried out by one at a time.
    pub locks: &'a SubmissionLocks,
}

impl fmt::Debug for Engine<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Engine")
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}
