//! Names of attributes, elements and properties that say how a test ended: of a word such as `status`, of a flag such as
//! `failed="true"`, or of something that nobody knows and whose value is a word for an end all the same.

use super::elements;
use crate::model::Verdict;
use crate::report::words::{self, Said};
use crate::report::xml::Tag;

/// Names of a word for the end of a test, however they are spelled.
const WORDS: [&str; 8] = [
    "status",
    "result",
    "outcome",
    "state",
    "verdict",
    "conclusion",
    "disposition",
    "completion",
];
/// What such a name may begin with: `test-status`, `finalResult`.
const OF_TEST: [&str; 11] = [
    "testcase",
    "test",
    "tc",
    "case",
    "execution",
    "exec",
    "run",
    "final",
    "overall",
    "actual",
    "end",
];
/// What the name of something ends with that may say how a test ended, or how something did that was tested.
const ENDS: [&str; 8] = [
    "status",
    "result",
    "outcome",
    "state",
    "verdict",
    "conclusion",
    "resolution",
    "disposition",
];
/// What the names of ends begin with that are not those of this test: one that was expected, or an earlier one.
const OTHERS: [&str; 19] = [
    "expect", "previous", "prior", "prev", "last", "former", "old", "before", "initial",
    "baseline", "desired", "default", "known", "parent", "upstream", "retry", "first", "attempt",
    "original",
];
/// What the names of things end with whose values may be such words and say nothing of the test.
const THINGS: [&str; 22] = [
    "type",
    "kind",
    "level",
    "mode",
    "message",
    "reason",
    "cause",
    "color",
    "scenario",
    "action",
    "event",
    "account",
    "order",
    "user",
    "job",
    "request",
    "response",
    "payment",
    "connection",
    "server",
    "client",
    "policy",
];

/// Returns whether an element is a test that is not called `testcase`.
pub(super) fn is_test(tag: &Tag<'_>) -> bool {
    let names = [
        "test",
        "case",
        "spec",
        "scenario",
        "testmethod",
        "unittest",
        "example",
    ];
    names.contains(&words::plain(tag.name()).as_str()) && tag.get("name").is_some()
}

/// Returns the word for the end of a test that something of this name holds.
pub(super) fn word_of(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 24;
    if name.len() > LONGEST {
        return None;
    }
    let name = words::plain(name);
    let own = |name: &str| WORDS.into_iter().find(|word| *word == name);
    own(&name).or_else(|| {
        let mut begins = OF_TEST.iter();
        own(begins.find_map(|begin| name.strip_prefix(begin))?)
    })
}

/// Returns whether an element of this name holds whether the test passed: `<success>false</success>`.
pub(super) fn is_passed(name: &str) -> bool {
    words::said(name) == Said::Ended(Verdict::Passed)
}

/// Returns whether a name is that of a word for the end of a test.
pub(super) fn is_word(name: &str) -> bool {
    word_of(name).is_some()
}

/// Returns whether the value of an attribute of this name counts where it is known to be no pass: `case_status`, `phase`.
pub(super) fn may_tell(name: &str) -> bool {
    let name = words::plain(name);
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let of_others = OTHERS.iter().any(|begin| name.starts_with(begin));
    !of_others && (ends(&ENDS) || !ends(&THINGS) && !elements::speaks_of_things(&name))
}

/// What a flag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    /// It is set, and says that the test ended so.
    Set(Verdict),
    /// It is not set.
    Unset,
}

/// Returns what an attribute says that is named like a word for an end: `failed="true"`, `success="false"`, `errorCount="2"`,
/// `wasSkipped="1"`; nothing where it is no flag.
pub(super) fn flag(name: &str, value: &str) -> Option<Flag> {
    let word = words::plain(name);
    let value = value.trim();
    if let Some(counted) = counted(&word) {
        let is_some = value.parse::<u64>().is_ok_and(|number| number > 0);
        return Some(if is_some {
            Flag::Set(counted)
        } else {
            Flag::Unset
        });
    }
    let word = bare(&word);
    let (is_no, is_yes) = (is_no(value), is_yes(value));
    let set = |is_set: bool, verdict| {
        if is_set {
            Flag::Set(verdict)
        } else {
            Flag::Unset
        }
    };
    match word {
        "executed" | "run" | "ran" | "enabled" => return Some(set(is_no, Verdict::Skipped)),
        "completed" | "finished" | "done" => return Some(set(is_no, Verdict::Incomplete)),
        _ => {}
    }
    match words::said(word) {
        Said::Ended(Verdict::Passed) => Some(set(is_no, Verdict::Failed)),
        // `timeout="30"` is how long it may take, `stopped="12:30"` when it ended, `queued="true"` what became of any test.
        Said::Ended(verdict) if word == "timeout" || words::is_of_things(word) => {
            let says = is_yes && !matches!(word, "started" | "queued" | "paused");
            says.then_some(Flag::Set(verdict))
        }
        Said::Ended(verdict) => {
            let nothing = is_no || matches!(value, "" | "none" | "null" | "None");
            Some(set(!nothing, verdict))
        }
        Said::Nothing | Said::Unknown => None,
    }
}

/// Returns a plain name without what makes a flag of a word: `isFailed`, `testFailed`, `hasTestErrors`.
fn bare(word: &str) -> &str {
    let strip = |word, begins: &[&str]| {
        let mut begins = begins.iter();
        begins.find_map(|begin| str::strip_prefix(word, begin))
    };
    let word = strip(word, &["is", "has", "was", "did"]).unwrap_or(word);
    let inner = strip(word, &["testcase", "test", "case"]);
    inner.filter(|inner| !inner.is_empty()).unwrap_or(word)
}

/// Returns what a number of this plain name counts: `numFailures`, `error-count`, `failedAssertions`.
fn counted(word: &str) -> Option<Verdict> {
    let begins = ["numberof", "number", "num", "nr", "total", "countof"];
    let begun = begins.iter().find_map(|begin| word.strip_prefix(begin));
    let rest = begun.unwrap_or(word);
    let ended = rest.strip_suffix("count").or(rest.strip_suffix("counter"));
    let rest = ended.unwrap_or(rest);
    match rest {
        "failedassertions" | "failingassertions" | "assertionfailures" | "failedasserts" => {
            Some(Verdict::Failed)
        }
        "failures" | "failure" | "failed" | "fail" | "fails" if begun.or(ended).is_some() => {
            Some(Verdict::Failed)
        }
        "errors" | "error" | "exceptions" if begun.or(ended).is_some() => Some(Verdict::Errored),
        _ => None,
    }
}

/// Returns whether a flag with this value is not set.
pub(super) fn is_no(value: &str) -> bool {
    let known = ["false", "no", "0", "n", "off"];
    known.iter().any(|known| value.eq_ignore_ascii_case(known))
}

fn is_yes(value: &str) -> bool {
    let known = ["true", "yes", "y", "on"];
    known.iter().any(|known| value.eq_ignore_ascii_case(known))
}
