//! Exactly once, at random: random reports, faults, kills and losses of the journal, at most three calls.
//!
//! The last call is under no fault; after it the stand-in holds each result exactly once, each case shows the newest result, and no
//! exit code lied: 0 only where all stands there, 4 to 6 only where this call wrote nothing, 8 only where something stands there. A
//! further call hands nothing in. One line a round tells what was done. `HANDIN_CHAOS_SEED` says with which seed to begin, `HANDIN_CHAOS_ROUNDS` how many rounds to play; each round
//! has the next seed, so a failing one is played again by its own seed and one round.

#![expect(
    clippy::disallowed_methods,
    reason = "the test measures time, and waits as no command does"
)]

mod archive;

use std::fmt::Write as _;
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use archive::Archive;
use fastrand::Rng;
use handin_sandbox::Next;
use handin_sandbox::fault::{Fault, RetryAfter, Rule, When};

use crate::matrix::scene::{self, Holding, Scene, Stage};
use crate::matrix::{azure, katalon, qtest};

/// Each round mostly waits, so many more are played at once than there are processors.
const WORKERS: usize = 12;
const FIRST_SEED: u64 = 1;
const ROUNDS: u64 = 120;
/// No round begins after that, unless rounds were asked for.
const BUDGET: Duration = Duration::from_secs(40);
/// Longer than the whole command may take.
const STALL: Duration = Duration::from_secs(20);

#[test]
fn each_result_stands_once_whatever_chance_brings() {
    let asked = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let first = asked("HANDIN_CHAOS_SEED").unwrap_or(FIRST_SEED);
    let rounds = asked("HANDIN_CHAOS_ROUNDS");
    let (begun, next) = (Instant::now(), AtomicU64::new(0));
    let complaints = Mutex::new(Vec::new());
    let played = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for _ in 0..WORKERS {
            threads.spawn(|| {
                while rounds.is_some() || begun.elapsed() < BUDGET {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= rounds.unwrap_or(ROUNDS) {
                        break;
                    }
                    let complaint = play(first + round).err();
                    played.fetch_add(1, Ordering::Relaxed);
                    let mut all = complaints.lock().unwrap_or_else(PoisonError::into_inner);
                    all.extend(complaint);
                }
            });
        }
    });
    println!(
        "chaos: {played:?} rounds from seed {first} in {:.0?}",
        begun.elapsed()
    );
    let complaints = complaints
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    assert!(
        complaints.is_empty(),
        "{} rounds failed:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Plays one round. Returns what is wrong, with the seed and the log of its calls.
fn play(seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    let (name, stage) = stage(&mut rng);
    let mut log = format!(
        "chaos seed {seed}: {name} `{}`",
        stage.arguments().join(" ")
    );
    let mut said = String::new();
    let verdict = calls(&*stage, &mut rng, &mut log, &mut said);
    println!("{log}: {}", verdict.as_ref().map_or("wrong", |()| "right"));
    verdict.map_err(|lie| format!("{log}: {lie}\n{said}"))
}

/// Makes up to three calls, the last of them without a fault.
fn calls(
    stage: &dyn Stage,
    rng: &mut Rng,
    log: &mut String,
    said: &mut String,
) -> Result<(), String> {
    let troubled = rng.usize(1..=2);
    for number in 1..=3 {
        let before = stage.committed();
        let kill = if number <= troubled {
            trouble(stage, rng, log)
        } else {
            None
        };
        let (code, words) = call(stage, kill, number > troubled);
        stage.heal();
        let holding = stage.holds();
        write!(log, " → exit {code:?}, {holding:?};").unwrap();
        write!(said, "--- call {number}\n{words}").unwrap();
        judge(code, &holding, stage.committed() - before)
            .map_err(|lie| format!("call {number}: {lie}"))?;
        if code == Some(0) {
            return once_more(stage);
        }
        if rng.u8(..3) == 0 && !stage.begins_anew() {
            *log += " journal lost,";
            stage.desk().forget_journal();
        }
    }
    Err("not whole after three calls".to_owned())
}

/// Holds an exit code against what stands there and what this call did. *Nothing was written* is said of this call; what an earlier
/// one wrote may be there.
fn judge(code: Option<i32>, holding: &Holding, written: usize) -> Result<(), String> {
    match (code, holding) {
        (Some(4..=6), Holding::Nothing | Holding::Part | Holding::All) if written == 0 => Ok(()),
        (Some(4..=6), _) => Err(format!("exit {code:?} after {written} writes, {holding:?}")),
        _ => scene::judge(code, holding),
    }
}

/// Calls the program once more, with its journal: it knows everything and writes nothing.
fn once_more(stage: &dyn Stage) -> Result<(), String> {
    if stage.begins_anew() {
        return Ok(());
    }
    let before = stage.committed();
    let (code, words) = call(stage, None, true);
    let written = stage.committed() - before;
    match (code, stage.holds(), written) {
        (Some(0), Holding::All, 0) => Ok(()),
        (_, holding, _) => Err(format!(
            "once more: exit {code:?} after {written} writes, {holding:?}\n{words}"
        )),
    }
}

/// Random reports for Azure, or one of the scenes of the matrix.
fn stage(rng: &mut Rng) -> (&'static str, Box<dyn Stage>) {
    let scenes: [&[Scene]; 3] = [&azure::SCENES, &qtest::SCENES, &katalon::SCENES];
    match rng.usize(..6).checked_sub(3) {
        None => ("azure archive", Box::new(Archive::random(rng))),
        Some(service) => {
            let scene = rng.choice(scenes[service]).unwrap();
            (scene.name, (scene.set)())
        }
    }
}

/// Prepares random faults. Returns the write, and the moment of it, at which the program is to be killed.
fn trouble(stage: &dyn Stage, rng: &mut Rng, log: &mut String) -> Option<(usize, When)> {
    for _ in 0..rng.usize(0..=2) {
        let (fault, nth) = (fault(rng), rng.usize(1..=8));
        let times = if rng.u8(..6) == 0 { 100 } else { 1 };
        let writes = rng.u8(..4) > 0;
        let rule = Rule::new(fault).nth(nth).times(times);
        stage.add(if writes { rule.writes() } else { rule.reads() });
        let which = if writes { "write" } else { "read" };
        write!(log, " {} at {which} {nth} × {times},", fault.label()).unwrap();
    }
    if rng.bool() {
        return None;
    }
    let (nth, when) = (rng.usize(1..=8), moment(rng));
    write!(log, " killed at write {nth} {when:?},").unwrap();
    Some((stage.writes() + nth, when))
}

fn moment(rng: &mut Rng) -> When {
    if rng.bool() {
        When::BeforeCommit
    } else {
        When::AfterCommit
    }
}

fn fault(rng: &mut Rng) -> Fault {
    let when = moment(rng);
    match rng.u8(..10) {
        0 | 1 => Fault::Close(when),
        2 => Fault::Stall(when, STALL),
        3 => Fault::Truncate,
        4 => Fault::too_many_requests(RetryAfter::Seconds(1)),
        5 => Fault::status(when, 500),
        6 => Fault::status(when, 503),
        7 => Fault::SignIn,
        8 => Fault::Html(when, 200),
        _ => Fault::ShutDoor(Duration::from_millis(400)),
    }
}

/// Calls the program, and kills it where that is wanted. Returns its exit code and what it said.
fn call(stage: &dyn Stage, kill: Option<(usize, When)>, patient: bool) -> (Option<i32>, String) {
    let arguments = if patient {
        stage.within(scene::PATIENT)
    } else {
        stage.arguments()
    };
    let victim = Arc::new(Mutex::new(None::<Child>));
    if let Some((write, when)) = kill {
        let victim = Arc::clone(&victim);
        stage.hook(Box::new(move |it| {
            if it.write != Some(write) || it.when != when {
                return Next::GoOn;
            }
            if let Some(child) = &mut *victim.lock().unwrap() {
                child.kill().unwrap();
            }
            Next::Close
        }));
    }
    let mut command = stage.desk().command(&arguments);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    *victim.lock().unwrap() = Some(child);
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    let status = victim.lock().unwrap().as_mut().unwrap().wait().unwrap();
    // What was on its way from other threads of a killed program arrives.
    std::thread::sleep(Duration::from_millis(100));
    // Windows knows no signals: a killed program has the exit code 1.
    let is_own = |code: &i32| !(cfg!(windows) && kill.is_some() && *code == 1);
    (status.code().filter(is_own), said)
}
