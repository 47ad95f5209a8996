//! What Tosca writes into the attribute `log` of a test: how it ended, and its steps.
//!
//! A line is `+ Passed  name`, `- Failed  name` or `Error  name`. The first tells of the test itself, the first of each block behind it of a
//! step, those below of what the step did.

use crate::model::{StepVerdict, TestStep, Verdict};

/// How many steps are kept.
const STEPS: usize = 1000;

/// Returns how the test ended, and its steps; nothing where this is no such log.
pub(super) fn read(log: &str) -> Option<(Verdict, Vec<TestStep>)> {
    let mut lines = log.lines().map(|line| line.trim().trim_start_matches(';'));
    let verdict = match ended(lines.by_ref().find(|line| !line.is_empty())?)? {
        (StepVerdict::Passed, _) => Verdict::Passed,
        (StepVerdict::Errored, _) => Verdict::Errored,
        _ => Verdict::Failed,
    };
    let mut steps: Vec<TestStep> = Vec::new();
    let mut begins = true;
    for line in lines {
        let Some((verdict, name)) = ended(line) else {
            begins |= line.is_empty();
            continue;
        };
        if std::mem::take(&mut begins) || steps.is_empty() {
            if steps.len() == STEPS {
                break;
            }
            steps.push(TestStep {
                name: name.to_owned(),
                description: None,
                verdict,
                message: None,
                duration: None,
                started: None,
                attachments: Vec::new(),
            });
        } else if let Some(step) = steps.last_mut().filter(|_| verdict != StepVerdict::Passed) {
            step.message.get_or_insert_with(|| name.to_owned());
        }
    }
    Some((verdict, steps))
}

/// Takes a line apart; nothing where it does not tell how something ended.
fn ended(line: &str) -> Option<(StepVerdict, &str)> {
    let words = [
        ("+ Passed", StepVerdict::Passed),
        ("- Failed", StepVerdict::Failed),
        ("- Error", StepVerdict::Errored),
        ("Error", StepVerdict::Errored),
    ];
    words.into_iter().find_map(|(word, verdict)| {
        let name = line.strip_prefix(word)?;
        let name = name.strip_prefix(char::is_whitespace)?.trim();
        Some((verdict, name))
    })
}
