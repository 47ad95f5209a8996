//! What is assumed of qTest, because its documents do not say it.

use crate::services::{Fact, Probe};

/// What is assumed of qTest.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "qtest.reuses_runs",
        expected: "the batch call finds runs of a suite by fingerprint, and only adds logs",
        used: "every submission after the first",
        probe: Probe::By(
            "a batch of the same two tests is submitted twice, and runs and logs are counted",
        ),
        otherwise: "the count that the job reports is compared with what was sent: a difference is reported, with exit code 8",
        setting: Some("qtest.mode = \"direct\""),
    },
    Fact {
        id: "qtest.search_lag",
        expected: "what was written shows in lists within `qtest.settle`; a search may lag behind, and proves no absence",
        used: "looking whether results are there already",
        probe: Probe::By(
            "the lists are read until the results of a batch show; the time is measured, and a search made beside",
        ),
        otherwise: "what was written without an answer is written again after that time",
        setting: Some("qtest.settle = \"5m\""),
    },
    Fact {
        id: "qtest.latest_log",
        expected: "the list of runs shows the latest log of each",
        used: "looking whether results are there already",
        probe: Probe::By("the list of the runs of the suite is read"),
        otherwise: "where it shows none at all, each run is asked for its own list",
        setting: None,
    },
    Fact {
        id: "qtest.names",
        expected: "names may be cut at 500 characters, fingerprints at 255",
        used: "long names of tests",
        probe: Probe::By(
            "a batch names a test with just these lengths, and what came of it is read",
        ),
        otherwise: "longer ones end in a digest, so that they stay distinct",
        setting: Some("qtest.facts.fingerprints = 100"),
    },
    Fact {
        id: "qtest.notes",
        expected: "a batch's notes are plain text",
        used: "every result: the mark is in its note",
        probe: Probe::By("a note with `<b>`, `&` and quotes is read back"),
        otherwise: "the mark is found in HTML too",
        setting: None,
    },
    Fact {
        id: "qtest.step_logs",
        expected: "step logs that are numbered from 0 are taken, and keep that order",
        used: "the steps of tests",
        probe: Probe::By(
            "a result has two steps, not in the order of the alphabet, and they are read back",
        ),
        otherwise: "a refusal is shown as it is; steps in another order are shown so on qTest, and their results stand beside the right texts",
        setting: Some("qtest.facts.step_logs = false"),
    },
    Fact {
        id: "qtest.approval",
        expected: "an update leaves a draft `n.1`, approving makes `n+1.0`",
        used: "cases whose name, description or steps changed",
        probe: Probe::By(
            "a test case is created, approved, changed and approved again, and its version read each time",
        ),
        otherwise: "the mark holds the version that was meant; the next call approves what is still a draft",
        setting: None,
    },
    Fact {
        id: "qtest.approved",
        expected: "cases that a batch creates come approved, with their description",
        used: "new test cases",
        probe: Probe::By("the test cases that the batch made are read"),
        otherwise: "both are read back, and made good case by case",
        setting: None,
    },
    Fact {
        id: "qtest.unmapped_status",
        expected: "a status that the project's automation settings do not know is refused, and nothing of the batch is kept",
        used: "`[qtest.statuses]`",
        probe: Probe::By("a batch of two results has such a status in one of them"),
        otherwise: "the result is read back and compared with what was sent: a difference is reported, with exit code 8",
        setting: Some("qtest.statuses.passed = \"PASSED\""),
    },
    Fact {
        id: "qtest.modules",
        expected: "a module can be deleted while it is empty",
        used: "several machines that submit the same thing: the module says who writes",
        probe: Probe::By("the module of the probe is deleted once it is empty"),
        otherwise: "a warning names the module that stays",
        setting: Some("qtest.facts.modules = false"),
    },
    Fact {
        id: "qtest.quotas",
        expected: "requests beyond the site's quota are refused with 429, and nothing was carried out",
        used: "sites that are asked too much",
        probe: Probe::Not("it would take so many requests that others were held up"),
        otherwise: "the request is sent again; a batch is looked for before",
        setting: None,
    },
    Fact {
        id: "qtest.links",
        expected: "linking a test case to a requirement a second time changes nothing, and the link shows at once",
        used: "`qtest.requirements`",
        probe: Probe::Not("it needs a requirement, which a probe does not make"),
        otherwise: "the links are read before and after: what does not show is named, with exit code 8",
        setting: None,
    },
    Fact {
        id: "qtest.run_fields",
        expected: "a log whose run field has a value that the field does not take is refused, and the others of its batch are kept",
        used: "`qtest.fields`",
        probe: Probe::By("a batch of two results has such a value in one of them"),
        otherwise: "the logs are read back: one that is missing is named, with exit code 8",
        setting: Some("qtest.fields = []"),
    },
];
