//! The specification of *submit once*: every service × every write × every fault.
//!
//! After at most three calls the stand-in holds each result exactly once, and no exit code lied. `cargo test matrix -- --nocapture`
//! lists what was run.

pub(crate) mod azure;
mod fault;
pub(crate) mod katalon;
pub(crate) mod qtest;
pub(crate) mod scene;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use fault::{FAULTS, MatrixFault};
use scene::Scene;

/// Each row mostly waits, so many more run at once than there are processors.
const WORKERS: usize = 12;

/// Only a call that is held up makes it, and it sets a comment to what it is: the simulator breaks it.
const OF_SLOW_CALLS: &str = "azure.touch_run";

/// One row: a write of a scene, the number of its request without a fault, and what befalls it.
#[derive(Debug, Clone, Copy)]
struct Row {
    write: usize,
    request: usize,
    fault: MatrixFault,
    journal_survives: bool,
}

/// One row in both ways: the journal survives the fault, or is lost with the machine.
type Pair = (Write, MatrixFault);

/// A write as the rehearsal saw it.
#[derive(Debug, Clone)]
struct Write {
    /// Its number among the writes.
    number: usize,
    /// The number of its request in the log.
    request: usize,
    /// Its name, where the journal tells them one by one.
    name: Option<String>,
}

#[test]
fn azure_holds_each_result_once_whatever_breaks() {
    matrix(&azure::SCENES, &handin::services::azure::WRITES);
}

#[test]
fn qtest_holds_each_result_once_whatever_breaks() {
    matrix(&qtest::SCENES, handin::services::qtest::WRITES);
}

#[test]
fn katalon_holds_each_result_once_whatever_breaks() {
    matrix(&katalon::SCENES, handin::services::katalon::WRITES);
}

/// Runs all rows of the scenes of one service, and holds their writes against the list of all that the service has.
fn matrix(scenes: &[Scene], all_writes: &[&str]) {
    let mut covered = BTreeSet::new();
    let mut complaints = Vec::new();
    for scene in scenes {
        let (writes, alike, names) = rehearse(scene);
        let rows = rows(&writes, alike, &covered);
        println!(
            "{}: {} writes, {} rows",
            scene.name,
            writes.len(),
            rows.len()
        );
        covered.extend(names);
        complaints.extend(perform(scene, &rows));
    }
    let uncovered: Vec<&&str> = all_writes
        .iter()
        .filter(|write| **write != OF_SLOW_CALLS && !covered.contains(**write))
        .collect();
    assert!(
        uncovered.is_empty(),
        "writes that no scene of the matrix covers: {uncovered:?}"
    );
    let unknown: Vec<&String> = covered
        .iter()
        .filter(|write| !all_writes.contains(&write.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "writes in the journal that the service does not list: {unknown:?}"
    );
    assert!(
        complaints.is_empty(),
        "{} rows failed:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Runs a scene without a fault: what is asked, and in which order, is always the same. Returns its writes in their order, and all names.
fn rehearse(scene: &Scene) -> (Vec<Write>, &'static [usize], BTreeSet<String>) {
    let stage = (scene.set)();
    let answer = stage.desk().run(&stage.within(scene::PATIENT));
    assert_eq!(
        answer.code,
        Some(0),
        "{} without a fault: {answer:?}",
        scene.name
    );
    assert_eq!(
        stage.holds(),
        scene::Holding::All,
        "{} without a fault",
        scene.name
    );
    let journal = stage.desk().journal();
    let begun = journal.iter().filter(|line| line["stage"] == "intend");
    let begun: Vec<String> = begun
        .filter_map(|line| Some(base(line["write"].as_str()?)))
        .collect();
    let names = begun.iter().cloned().collect();
    let is_told = begun.len() == stage.writes();
    let writes = (1..=stage.writes()).map(|number| Write {
        number,
        request: stage.number_of(number),
        name: is_told.then(|| begun[number - 1].clone()),
    });
    (writes.collect(), stage.alike(), names)
}

/// Returns a write's name without what follows in brackets.
fn base(write: &str) -> String {
    write.split('[').next().unwrap_or(write).to_owned()
}

/// Returns what befalls which write. A write of a kind that an earlier scene has broken in every way is struck by what differs most.
fn rows(writes: &[Write], alike: &[usize], covered: &BTreeSet<String>) -> Vec<Pair> {
    let mut rows = Vec::new();
    for write in writes {
        if alike.contains(&write.number) {
            continue;
        }
        let is_known = (write.name.as_ref()).is_some_and(|name| covered.contains(name));
        let faults = FAULTS.iter().filter(|it| !is_known || it.is_telling());
        rows.extend(faults.map(|fault| (write.clone(), *fault)));
    }
    rows
}

/// Performs the rows, many at once. Returns what is wrong.
fn perform(scene: &Scene, rows: &[Pair]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..WORKERS {
            threads.spawn(|| {
                while let Some((write, fault)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(complaint) = both(scene, write, *fault) {
                        let mut complaints =
                            complaints.lock().unwrap_or_else(PoisonError::into_inner);
                        complaints.push(complaint);
                    }
                }
            });
        }
    });
    complaints
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Plays a row with the journal, and without it where a second call was needed: else the journal makes no difference.
fn both(scene: &Scene, write: &Write, fault: MatrixFault) -> Result<(), String> {
    for journal_survives in [true, false] {
        let row = Row {
            write: write.number,
            request: write.request,
            fault,
            journal_survives,
        };
        let calls =
            play(scene, row).map_err(|complaint| format!("{} {row:?}: {complaint}", scene.name))?;
        if calls == 1 {
            break;
        }
    }
    Ok(())
}

/// Plays one row: up to three calls, the first of them under the fault. Returns how many it took.
fn play(scene: &Scene, row: Row) -> Result<u32, String> {
    let stage = (scene.set)();
    for call in 1..=3 {
        let code = if call == 1 {
            fault::strike(&*stage, row)
        } else {
            stage.desk().run(&stage.within(scene::PATIENT)).code
        };
        let holding = stage.holds();
        println!(
            "{} write {} {:?} journal {}: call {call}: exit {code:?}, {holding:?}",
            scene.name, row.write, row.fault, row.journal_survives
        );
        scene::judge(code, &holding).map_err(|lie| format!("call {call}: {lie}"))?;
        if code == Some(0) {
            return Ok(call);
        }
        stage.heal();
        if !row.journal_survives {
            stage.desk().forget_journal();
        }
    }
    Err("not whole after three calls".to_owned())
}
