//! The scheduler: lets one process run at a time, makes time pass, and lets things befall calls.
//!
//! Each process is a thread, and each of its workers another one. It gives its turn away at every request (before the service sees it,
//! and before it hears the answer), at every wait, at every use of the journal and where another worker holds what it wants; whose turn
//! is next is a choice on the tape. So is what befalls a request.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use handin::transport::{Interrupt, Signal};
use handin_sandbox::Seen;
use handin_sandbox::fault::{Effect, Fault, RetryAfter, When};
use jiff::{SignedDuration, Timestamp};

use crate::round::{Only, OutputOptions};
use crate::tape::{Kind, Tape};
use crate::world::{Call, STORE, Standing, World};

/// How long a request is on its way, and its answer.
const TRAVEL: Duration = Duration::from_millis(10);
/// How much longer one is on its way that takes a moment.
const MOMENT: Duration = Duration::from_millis(90);
/// How likely that is, in 1000.
const DELAYS: u32 = 50;
/// When a round begins.
const BEGINNING: &str = "2026-11-20T12:00:00Z";
/// No round has more turns: somebody waits for ever, or writes for ever.
pub(crate) const TURNS: u64 = 60_000;

/// So many bytes of an answer take as long as a turn: who writes for ever reads ever longer lists.
const BYTES_OF_A_TURN: usize = 4096;

/// A round as its processes share it.
pub(crate) struct Sim {
    inner: Mutex<Inner>,
    epoch: Instant,
}

thread_local! {
    /// Which worker this thread is.
    static WORKER: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// What is known of the round.
pub(crate) struct Inner {
    pub(crate) now: Duration,
    /// The worker that has the turn.
    current: Option<usize>,
    /// The first of each process, in their order; then the others.
    workers: Vec<Worker>,
    pub(crate) processes: Vec<Process>,
    pub(crate) tape: Tape,
    pub(crate) story: Vec<String>,
    pub(crate) world: Box<dyn World>,
    /// The bytes of each machine's journal.
    journals: BTreeMap<u32, Vec<u8>>,
    /// Which process has locked a machine's journal.
    locked: BTreeMap<u32, usize>,
    /// Which submissions are under way on a machine.
    submissions_locked: BTreeSet<(u32, String)>,
    /// The machines whose disk keeps no locks.
    lockless: BTreeSet<u32>,
    /// Writes that arrive later than their sender waits for them.
    late: Vec<(Duration, usize, Call)>,
    /// Whether a machine was lost with its journal.
    pub(crate) is_journal_lost: bool,
    /// How many troubles may still come.
    pub(crate) troubles: u32,
    /// How many have come.
    pub(crate) befallen: u32,
    /// Whether one of them ended a process, or let it or what it left behind be silent for longer than others wait.
    pub(crate) is_anyone_silent: bool,
    /// Whether the answer that tells whose a case is was lost, or the line of the journal with it.
    pub(crate) is_unheard: bool,
    /// Which processes stand still.
    pauses: BTreeMap<usize, Pause>,
    /// The process that is alone at the service, and what it made there.
    alone: Option<Alone>,
    /// How long the service may take to show what was sent, as the settings have it.
    settle: Duration,
    /// Which troubles come.
    only: Only,
    /// How likely a trouble is, in 1000.
    odds: u32,
    /// How likely somebody else gets the turn, in 1000.
    restless: u32,
    /// Whose turn it was, as one number.
    pub(crate) schedule: u64,
    /// How many turns it had.
    pub(crate) count: u64,
}

/// One process.
pub(crate) struct Process {
    pub(crate) name: String,
    /// Which machine it runs on.
    host: u32,
    /// By how much its clock differs from the service's.
    ahead: SignedDuration,
    zone: jiff::tz::TimeZone,
    interrupt: Interrupt,
    starts: Duration,
    pub(crate) is_dead: bool,
    /// Writes that the service carried out for it, but those that only tidy up.
    pub(crate) writes: u32,
    /// How often it said that it writes.
    pub(crate) claims: u32,
}

/// A process that stands still, as one does that is stopped or whose machine has too much to do.
struct Pause {
    /// How long at least.
    until: Duration,
    /// How many calls of others are to arrive after that, before it goes on.
    calls: u32,
}

/// What a process made while nobody else was there and nothing befell it.
#[derive(Default)]
struct Alone {
    before: BTreeSet<String>,
    made: BTreeSet<String>,
    /// What it took back.
    retracted: BTreeSet<String>,
}

/// One worker of a process.
struct Worker {
    process: usize,
    /// From when on it can go on; none when it has ended, and while it waits for workers of its own.
    ready: Option<Duration>,
    /// Whether it goes on only after another worker of its process has.
    is_aside: bool,
    /// Who waits for it to end.
    parent: Option<usize>,
    wakes: Arc<Condvar>,
}

impl Worker {
    fn of(process: usize, ready: Option<Duration>, parent: Option<usize>) -> Self {
        Self {
            process,
            ready,
            is_aside: false,
            parent,
            wakes: Arc::default(),
        }
    }
}

/// How a process is set up.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) host: u32,
    pub(crate) ahead: SignedDuration,
    pub(crate) zone: jiff::tz::TimeZone,
    pub(crate) starts: Duration,
    /// Whether its disk keeps locks: some network drives do not.
    pub(crate) has_locks: bool,
}

/// A process that was killed at this call.
struct Death;

/// What a client sees, and when.
pub(crate) enum Heard {
    Seen(Seen),
    /// Nothing until the time is over.
    TimedOut,
}

impl Sim {
    pub(crate) fn new(
        (world, settle): (Box<dyn World>, Duration),
        machines: &[Machine],
        tape: Tape,
        manner: OutputOptions,
    ) -> Arc<Self> {
        let processes: Vec<Process> = machines
            .iter()
            .map(|machine| Process {
                name: machine.name.clone(),
                host: machine.host,
                ahead: machine.ahead,
                zone: machine.zone.clone(),
                interrupt: Interrupt::deaf(),
                starts: machine.starts,
                is_dead: false,
                writes: 0,
                claims: 0,
            })
            .collect();
        Arc::new(Self {
            epoch: epoch(),
            inner: Mutex::new(Inner {
                now: Duration::ZERO,
                current: None,
                workers: Vec::new(),
                processes,
                tape,
                story: Vec::new(),
                world,
                journals: BTreeMap::new(),
                locked: BTreeMap::new(),
                submissions_locked: BTreeSet::new(),
                lockless: machines
                    .iter()
                    .filter(|it| !it.has_locks)
                    .map(|it| it.host)
                    .collect(),
                late: Vec::new(),
                is_journal_lost: false,
                troubles: manner.troubles,
                befallen: 0,
                is_anyone_silent: false,
                is_unheard: false,
                pauses: BTreeMap::new(),
                alone: None,
                settle,
                only: manner.only,
                odds: manner.odds,
                restless: manner.restless,
                schedule: 0,
                count: 0,
            }),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets these processes begin; the others stay where they are.
    pub(crate) fn begin(&self, who: &[usize]) {
        let mut inner = self.lock();
        let now = inner.now;
        let all = inner.processes.iter().enumerate();
        let workers = all.map(|(index, process)| {
            let ready = who.contains(&index).then(|| now + process.starts);
            Worker::of(index, ready, None)
        });
        inner.workers = workers.collect();
        inner.pauses.clear();
        let is_alone = who.len() == 1 && inner.befallen == 0 && inner.late.is_empty();
        inner.alone = is_alone.then(|| Alone {
            before: inner.world.standing().made(),
            ..Alone::default()
        });
        for process in who {
            // Whoever is run again begins at once.
            inner.processes[*process].starts = Duration::ZERO;
            inner.processes[*process].is_dead = false;
            inner.processes[*process].writes = 0;
            inner.processes[*process].claims = 0;
            inner.processes[*process].interrupt = Interrupt::deaf();
        }
        inner.hand_on(None);
    }

    /// Waits until it is this process' turn for the first time.
    pub(crate) fn enter(&self, me: usize) {
        WORKER.set(me);
        drop(Self::await_turn(me, self.lock()));
    }

    /// Ends a process. What stands at the service at this moment is returned.
    pub(crate) fn leave(&self, me: usize) -> Standing {
        let mut inner = self.lock();
        let machine = inner.processes[me].host;
        if inner.locked.get(&machine) == Some(&me) {
            inner.locked.remove(&machine);
        }
        inner.workers[me].ready = None;
        let standing = inner.world.standing();
        inner.hand_on(None);
        standing
    }

    /// Does the same work by so many workers of a process, and returns when all have ended.
    pub(crate) fn together(&self, me: usize, workers: usize, work: &(dyn Fn() + Sync)) {
        let parent = WORKER.get();
        let mut inner = self.lock();
        let (first, now) = (inner.workers.len(), inner.now);
        let all = (0..workers).map(|_| Worker::of(me, Some(now), Some(parent)));
        inner.workers.extend(all);
        drop(inner);
        let panics = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for worker in first..first + workers {
                let panics = &panics;
                scope.spawn(move || {
                    let done = std::panic::catch_unwind(AssertUnwindSafe(|| {
                        self.enter(worker);
                        if self.lock().processes[me].is_dead {
                            drop(Self::dead(self.lock()));
                        }
                        work();
                    }));
                    if let Err(panic) = done {
                        let mut panics = panics.lock().unwrap_or_else(PoisonError::into_inner);
                        panics.push(panic);
                    }
                    self.lock().end(worker);
                });
            }
            let mut inner = self.lock();
            inner.workers[parent].ready = None;
            inner.hand_on(Some(first));
            drop(Self::await_turn(parent, inner));
        });
        let panics = panics.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = panics.into_iter().next() {
            std::panic::resume_unwind(panic);
        }
    }

    /// Gives the turn away until another worker of the process has gone on.
    pub(crate) fn step_aside(&self, me: usize) {
        let mut inner = self.lock();
        inner.workers[WORKER.get()].is_aside = true;
        let now = inner.now;
        drop(Self::give_way(me, inner, now));
    }

    /// Gives the turn away until some moment.
    fn turn(&self, me: usize, until: Duration) -> MutexGuard<'_, Inner> {
        let mut inner = self.lock();
        if inner.processes[me].is_dead {
            return Self::dead(inner);
        }
        inner.went_on(me);
        Self::give_way(me, inner, until)
    }

    fn give_way(
        me: usize,
        mut inner: MutexGuard<'_, Inner>,
        until: Duration,
    ) -> MutexGuard<'_, Inner> {
        let worker = WORKER.get();
        inner.workers[worker].ready = Some(until);
        inner.count += 1;
        if inner.count > TURNS {
            inner.processes[me].is_dead = true;
            inner.tell(Some(me), "has waited for ever");
            return Self::dead(inner);
        }
        inner.hand_on(Some(worker));
        let inner = Self::await_turn(worker, inner);
        if inner.processes[me].is_dead {
            return Self::dead(inner);
        }
        inner
    }

    fn await_turn(worker: usize, mut inner: MutexGuard<'_, Inner>) -> MutexGuard<'_, Inner> {
        while inner.current != Some(worker) {
            let wakes = Arc::clone(&inner.workers[worker].wakes);
            inner = wakes.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner
    }

    /// Ends the thread of a dead process. Where it is ended already, its last words have no effect.
    fn dead(inner: MutexGuard<'_, Inner>) -> MutexGuard<'_, Inner> {
        if std::thread::panicking() {
            return inner;
        }
        drop(inner);
        std::panic::resume_unwind(Box::new(Death));
    }

    /// Sends a request.
    pub(crate) fn exchange(&self, me: usize, call: Call, limit: Duration) -> Heard {
        let travel = self.lock().travel(&call);
        let mut inner = self.turn(me, travel);
        if inner.processes[me].is_dead {
            return Heard::TimedOut;
        }
        inner.wake_others(me);
        let effect = inner.world.effect(&call);
        let trouble = inner.trouble(effect);
        let line = call.line();
        let heard = inner.befall(me, call, trouble, effect);
        if let Heard::Seen(Seen::Answer(answer)) = &heard {
            inner.count += (answer.body.len() / BYTES_OF_A_TURN) as u64;
        }
        let shown = match &heard {
            Heard::TimedOut => "nothing".to_owned(),
            Heard::Seen(Seen::Answer(answer)) => answer.status.to_string(),
            Heard::Seen(Seen::CutShort(answer)) => format!("{} cut short", answer.status),
            Heard::Seen(Seen::Closed) => "closed".to_owned(),
            Heard::Seen(Seen::Silence(_)) => "silence".to_owned(),
            Heard::Seen(Seen::Refused) => "no connection".to_owned(),
        };
        let told = trouble.map_or_else(String::new, |trouble| format!(" ({})", trouble.words()));
        inner.tell(Some(me), &format!("{line} → {shown}{told}"));
        let takes = match &heard {
            Heard::TimedOut | Heard::Seen(Seen::Silence(_)) => limit,
            Heard::Seen(_) => TRAVEL,
        };
        let back = inner.now + takes;
        let dies = inner.processes[me].is_dead;
        drop(inner);
        if dies {
            drop(Self::dead(self.lock()));
            return Heard::TimedOut;
        }
        drop(self.turn(me, back));
        heard
    }

    /// Waits.
    pub(crate) fn wait(&self, me: usize, how_long: Duration) {
        let until = self.lock().now + how_long;
        drop(self.turn(me, until));
    }

    pub(crate) fn now(&self) -> Instant {
        self.epoch + self.lock().now
    }

    pub(crate) fn wall(&self, me: usize) -> Timestamp {
        let inner = self.lock();
        let ahead = inner.processes[me].ahead;
        inner.time().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn zone(&self, me: usize) -> jiff::tz::TimeZone {
        self.lock().processes[me].zone.clone()
    }

    pub(crate) fn interrupt(&self, me: usize) -> Interrupt {
        self.lock().processes[me].interrupt.clone()
    }

    /// Locks the journal of a machine, when it is free.
    pub(crate) fn lock_journal(&self, me: usize) -> std::io::Result<()> {
        loop {
            let now = self.lock().now;
            let mut inner = self.turn(me, now);
            if inner.processes[me].is_dead {
                return Err(std::io::ErrorKind::Other.into());
            }
            let machine = inner.processes[me].host;
            match inner.locked.get(&machine) {
                Some(other) if *other != me => {
                    let until = inner.now + Duration::from_millis(1);
                    drop(inner);
                    drop(self.turn(me, until));
                }
                _ => {
                    inner.locked.insert(machine, me);
                    return Ok(());
                }
            }
        }
    }

    pub(crate) fn unlock_journal(&self, me: usize) {
        let mut inner = self.lock();
        let machine = inner.processes[me].host;
        if inner.locked.get(&machine) == Some(&me) {
            inner.locked.remove(&machine);
        }
    }

    pub(crate) fn has_locks(&self, me: usize) -> bool {
        let inner = self.lock();
        !inner.lockless.contains(&inner.processes[me].host)
    }

    /// Locks a submission on a machine, unless another process has.
    pub(crate) fn try_lock_submission(&self, me: usize, name: &str) -> bool {
        let mut inner = self.lock();
        let machine = inner.processes[me].host;
        inner.submissions_locked.insert((machine, name.to_owned()))
    }

    pub(crate) fn unlock_submission(&self, me: usize, name: &str) {
        let mut inner = self.lock();
        let machine = inner.processes[me].host;
        inner.submissions_locked.remove(&(machine, name.to_owned()));
    }

    /// Lends the bytes of the journal of this process' machine.
    pub(crate) fn journal<T>(&self, me: usize, work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let mut inner = self.lock();
        let machine = inner.processes[me].host;
        work(inner.journals.entry(machine).or_default())
    }

    /// Appends to the journal, unless the disk is full or the process dies at it.
    pub(crate) fn append(&self, me: usize, bytes: &[u8]) -> std::io::Result<()> {
        let mut inner = self.lock();
        if inner.processes[me].is_dead {
            drop(Self::dead(inner));
            return Ok(());
        }
        let machine = inner.processes[me].host;
        match inner.disk_trouble() {
            1 => {
                inner.tell(Some(me), "finds its disk full");
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            2 => {
                inner.tell(Some(me), "is killed while it writes a line of the journal");
                let half = bytes.len() / 2;
                let journal = inner.journals.entry(machine).or_default();
                journal.extend_from_slice(&bytes[..half]);
                inner.processes[me].is_dead = true;
                drop(Self::dead(inner));
                return Ok(());
            }
            _ => {}
        }
        let journal = inner.journals.entry(machine).or_default();
        journal.extend_from_slice(bytes);
        Ok(())
    }

    /// Lets time pass while nobody runs, and what is late arrive.
    pub(crate) fn rest(&self, how_long: Duration) {
        let mut inner = self.lock();
        inner.now += how_long;
        inner.arrive();
    }

    /// Has a person rename or delete what was made.
    pub(crate) fn person(&self) {
        let mut inner = self.lock();
        let what = inner.tape.even(2);
        let calls = inner.world.person(what);
        for call in calls {
            let line = call.line();
            let seen = inner.ask(&call, None);
            let is_done = matches!(&seen, Seen::Answer(answer) if answer.is_success());
            assert!(is_done, "a person cannot do this: {line}");
            inner.tell(None, &format!("a person: {line}"));
        }
    }

    /// Takes all troubles away.
    pub(crate) fn heal(&self) {
        self.lock().troubles = 0;
    }
}

impl Inner {
    pub(crate) fn time(&self) -> Timestamp {
        let begin: Timestamp = BEGINNING.parse().expect("a time");
        begin.checked_add(self.now).unwrap_or(Timestamp::MAX)
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&mut self, who: Option<usize>, what: &str) {
        let name = who.map_or("", |who| self.processes[who].name.as_str());
        let line = format!("{:9.3} s  {name:10} {what}", self.now.as_secs_f64());
        self.story.push(line);
    }

    pub(crate) fn is_anything_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// Chooses who is next, and gives it the turn.
    fn hand_on(&mut self, me: Option<usize>) {
        self.current = self.next(me);
        let Some(next) = self.current else { return };
        self.workers[next].is_aside = false;
        self.workers[next].wakes.notify_all();
    }

    /// Lets those of a process look again that have stepped aside: one of its workers has gone on.
    fn went_on(&mut self, process: usize) {
        for worker in &mut self.workers {
            worker.is_aside &= worker.process != process;
        }
    }

    /// Ends a worker; the last one lets go on who waits for it.
    fn end(&mut self, worker: usize) {
        self.workers[worker].ready = None;
        self.went_on(self.workers[worker].process);
        let parent = self.workers[worker].parent.take();
        let mut siblings = (0..self.workers.len()).filter(|it| self.workers[*it].parent == parent);
        let sibling = siblings.next();
        if let (None, Some(parent)) = (sibling, parent) {
            self.workers[parent].ready = Some(self.now);
        }
        self.hand_on(sibling.or(parent));
    }

    /// Returns from when on a worker can go on. What is dead waits for nothing.
    fn ready(&self, worker: &Worker) -> Option<Duration> {
        let ready = worker.ready.filter(|_| !worker.is_aside)?;
        if self.processes[worker.process].is_dead {
            return Some(Duration::ZERO);
        }
        let pause = self.pauses.get(&worker.process);
        Some(pause.map_or(ready, |pause| ready.max(pause.end(self.settle))))
    }

    /// Counts a call that arrives, for those who stand still until others have made so many.
    fn wake_others(&mut self, me: usize) {
        let now = self.now;
        for (process, pause) in &mut self.pauses {
            if *process != me && now >= pause.until {
                pause.calls = pause.calls.saturating_sub(1);
            }
        }
    }

    /// Notes what a process has made that is alone, and what of that it took back.
    fn watch_who_is_alone(&mut self) {
        if self.befallen > 0 {
            self.alone = None;
        }
        if let Some(alone) = &mut self.alone {
            let now = self.world.standing().made();
            let gone = alone.made.difference(&now).cloned();
            alone.retracted.extend(gone);
            alone.made.extend(now.difference(&alone.before).cloned());
        }
    }

    /// Returns what a process took back of what it had made while it was alone.
    pub(crate) fn retracted_alone(&self) -> String {
        let alone = self.alone.iter().filter(|_| self.befallen == 0);
        let names: Vec<&str> = alone
            .flat_map(|it| it.retracted.iter().map(String::as_str))
            .collect();
        names.join(", ")
    }

    /// Chooses who is next, and lets time pass until somebody can go on.
    fn next(&mut self, me: Option<usize>) -> Option<usize> {
        let first = self.workers.iter().filter_map(|it| self.ready(it)).min();
        // Where all have stepped aside, each looks again in turn; where each waits for another, they do so for ever, and that is told.
        let Some(first) = first else {
            let (count, after) = (self.workers.len(), me.map_or(0, |me| me + 1));
            let mut all = (after..after + count).map(|it| it % count.max(1));
            return all.find(|it| self.workers[*it].ready.is_some());
        };
        self.now = self.now.max(first);
        self.arrive();
        let mut able: Vec<usize> = (0..self.workers.len())
            .filter(|who| {
                let ready = self.ready(&self.workers[*who]);
                ready.is_some_and(|at| at <= self.now)
            })
            .collect();
        // Whoever has the turn comes first, then its siblings: then going on is the choice 0.
        let process = me.map(|me| self.workers[me].process);
        able.sort_by_key(|who| {
            (
                Some(*who) != me,
                Some(self.workers[*who].process) != process,
            )
        });
        let of = u32::try_from(able.len()).unwrap_or(1);
        let chosen = able[self.tape.pick(Kind::Turn, of, self.restless) as usize];
        if Some(chosen) != me {
            self.schedule =
                (self.schedule ^ (self.count << 8 | chosen as u64)).wrapping_mul(0x0100_0000_01b3);
        }
        Some(chosen)
    }

    /// Lets arrive what is late.
    fn arrive(&mut self) {
        while let Some(place) = self.late.iter().position(|(at, ..)| *at <= self.now) {
            let (_, who, call) = self.late.remove(place);
            let line = call.line();
            let seen = self.ask(&call, None);
            let status = match seen {
                Seen::Answer(answer) => answer.status.to_string(),
                Seen::CutShort(_) | Seen::Closed | Seen::Silence(_) | Seen::Refused => {
                    "nothing".to_owned()
                }
            };
            self.tell(
                Some(who),
                &format!("what it sent arrives late: {line} → {status}"),
            );
        }
    }

    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen {
        let (time, world) = (self.time(), &mut self.world);
        handin_sandbox::time::at(time, || world.ask(call, fault))
    }

    /// Chooses when a request arrives. Where nothing befalls a call but that its sender is stopped, only writes take a moment.
    fn travel(&mut self, call: &Call) -> Duration {
        let may_be = self.only != Only::Stopped || self.world.effect(call) == Effect::Write;
        let is_slow = may_be && self.tape.pick(Kind::Delay, 2, DELAYS) > 0;
        self.now + TRAVEL + if is_slow { MOMENT } else { Duration::ZERO }
    }

    /// Chooses what befalls a call.
    fn trouble(&mut self, effect: Effect) -> Option<Trouble> {
        if self.troubles == 0 {
            return None;
        }
        let all = match (self.only, effect) {
            (Only::Late, Effect::Write) => &LATE[..],
            (Only::Slow, _) => &SLOW[..],
            (Only::Stopped, Effect::Write) => &STOPPED[..],
            (Only::SlowThenKilled, Effect::Write) if self.befallen > 0 => &KILLED[..],
            (Only::SlowThenKilled, Effect::Read) if self.befallen == 0 => &SLOW[..],
            (Only::Late | Only::Stopped | Only::SlowThenKilled, _) => &[],
            (Only::All, Effect::Write) => &TROUBLES[..],
            (Only::All, _) => &TROUBLES[..OF_READS],
        };
        let of = u32::try_from(all.len()).unwrap_or(0) + 1;
        let chosen = self.tape.pick(Kind::Trouble, of, self.odds) as usize;
        let trouble = chosen.checked_sub(1).map(|index| all[index])?;
        self.troubles -= 1;
        self.befallen += 1;
        Some(trouble)
    }

    fn is_one_machine(&self) -> bool {
        let mut hosts = self.processes.iter().map(|it| it.host);
        let first = hosts.next();
        hosts.all(|host| Some(host) == first)
    }

    fn disk_trouble(&mut self) -> u32 {
        if self.troubles == 0 || self.only != Only::All {
            return 0;
        }
        let chosen = self.tape.pick(Kind::Trouble, 3, self.odds);
        self.troubles -= u32::from(chosen > 0);
        self.befallen += u32::from(chosen > 0);
        self.is_anyone_silent |= chosen > 0;
        self.is_unheard |= chosen > 0;
        chosen
    }

    /// Sets the clock of a process' machine.
    fn set_clock(&mut self, me: usize, by: SignedDuration) {
        let machine = self.processes[me].host;
        let of_machine = self.processes.iter_mut();
        for process in of_machine.filter(|it| it.host == machine) {
            process.ahead += by;
        }
    }

    fn befall(&mut self, me: usize, call: Call, trouble: Option<Trouble>, effect: Effect) -> Heard {
        let is_write = effect == Effect::Write;
        // Nobody sees a file in the store before it is handed in, and a claim is given back.
        let tidies = call.method == "DELETE" || call.url.starts_with(STORE) || call.is_claim();
        self.processes[me].claims += u32::from(is_write && call.is_claim());
        self.is_unheard |= trouble.is_some() && call.line().contains("TestCase.create");
        self.is_anyone_silent |= trouble.is_some_and(|trouble| tidies || trouble.silences());
        let (fault, kills, loses) = match trouble {
            None => (None, false, false),
            Some(Trouble::Refused) => return Heard::Seen(Seen::Refused),
            Some(Trouble::Fault(fault)) => (Some(fault), false, false),
            Some(Trouble::Late(seconds)) => {
                let at = self.now + Duration::from_secs(seconds);
                // What is on its way counts as done: nobody can call it back.
                self.processes[me].writes += u32::from(!call.url.starts_with(STORE));
                self.late.push((at, me, call));
                return Heard::TimedOut;
            }
            Some(Trouble::Stray(seconds)) => {
                // Where another machine may be at the same, nobody there could know of it: then it never arrives.
                if self.is_one_machine() {
                    let at = self.now + Duration::from_secs(seconds);
                    self.late.push((at, me, call));
                }
                self.processes[me].is_dead = true;
                return Heard::TimedOut;
            }
            Some(Trouble::Kill(When::BeforeCommit)) => {
                self.processes[me].is_dead = true;
                return Heard::TimedOut;
            }
            Some(Trouble::Kill(When::AfterCommit)) => (None, true, false),
            Some(Trouble::Machine) => (None, true, true),
            Some(Trouble::Jump(seconds)) => {
                self.set_clock(me, SignedDuration::from_secs(seconds));
                (None, false, false)
            }
            Some(Trouble::Signal(signal)) => {
                self.processes[me].interrupt.raise(signal);
                (None, false, false)
            }
            Some(Trouble::Stop) => {
                self.stop(me);
                (None, false, false)
            }
        };
        let seen = self.ask(&call, fault);
        if is_write && !tidies && committed(&seen, fault) {
            self.processes[me].writes += 1;
        }
        if is_write {
            self.watch_who_is_alone();
        }
        if kills {
            self.processes[me].is_dead = true;
        }
        if loses {
            self.lose(self.processes[me].host);
        }
        Heard::Seen(seen)
    }

    /// Stops a process before it hears the answer: around one of the times by which the engine tells who is at work.
    fn stop(&mut self, me: usize) {
        let times = [self.settle * 2, self.settle, self.settle / 2];
        let of = if self.only == Only::Stopped { 1 } else { 3 };
        let time = times[self.tape.even_of(Kind::Extent, of) as usize];
        let second = Duration::from_secs(1);
        let (least, calls) = match self.tape.even_of(Kind::Extent, AROUND) {
            0 => (time.saturating_sub(second), 0),
            1 => (time + second, 0),
            calls => (time, calls - 1),
        };
        let until = self.now + least;
        self.pauses.insert(me, Pause { until, calls });
    }

    /// Loses a machine: its journal, and every process that runs there.
    fn lose(&mut self, machine: u32) {
        self.journals.remove(&machine);
        self.is_journal_lost = true;
        for (index, process) in self.processes.iter_mut().enumerate() {
            let mut workers = self.workers.iter().filter(|it| it.process == index);
            let is_there = workers.any(|it| it.ready.is_some());
            process.is_dead |= process.host == machine && is_there;
        }
    }
}

impl Pause {
    /// Returns when it is over. Where others make no calls, it does not last for ever.
    fn end(&self, longest: Duration) -> Duration {
        self.until
            + if self.calls > 0 {
                longest
            } else {
                Duration::ZERO
            }
    }
}

/// Returns whether a write stands, for all that was seen of it.
fn committed(seen: &Seen, fault: Option<Fault>) -> bool {
    match seen {
        // Kiwi TCMS says so with HTTP 200.
        Seen::Answer(_) if matches!(fault, Some(Fault::Status(When::BeforeCommit, ..))) => false,
        Seen::Answer(answer) | Seen::CutShort(answer) => {
            // A fault that answers in the service's place may have let it do its work.
            answer.is_success() || fault.is_some_and(hides_work)
        }
        Seen::Closed | Seen::Silence(_) => fault.is_some_and(hides_work),
        Seen::Refused => false,
    }
}

/// Tells whether the service does its work although its answer does not say so.
fn hides_work(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Close(When::AfterCommit)
            | Fault::Stall(When::AfterCommit, _)
            | Fault::Status(When::AfterCommit, ..)
            | Fault::Html(When::AfterCommit, _)
            | Fault::Truncate
    )
}

/// What befalls a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    Fault(Fault),
    Refused,
    /// It arrives so many seconds later, long after its sender gave up.
    Late(u64),
    Kill(When),
    /// Its sender is killed, and it arrives so many seconds later.
    Stray(u64),
    /// The machine is lost, with its journal.
    Machine,
    Signal(Signal),
    /// The clock of its sender's machine is set by so many seconds.
    Jump(i64),
    /// Its sender stands still for about as long as one of the engine's own times.
    Stop,
}

impl Trouble {
    /// Tells whether nothing is heard of its sender for longer than others wait.
    fn silences(self) -> bool {
        match self {
            Self::Fault(fault) => matches!(fault, Fault::Throttle(RetryAfter::Seconds(AGES))),
            Self::Kill(_) | Self::Stray(_) | Self::Machine | Self::Signal(_) | Self::Stop => true,
            Self::Refused | Self::Late(_) | Self::Jump(_) => false,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Fault(fault) => fault.label(),
            Self::Refused => "refused".to_owned(),
            Self::Late(seconds) => format!("it will arrive {seconds} s later"),
            Self::Kill(When::BeforeCommit) => "killed before it arrives".to_owned(),
            Self::Kill(When::AfterCommit) => "killed before it hears the answer".to_owned(),
            Self::Stray(seconds) => format!("killed, and it will arrive {seconds} s later"),
            Self::Machine => "its machine is lost, with the journal".to_owned(),
            Self::Jump(seconds) => format!("its clock is set by {seconds} s"),
            Self::Stop => "its sender is stopped before it hears the answer".to_owned(),
            Self::Signal(signal) => format!("{signal:?} while it waits for the answer"),
        }
    }
}

const STALL: Duration = Duration::from_hours(1);
/// For how many seconds a service asks to wait so that others take over meanwhile.
const AGES: u64 = 200;
/// How many of [`TROUBLES`] befall reads too.
const OF_READS: usize = 19;
/// In how many ways a process stands still around one of the engine's times.
const AROUND: u32 = 14;

/// What befalls writes where nothing else does.
const LATE: [Trouble; 2] = [Trouble::Late(33), Trouble::Stray(5)];

/// What befalls calls where their sender is only slow.
const SLOW: [Trouble; 1] = [Trouble::Fault(Fault::Throttle(RetryAfter::Seconds(AGES)))];

/// What befalls writes where their sender is only stopped.
const STOPPED: [Trouble; 1] = [Trouble::Stop];

/// What befalls the other one.
const KILLED: [Trouble; 1] = [Trouble::Kill(When::AfterCommit)];

/// Everything that befalls calls.
const TROUBLES: [Trouble; 31] = {
    use Trouble::{Fault as F, Jump, Kill, Late, Machine, Refused, Signal as S, Stop, Stray};
    use When::{AfterCommit, BeforeCommit};
    [
        F(Fault::CLOSE_AFTER_COMMIT),
        Kill(AfterCommit),
        Kill(BeforeCommit),
        F(Fault::Truncate),
        F(Fault::status(BeforeCommit, 503)),
        F(Fault::too_many_requests(RetryAfter::Seconds(1))),
        F(Fault::too_many_requests(RetryAfter::Silent)),
        F(Fault::Throttle(RetryAfter::Seconds(1))),
        F(Fault::Stall(BeforeCommit, STALL)),
        F(Fault::SignIn),
        F(Fault::Html(BeforeCommit, 200)),
        Refused,
        Machine,
        S(Signal::Interrupt),
        S(Signal::Terminate),
        Jump(7200),
        Jump(-7200),
        F(Fault::Throttle(RetryAfter::Seconds(AGES))),
        Stop,
        F(Fault::CLOSE_AFTER_COMMIT),
        F(Fault::CLOSE_BEFORE_READING),
        F(Fault::Stall(AfterCommit, STALL)),
        F(Fault::status(AfterCommit, 500)),
        F(Fault::status(BeforeCommit, 500)),
        F(Fault::status(AfterCommit, 503)),
        F(Fault::status(BeforeCommit, 400)),
        F(Fault::status(BeforeCommit, 413)),
        F(Fault::Html(AfterCommit, 200)),
        F(Fault::too_many_requests(RetryAfter::Date(2))),
        Late(33),
        Stray(5),
    ]
};

#[expect(
    clippy::disallowed_methods,
    reason = "a point in time can only be made from one"
)]
fn epoch() -> Instant {
    Instant::now()
}
