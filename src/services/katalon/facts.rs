//! What is assumed of TestOps, because its documents do not say it.

use crate::services::{Fact, Matters, Probe};

/// What is assumed of `TestOps`.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "katalon.batch",
        expected: "`executions?batch=` returns a page, a list, or one execution of this batch",
        used: "finding out whether results are already there, without the journal",
        matters: Matters::Always,
        probe: Probe::By("it asks for a batch that it submitted, and for one that cannot exist"),
        otherwise: "if the answer has another form, or contains executions for a batch that cannot exist, handin warns and then searches by session, and after that uses the page that the call named",
        setting: None,
    },
    Fact {
        id: "katalon.shows",
        expected: "an execution appears within `katalon.settle` after its batch was submitted (in outages it has taken a day)",
        used: "submissions whose answer was lost",
        matters: Matters::Always,
        probe: Probe::By("it asks until the execution appears, and measures the time"),
        otherwise: "handin submits a second time; the next command deletes a resulting duplicate",
        setting: Some("katalon.settle = \"5m\""),
    },
    Fact {
        id: "katalon.second_end",
        expected: "submitting a batch a second time creates a second execution",
        used: "submissions whose answer was lost",
        matters: Matters::ToNone,
        probe: Probe::By("it submits the same batch again, and counts its executions"),
        otherwise: "no harm: handin does so only if no execution appeared within `katalon.settle`",
        setting: None,
    },
    Fact {
        id: "katalon.deletes",
        expected: "`DELETE /executions?projectId=&order=` deletes one execution",
        used: "two executions of one submission",
        matters: Matters::Without("katalon.retract"),
        probe: Probe::By("it deletes one of two, and checks that only the other is left"),
        otherwise: "handin reads the list again: it names an execution that is still there, and one that should not be gone",
        setting: Some("katalon.retract = false"),
    },
    Fact {
        id: "katalon.session",
        expected: "the `session_id` in the metadata becomes the session of the execution",
        used: "finding a submission by its mark",
        matters: Matters::Always,
        probe: Probe::By("it reads the execution"),
        otherwise: "handin checks an execution without it by asking for a batch that cannot exist",
        setting: None,
    },
    Fact {
        id: "katalon.step_log",
        expected: "the importer reads the step logs, not `JUnit_Report.xml`",
        used: "folders of Katalon Studio",
        matters: Matters::Always,
        probe: Probe::By(
            "it submits a folder with one test in the step log and two in `JUnit_Report.xml`",
        ),
        otherwise: "different counts are reported with exit code 8; a folder without a step log is sent as results",
        setting: Some("katalon.facts.step_log = false"),
    },
];
