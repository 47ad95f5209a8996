//! A round: a scene is played, each process that did not come to its end is run again, and a judge looks at what stands there.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use handin::settings::Environment;
use jiff::tz::{TimeZone, offset};

use crate::machine::{Paper, Place};
use crate::scene::{Command, Limits, Plot, Scene, Service};
use crate::sim::{Machine, Sim};
use crate::tape::{Choice, Kind, Tape};
use crate::world::Standing;

/// How often a command is run again until it says that all is done.
const REPEATS: usize = 4;
/// The words after which the ids follow of what stands there besides and is not taken back.
const NAMED: &str = "not taken back: ";

/// How a round is played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputOptions {
    pub(crate) limits: Limits,
    /// How many troubles come at most.
    pub(crate) troubles: u32,
    /// How likely a trouble is at each call, in 1000.
    pub(crate) odds: u32,
    /// How likely another process gets the turn, in 1000.
    pub(crate) restless: u32,
    /// Which troubles come.
    pub(crate) only: Only,
}

/// Which troubles come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Only {
    All,
    /// A write arrives late.
    Late,
    /// The service asks to wait for so long that others take over.
    Slow,
    /// So it does once, and then a process dies at a write.
    SlowThenKilled,
    /// The sender of a write stands still for about as long as others wait.
    Stopped,
}

impl Default for OutputOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            troubles: 2,
            odds: 40,
            restless: 250,
            only: Only::All,
        }
    }
}

/// What became of a round.
pub(crate) struct Played {
    pub(crate) complaint: Option<String>,
    pub(crate) story: Vec<String>,
    pub(crate) made: Vec<Choice>,
    pub(crate) schedule: u64,
    /// How many turns it took.
    pub(crate) turns: u64,
}

/// How a process ended.
struct Ended {
    /// None when it was killed.
    code: Option<u8>,
    out: String,
    err: String,
    standing: Standing,
    writes: u32,
    claims: u32,
    panic: Option<String>,
}

/// Plays a round by a tape.
pub(crate) fn play(mut tape: Tape, manner: OutputOptions, folder: &Path) -> Played {
    let scene = Scene::choose(&mut tape, manner.limits);
    let machines: Vec<Machine> = scene
        .commands
        .iter()
        .map(|command| machine(command, scene.has_locks))
        .collect();
    let sim = Sim::new(
        (scene.world(), scene.service.settle()),
        &machines,
        tape,
        manner,
    );
    let complaint = Stage {
        scene: &scene,
        sim: &sim,
        folder,
        told: Mutex::default(),
        untold: Mutex::default(),
    }
    .play()
    .err();
    let inner = sim.lock();
    let mut story = vec![format!("{:?} on {:?}", scene.plot, scene.service)];
    story.extend(inner.story.iter().cloned());
    Played {
        complaint,
        story,
        made: inner.tape.made.clone(),
        schedule: inner.schedule,
        turns: inner.count,
    }
}

fn machine(command: &Command, has_locks: bool) -> Machine {
    Machine {
        name: command.name.clone(),
        host: command.machine,
        ahead: command.ahead,
        zone: TimeZone::fixed(offset(command.zone)),
        starts: command.starts,
        has_locks,
    }
}

struct Stage<'a> {
    scene: &'a Scene,
    sim: &'a Arc<Sim>,
    folder: &'a Path,
    /// What the last call of each process told people, line by line.
    told: Mutex<Vec<String>>,
    /// What people were not told, by the process that should have: it counts when all else is right.
    untold: Mutex<Option<String>>,
}

impl Stage<'_> {
    fn play(&self) -> Result<(), String> {
        let acts = self
            .scene
            .commands
            .iter()
            .map(|it| it.act)
            .max()
            .unwrap_or(0);
        for act in 0..=acts {
            let who: Vec<usize> = (0..self.scene.commands.len())
                .filter(|who| self.scene.commands[*who].act == act)
                .collect();
            let ended = self.run(&who);
            for (who, ended) in who.iter().zip(&ended) {
                self.judge(*who, ended)?;
            }
            self.complete(&who, &ended)?;
            if self.scene.plot == Plot::Person && act < acts {
                self.sim.person();
            }
        }
        self.end()
    }

    /// Runs these commands at the same time, and waits for all of them.
    fn run(&self, who: &[usize]) -> Vec<Ended> {
        self.sim.begin(who);
        std::thread::scope(|scope| {
            let threads: Vec<_> = who
                .iter()
                .map(|me| {
                    let (place, me) = (
                        Place {
                            sim: Arc::clone(self.sim),
                            me: *me,
                        },
                        *me,
                    );
                    scope.spawn(move || self.process(&place, me))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a process ends in order"))
                .collect()
        })
    }

    fn process(&self, place: &Place, me: usize) -> Ended {
        self.sim.enter(me);
        let command = &self.scene.commands[me];
        let environment: Environment = self.scene.environment(command).into_iter().collect();
        // Each call has numbers of its own: those of an earlier one would let it know again what only chance tells apart.
        let seed = self.sim.lock().story.len() * self.scene.commands.len() + me;
        let (surroundings, out, err) = place.surroundings(environment, seed as u64);
        let arguments = self.scene.arguments(command, self.folder);
        let arguments = arguments.into_iter().map(Into::into);
        let ended = std::panic::catch_unwind(AssertUnwindSafe(|| {
            handin::cli::run_in(surroundings, arguments).code()
        }));
        self.ended(
            me,
            ended.map_err(|cause| crate::panics::words(&*cause)),
            (&out, &err),
        )
    }

    fn ended(&self, me: usize, ended: Result<u8, String>, (out, err): (&Paper, &Paper)) -> Ended {
        let (is_dead, writes, claims) = {
            let process = &self.sim.lock().processes[me];
            (process.is_dead, process.writes, process.claims)
        };
        let (code, panic) = match ended {
            _ if is_dead => (None, None),
            Ok(code) => (Some(code), None),
            Err(panic) => (None, Some(panic)),
        };
        let (out, err) = (out.text(), err.text());
        let told = match (code, &panic) {
            (Some(code), _) => format!("ends with {code}"),
            (None, Some(panic)) => format!("panics: {panic}"),
            (None, None) => "is dead".to_owned(),
        };
        let mut inner = self.sim.lock();
        inner.tell(Some(me), &told);
        for line in err.lines() {
            inner.story.push(format!("{:24}│ {line}", ""));
        }
        drop(inner);
        let standing = self.sim.leave(me);
        Ended {
            code,
            out,
            err,
            standing,
            writes,
            claims,
            panic,
        }
    }

    /// Runs again what did not come to its end: one after the other, and nothing befalls anyone.
    fn complete(&self, who: &[usize], ended: &[Ended]) -> Result<(), String> {
        self.sim.heal();
        let is_late = self.sim.lock().is_anything_late();
        // Where the journal is lost, a person comes later than anything that is still on its way; else perhaps at once.
        let hurries = {
            let mut inner = self.sim.lock();
            is_late && !inner.is_journal_lost && inner.tape.pick(Kind::Trouble, 2, 500) == 0
        };
        if !hurries {
            self.await_what_is_late();
            return self.repeat(who, ended, is_late, 20);
        }
        self.repeat(who, ended, false, 1)?;
        // All say that it is done: what still arrives finds its place taken, or comes where it was waited for.
        let before = self.sim.lock().world.standing();
        self.await_what_is_late();
        let after = self.sim.lock().world.standing();
        let open = |standing: &Standing| -> Vec<String> {
            // Who says late that it writes is found out by the next who wants to write, and so is a case that comes late.
            let open = standing.open.iter().map(|(what, _)| what.clone());
            let is_theirs = |what: &String| what.starts_with("claim ") || what.starts_with("idle ");
            open.filter(|what| !is_theirs(what)).collect()
        };
        let is_same = before.results == after.results && open(&before) == open(&after);
        // Where nothing can be locked, two processes of one machine write the same names into one journal.
        if !is_same && !self.scene.shares_without_locks() {
            return Err(format!(
                "all had ended with 0, and what arrived after that made {:?} and {:?} of {:?} and {:?}",
                after.results, after.open, before.results, before.open
            ));
        }
        self.repeat(who, ended, true, 20)
    }

    fn await_what_is_late(&self) {
        while self.sim.lock().is_anything_late() {
            self.sim.rest(Duration::from_mins(1));
        }
    }

    /// Runs commands again until they say that all is done: those that did not, or all.
    fn repeat(&self, who: &[usize], ended: &[Ended], all: bool, pause: u64) -> Result<(), String> {
        for (me, ended) in who.iter().zip(ended) {
            let mut code = ended.code.filter(|_| !all);
            for _ in 0..REPEATS {
                if code == Some(0) {
                    break;
                }
                self.sim.rest(Duration::from_secs(pause));
                let again = self.run(&[*me]).pop().ok_or("nobody ran")?;
                self.judge(*me, &again)?;
                code = again.code;
            }
            if code != Some(0) {
                return Err(format!(
                    "`{}` is not whole after {REPEATS} calls without any trouble: it ends with {code:?}",
                    self.scene.commands[*me].name
                ));
            }
        }
        Ok(())
    }

    /// Holds what a process said against what stood there when it said it.
    fn judge(&self, me: usize, ended: &Ended) -> Result<(), String> {
        let name = &self.scene.commands[me].name;
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(ended.err.lines().map(str::to_owned));
        if let Some(panic) = &ended.panic {
            return Err(format!("`{name}` panics: {panic}"));
        }
        if self
            .sim
            .lock()
            .story
            .iter()
            .any(|line| line.contains("has waited for ever"))
        {
            return Err(format!("`{name}` waits for ever"));
        }
        if let Some(warning) = untold(ended) {
            *self.untold.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(format!("`{name}` warns in its document alone: {warning}"));
        }
        let retracted = self.sim.lock().retracted_alone();
        if !retracted.is_empty() {
            return Err(format!(
                "`{name}` is alone, and takes back what it made: {retracted}"
            ));
        }
        let wanted = self.scene.of_command(&self.scene.commands[me]);
        let lacks = |(test, outcome): &&(String, String)| {
            !ended
                .standing
                .results
                .iter()
                .any(|(there, shown)| there == test && shown == outcome)
        };
        let lacking: Vec<&(String, String)> = wanted.iter().filter(lacks).collect();
        self.judge_turns(name, ended)?;
        let is_befallen = self.sim.lock().befallen > 0;
        match ended.code {
            Some(code) if code != 0 && !is_befallen => Err(format!(
                "`{name}` says {code}, and nothing befell anyone: {}",
                ended.err
            )),
            None | Some(7 | 8) => Ok(()),
            Some(0) if lacking.is_empty() => Ok(()),
            Some(0) => Err(format!(
                "`{name}` says 0, and there is no {lacking:?} among {:?}",
                ended.standing.results
            )),
            Some(4 | 5 | 6 | 130 | 143) if ended.writes == 0 => Ok(()),
            // The disk was full before anything was sent.
            Some(1) if ended.writes == 0 && ended.err.contains("no storage space") => Ok(()),
            Some(code) => Err(format!(
                "`{name}` says {code} after {} writes: {}",
                ended.writes, ended.err
            )),
        }
    }

    /// Holds what a process did to have its turn against what the others did.
    fn judge_turns(&self, name: &str, ended: &Ended) -> Result<(), String> {
        let (befallen, is_anyone_silent) = {
            let inner = self.sim.lock();
            (inner.befallen, inner.is_anyone_silent)
        };
        if befallen < 2 && !is_anyone_silent && ended.err.contains("has done nothing since") {
            return Err(format!(
                "`{name}` takes over from a process that is only looking for what it sent"
            ));
        }
        if befallen == 0 && ended.writes == 0 && ended.claims > 0 && self.scene.is_one_by_one() {
            return Err(format!("`{name}` claims, and has nothing to write"));
        }
        Ok(())
    }

    /// Looks at what stands there when all is over.
    fn end(&self) -> Result<(), String> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_named = |id: &str| {
            let lists = told.iter().filter_map(|it| it.split_once(NAMED));
            let mut ids = lists.flat_map(|(_, ids)| ids.split(", "));
            ids.any(|it| it.trim() == id)
        };
        let is_left = |id: &str| {
            let stays = format!(" {id} could not be taken back");
            told.iter().any(|it| it.contains(&stays))
        };
        let (mut standing, is_journal_lost, is_befallen, is_unheard) = {
            let inner = self.sim.lock();
            (
                inner.world.standing(),
                inner.is_journal_lost,
                inner.befallen > 0,
                inner.is_unheard,
            )
        };
        let may_be_named = |what: &str| {
            // Whose it was only the journal could tell, and a lock that its holder is dead. What others may use already stays.
            let is_used = self.scene.service == Service::Qtest || what.starts_with("case ");
            let is_anybodys = is_unheard && what.starts_with("idle ");
            is_befallen && (is_journal_lost || !self.scene.has_locks || is_used || is_anybodys)
        };
        let is_ours = |what: &str| what.starts_with("claim ") || what.starts_with("idle ");
        // Of what says that somebody writes it is told that it stays: the next who wants to write takes it away.
        let is_told = |(what, id): &(String, String)| {
            (may_be_named(what) && is_named(id)) || (is_ours(what) && is_left(id))
        };
        standing.open.retain(|it| !is_told(it));
        standing.containers.retain(|it| !is_told(it));
        let mut doubled = standing.doubled();
        // Runs of Azure are counted.
        doubled.retain(|what| self.scene.service != Service::Azure || !what.starts_with("run "));
        if !doubled.is_empty() {
            return Err(format!("there is more than one of {doubled:?}"));
        }
        if !standing.open.is_empty() {
            return Err(format!("left open: {:?}", standing.open));
        }
        let expected = self.scene.expected();
        if self.scene.results(&standing) != expected {
            return Err(format!(
                "there stands {:?} instead of {expected:?}",
                standing.results
            ));
        }
        let runs = standing.containers.iter();
        let runs = runs.filter(|(what, _)| what.starts_with("run ")).count();
        if self.scene.service == Service::Azure && !self.scene.allows_runs(runs) {
            return Err(format!("there are {runs} runs: {:?}", standing.containers));
        }
        self.untold
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .map_or(Ok(()), Err)
    }
}

/// Returns a warning of the JSON document that a person is not told.
fn untold(ended: &Ended) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(&ended.out).ok()?;
    let submissions = document["submissions"].as_array()?.iter();
    let mut warnings = submissions.flat_map(|it| it["warnings"].as_array().into_iter().flatten());
    warnings.find_map(|warning| {
        let message = warning["message"].as_str()?;
        (!ended.err.contains(message)).then(|| message.to_owned())
    })
}
