//! The readers, taken from the program by their path: they know nothing of it but the model, so that an instrumented build takes
//! a minute instead of ten.

#![allow(missing_docs, dead_code, unused)]

#[path = "../../src/reader/files/mod.rs"]
pub mod files;
#[path = "../../src/reader/model/mod.rs"]
pub mod model;
#[path = "../../src/reader/report/mod.rs"]
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
            if !summary.late.is_empty() {
                let again = report::read_again(&source, &summary.late, &mut |_| {}).expect("what was read once");
                assert_eq!((again.tally, again.digest), (tally, summary.digest));
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            let placed = error.line.is_some() && error.column.is_some();
            assert!(placed || error.kind != report::ReadErrorKind::Malformed, "{error:?}");
        }
    }
}

/// Reads a text where the end of the reader's window falls, and holds it to what comes of it elsewhere.
pub fn check_at_an_edge(bytes: &[u8]) {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with('<') && !text.contains(['\0', '?'])) else {
        return;
    };
    let turn: usize = bytes.iter().map(|byte| usize::from(*byte)).sum();
    if turn % 8 != 0 || bytes.len() > 32_768 {
        return;
    }
    let edge = turn / 8 % (bytes.len() + 16);
    let moved = " ".repeat(65_536 + 8 - edge) + text;
    let told = |bytes: &[u8]| {
        let mut cases = Vec::new();
        let source = report::Source::in_memory("input", bytes);
        match report::read(&source, &mut |case| cases.push(case)) {
            Ok(summary) => Ok((cases, summary.warnings)),
            Err(error) => Err((error.kind, error.line)),
        }
    };
    assert_eq!(told(bytes), told(moved.as_bytes()));
}

/// Reads bytes as what stands inside a root element.
pub fn check_inside(root: &str, bytes: &[u8]) {
    let bytes = [root.as_bytes(), bytes].concat();
    check(&bytes);
    check_at_an_edge(&bytes);
}
