//! The exit codes: part of the interface. All numbers that are not here are reserved.

use std::fmt::Write as _;
use std::process::ExitCode;

/// How a command ended, as the shell and the pipeline see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExitStatus {
    /// 0: submitted, or the service already held exactly this.
    Done,
    /// 1: something failed on this machine.
    Failed,
    /// 2: bad arguments or settings.
    Usage,
    /// 3: no report found, or no test in them.
    NothingToSubmit,
    /// 4: no credential, or the service refused it.
    Authentication,
    /// 5: verification found problems; nothing was written.
    Unverified,
    /// 6: the service could not be reached or said no; this call wrote nothing.
    Refused,
    /// 7: something may have been written and could not be confirmed.
    Uncertain,
    /// 8: not everything is there as it was sent; what is missing, different or there twice is named.
    Partial,
    /// 10: all was submitted, and tests failed (only with `--fail-on-test-failure`).
    TestsFailed,
    /// 130: interrupted before the first write.
    Interrupted,
    /// 143: terminated before the first write.
    Terminated,
}

impl ExitStatus {
    /// Every status, by number.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::NothingToSubmit,
        Self::Authentication,
        Self::Unverified,
        Self::Refused,
        Self::Uncertain,
        Self::Partial,
        Self::TestsFailed,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NothingToSubmit => 3,
            Self::Authentication => 4,
            Self::Unverified => 5,
            Self::Refused => 6,
            Self::Uncertain => 7,
            Self::Partial => 8,
            Self::TestsFailed => 10,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Returns the name used in JSON and in the documentation.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NothingToSubmit => "nothing_to_submit",
            Self::Authentication => "authentication",
            Self::Unverified => "unverified",
            Self::Refused => "refused",
            Self::Uncertain => "uncertain",
            Self::Partial => "partial",
            Self::TestsFailed => "tests_failed",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// Returns the meaning and the next step, for `handin help exit-codes` and the documentation.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => {
                "Submitted and confirmed, or already submitted. With `--no-wait`: accepted by the service, and not waited for. What a policy allows (`warn`, `ignore`) does not change it."
            }
            Self::Failed => {
                "Something failed on this machine, such as a full disk. The message says what the service holds, and what to do."
            }
            Self::Usage => "Bad arguments or settings. Nothing was written.",
            Self::NothingToSubmit => {
                "No report was found, or the reports contain no test. Nothing was written."
            }
            Self::Authentication => {
                "There is no credential, or the service refused it. Nothing was written."
            }
            Self::Unverified => {
                "Verification found problems: a report that cannot be read, a test case that does not exist, or a result that fits several places. Nothing was written."
            }
            Self::Refused => {
                "The service could not be reached, or said no. This call wrote nothing; an earlier call that ended with 7 or 8 still has to be completed."
            }
            Self::Uncertain => {
                "Something may have been written and could not be confirmed. Run the same command again: it looks first, and completes what is missing. The submission key is printed."
            }
            Self::Partial => {
                "Not everything is there as it was sent. The message names what is missing, different or duplicated, and says whether the same command completes it (`repeat` in JSON). The submission key is printed."
            }
            Self::TestsFailed => {
                "All was submitted, and at least one test failed. Only with `--fail-on-test-failure`; otherwise failing tests do not change the code."
            }
            Self::Interrupted => "Interrupted (SIGINT) before the first write. After it: 7 or 8.",
            Self::Terminated => "Terminated (SIGTERM) before the first write. After it: 7 or 8.",
        }
    }

    /// Returns the status that tells the truth about several: any uncertainty first, then anything partial, then a mixture.
    ///
    /// Where some submissions are done and others failed without writing, that is [`Self::Partial`]: part stands there.
    #[must_use]
    pub fn worst(statuses: &[Self]) -> Self {
        let Some(worst) = statuses.iter().copied().max() else {
            return Self::Done;
        };
        if statuses.contains(&Self::Uncertain) {
            return Self::Uncertain;
        }
        let mixed = statuses.contains(&Self::Done) && worst != Self::Done;
        if mixed || statuses.contains(&Self::Partial) {
            return Self::Partial;
        }
        worst
    }
}

/// Returns the page of the documentation that lists them.
pub fn page() -> String {
    let mut page = PAGE.to_owned();
    for status in ExitStatus::ALL {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            page,
            "| {} | `{}` | {} |",
            status.code(),
            status.word(),
            status.meaning()
        );
    }
    page
}

const PAGE: &str = "\
# Exit codes

The exit codes are part of the interface. All numbers that are not here are reserved. With `--json` the code also stands in the
document, as `exit_code`, and each `error` in it has a name as its `kind`.

Failing *tests* do not change the code: they were reported faithfully. `--fail-on-test-failure` turns them into 10.

With several services or submissions the worst result decides: any 7, else 8 when some were submitted and others were not. After 7, run the
same command again: it looks at what the service holds and completes the rest. After 8 the message says whether that helps, and `repeat` in the JSON of each
submission is true where it does. No result is ever submitted twice. The submission key is printed with every 7 and 8: `--key` takes it on any machine.

\"Nothing was written\" is said of this call alone. What an earlier call left uncertain (7) or in part (8) is neither undone nor settled by one that
ends with 2 to 6, 130 or 143: run the command again once the problem is fixed.

| code | name | meaning |
|---|---|---|
";

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::ExitStatus::{self, Authentication, Done, Partial, Refused, Uncertain};

    #[test]
    fn of_several_the_worst_tells() {
        assert_eq!(ExitStatus::worst(&[]), Done);
        assert_eq!(ExitStatus::worst(&[Done, Done]), Done);
        assert_eq!(ExitStatus::worst(&[Refused, Authentication]), Refused);
        assert_eq!(ExitStatus::worst(&[Done, Refused]), Partial);
        assert_eq!(ExitStatus::worst(&[Partial, Uncertain, Done]), Uncertain);
    }

    #[test]
    fn codes_are_distinct_and_in_order() {
        let codes: Vec<u8> = ExitStatus::ALL.iter().map(|status| status.code()).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }
}
