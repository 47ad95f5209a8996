//! The simulator: whole processes of the program against stand-ins, in virtual time, under a scheduler that chooses whose turn it is
//! and what befalls whom. Everything comes from a seed.
//!
//! ```text
//! cargo test --test sim                                    what .ci/run plays
//! HANDIN_SIM_ROUNDS=100000 cargo test --test sim chance    a night's work
//! HANDIN_SIM_SEED=4711 HANDIN_SIM_ROUNDS=1 cargo test --test sim chance
//! HANDIN_SIM_TAPE=0,1,0,1,0,1,2 cargo test --test sim chance
//! ```
//!
//! `HANDIN_SIM_SERVICE`, `HANDIN_SIM_PLOT` and `HANDIN_SIM_TROUBLES` limit what chance may bring; `HANDIN_SIM_WHOLE` plays every schedule of the
//! small worlds instead of a sample; `HANDIN_SIM_STOP` plays nothing more once a round has failed, not even to tell it; `HANDIN_SIM_TELL`
//! tells the story of what is known to fail, too, and of a tape that is played.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod explore;
mod machine;
mod panics;
mod round;
mod scene;
mod sim;
mod tape;
mod trials;
mod world;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use explore::Sample;
use round::{OutputOptions, Played, play};
use scene::{Limits, Plot, Service};
use sim::TURNS;
use tape::{Kind, Tape};
use trials::Trial;

/// How many rounds chance plays where nobody says.
const ROUNDS: u64 = 500;
/// How many schedules of each small world are played where nobody wants all.
const SAMPLE: usize = 100;
/// The trial of chance.
const CHANCE: &str = "chance_finds_nothing_that_stands_twice_or_is_lost";

fn main() -> ExitCode {
    panics::keep();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|it| it == flag);
    let wanted: Vec<&String> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    let is_wanted = |name: &str| {
        wanted.is_empty()
            || wanted.iter().any(|it| {
                if has("--exact") {
                    it.as_str() == name
                } else {
                    name.contains(it.as_str())
                }
            })
    };
    let trials: Vec<Trial> = trials::all()
        .into_iter()
        .filter(|trial| is_wanted(&trial.name))
        .collect();
    if has("--list") {
        if !has("--ignored") {
            for trial in &trials {
                println!("{}: test", trial.name);
            }
            if is_wanted(CHANCE) {
                println!("{CHANCE}: test");
            }
        }
        return ExitCode::SUCCESS;
    }
    let manner = manner();
    let (mut all, mut failed) = (Found::default(), 0);
    for (trial, found) in trials.iter().zip(tried(&trials, manner)) {
        let is_right = told(&trial.name, &found, trial.known);
        failed += u32::from(!is_right);
        all.add(found);
    }
    if is_wanted(CHANCE) {
        let found = chance(manner);
        failed += u32::from(!told(CHANCE, &found, None));
        all.add(found);
    }
    println!("{} rounds, {} schedules", all.rounds, all.schedules.len());
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Returns how many rounds are played at once. Two a processor: where a process of one hands its turn on, the other has something to do.
fn workers() -> usize {
    2 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs the trials, several at once.
fn tried(trials: &[Trial], manner: OutputOptions) -> Vec<Found> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Found>> = Mutex::default();
    let workers = workers();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let folder = tempfile::tempdir().expect("a folder");
                scene::furnish(folder.path());
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(trial) = trials.get(index) else {
                        break;
                    };
                    let found = trial.run(folder.path(), manner, sample());
                    let is_enough = found.is_enough();
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.insert(index, found);
                    if is_enough {
                        next.store(trials.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_values().collect()
}

/// Tells what a trial came to, and whether that is right: one that is known to fail has to fail.
fn told(name: &str, found: &Found, known: Option<&str>) -> bool {
    let is_clean = found.complaints.is_empty();
    // One that is known to fail need not fail in a sample.
    let is_right = is_clean == known.is_none() || (is_clean && sample().is_some());
    let verdict = match (is_clean, known) {
        (true, Some(_)) if is_right => "ok in this sample".to_owned(),
        (true, None) => "ok".to_owned(),
        (false, Some(why)) => format!("fails, as is known: {why}"),
        (true, Some(_)) => "ok, and is on the list of what fails: take it out there".to_owned(),
        (false, None) => "FAILED".to_owned(),
    };
    println!("{name}: {} rounds, {verdict}", found.rounds);
    if !is_right || text("HANDIN_SIM_TELL").is_some() {
        for (complaint, (source, count)) in &found.complaints {
            println!("  {count} × {complaint} (first: {source})");
        }
        let first = found.complaints.values().next();
        if let Some((source, _)) = first.filter(|_| !found.is_enough()) {
            println!("{}", story(source, found.manner));
        }
    }
    is_right
}

fn asked(name: &str) -> Option<u64> {
    text(name)?.parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test is told by its environment how long to play"
)]
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All schedules of the small worlds are played with `HANDIN_SIM_WHOLE`.
fn sample() -> Option<Sample> {
    text("HANDIN_SIM_WHOLE").is_none().then_some(Sample(SAMPLE))
}

fn manner() -> OutputOptions {
    let usual = OutputOptions::default();
    let number = |name: &str, usual: u32| {
        asked(name)
            .and_then(|it| u32::try_from(it).ok())
            .unwrap_or(usual)
    };
    let plot = text("HANDIN_SIM_PLOT");
    OutputOptions {
        limits: Limits {
            service: text("HANDIN_SIM_SERVICE").and_then(|word| Service::of_word(&word)),
            plot: plot.and_then(|word| {
                Plot::ALL
                    .into_iter()
                    .find(|plot| format!("{plot:?}").eq_ignore_ascii_case(&word))
            }),
        },
        troubles: number("HANDIN_SIM_TROUBLES", usual.troubles),
        ..usual
    }
}

/// What many rounds came to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) rounds: u64,
    schedules: HashSet<u64>,
    /// The beginning of each complaint, with the seed or the tape that led to it first, and how many did.
    complaints: BTreeMap<String, (String, u64)>,
    /// How the rounds were played.
    pub(crate) manner: OutputOptions,
}

impl Found {
    pub(crate) fn take(&mut self, source: &str, played: &Played) {
        self.rounds += 1;
        self.schedules.insert(played.schedule);
        if let Some(complaint) = &played.complaint {
            let head = played.story.first().cloned().unwrap_or_default();
            let kind: String = complaint.chars().take(90).collect();
            let entry = self
                .complaints
                .entry(format!("{head}: {kind}"))
                .or_insert_with(|| (source.to_owned(), 0));
            entry.1 += 1;
        }
    }

    /// Tells whether nothing more is to be played: a round has failed, and one is enough.
    pub(crate) fn is_enough(&self) -> bool {
        !self.complaints.is_empty() && text("HANDIN_SIM_STOP").is_some()
    }

    fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.schedules.extend(other.schedules);
    }
}

/// Plays many rounds by chance.
fn chance(manner: OutputOptions) -> Found {
    if let Some(tape) = text("HANDIN_SIM_TAPE") {
        let folder = furnished();
        let mut found = Found {
            manner,
            ..Found::default()
        };
        let played = play(source(&tape), manner, folder.path());
        if played.complaint.is_none() && text("HANDIN_SIM_TELL").is_some() {
            println!("{}", played.story.join("\n"));
        }
        found.take(&tape, &played);
        return found;
    }
    let rounds = asked("HANDIN_SIM_ROUNDS").unwrap_or(ROUNDS);
    let first = asked("HANDIN_SIM_SEED").unwrap_or(1);
    let next = AtomicU64::new(first);
    let found = Mutex::new(Found {
        manner,
        ..Found::default()
    });
    let workers = workers();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let folder = furnished();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + rounds {
                        break;
                    }
                    let played = play(Tape::seeded(seed), manner, folder.path());
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.take(&seed.to_string(), &played);
                    if found.is_enough() {
                        next.store(first + rounds, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn furnished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    scene::furnish(folder.path());
    folder
}

/// Returns the tape of a seed, or of choices with commas between them.
fn source(text: &str) -> Tape {
    text.parse().map_or_else(
        |_| {
            let choices = text.trim_matches(['[', ']']).split(',');
            Tape::of(choices.filter_map(|it| it.trim().parse().ok()).collect())
        },
        Tape::seeded,
    )
}

/// Plays a failing round again, makes it as short as it gets, and tells it as a story.
fn story(from: &str, manner: OutputOptions) -> String {
    let folder = furnished();
    let failing = play(source(from), manner, folder.path());
    let failing = shrunk(failing, manner, folder.path());
    let complaint = failing.complaint.unwrap_or_default();
    let tape: Vec<u32> = failing.made.iter().map(|it| it.value).collect();
    let end = tape.iter().rposition(|it| *it != 0).map_or(0, |at| at + 1);
    format!(
        "first: {from}\ntape: {:?}\n{}\n→ {complaint}",
        &tape[..end],
        failing.story.join("\n")
    )
}

/// Takes turns and troubles out of a failing round, as long as it goes on failing in the same way.
fn shrunk(mut failing: Played, manner: OutputOptions, folder: &Path) -> Played {
    let kind = |played: &Played| -> Option<String> {
        let complaint = played.complaint.as_ref()?;
        let words = complaint.split(' ').filter(|word| !word.contains('`'));
        Some(words.take(2).collect())
    };
    let wanted = kind(&failing);
    // A round that never ends costs as many turns as hundreds of others.
    let (mut tries, mut turns) = (300_u32, 10 * TURNS);
    let mut size = failing.made.len().max(1);
    while size > 0 && tries > 0 && turns > 0 && wanted.is_some() {
        let mut at = 0;
        while at < failing.made.len() && tries > 0 && turns > 0 {
            let mut given: Vec<u32> = failing.made.iter().map(|it| it.value).collect();
            let mut is_changed = false;
            for index in at..(at + size).min(given.len()) {
                if failing.made[index].kind != Kind::Scene && given[index] != 0 {
                    given[index] = 0;
                    is_changed = true;
                }
            }
            if is_changed {
                let played = play(Tape::of(given), manner, folder);
                (tries, turns) = (tries - 1, turns.saturating_sub(played.turns));
                if kind(&played) == wanted {
                    failing = played;
                    continue;
                }
            }
            at += size;
        }
        size /= 2;
    }
    failing
}
