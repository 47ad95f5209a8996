//! What every reader promises, whatever the bytes are. Shared with the targets of `fuzz/`.

use handin_reader::report::{ReadErrorKind, Source, read, read_again};

/// Reads bytes as a report, and holds what comes of it to what every reader promises.
pub fn check(bytes: &[u8]) {
    let source = Source::in_memory("input", bytes);
    let mut cases = 0;
    let summary = read(&source, &mut |case| {
        cases += 1;
        assert!(case.name.len() < 70_000, "a long name");
        assert!(case.key().as_str().len() < 200_000, "a long key");
        assert!(!case.key().as_str().chars().any(char::is_control));
        assert!(case.attempts() >= 1);
    });
    match summary {
        Ok(summary) => {
            let tally = summary.tally;
            assert_eq!(tally.tests, cases);
            let told = [
                tally.passed,
                tally.failed,
                tally.errored,
                tally.skipped,
                tally.incomplete,
            ];
            assert_eq!(tally.tests, told.iter().sum::<u64>());
            assert!(summary.attempts >= tally.tests);
            // A hundred, how many more there are, and the keys that several tests share.
            assert!(summary.warnings.len() <= 102);
            if !summary.late.is_empty() {
                let again = read_again(&source, &summary.late, &mut |_| {}).expect("read once");
                assert_eq!((again.tally, again.digest), (tally, summary.digest));
            }
        }
        Err(error) => {
            assert!(!error.message.is_empty());
            let placed = error.line.is_some() && error.column.is_some();
            assert!(
                placed || error.kind != ReadErrorKind::Malformed,
                "{error:?}"
            );
        }
    }
}

/// Reads a text where the end of the reader's window falls, and holds it to what comes of it elsewhere.
pub fn check_at_an_edge(bytes: &[u8]) {
    let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.starts_with('<') && !text.contains(['\0', '?']))
    else {
        return;
    };
    let turn: usize = bytes.iter().map(|byte| usize::from(*byte)).sum();
    if !turn.is_multiple_of(8) || bytes.len() > 32_768 {
        return;
    }
    // What a document is must be seen within the window: it begins eight bytes before its end at the latest.
    let edge = 8 + turn / 8 % (bytes.len() + 8);
    let moved = " ".repeat(65_536 - edge) + text;
    let told = |bytes: &[u8]| {
        let mut cases = Vec::new();
        let source = Source::in_memory("input", bytes);
        match read(&source, &mut |case| cases.push(case.take())) {
            Ok(summary) => Ok((cases, summary.warnings)),
            // What is refused by its beginning is called another thing where that lies behind blanks.
            Err(_) => Err("refused"),
        }
    };
    assert_eq!(told(bytes), told(moved.as_bytes()));
}
