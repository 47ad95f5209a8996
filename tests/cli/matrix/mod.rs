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

/// One row: a write of a scene, and what befalls it.
#[derive(Debug, Clone, Copy)]
struct Row {
    write: usize,
    fault: MatrixFault,
    journal_survives: bool,
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
        covered.extend(names);
        let rows: Vec<Row> = rows(writes, alike);
        println!(
            "{}: {writes} writes × {} faults = {} rows",
            scene.name,
            FAULTS.len(),
            rows.len()
        );
        complaints.extend(perform(scene, &rows));
    }
    let uncovered: Vec<&&str> = all_writes
        .iter()
        .filter(|write| !covered.contains(**write))
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

/// Runs a scene without a fault. Returns how many writes it has, and their names.
fn rehearse(scene: &Scene) -> (usize, &'static [usize], BTreeSet<String>) {
    let stage = (scene.set)();
    let answer = stage.desk().run(&stage.arguments());
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
    let names = stage
        .desk()
        .journal()
        .iter()
        .filter_map(|line| Some(base(line["write"].as_str()?)))
        .collect();
    (stage.writes(), stage.alike(), names)
}

/// Returns a write's name without what follows in brackets.
fn base(write: &str) -> String {
    write.split('[').next().unwrap_or(write).to_owned()
}

fn rows(writes: usize, alike: &[usize]) -> Vec<Row> {
    let mut rows = Vec::new();
    for write in (1..=writes).filter(|write| !alike.contains(write)) {
        for fault in FAULTS {
            for journal_survives in [true, false] {
                rows.push(Row {
                    write,
                    fault,
                    journal_survives,
                });
            }
        }
    }
    rows
}

/// Performs the rows, many at once. Returns what is wrong.
fn perform(scene: &Scene, rows: &[Row]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let complaints = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..WORKERS {
            threads.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(complaint) = play(scene, *row) {
                        let mut complaints =
                            complaints.lock().unwrap_or_else(PoisonError::into_inner);
                        complaints.push(format!("{} {row:?}: {complaint}", scene.name));
                    }
                }
            });
        }
    });
    complaints
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Plays one row: up to three calls, the first of them under the fault.
fn play(scene: &Scene, row: Row) -> Result<(), String> {
    let stage = (scene.set)();
    for call in 1..=3 {
        let code = if call == 1 {
            fault::strike(&*stage, row)
        } else {
            stage.desk().run(&stage.arguments()).code
        };
        let holding = stage.holds();
        println!(
            "{} write {} {:?} journal {}: call {call}: exit {code:?}, {holding:?}",
            scene.name, row.write, row.fault, row.journal_survives
        );
        scene::judge(code, &holding).map_err(|lie| format!("call {call}: {lie}"))?;
        if code == Some(0) {
            return Ok(());
        }
        stage.heal();
        if !row.journal_survives {
            stage.desk().forget_journal();
        }
    }
    Err("not whole after three calls".to_owned())
}
