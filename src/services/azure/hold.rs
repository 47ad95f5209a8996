//! Who may add to a run of its own.
//!
//! Azure adds what comes with a result, or as a result or a file, to what is there (microsoft/testfx PR 10795), so of several processes
//! that carry out one submission only one at a time may send such. Whoever made the run holds it: the number of that call stands in the
//! run's comment. Who takes it over says so by a file at the run, which names the holder before it; of several the first counts.
//!
//! Nobody takes a run over before it has stood still for twice the settle time. And a holder adds something only for half of the settle
//! time after it has changed the run; then it changes it again (its comment, to what it is), and looks whether the run is still its own.
//! So what it sent before has the time between the two to arrive.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::api::Endpoints;
use super::client::Client;
use super::submission::Submission;
use super::wire::{Run, UpdateRun};
use super::write::{Change, numbers};
use super::{Volume, marks, observe};
use crate::services::ServiceError;
use crate::services::engine::{Busy, JournalView, Kind as _, Step};
use crate::transport::{Body, WriteRequest};

/// How the name of the file begins by which a process takes a run over.
const CLAIM: &str = "handin-claim-";

/// What people read in it.
const TOLD: &str = "handin: another call of the same command had done nothing here for a while, and this one took over.\n";

/// What is known of who holds our runs.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// The number of this call.
    pub(super) number: String,
    /// The earlier calls of this machine: they have ended.
    dead: HashSet<String>,
    /// Whether no other call of this machine can be at the submission.
    is_turn_ours: bool,
    runs: HashMap<u64, Held>,
    /// The calls of which a run was seen.
    makers: HashSet<String>,
    /// When what changes a run was sent, by kind and item.
    sent: Mutex<HashMap<(&'static str, String), Instant>>,
}

/// Who holds a run.
#[derive(Debug)]
struct Held {
    maker: String,
    holder: String,
    /// Whether nothing of anybody else can still be on its way.
    is_clear: bool,
    /// What of the run differs when somebody has written to it.
    pulse: String,
    /// Since when it has been so, and for how long before that by the service's clock.
    since: Instant,
    before: Duration,
    /// When the last change of ours was sent that has arrived.
    sign: Option<Instant>,
    /// How often we have said that we are alive, and how that is.
    signs: u32,
    life: Life,
    /// Whether a file of ours may stand there.
    has_claimed: bool,
}

/// How it is with saying that we are alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// What is written says it.
    Usual,
    /// It is time to say it.
    Faint,
    /// It was said just now.
    Renewed,
}

impl Holds {
    pub(super) fn new(client: &Client) -> Self {
        Self {
            number: format!("{:016x}", client.transport().random().number()),
            ..Self::default()
        }
    }

    /// Notes whose runs are there. One that names nobody may be anybody's.
    pub(super) fn see(&mut self, runs: &[Run]) {
        let makers = runs.iter().map(|run| marks::maker(run).unwrap_or_default());
        self.makers.extend(makers.map(str::to_owned));
    }

    /// Returns whether a run was seen that this call made, or another one.
    pub(super) fn has_seen_a_run_of(&self, call: Option<&str>) -> bool {
        self.makers.contains(call.unwrap_or(&self.number)) || self.makers.contains("")
    }

    /// Returns whether a call is this one, or one of this machine that has ended.
    pub(super) fn is_of_ours(&self, call: &str) -> bool {
        call == self.number || self.dead.contains(call)
    }

    /// Learns which processes of this machine have ended.
    pub(super) fn learn(&mut self, known: &JournalView) {
        self.dead.extend(known.dead().cloned());
        self.is_turn_ours = known.is_of_the_dead();
    }

    /// Notes that something is sent now that changes a run.
    pub(super) fn sends(&self, step: &Step<Change>, now: Instant) {
        if !matches!(
            step.kind,
            Change::Attach | Change::MarkPart | Change::DeleteRun
        ) {
            let name = (step.kind.word(), step.item().to_owned());
            self.lock().insert(name, now);
        }
    }

    /// Notes that it has arrived.
    pub(super) fn arrived(&mut self, step: &Step<Change>, run: u64, now: Instant) {
        let name = (step.kind.word(), step.item().to_owned());
        let Some(sent) = self.lock().remove(&name) else {
            return;
        };
        if step.kind == Change::CreateRun {
            let held = Held::new(self.number.clone(), true, now);
            self.runs.insert(run, held);
        }
        if let Some(held) = self.runs.get_mut(&run) {
            held.sign = held.sign.max(Some(sent));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(&'static str, String), Instant>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn new(maker: String, is_clear: bool, now: Instant) -> Self {
        Self {
            holder: maker.clone(),
            maker,
            is_clear,
            pulse: String::new(),
            since: now,
            before: Duration::ZERO,
            sign: None,
            signs: 0,
            life: Life::Usual,
            has_claimed: false,
        }
    }

    /// Takes in how the run is now.
    fn see(&mut self, run: &Run, client: &Client) {
        let pulse = format!(
            "{:?} {:?} {:?}",
            run.last_updated_date, run.incomplete_tests, run.state
        );
        if pulse != self.pulse {
            // Both by the service's clock; where that is not known, nobody can tell.
            let age = client.heard_now().zip(run.touched());
            let age =
                age.and_then(|(now, touched)| Duration::try_from(now.duration_since(touched)).ok());
            self.before = age.filter(|_| self.pulse.is_empty()).unwrap_or_default();
            self.pulse = pulse;
            self.since = client.clock().now();
        }
    }

    fn has_stood_still(&self, client: &Client, settle: Duration) -> bool {
        self.before + client.clock().since(self.since) >= settle * 2
    }
}

impl Submission<'_> {
    /// Returns whether a run is nobody's but the submission's: others do not write to it.
    fn has_own_runs(&self) -> bool {
        !self.is_shared() && self.plan.into.is_none() && self.plan.settled.is_none()
    }

    /// Returns the run that a step writes to.
    fn run_of(&self, step: &Step<Change>) -> Option<u64> {
        match step.kind {
            Change::CreateRun => None,
            Change::Attach => self.file_of(step.item()).map(|(_, run, _)| run),
            Change::SetResults
            | Change::SetGroups
            | Change::AddResults
            | Change::MarkPart
            | Change::CompleteRun
            | Change::DeleteRun
            | Change::ClaimRun
            | Change::TouchRun => numbers(step.item()).next(),
        }
    }

    /// Returns the run that something is to be added to.
    fn added_to(&self, steps: &[Step<Change>]) -> Option<u64> {
        if !self.has_own_runs() {
            return None;
        }
        let adds = steps.iter().find(|step| step.kind.adds());
        let by_step = adds.and_then(|step| self.run_of(step));
        // Files follow when all results stand.
        let to_main = || {
            let is_due = !steps.is_empty() && self.files.due().next().is_some();
            self.main().filter(|_| is_due).map(|run| run.id.0)
        };
        by_step.or_else(to_main)
    }

    /// Takes in who holds the runs, as they were read.
    pub(super) fn watch(&mut self) -> Result<(), ServiceError> {
        if !self.has_own_runs() {
            return Ok(());
        }
        let client = &self.azure.client;
        let runs: Vec<Run> = self.runs().cloned().collect();
        for run in &runs {
            let id = run.id.0;
            let (number, is_made) = (&self.holds.number, self.made.contains(&id));
            let maker = if is_made {
                number.clone()
            } else {
                marks::maker(run).unwrap_or_default().to_owned()
            };
            let is_clear = is_made || maker == *number || self.is_of_the_dead(id, &maker);
            let held = self.holds.runs.entry(id);
            let held = held.or_insert_with(|| Held::new(maker, is_clear, client.clock().now()));
            held.see(run, client);
        }
        let number = &self.holds.number;
        let is_others = |held: &Held| held.holder != *number || held.has_claimed;
        let added_to = self.added_to(&self.wanted());
        if let Some(id) = added_to.filter(|id| self.holds.runs.get(id).is_some_and(is_others)) {
            if self.azure.target.volume == Volume::Many {
                // The list of runs may be an old one.
                self.look_at(id)?;
            }
            self.read_holder(id)?;
        }
        self.free_what_stands_still();
        Ok(())
    }

    fn is_of_the_dead(&self, run: u64, maker: &str) -> bool {
        self.holds.dead.contains(maker) || (self.noted.contains(&run) && self.holds.is_turn_ours)
    }

    /// What has stood still for long enough is nobody's any more.
    fn free_what_stands_still(&mut self) {
        let (client, settle) = (&self.azure.client, self.azure.target.settle);
        for held in self.holds.runs.values_mut() {
            held.is_clear |= held.has_stood_still(client, settle);
        }
    }

    fn look_at(&mut self, id: u64) -> Result<(), ServiceError> {
        if let Some(run) = observe::by_id(self.azure, id)? {
            if let Some(held) = self.holds.runs.get_mut(&id) {
                held.see(&run, &self.azure.client);
            }
            self.changed(&run);
        }
        Ok(())
    }

    /// Reads who holds a run: its maker, or who took it over.
    fn read_holder(&mut self, id: u64) -> Result<(), ServiceError> {
        let files = observe::files_at(self.azure, id, None)?;
        let claims: Vec<(u64, &str, &str)> = files.iter().filter_map(claim).collect();
        let held = self.holds.runs.get(&id);
        let maker = held.map_or("", |held| held.maker.as_str());
        let holder = holder(maker, &claims).to_owned();
        let (number, is_dead) = (self.holds.number.clone(), self.holds.dead.contains(&holder));
        let now = self.azure.client.clock().now();
        if let Some(held) = self.holds.runs.get_mut(&id)
            && held.holder != holder
        {
            if holder != number {
                held.is_clear = is_dead;
                (held.since, held.before) = (now, Duration::ZERO);
            }
            held.holder = holder;
        }
        Ok(())
    }

    /// Puts before what is to be written what has to be done so that we may.
    pub(super) fn gated(&self, wanted: Vec<Step<Change>>) -> Vec<Step<Change>> {
        let run = self.added_to(&wanted);
        let Some((run, held)) = run.and_then(|run| Some((run, self.holds.runs.get(&run)?))) else {
            return wanted;
        };
        if held.holder != self.holds.number {
            let item = format!("{run}-{}-{}", named(&held.holder), self.holds.number);
            return vec![Step::one(Change::ClaimRun, item)];
        }
        if held.life == Life::Faint {
            return vec![Step::one(Change::TouchRun, format!("{run}-{}", held.signs))];
        }
        wanted
    }

    /// Returns who is working on the run that is to be written next.
    pub(super) fn busy_elsewhere(&self) -> Option<Busy> {
        if !self.has_own_runs() {
            return None;
        }
        let wanted = self.wanted();
        let run = self.run_of(wanted.first()?)?;
        let held = self.holds.runs.get(&run).filter(|held| !held.is_clear)?;
        Some(Busy {
            who: format!("run {run} of this submission changed a moment ago"),
            pulse: format!("{} {}", held.holder, held.pulse),
        })
    }

    /// Returns whether we may add to the run, and were seen to change it a moment ago.
    pub(super) fn is_surely_ours(&self, step: &Step<Change>) -> bool {
        let held = self.run_of(step).and_then(|run| self.holds.runs.get(&run));
        held.is_none_or(|held| {
            let clock = self.azure.client.clock();
            let sign = held.sign.map(|sign| clock.since(sign));
            held.holder == self.holds.number
                && held.is_clear
                && sign.is_some_and(|age| age < self.azure.target.settle / 2)
        })
    }

    /// Returns whether the next step may be made; else notes what has to be done before.
    pub(super) fn may_go_on(&mut self) -> bool {
        let steps = self.gated(self.wanted());
        let Some(step) = steps.first() else {
            return true;
        };
        let is_sure = self.is_surely_ours(step);
        let held = self
            .run_of(step)
            .and_then(|run| self.holds.runs.get_mut(&run));
        let Some(held) = held else {
            return true;
        };
        if !held.is_clear || step.kind == Change::ClaimRun || !step.kind.adds() {
            return held.is_clear;
        }
        // Whoever has just said to be alive goes on, however short the times are.
        let is_faint = !is_sure && held.life != Life::Renewed;
        held.life = if is_faint { Life::Faint } else { Life::Usual };
        !is_faint
    }

    /// Looks, after we have taken a run over or said to be alive, whether it is ours.
    pub(super) fn look_who_holds(&mut self, kind: Change) -> Result<(), ServiceError> {
        let asked = self.holds.runs.iter();
        let asked = asked.filter(|(_, held)| held.life == Life::Renewed);
        let asked: Vec<(u64, String)> = asked
            .map(|(run, held)| (*run, held.pulse.clone()))
            .collect();
        for (run, before) in asked {
            self.look_at(run)?;
            self.read_holder(run)?;
            if let Some(held) = self.holds.runs.get_mut(&run) {
                // Somebody wrote until we took over: what that was may not be all.
                held.is_clear &= kind == Change::TouchRun || before == held.pulse;
            }
        }
        self.is_dirty.store(true, Ordering::Relaxed);
        self.read_rows()
    }

    /// Notes that a step arrived which says who holds a run.
    pub(super) fn took_or_touched(&mut self, step: &Step<Change>) {
        let run = numbers(step.item()).next().unwrap_or_default();
        if let Some(held) = self.holds.runs.get_mut(&run) {
            held.has_claimed |= step.kind == Change::ClaimRun;
            held.signs += 1;
            held.life = Life::Renewed;
        }
    }

    /// Builds the request that changes nothing but when the run changed.
    pub(super) fn touching(&self, endpoints: &Endpoints, item: &str) -> WriteRequest {
        let run = numbers(item).next().unwrap_or_default();
        let comment = self.run(run).and_then(|run| run.comment.clone());
        let body = UpdateRun {
            comment,
            ..UpdateRun::default()
        };
        endpoints.update_run(run, &body)
    }
}

/// Builds the request that takes a run over.
pub(super) fn claiming(endpoints: &Endpoints, item: &str) -> WriteRequest {
    let mut words = item.splitn(2, '-');
    let run = words
        .next()
        .and_then(|run| run.parse().ok())
        .unwrap_or_default();
    let name = format!("{CLAIM}{}.txt", words.next().unwrap_or_default());
    let document = json!({
        "stream": STANDARD.encode(TOLD),
        "fileName": name,
        "attachmentType": "GeneralAttachment",
    });
    let bytes = serde_json::to_vec(&document).unwrap_or_default();
    endpoints.attach(run, None, &name, Body::Bytes(bytes))
}

/// A run that an older version made names nobody.
fn named(holder: &str) -> &str {
    if holder.is_empty() { "nobody" } else { holder }
}

/// Reads the name of a file by which somebody took a run over: from whom, and who.
fn claim<'a>((name, id): (&'a String, &u64)) -> Option<(u64, &'a str, &'a str)> {
    let rest = name.strip_prefix(CLAIM)?.strip_suffix(".txt")?;
    let (before, who) = rest.split_once('-')?;
    Some((*id, before, who))
}

/// Returns the holder of a run: of several that took it over from the same one, the first.
fn holder<'a>(maker: &'a str, claims: &[(u64, &'a str, &'a str)]) -> &'a str {
    let mut holder = maker;
    for _ in claims {
        let from = claims
            .iter()
            .filter(|(_, before, _)| *before == named(holder));
        match from.min() {
            Some((.., who)) => holder = who,
            None => break,
        }
    }
    holder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_who_take_a_run_over_the_first_holds_it_until_it_is_taken_from_that_one() {
        assert_eq!(holder("a", &[]), "a");
        let claims = [(7, "a", "c"), (5, "a", "b"), (9, "c", "d"), (8, "x", "y")];
        assert_eq!(holder("a", &claims), "b");
        let all = [claims.as_slice(), &[(11, "b", "e")]].concat();
        assert_eq!(holder("a", &all), "e");
        assert_eq!(holder("", &[(1, "nobody", "b")]), "b");
        // Whoever names itself holds nothing for ever.
        assert_eq!(holder("a", &[(1, "a", "a")]), "a");
    }
}
