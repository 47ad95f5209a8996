//! The readers, taken from the program by their path: they know nothing of it but the model, so that an instrumented build takes
//! a minute instead of ten.

#![allow(missing_docs, dead_code, unused)]

#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/report/mod.rs"]
pub mod report;

/// Reads bytes as a report, and holds what comes of it to what every reader promises.
pub fn check(bytes: &[u8]) {
    let source = report::Source::in_memory("input", bytes);
    let mut cases = 0;
    let read = report::read(&source, &mut |case| {
        cases += 1;
        assert!(case.name.len() < 70_000 && case.key().as_str().len() < 200_000);
        assert!(!case.key().as_str().chars().any(char::is_control));
        assert!(case.attempts() >= 1);
    });
    match read {
        Ok(summary) => {
            let tally = summary.tally;
            assert_eq!(tally.tests, cases);
            assert_eq!(tally.tests, tally.passed + tally.failed + tally.errored + tally.skipped + tally.incomplete);
            assert!(summary.attempts >= tally.tests);
            assert!(summary.warnings.len() <= 101);
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            let placed = error.line.is_some() && error.column.is_some();
            assert!(placed || error.kind != report::ReadErrorKind::Malformed, "{error:?}");
        }
    }
}

/// Reads bytes as what stands inside a root element.
pub fn check_inside(root: &str, bytes: &[u8]) {
    check(&[root.as_bytes(), bytes].concat());
}
