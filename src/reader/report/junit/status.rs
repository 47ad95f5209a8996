//! Words for the end of a test that stand in attributes rather than elements.

use crate::model::Verdict;

/// Returns what a word in `status` or `result` means; `None` for a word that says nothing of the end, such as googletest's `run`.
pub(super) fn verdict(word: &str) -> Option<Verdict> {
    let word = word.trim().to_ascii_lowercase();
    Some(match word.as_str() {
        "passed" | "pass" | "success" | "succeeded" | "successful" | "ok" => Verdict::Passed,
        "skipped" | "skip" | "notrun" | "not_run" | "not run" | "disabled" | "ignored"
        | "pending" | "suppressed" | "untested" | "todo" | "inactive" => Verdict::Skipped,
        "failed" | "fail" | "failure" | "timedout" | "timed_out" | "timeout" => Verdict::Failed,
        "error" | "errored" | "errors" | "broken" | "panicked" => Verdict::Errored,
        "incomplete" | "unfinished" | "aborted" | "interrupted" | "inprogress" | "in_progress"
        | "running" => Verdict::Incomplete,
        _ => return None,
    })
}
