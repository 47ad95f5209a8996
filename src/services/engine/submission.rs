//! The story of a submission: lock it, observe, settle what is open, write what is missing, agree, observe again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::batch::divided;
use super::round::{Made, Round, delayed, repeat, write, written};
use super::wait::{Waiting, until};
use super::{
    Backend, Engine, Facts, JournalView, Kind, Rivals, Rule, Standing, Step, Work, WriteError,
    Writer, claim,
};
use crate::plan::SubmissionKey;
use crate::services::{Receipt, SendError, ServiceError, State};
use crate::transport::{Problem, Transport, TransportError};

/// How often the turn to write may be lost to another process, or the service have too much to do, before it is left alone.
const DELAYS: u32 = 8;

/// How often a write whose effect does not show is made: once, and once more after the settle time.
const TRIES: u32 = 2;

/// How often a write is made that the service broke off each time, and says so.
const BROKEN_OFF: u32 = 8;

/// The longest pause before a write is made again that the service broke off.
const BREATH: Duration = Duration::from_secs(2);

/// Carries a submission out: afterwards each of its objects stands there once, or it is said what does not.
///
/// # Errors
///
/// When it could not be brought to its end; the error's receipt says what stands there.
pub fn carry_out<B: Backend>(backend: &mut B, engine: &Engine<'_>) -> Result<Receipt, SendError> {
    let (key, transport) = (backend.key(), backend.transport().clone());
    let lock = engine.locks.take(&key, &transport, engine.progress);
    let _lock = lock.map_err(SendError::before_writing)?;
    let writer = Writer::new(engine.journal, &key, &transport).signed(backend.signature());
    let mut submission = Submission::new(backend, engine, &transport, &writer);
    let ending = submission.run();
    submission.close();
    submission.end(ending)
}

/// Looks how a submission stands, without writing: `None` where nothing of it stands there.
///
/// # Errors
///
/// When it cannot be told.
pub fn look<B: Backend>(
    backend: &mut B,
    engine: &Engine<'_>,
) -> Result<Option<Receipt>, ServiceError> {
    let former = backend.former_key();
    let known = JournalView::read(engine.journal, (&backend.key(), former.as_ref()), false);
    backend.observe(&known)?;
    let mut facts = backend.facts();
    let missing = backend.missing();
    let titles = missing
        .iter()
        .flat_map(|step| step.items.iter().map(|item| backend.title(step.kind, item)));
    if facts.missing.is_empty() {
        facts.missing.extend(titles);
    }
    let state = facts.state();
    if state == State::Refused || (facts.stands == 0 && state == State::Partial) {
        return Ok(None);
    }
    Ok(Some(filled(backend.receipt(), facts)))
}

/// A submission on its way.
struct Submission<'a, B: Backend> {
    backend: &'a mut B,
    engine: &'a Engine<'a>,
    transport: &'a Transport,
    writer: &'a Writer<'a>,
    known: JournalView,
    /// What was acknowledged, or seen after an unknown end, in this call: it is not written a second time.
    acknowledged: Named,
    /// The writes of this call whose effect is not known, with how often they were made.
    unknown: Vec<(Arc<Step<B::Kind>>, TransportError)>,
    /// When it was looked last for what had no answer.
    looked: Option<Instant>,
    tries: HashMap<(&'static str, String), u32>,
    /// How often a round was broken off before its end.
    delays: u32,
    warnings: Vec<String>,
    /// What was taken back in this call, or was tried to be. Its number alone says not what it is: each kind of object is counted by itself.
    retracted: Named,
    /// What is one too many and could not be taken back.
    surplus: Vec<String>,
    /// What holds results a second time and is not ours to take back.
    doubled: BTreeSet<String>,
    wrote: bool,
    is_observed: bool,
    is_proved: bool,
}

impl<'a, B: Backend> Submission<'a, B> {
    fn new(
        backend: &'a mut B,
        engine: &'a Engine<'a>,
        transport: &'a Transport,
        writer: &'a Writer<'a>,
    ) -> Self {
        let (key, former): (SubmissionKey, _) = (backend.key(), backend.former_key());
        // Read now that it is locked: what another process of this machine wrote is in it.
        let known = JournalView::read(
            engine.journal,
            (&key, former.as_ref()),
            engine.locks.are_of_machine(),
        );
        Self {
            backend,
            engine,
            transport,
            writer,
            known,
            acknowledged: Named::default(),
            unknown: Vec::new(),
            looked: None,
            tries: HashMap::new(),
            delays: 0,
            warnings: Vec::new(),
            retracted: Named::default(),
            surplus: Vec::new(),
            doubled: BTreeSet::new(),
            wrote: false,
            is_observed: false,
            is_proved: false,
        }
    }

    fn run(&mut self) -> Result<(), ServiceError> {
        self.observe()?;
        self.await_what_may_still_show()?;
        self.leave_to_others()?;
        self.agree();
        loop {
            self.write_what_is_missing()?;
            self.follow()?;
            self.prove()?;
            self.await_what_is_one_too_many()?;
            // What was read may allow more to be written: a file that belongs to a result, once that has an id.
            if self.missing().is_empty() {
                return Ok(());
            }
        }
    }

    fn write_what_is_missing(&mut self) -> Result<(), ServiceError> {
        loop {
            let steps = self.missing();
            if steps.is_empty() {
                return Ok(());
            }
            let written = self.write(steps);
            self.settle_unknown()?;
            written?;
        }
    }

    fn observe(&mut self) -> Result<(), ServiceError> {
        claim::observe(self.backend, &self.known)?;
        self.is_observed = true;
        Ok(())
    }

    /// An earlier call may have written what is not seen yet: such a request may arrive later than one looks, and a list may lag.
    fn await_what_may_still_show(&mut self) -> Result<(), ServiceError> {
        let limit = self.may_still_show();
        if limit.is_zero() {
            return Ok(());
        }
        self.engine.progress.note(
            "an earlier call may have written something that does not show yet: waiting for it",
        );
        until(self.transport, limit, || {
            claim::observe(self.backend, &self.known)?;
            let is_over = may_still_show(self.backend, &self.known).is_zero();
            Ok(if is_over {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        Ok(())
    }

    fn may_still_show(&self) -> Duration {
        may_still_show(self.backend, &self.known)
    }

    /// Where another process made what we had asked for, ours may arrive later, and nobody would take it back.
    fn await_what_is_one_too_many(&mut self) -> Result<(), ServiceError> {
        let limit = self.backend.still_coming(&self.known);
        if limit.is_zero() || self.backend.patience().is_none() {
            return Ok(());
        }
        self.engine.progress.note(
            "all is there, and a request without an answer may still arrive: waiting whether it leaves something behind",
        );
        until(self.transport, limit, || {
            claim::observe(self.backend, &self.known)?;
            Ok(if self.backend.still_coming(&self.known).is_zero() {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        self.agree();
        Ok(())
    }

    /// Leaves it to another process that is at work on it, until that has ended or has changed nothing for a while: as long as it may
    /// wait for an answer that was lost, and look for what it sent.
    fn leave_to_others(&mut self) -> Result<(), ServiceError> {
        let Some(busy) = self.backend.busy() else {
            return Ok(());
        };
        self.engine.progress.note(&format!(
            "{}: waiting whether another process completes it",
            busy.who
        ));
        let mut pulse = busy.pulse;
        until(self.transport, self.backend.settle() * 2, || {
            claim::observe(self.backend, &self.known)?;
            Ok(match self.backend.busy() {
                None => Waiting::Over,
                Some(now) if now.pulse == pulse => Waiting::GoesOn,
                Some(now) => {
                    pulse = now.pulse;
                    Waiting::BeginsAnew
                }
            })
        })?;
        Ok(())
    }

    /// Returns the claim, where one has to be made before anything else is written; else what is missing.
    fn due(&mut self) -> Vec<Step<B::Kind>> {
        let work = self.backend.missing();
        claim::due(self.backend, &work).map_or(work, |claim| vec![claim])
    }

    /// Returns what is to be written now: not what was acknowledged in this call, and not for a second time what cannot be seen.
    fn missing(&mut self) -> Vec<Arc<Step<B::Kind>>> {
        let steps = self.due();
        let mut left = Vec::new();
        for mut step in steps {
            let kind = step.kind;
            step.items.retain(|item| {
                let is_new = !self.acknowledged.contains(kind.word(), item);
                is_new && (kind.rule() != Rule::Unseen || self.may_write_unseen(kind, item))
            });
            if !step.items.is_empty() {
                left.extend(divided(self.backend, step).into_iter().map(Arc::new));
            }
        }
        left
    }

    /// Returns whether a write that is never seen may be made: not when it was made, and not when nobody knows.
    fn may_write_unseen(&mut self, kind: B::Kind, item: &str) -> bool {
        match self.known.standing(kind.word(), item) {
            Standing::Untouched | Standing::Abandoned => true,
            Standing::Done(..) => false,
            Standing::Open(_) => {
                let title = self.backend.title(kind, item);
                self.warn(format!(
                    "whether {title} was written is not known and cannot be seen; it is not written again"
                ));
                false
            }
        }
    }

    /// Waits until the service is ready, and makes sure that the turn is still ours: else everything is observed again.
    fn is_ours_to_write(&mut self, steps: &[Arc<Step<B::Kind>>]) -> Result<bool, ServiceError> {
        let Some(first) = steps.first() else {
            return Ok(true);
        };
        if !self.backend.is_claimed(first.kind) {
            return Ok(true);
        }
        self.transport.await_pace()?;
        self.leave_to_others()?;
        if self.overtake()? {
            return Ok(false);
        }
        if claim::is_still_ours(self.backend)? && self.backend.is_still_ours()? {
            return Ok(true);
        }
        self.delays += 1;
        if self.delays > DELAYS {
            return Err(ServiceError::declined(
                "other processes that carry the same submission out were first again and again",
            )
            .hint("run the same command again once they have ended"));
        }
        self.observe()?;
        Ok(false)
    }

    /// Takes away what others have left behind that say that it is their turn. One who was only slow may have looked a moment before, and
    /// still write: after that it is observed anew.
    fn overtake(&mut self) -> Result<bool, ServiceError> {
        let mut left = claim::left_behind(self.backend);
        left.retain(|step| self.retracted.add(step));
        for step in &left {
            // What stays is named at the end.
            drop(self.take_back(step));
        }
        if !left.is_empty() {
            self.transport.pause(self.backend.settle() / 2)?;
            self.observe()?;
        }
        Ok(!left.is_empty())
    }

    /// Makes one round of writes, and then agrees with others on what both created.
    fn write(&mut self, mut steps: Vec<Arc<Step<B::Kind>>>) -> Result<(), ServiceError> {
        // What is claimed goes by itself: a look comes right before it.
        let is_claimed = |step: &Step<B::Kind>| self.backend.is_claimed(step.kind);
        let mut groups = steps.chunk_by(|one, next| is_claimed(one) == is_claimed(next));
        steps.truncate(groups.next().map_or(0, <[_]>::len));
        if !self.is_ours_to_write(&steps)? {
            return Ok(());
        }
        let (mut ending, begun) = (Ok(()), self.transport.clock().now());
        let made = Mutex::new(Vec::new());
        let jobs = steps.iter().map(|step| self.backend.jobs(step.kind));
        {
            let round = Round {
                clock: self.transport.clock(),
                jobs: jobs.min().unwrap_or(1),
                backend: RwLock::new(&mut *self.backend),
                engine: self.engine,
                writer: self.writer,
                made: &made,
                is_delayed: AtomicBool::new(false),
                looked: self.looked,
                is_begun: AtomicBool::new(false),
            };
            for of_kind in steps.chunk_by(|one, next| one.kind == next.kind) {
                round.tell(of_kind);
                ending = round.all(of_kind);
                if ending.is_err() {
                    break;
                }
            }
        }
        // There may be very many, and what follows reads as many.
        drop(steps);
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (written, delayed) = (written(&made), delayed(&made));
        if written.iter().any(|kind| kind.is_lasting()) {
            self.delays = 0;
        }
        let (created, adopted) = self.take(made);
        ending?;
        if let Some(error) = delayed {
            self.delays += 1;
            if self.delays > DELAYS {
                return Err(error.into());
            }
        }
        if !written.is_empty() {
            self.backend.observe_progress(&written)?;
        }
        // Who made what was adopted may find that another process was first, and take it back.
        let new = [created.as_slice(), &adopted].concat();
        if new.is_empty() {
            return Ok(());
        }
        claim::await_older(self.backend, &created, begun)?;
        self.backend.observe_rivals(&new)?;
        if !created.is_empty() {
            claim::await_turn(self.backend)?;
            self.agree();
            self.leave_to_others()?;
        }
        Ok(())
    }

    /// Takes over what came of a round. Returns the kinds of which objects were created, and those of which other submissions of this
    /// process had made some.
    fn take(&mut self, made: Vec<Made<B::Kind>>) -> (Vec<B::Kind>, Vec<B::Kind>) {
        let (mut created, mut adopted) = (Vec::new(), Vec::new());
        let now = self.transport.clock().timestamp();
        for one in made {
            match one {
                Made::Done(step, detail) => {
                    self.wrote |= step.kind.is_lasting() && !step.kind.stands_nowhere();
                    self.known.note(&step, &Standing::Done(now, detail));
                    self.acknowledge(&step);
                    if step.kind.rule() == Rule::Create && !created.contains(&step.kind) {
                        created.push(step.kind);
                    }
                }
                Made::Adopted(step, detail) => {
                    self.backend.adopt(&step, &detail);
                    self.acknowledge(&step);
                    if !adopted.contains(&step.kind) {
                        adopted.push(step.kind);
                    }
                }
                Made::Unknown(step, error) if step.kind.rule() == Rule::Unseen => {
                    let title = self.backend.title(step.kind, step.item());
                    self.warn(format!(
                        "whether {title} was written is not known ({}), and cannot be seen",
                        error.reason()
                    ));
                    self.acknowledge(&step);
                }
                Made::Unknown(step, error) => {
                    self.writer.lost(write(&step));
                    self.known.note(&step, &Standing::Open(now));
                    self.unknown.push((step, error));
                }
                Made::Delayed(_) | Made::Noted => {}
            }
        }
        (created, adopted)
    }

    fn acknowledge(&mut self, step: &Step<B::Kind>) {
        let _is_new = self.acknowledged.add(step);
    }

    /// Looks whether the writes without an answer show, until the settle time is over. What does not is written again, once.
    fn settle_unknown(&mut self) -> Result<(), ServiceError> {
        let Some((_, error)) = self.unknown.first().cloned() else {
            return Ok(());
        };
        self.engine
            .progress
            .note("an answer was lost: looking whether what was sent is there");
        let mut before = None;
        let waited = self.time_to_settle().and_then(|limit| {
            until(self.transport, limit, || {
                let now = self.transport.clock().now();
                claim::observe(self.backend, &self.known)?;
                self.looked = Some(now);
                let open = self.open();
                let left = self.unknown.iter().map(|(step, _)| open_items(step, &open));
                let left: usize = left.sum();
                // Where it becomes less, the service is still at work on what was sent.
                let is_less = before.replace(left).is_some_and(|before| left < before);
                Ok(match left {
                    0 => Waiting::Over,
                    _ if is_less => Waiting::BeginsAnew,
                    _ => Waiting::GoesOn,
                })
            })
        });
        if waited.is_err() {
            // What was lost tells more than why it could not be waited for.
            return Err(error.into());
        }
        if !self.take_settled().is_empty() {
            // Others may have made the same while the answer was lost: they were seen with it.
            self.agree();
            self.leave_to_others()?;
        }
        // What stays unknown was made as often as it may be.
        match self.unknown.first() {
            Some((_, error)) => Err(error.clone().into()),
            None => Ok(()),
        }
    }

    /// Takes over what was found of the writes without an answer, all but those that are not made again. Returns the kinds of which
    /// objects turned out to be there.
    fn take_settled(&mut self) -> Vec<B::Kind> {
        let open = self.open();
        let mut created = Vec::new();
        for (step, error) in std::mem::take(&mut self.unknown) {
            let is_there = open_items(&step, &open) == 0;
            if !is_there && self.is_last_try(&step, &error) {
                self.unknown.push((step, error));
                continue;
            }
            if is_there && step.kind.rule() == Rule::Create && !self.backend.has_arrived(&step) {
                // Another process made the same. The journal keeps that ours may still come.
                self.acknowledge(&step);
                created.push(step.kind);
                continue;
            }
            self.writer.found(write(&step), is_there);
            let standing = if is_there {
                self.wrote |= step.kind.is_lasting();
                self.acknowledge(&step);
                if step.kind.rule() == Rule::Create && !created.contains(&step.kind) {
                    created.push(step.kind);
                }
                Standing::Done(self.transport.clock().timestamp(), Arc::default())
            } else {
                Standing::Abandoned
            };
            self.known.note(&step, &standing);
        }
        created
    }

    /// Returns what is missing, also what waits for a claim.
    fn open(&mut self) -> Named {
        let mut open = Named::default();
        let steps = [self.due(), self.backend.unseen()];
        for step in steps.iter().flatten() {
            let _is_new = open.add(step);
        }
        open
    }

    /// Returns how long what was sent may take to show. What the service broke off, and says so, shows at once; it is let breathe before.
    fn time_to_settle(&self) -> Result<Duration, ServiceError> {
        let mut unknown = self.unknown.iter();
        if unknown.any(|(_, error)| !self.backend.is_broken_off(error)) {
            return Ok(self.backend.settle());
        }
        self.breathe()?;
        Ok(Duration::ZERO)
    }

    /// Lets a service breathe that broke a write off.
    fn breathe(&self) -> Result<(), TransportError> {
        let breath = BREATH.mul_f64(self.transport.random().fraction());
        self.transport.pause(breath)
    }

    fn is_last_try(&mut self, step: &Step<B::Kind>, error: &TransportError) -> bool {
        let name = (step.kind.word(), step.item().to_owned());
        let limit = if self.backend.is_broken_off(error) {
            BROKEN_OFF
        } else {
            TRIES
        };
        let tries = self.tries.entry(name).or_insert(0);
        *tries += 1;
        *tries >= limit
    }

    /// Where something stands there more than once, goes on with the one that counts, and takes back what is ours of the others. What is
    /// read after that may show yet another.
    fn agree(&mut self) {
        let mut all = self.backend.rivals();
        while !all.is_empty() {
            for rivals in all {
                self.agree_on(&rivals);
            }
            all = self.backend.rivals();
            all.retain(|rivals| {
                let steps = rivals.retractions();
                steps
                    .iter()
                    .any(|step| open_items(step, &self.retracted) == 0)
            });
        }
    }

    fn agree_on(&mut self, rivals: &Rivals<B::Kind>) {
        let Some(winner) = rivals.winner() else {
            return;
        };
        for step in rivals.retractions() {
            if self.retracted.add(&step) {
                self.retract(&step, &rivals.what, winner);
            }
        }
        match rivals.remaining() {
            Some(told) if rivals.stand_twice() => {
                self.doubled.insert(told);
            }
            Some(told) => self.warn(told),
            None => {}
        }
        for step in self.backend.choose(&rivals.item, winner) {
            self.acknowledged.forget(&step);
        }
    }

    /// Takes back what lost. Where that cannot be done now, the next call does it, and the end says so; whose account may not, is told.
    fn retract(&mut self, step: &Step<B::Kind>, what: &str, winner: u64) {
        let id = step.item();
        let first = format!("another process was first with {winner} of the {what}; {id}");
        match self.take_back(step) {
            Some(Ok(())) => self.warn(format!("{first} was taken back")),
            None => self.surplus.push(format!("{first} was not taken back")),
            Some(Err(error)) if error.status() == Some(404) => {}
            Some(Err(error)) => {
                let is_forbidden = error.status() == Some(403);
                let told = format!("{first} could not be taken back: {}", error.said());
                if is_forbidden {
                    self.warn(told);
                } else {
                    self.surplus.push(told);
                }
            }
        }
    }

    /// Follows the work that the service took and does by itself.
    fn follow(&mut self) -> Result<(), ServiceError> {
        let Some(patience) = self.backend.patience() else {
            return Ok(());
        };
        until(self.transport, patience, || {
            Ok(match self.backend.poll()? {
                Work::Ended => Waiting::Over,
                Work::Underway(what) => {
                    self.engine.progress.stage(&what, 0);
                    Waiting::GoesOn
                }
            })
        })?;
        Ok(())
    }

    /// Reads everything once more: each object once, with what was sent. A list may lag behind what was acknowledged.
    fn prove(&mut self) -> Result<(), ServiceError> {
        // What another submission of this process made may not show yet either.
        let is_written = self.wrote || !self.backend.missing().is_empty();
        if !is_written || self.backend.patience().is_none() {
            self.is_proved = true;
            return Ok(());
        }
        until(self.transport, self.backend.lag(), || {
            claim::observe(self.backend, &self.known)?;
            let facts = self.backend.facts();
            let is_whole = facts.missing.is_empty() && facts.unconfirmed.is_empty();
            Ok(
                if is_whole || facts.is_certain || !self.missing().is_empty() {
                    Waiting::Over
                } else {
                    Waiting::GoesOn
                },
            )
        })?;
        self.is_proved = true;
        self.agree();
        Ok(())
    }

    /// Makes the writes of every orderly end, after a signal too.
    fn close(&mut self) {
        for step in claim::closing(self.backend) {
            let Some(Err(error)) = self.take_back(&step) else {
                continue;
            };
            if error.status() == Some(404) {
                continue;
            }
            let (title, why) = (self.backend.title(step.kind, step.item()), error.said());
            self.warn(format!("{title} could not be taken back: {why}"));
        }
    }

    /// Makes a write of the end: as any other, and once without a wait where the user asked to stop or the time is over.
    fn take_back(&self, step: &Step<B::Kind>) -> Option<Result<(), WriteError>> {
        let (key, hurried) = (self.backend.key(), self.transport.closing());
        let (mut transport, mut last) = (self.transport, None);
        for _ in 0..=BROKEN_OFF {
            let request = self.backend.request(step).ok()?;
            let request = request.repeated(repeat(step.kind));
            let writer = Writer::new(self.engine.journal, &key, transport);
            let answer = writer.perform(write(step), request, |answer| {
                self.backend.closed(step, answer)?;
                Ok(((), serde_json::Value::Null))
            });
            let Err(WriteError::Transport(error)) = &answer else {
                return Some(answer);
            };
            if matches!(error.problem, Problem::Interrupted | Problem::Deadline) {
                if std::ptr::eq(transport, &raw const hurried) {
                    return None;
                }
                transport = &hurried;
            } else if !self.backend.is_broken_off(error) || self.breathe().is_err() {
                return Some(answer);
            } else {
                // A moment later the service may have room for it.
                last = Some(answer);
            }
        }
        last
    }

    fn end(mut self, ending: Result<(), ServiceError>) -> Result<Receipt, SendError> {
        if ending.is_err() && self.wrote && self.unknown.is_empty() {
            // What stands there is read, where the service still answers.
            self.is_proved = claim::observe(self.backend, &self.known).is_ok();
        }
        let facts = self.facts(ending.is_ok());
        let mut receipt = filled(self.backend.receipt(), facts);
        if !self.is_observed {
            // Nothing is known of what stands there; this call wrote nothing.
            receipt.state = State::Refused;
        }
        match ending {
            Ok(()) => Ok(receipt),
            // It broke off while it looked, and one more look has shown that all stands there.
            Err(cause) if self.is_proved && receipt.state == State::Done => {
                log::info!("read once more after: {cause}");
                Ok(receipt)
            }
            Err(cause) => {
                receipt.repeat &= cause.may_pass();
                Err(SendError {
                    receipt: Box::new(receipt),
                    cause,
                })
            }
        }
    }

    fn facts(&mut self, is_ended: bool) -> Facts {
        let mut facts = if self.is_observed {
            self.backend.facts()
        } else {
            Facts::default()
        };
        facts.wrote |= self.wrote && !facts.is_void;
        for (step, _) in &self.unknown {
            let titles = step
                .items
                .iter()
                .map(|item| self.backend.title(step.kind, item));
            facts.unconfirmed.extend(titles);
        }
        let open = self.backend.missing();
        let is_acknowledged = |step: &Step<B::Kind>| {
            let mut items = step.items.iter();
            items.all(|item| self.acknowledged.contains(step.kind.word(), item))
        };
        let is_all_acknowledged =
            open.iter().any(|step| !step.items.is_empty()) && open.iter().all(is_acknowledged);
        if is_ended && self.wrote && is_all_acknowledged && !facts.is_certain {
            // Acknowledged, and not shown to the end of the settle time.
            facts.unconfirmed.append(&mut facts.missing);
        }
        if !is_ended && facts.missing.is_empty() {
            facts.missing = self.left();
        }
        if !is_ended && !self.may_still_show().is_zero() {
            // An earlier call may have written it, and its time is not over.
            facts.unconfirmed.append(&mut facts.missing);
        }
        if self.wrote && !self.is_proved && facts.missing.is_empty() {
            facts
                .unconfirmed
                .push("what was written was not read back".to_owned());
        }
        if self.writer.is_incomplete() {
            self.warn("the journal is incomplete: it could not be written; the submission is not affected, and the next call looks again".to_owned());
        }
        for told in claim::told(self.backend) {
            self.warn(told);
        }
        facts.missing.append(&mut self.surplus);
        facts.different.extend(std::mem::take(&mut self.doubled));
        facts.warnings.append(&mut self.warnings);
        facts
    }

    /// Names what was not written before it came to its end.
    fn left(&self) -> Vec<String> {
        let steps = self.backend.missing();
        let names = steps.iter().flat_map(|step| {
            let items = step.items.iter();
            let open = items.filter(|item| !self.acknowledged.contains(step.kind.word(), item));
            open.map(|item| self.backend.title(step.kind, item))
        });
        names.collect()
    }

    fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }
}

/// Returns how much longer something that is missing may come to light, by what the journal knows of it.
fn may_still_show<B: Backend>(backend: &B, known: &JournalView) -> Duration {
    let times = (backend.transport().clock(), backend.settle());
    let steps = backend.unseen();
    if steps.is_empty() {
        return Duration::ZERO;
    }
    let of_steps = steps
        .iter()
        .filter(|step| matches!(step.kind.rule(), Rule::Create | Rule::Append))
        .flat_map(|step| {
            step.items
                .iter()
                .map(|item| known.may_still_show((step.kind.word(), item), times))
        });
    of_steps
        .chain([known.former_may_still_show(times)])
        .max()
        .unwrap_or_default()
}

/// Counts the items of a step that are still open.
fn open_items<K: Kind>(step: &Step<K>, open: &Named) -> usize {
    let items = step.items.iter();
    let open = items.filter(|item| open.contains(step.kind.word(), item));
    open.count()
}

/// The items of some steps, by the words of their kinds.
#[derive(Debug, Default)]
struct Named(HashMap<&'static str, HashSet<Box<str>>>);

impl Named {
    /// Returns whether something of it was not there yet.
    fn add<K: Kind>(&mut self, step: &Step<K>) -> bool {
        let there = self.0.entry(step.kind.word()).or_default();
        let before = there.len();
        there.extend(step.items.iter().map(|item| item.as_str().into()));
        there.len() > before
    }

    fn forget<K: Kind>(&mut self, step: &Step<K>) {
        if let Some(known) = self.0.get_mut(step.kind.word()) {
            for item in &step.items {
                known.remove(item.as_str());
            }
        }
    }

    fn contains(&self, word: &str, item: &str) -> bool {
        self.0.get(word).is_some_and(|known| known.contains(item))
    }
}

/// Completes a receipt with what is known.
fn filled(mut receipt: Receipt, facts: Facts) -> Receipt {
    receipt.state = facts.state();
    receipt.repeat = facts.completes_by_repeating();
    for warning in facts.warnings {
        if !receipt.warnings.contains(&warning) {
            receipt.warnings.push(warning);
        }
    }
    receipt.missing.extend(facts.unconfirmed);
    receipt.missing.extend(facts.missing);
    receipt.missing.extend(facts.refused);
    receipt.different.extend(facts.different);
    receipt
}
