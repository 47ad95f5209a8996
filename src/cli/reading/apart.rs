//! Reports of one call that ran at different times: often somebody else's, left behind in the same folder.

use jiff::{SignedDuration, Timestamp};

/// Reports of one run are not further apart than this.
const APART: SignedDuration = SignedDuration::from_hours(1);

/// When a report's tests ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) report: String,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
}

/// Returns a warning about reports that ran at different times; nothing if they ran together, or one after the other.
pub(super) fn warning(mut spans: Vec<Span>) -> Option<String> {
    spans.sort_by_key(|span| (span.began, span.ended));
    let mut spans = spans.into_iter();
    let mut last = spans.next()?;
    for span in spans {
        if span.began.duration_since(last.ended) > APART {
            return Some(format!(
                "`{}` ended at {}, and `{}` began at {}: are these reports of different runs? They count as one; `--each` makes every report a submission of its own",
                last.report, last.ended, span.report, span.began
            ));
        }
        if span.ended > last.ended {
            last = span;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(report: &str, began: &str, ended: &str) -> Span {
        Span {
            report: report.to_owned(),
            began: began.parse().unwrap(),
            ended: ended.parse().unwrap(),
        }
    }

    #[test]
    fn reports_that_ran_one_after_the_other_are_of_one_run_and_those_of_another_day_are_told() {
        let first = span("a", "2026-01-01T10:00:00Z", "2026-01-01T12:00:00Z");
        let inside = span("b", "2026-01-01T10:05:00Z", "2026-01-01T10:06:00Z");
        let after = span("c", "2026-01-01T12:30:00Z", "2026-01-01T12:31:00Z");
        let together = vec![after.clone(), inside, first.clone()];
        assert_eq!(warning(together.clone()), None);
        let next = span("d", "2026-01-02T10:00:00Z", "2026-01-02T10:01:00Z");
        let told = warning([together, vec![next]].concat()).unwrap();
        assert!(
            told.starts_with("`c` ended at 2026-01-01T12:31:00Z, and `d` began"),
            "{told}"
        );
        assert_eq!(warning(vec![first]), None);
    }
}
