//! What is assumed of TestOps, because its documents do not say it.

use crate::services::{Fact, Matters, Probe};

/// What is assumed of `TestOps`.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "katalon.batch",
        expected: "`executions?batch=` answers a page, a list, or one execution of this batch",
        used: "looking whether results are there already, without the journal",
        matters: Matters::Always,
        probe: Probe::By("a batch is submitted and asked for, and so is one that cannot exist"),
        otherwise: "another shape, or executions for a batch that cannot exist: a warning, then the search by session, then the page that the call named",
        setting: None,
    },
    Fact {
        id: "katalon.shows",
        expected: "an execution shows within `katalon.settle` after its batch was submitted (in outages it took a day)",
        used: "an answer that was lost",
        matters: Matters::Always,
        probe: Probe::By("it is asked for until its execution shows; the time is measured"),
        otherwise: "a second call is made; the duplicate that may result is deleted by the next command",
        setting: Some("katalon.settle = \"5m\""),
    },
    Fact {
        id: "katalon.second_end",
        expected: "submitting a batch a second time makes a second execution",
        used: "an answer that was lost",
        matters: Matters::ToNone,
        probe: Probe::By("the same batch is submitted once more, and its executions are counted"),
        otherwise: "no harm: it is done only where no execution showed within `katalon.settle`",
        setting: None,
    },
    Fact {
        id: "katalon.deletes",
        expected: "`DELETE /executions?projectId=&order=` deletes one execution",
        used: "two executions of one submission",
        matters: Matters::Without("katalon.retract"),
        probe: Probe::By("one of them is deleted, and looked for beside the other"),
        otherwise: "the list is read again afterwards: one that is still there, or another that is gone, is named",
        setting: Some("katalon.retract = false"),
    },
    Fact {
        id: "katalon.session",
        expected: "`session_id` of the metadata is shown as the execution's session",
        used: "finding a submission again by its mark",
        matters: Matters::Always,
        probe: Probe::By("the execution is read"),
        otherwise: "an execution without it is checked by the batch that cannot exist",
        setting: None,
    },
    Fact {
        id: "katalon.step_log",
        expected: "the importer reads step logs and not `JUnit_Report.xml`",
        used: "folders of Katalon Studio",
        matters: Matters::Always,
        probe: Probe::By(
            "a folder is submitted whose step log has one test and whose `JUnit_Report.xml` has two",
        ),
        otherwise: "counts that differ are told, with exit code 8; a folder without a step log is sent as results",
        setting: Some("katalon.facts.step_log = false"),
    },
];
