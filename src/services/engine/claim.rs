//! Who of several processes may write: the one whose claim, a small object of its own at the service, is the oldest.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use super::batch::divided;
use super::wait::{Waiting, until};
use super::{Backend, JournalView, Kind as _, Step};
use crate::services::ServiceError;
use crate::transport::{Clock, Transport};

/// How many times the time that our claim took is waited for older ones.
const TIMES: u32 = 4;

/// The claims on a submission, and which of them is ours.
#[derive(Debug, Default)]
pub struct Claim {
    /// The name under which this process claims.
    pub holder: String,
    /// Our claim, once it is there.
    pub id: Option<u64>,
    /// Whether it is our turn.
    pub is_granted: bool,
    /// Whether ours was seen: until then it may only not show yet.
    is_seen: bool,
    /// All that were seen last with their holders, the oldest first; and when.
    there: Vec<(u64, String)>,
    read: Option<Instant>,
    /// The holders of this machine who have died.
    dead: HashSet<String>,
    /// Those that nobody tends.
    stale: BTreeSet<u64>,
    /// Those of them whose holders may be alive and only slow.
    left: BTreeSet<u64>,
    /// What is worth knowing of others.
    told: Vec<String>,
}

/// Who looks at the claims on a submission.
pub trait Claimant {
    /// Returns them, as they were seen last.
    fn claim(&mut self) -> &mut Claim;

    /// Looks at them again.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn read_claims(&mut self) -> Result<(), ServiceError>;

    /// Looks at them again, and returns a text that changes when somebody writes something.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn pulse(&mut self) -> Result<String, ServiceError>;

    /// Learns that it is our turn: after others, or at once.
    ///
    /// # Errors
    ///
    /// When it cannot be told what stands there now.
    fn granted(&mut self, _has_waited: bool) -> Result<(), ServiceError> {
        Ok(())
    }
}

impl Claim {
    /// Returns the claim of a process that has made none yet.
    pub fn of(transport: &Transport) -> Self {
        Self {
            holder: format!("{:016x}", transport.random().number()),
            ..Self::default()
        }
    }

    /// Learns from the journal which claims are of processes of this machine that have died.
    fn learn(&mut self, known: &JournalView, word: &str) {
        if known.is_of_the_dead() {
            let holders = known.all(word).map(|(holder, _)| holder);
            let others = holders.filter(|holder| *holder != self.holder);
            self.dead.extend(others.map(str::to_owned));
        }
    }

    /// Takes what was seen, and when where that is later than what was seen before.
    pub fn saw(&mut self, mut there: Vec<(u64, String)>, read: Option<Instant>) {
        there.sort_unstable();
        let ours = there.iter().find(|(_, holder)| *holder == self.holder);
        // The answer to our own may have been lost.
        self.id = ours.map(|(id, _)| *id).or(self.id);
        self.is_seen |= ours.is_some();
        let dead = there.iter().filter(|(_, it)| self.dead.contains(it));
        self.stale.extend(dead.map(|(id, _)| *id));
        // What is gone need not be taken away.
        self.stale.retain(|id| there.iter().any(|(at, _)| at == id));
        (self.there, self.read) = (there, read.or(self.read));
    }

    /// Returns whether they were read since it is our turn.
    pub fn is_read(&self) -> bool {
        self.read.is_some()
    }

    /// Returns whether somebody else may be at it.
    pub fn is_contested(&self) -> bool {
        let mut others = self.there.iter();
        others.any(|(id, holder)| *holder != self.holder && !self.stale.contains(id))
    }

    /// Returns whether somebody else has left a claim, alive or not.
    pub fn is_left(&self) -> bool {
        let mut others = self.there.iter();
        others.any(|(_, holder)| *holder != self.holder)
    }

    /// Returns whether ours was taken away, or was not looked at for so long that it may have been.
    fn is_doubtful(&self, clock: &Clock, settle: Duration) -> bool {
        let age = self.read.map(|read| clock.since(read));
        let is_old = age.is_none_or(|age| age >= settle / 2);
        self.id.is_some() && (is_old || !self.is_there())
    }

    /// Returns whether ours was there when they were seen last.
    fn is_there(&self) -> bool {
        self.there.iter().any(|(_, holder)| *holder == self.holder)
    }

    /// Returns what has to go before we write: who holds it and wakes sees by that that the turn is over.
    fn left_behind(&self) -> Vec<String> {
        let there = self.left.intersection(&self.stale);
        there.map(u64::to_string).collect()
    }

    /// Returns what an orderly end takes away: ours, and those that nobody tends.
    fn ends(&self) -> BTreeSet<u64> {
        // One of ours may have come late.
        let ours = self.there.iter().filter(|(_, it)| *it == self.holder);
        let ours = ours.map(|(id, _)| *id).chain(self.id);
        self.stale.iter().copied().chain(ours).collect()
    }

    /// Returns the one before ours, of a process that may be alive.
    fn ahead(&self) -> Option<u64> {
        let live = self.there.iter().map(|(id, _)| *id);
        let ahead = live.filter(|id| Some(*id) < self.id && !self.stale.contains(id));
        ahead.min()
    }
}

/// Waits until each claim before ours is gone, or its holder has changed nothing for `limit`. Returns those that were left behind; nothing
/// where nobody was waited for.
///
/// # Errors
///
/// When it cannot be told.
fn await_claim(
    claimant: &mut dyn Claimant,
    transport: &Transport,
    limit: Duration,
) -> Result<Option<Vec<u64>>, ServiceError> {
    let mut left = None;
    while let Some(first) = claimant.claim().ahead() {
        let left: &mut Vec<u64> = left.get_or_insert_default();
        let mut pulse = String::new();
        let came = until(transport, limit, || {
            let now = claimant.pulse()?;
            let is_same = std::mem::replace(&mut pulse, now) == pulse;
            Ok(if claimant.claim().ahead() != Some(first) {
                Waiting::Over
            } else if is_same {
                Waiting::GoesOn
            } else {
                Waiting::BeginsAnew
            })
        })?;
        if !came {
            claimant.claim().stale.insert(first);
            claimant.claim().left.insert(first);
            left.push(first);
        }
    }
    claimant.claim().is_granted = true;
    Ok(left)
}

/// Returns the claim that has to be made before anything else is written.
pub(super) fn due<B: Backend>(backend: &mut B, work: &[Step<B::Kind>]) -> Option<Step<B::Kind>> {
    let ([kind, _], may_claim) = (B::CLAIM?, backend.may_claim());
    let claim = backend.claimant()?.claim();
    // What somebody else has left behind is taken over also where nothing else is to be done.
    let has_cause = !work.is_empty() || claim.is_contested();
    let is_due = may_claim && has_cause && !claim.is_granted;
    is_due.then(|| Step::one(kind, claim.holder.clone()))
}

/// Reads what stands there, and waits where we have claimed and others are before us: the answer to our claim may have been lost.
pub(super) fn observe<B: Backend>(
    backend: &mut B,
    known: &JournalView,
) -> Result<(), ServiceError> {
    if let (Some([kind, _]), Some(claimant)) = (B::CLAIM, backend.claimant()) {
        claimant.claim().learn(known, kind.word());
    }
    backend.observe(known)?;
    await_turn(backend)
}

/// Lets claims come to light that were begun before ours was made: a database may show the older of two later (seen on `PostgreSQL`).
/// They have ended in the time in which ours could have been made several times over.
pub(super) fn await_older<B: Backend>(
    backend: &B,
    created: &[B::Kind],
    begun: Instant,
) -> Result<(), ServiceError> {
    if B::CLAIM.is_some_and(|[kind, _]| created.contains(&kind)) {
        let took = backend.transport().clock().since(begun);
        let limit = backend.settle() / 2;
        backend.transport().pause((took * TIMES).min(limit))?;
    }
    Ok(())
}

/// Waits until it is our turn, where we have claimed.
pub(super) fn await_turn<B: Backend>(backend: &mut B) -> Result<(), ServiceError> {
    // A holder whose answer is lost waits for it, and then looks for once the settle time: it is not taken over a moment before it goes on.
    let limit = backend.settle() * 2 + backend.settle() / 8;
    let transport = backend.transport().clone();
    let (Some([_, kind]), Some(claimant)) = (B::CLAIM, backend.claimant()) else {
        return Ok(());
    };
    if claimant.claim().id.is_none() || claimant.claim().is_granted {
        return Ok(());
    }
    let left = await_claim(claimant, &transport, limit)?;
    claimant.granted(left.is_some())?;
    let left = left.unwrap_or_default().into_iter();
    let left = left.map(|id| backend.title(kind, &id.to_string()));
    let told: Vec<String> = left
        .map(|title| {
            format!("another process began this submission and has done nothing since; {title} is taken back")
        })
        .collect();
    if let Some(claimant) = backend.claimant() {
        claimant.claim().told.extend(told);
    }
    Ok(())
}

/// Looks whether the turn is still ours, where time has gone by since that was read. Who was silent for too long has lost it, and asks for
/// it again.
pub(super) fn is_still_ours<B: Backend>(backend: &mut B) -> Result<bool, ServiceError> {
    let (transport, settle) = (backend.transport().clone(), backend.settle());
    let Some(claimant) = backend.claimant() else {
        return Ok(true);
    };
    if !claimant.claim().is_doubtful(transport.clock(), settle) {
        return Ok(true);
    }
    // A list may lag; where ours was seen it was taken away.
    let limit = if claimant.claim().is_seen {
        Duration::ZERO
    } else {
        settle / 2
    };
    let is_there = until(&transport, limit, || {
        claimant.read_claims()?;
        Ok(if claimant.claim().is_there() {
            Waiting::Over
        } else {
            Waiting::GoesOn
        })
    })?;
    if is_there {
        return Ok(true);
    }
    let claim = claimant.claim();
    let mut told = std::mem::take(&mut claim.told);
    told.push(
        "another process took over while this one had to wait, and this one went on after it"
            .to_owned(),
    );
    *claim = Claim {
        told,
        ..Claim::of(&transport)
    };
    Ok(false)
}

/// Returns the writes that take claims away that others have left behind: they are made, and waited for, before we write under ours.
pub(super) fn left_behind<B: Backend>(backend: &mut B) -> Vec<Step<B::Kind>> {
    taken_away(backend, Claim::left_behind)
}

/// Returns the writes that every orderly end makes, after a failure and a signal too.
pub(super) fn closing<B: Backend>(backend: &mut B) -> Vec<Step<B::Kind>> {
    taken_away(backend, |claim| {
        claim.ends().iter().map(u64::to_string).collect()
    })
}

fn taken_away<B: Backend>(
    backend: &mut B,
    ids: impl FnOnce(&Claim) -> Vec<String>,
) -> Vec<Step<B::Kind>> {
    let (Some([_, kind]), Some(claimant)) = (B::CLAIM, backend.claimant()) else {
        return Vec::new();
    };
    let ids = ids(claimant.claim());
    divided(backend, Step::many(kind, ids))
}

/// Returns what is worth knowing of others.
pub(super) fn told<B: Backend>(backend: &mut B) -> Vec<String> {
    let claim = backend.claimant().map(Claimant::claim);
    claim.map_or_else(Vec::new, |claim| std::mem::take(&mut claim.told))
}
