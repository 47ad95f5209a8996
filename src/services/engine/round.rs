//! One round of writes: its workers send each step, in halves where it is too much, and note what came of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::batch::halves;
use super::journal_view::name;
use super::registry::Shared;
use super::wait::left;
use super::{Backend, Engine, Kind, Refusal, Rule, Step, Write, WriteError, Writer, parallel};
use crate::services::ServiceError;
use crate::transport::{Clock, Delivery, Problem, Repeat, TransportError};

/// What came of one request.
pub(super) enum Made<K> {
    Done(Arc<Step<K>>, Arc<serde_json::Value>),
    /// Another submission of this process had made it.
    Adopted(Step<K>, serde_json::Value),
    /// Sent by this submission, or by another one of this process that wants the same.
    Unknown(Arc<Step<K>>, TransportError),
    /// The service had too much to do, and the turn may be over when it has not.
    Delayed(TransportError),
    /// Refused, and the others go on.
    Noted,
}

/// What is known of a step that was sent, for the others who want the same.
struct Sent<K> {
    /// What is kept of the last answer.
    kept: Option<serde_json::Value>,
    lost: Vec<(Arc<Step<K>>, TransportError)>,
}

/// What the workers of one round share.
pub(super) struct Round<'a, 'b, B: Backend> {
    pub(super) clock: &'a Clock,
    pub(super) jobs: usize,
    pub(super) backend: RwLock<&'b mut B>,
    pub(super) engine: &'a Engine<'a>,
    pub(super) writer: &'a Writer<'a>,
    pub(super) made: &'b Mutex<Vec<Made<B::Kind>>>,
    /// Whether the service had too much to do: what is claimed then goes on in another round.
    pub(super) is_delayed: AtomicBool,
    /// When this submission looked last for what had no answer: what it lacks it has looked for then in vain.
    pub(super) looked: Option<Instant>,
    /// Whether something was sent already.
    pub(super) is_begun: AtomicBool,
}

impl<B: Backend> Round<'_, '_, B> {
    pub(super) fn all(&self, steps: &[Arc<Step<B::Kind>>]) -> Result<(), ServiceError> {
        parallel::each((self.clock, self.jobs), steps, |step| self.one(step)).map(drop)
    }

    /// Tells what is being done now.
    pub(super) fn tell(&self, steps: &[Arc<Step<B::Kind>>]) {
        let backend = self.clock.read(&self.backend);
        let stage = steps.first().and_then(|step| backend.stage(step.kind));
        if let Some(stage) = stage {
            let items: usize = steps.iter().map(|step| step.items.len()).sum();
            self.engine.progress.stage(stage, items as u64);
        }
    }

    fn one(&self, step: &Arc<Step<B::Kind>>) -> Result<(), ServiceError> {
        if self.is_delayed.load(Ordering::Relaxed) || !self.may_still_write(step) {
            return Ok(());
        }
        if !step.is_shared {
            return self.send(step).1;
        }
        let names: HashMap<String, &String> = step
            .items
            .iter()
            .map(|item| (name(step.kind.word(), std::slice::from_ref(item)), item))
            .collect();
        let before = self.asked_for_before(names.keys());
        let known = self.engine.registry.together(
            self.clock,
            (before.into_iter(), self.looked),
            |open| {
                let is_open =
                    |item: &&String| open.iter().any(|name| names.get(*name) == Some(item));
                let items: Vec<String> = step.items.iter().filter(is_open).cloned().collect();
                let (sent, ending) = self.send(&Arc::new(Step::many(step.kind, items)));
                let made = open.iter().filter_map(|name| {
                    let item = names.get(*name)?;
                    let only = (open.len() == 1).then_some(&sent.kept);
                    let shared = self.share(step.kind, item, only, &sent.lost)?;
                    Some(((*name).to_owned(), shared))
                });
                (made.collect(), ending)
            },
        )?;
        for (name, shared) in known {
            let Some(item) = names.get(&name) else {
                continue;
            };
            let own = Step::one(step.kind, *item);
            self.note(match shared {
                Shared::There(detail) => Made::Adopted(own, detail),
                Shared::Unanswered(error, _) => {
                    // The request held what others want, too, and was called by the first of it.
                    let purpose = self
                        .clock
                        .read(&self.backend)
                        .request(&own)?
                        .purpose
                        .clone();
                    Made::Unknown(Arc::new(own), TransportError { purpose, ..error })
                }
            });
        }
        Ok(())
    }

    /// Returns each name with what is known of it where an earlier call, of whatever submission, asked for it and had no answer.
    fn asked_for_before<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
    ) -> Vec<(String, Option<Shared>)> {
        let (clock, engine) = (self.clock, self.engine);
        let (settle, key) = {
            let backend = clock.read(&self.backend);
            (backend.settle(), backend.key())
        };
        let of = (engine.journal, &key);
        let before = engine.registry.asked_for_before(of, (clock, settle));
        let shared = |name: &String| {
            let left = left(clock, *before.get(name)?, settle);
            let error = TransportError {
                delivery: Delivery::Unknown,
                ..TransportError::unsent(name, Problem::TimedOut)
            };
            let shared = Shared::Unanswered(error, clock.now() + left);
            (!left.is_zero()).then_some(shared)
        };
        names.map(|name| (name.clone(), shared(name))).collect()
    }

    /// Returns what the others are told of something that was asked for just now.
    fn share(
        &self,
        kind: B::Kind,
        item: &String,
        only: Option<&Option<serde_json::Value>>,
        lost: &[(Arc<Step<B::Kind>>, TransportError)],
    ) -> Option<Shared> {
        let backend = self.clock.read(&self.backend);
        if let Some((_, error)) = lost.iter().find(|(step, _)| step.items.contains(item)) {
            let settle = if backend.is_broken_off(error) {
                Duration::ZERO
            } else {
                backend.settle()
            };
            let until = self.clock.now() + settle;
            return Some(Shared::Unanswered(error.clone(), until));
        }
        let kept = || only.cloned().flatten().filter(|it| !it.is_null());
        backend.detail(kind, item).or_else(kept).map(Shared::There)
    }

    /// Sends a step, in halves where it is too much for the service.
    fn send(&self, step: &Arc<Step<B::Kind>>) -> (Sent<B::Kind>, Result<(), ServiceError>) {
        let mut sent = Sent {
            kept: None,
            lost: Vec::new(),
        };
        let ending = self.send_into(&mut sent, step);
        (sent, ending)
    }

    fn send_into(
        &self,
        sent: &mut Sent<B::Kind>,
        step: &Arc<Step<B::Kind>>,
    ) -> Result<(), ServiceError> {
        let mut open = vec![Arc::clone(step)];
        while let Some(step) = open.pop() {
            let error = match self.request(&step)? {
                Ok(detail) => {
                    self.engine.progress.advance(step.items.len() as u64);
                    self.note(Made::Done(step, Arc::new(detail.clone())));
                    sent.kept = Some(detail);
                    continue;
                }
                Err(error) => as_known(step.kind, error),
            };
            if error.status() == Some(429) && self.is_claimed(step.kind) {
                self.is_delayed.store(true, Ordering::Relaxed);
                self.note(Made::Delayed(error));
                return Ok(());
            }
            if error.delivery == Delivery::Unknown {
                sent.lost.push((Arc::clone(&step), error.clone()));
                self.note(Made::Unknown(step, error));
            } else if error.status() == Some(413) && step.items.len() > 1 {
                let halves = halves(&step).into_iter().flatten().rev();
                open.extend(halves.map(Arc::new));
            } else if error.status() == Some(413) && self.shrink(&step) {
                open.push(step);
            } else {
                self.refuse(&step, error)?;
            }
        }
        Ok(())
    }

    fn request(
        &self,
        step: &Step<B::Kind>,
    ) -> Result<Result<serde_json::Value, TransportError>, ServiceError> {
        let request = {
            let backend = self.clock.read(&self.backend);
            backend.request(step)?
        };
        let request = request
            .repeated(repeat(step.kind))
            .briefly(self.is_claimed(step.kind));
        let answer = self.writer.perform(write(step), request, |answer| {
            let mut backend = self.clock.write(&self.backend);
            let detail = backend.accept(step, answer)?;
            Ok((detail.clone(), detail))
        });
        match answer {
            Ok(detail) => Ok(Ok(detail)),
            Err(WriteError::Transport(error)) => Ok(Err(error)),
            Err(WriteError::Journal(error)) => Err(error.into()),
        }
    }

    fn is_claimed(&self, kind: B::Kind) -> bool {
        let backend = self.clock.read(&self.backend);
        backend.is_claimed(kind)
    }

    /// Returns whether the turn is surely still ours: a request before this one may have taken long.
    fn may_still_write(&self, step: &Step<B::Kind>) -> bool {
        let backend = self.clock.read(&self.backend);
        // It was looked right before the first.
        !self.is_begun.swap(true, Ordering::Relaxed)
            || !backend.is_claimed(step.kind)
            || backend.is_fresh(step)
    }

    fn shrink(&self, step: &Step<B::Kind>) -> bool {
        let mut backend = self.clock.write(&self.backend);
        backend.shrink(step.kind, step.item())
    }

    fn refuse(&self, step: &Step<B::Kind>, error: TransportError) -> Result<(), ServiceError> {
        if error.delivery != Delivery::Refused || error.is_authentication() {
            return Err(error.into());
        }
        let mut backend = self.clock.write(&self.backend);
        match backend.refused(step, &error) {
            Refusal::Stops => Err(error.into()),
            Refusal::IsNoted => {
                drop(backend);
                self.note(Made::Noted);
                Ok(())
            }
        }
    }

    fn note(&self, made: Made<B::Kind>) {
        let mut all = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(made);
    }
}

/// Returns the error as what it means: where nothing can stand there, it is a refusal.
fn as_known<K: Kind>(kind: K, error: TransportError) -> TransportError {
    match error.delivery {
        Delivery::Unknown if kind.stands_nowhere() => TransportError {
            delivery: Delivery::Refused,
            ..error
        },
        Delivery::Unknown | Delivery::Refused | Delivery::NotSent => error,
    }
}

/// Returns the kinds of the writes that were acknowledged.
pub(super) fn written<K: Kind>(made: &[Made<K>]) -> Vec<K> {
    let mut kinds = Vec::new();
    for one in made {
        if let Made::Done(step, _) = one
            && !kinds.contains(&step.kind)
        {
            kinds.push(step.kind);
        }
    }
    kinds
}

/// Returns why the round was broken off, where it was.
pub(super) fn delayed<K: Kind>(made: &[Made<K>]) -> Option<TransportError> {
    made.iter().find_map(|one| match one {
        Made::Delayed(error) => Some(error.clone()),
        Made::Done(..) | Made::Adopted(..) | Made::Unknown(..) | Made::Noted => None,
    })
}

/// Returns whether a write of this kind may be sent again when its answer is lost.
pub(super) fn repeat<K: Kind>(kind: K) -> Repeat {
    match kind.rule() {
        Rule::Set => Repeat::Harmless("it sets a value: a second time changes nothing"),
        Rule::Create | Rule::Append | Rule::Unseen => Repeat::Never,
    }
}

pub(super) fn write<K: Kind>(step: &Step<K>) -> Write<'_> {
    Write {
        word: step.kind.word(),
        items: &step.items,
    }
}
