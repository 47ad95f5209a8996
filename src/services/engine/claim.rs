//! Who of several processes may write: the one whose claim, a small object of its own at the service, is the oldest.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use super::JournalView;
use super::wait::{Waiting, until};
use crate::services::ServiceError;
use crate::transport::{Clock, Transport};

/// The claims on a submission, and which of them is ours.
#[derive(Debug, Default)]
pub struct Claim {
    /// The name under which this process claims.
    pub holder: String,
    /// Our claim, once it is there.
    pub id: Option<u64>,
    /// Whether it is our turn.
    pub is_granted: bool,
    /// All that were seen last with their holders, the oldest first; and when.
    there: Vec<(u64, String)>,
    read: Option<Instant>,
    /// The holders of this machine who have died.
    dead: HashSet<String>,
    /// Those that nobody tends.
    stale: BTreeSet<u64>,
    /// Those of them whose holders may be alive and only slow.
    left: BTreeSet<u64>,
}

/// Who looks at the claims on a submission.
pub trait Claimant {
    /// Returns them, as they were seen last.
    fn claim(&mut self) -> &mut Claim;

    /// Looks at them again, and returns a text that changes when somebody writes something.
    ///
    /// # Errors
    ///
    /// When it cannot be told.
    fn pulse(&mut self) -> Result<String, ServiceError>;
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
    pub fn learn(&mut self, known: &JournalView, word: &str) {
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

    /// Returns whether some are there that were seen before it was our turn, and never since.
    pub fn is_unread(&self) -> bool {
        !self.is_read() && !self.there.is_empty()
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
    pub fn is_doubtful(&self, clock: &Clock, settle: Duration) -> bool {
        let age = self.read.map(|read| clock.since(read));
        let is_old = age.is_none_or(|age| age >= settle / 2);
        self.id.is_some() && (is_old || !self.is_there())
    }

    /// Returns whether ours was there when they were seen last.
    pub fn is_there(&self) -> bool {
        self.there.iter().any(|(_, holder)| *holder == self.holder)
    }

    /// Returns what has to go before we write: who holds it and wakes sees by that that the turn is over.
    pub fn left_behind(&self) -> Vec<String> {
        let there = self.left.intersection(&self.stale);
        there.map(u64::to_string).collect()
    }

    /// Returns what an orderly end takes away: ours, and those that nobody tends.
    pub fn ends(&self) -> BTreeSet<u64> {
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
pub fn await_claim(
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
