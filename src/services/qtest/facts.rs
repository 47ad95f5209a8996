//! What is assumed of qTest, because its documents do not say it.

use crate::services::{Fact, Probe};

/// Why a probe would leave something behind.
const LASTS: Probe = Probe::Not(
    "there is no probe for qTest yet: what it would create can be deleted by hand only, or not at all",
);

/// What is assumed of qTest.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "qtest.reuses_runs",
        expected: "the batch call finds runs of a suite by fingerprint, and only adds logs",
        used: "every submission after the first",
        probe: LASTS,
        otherwise: "the count that the job reports is compared with what was sent: another one is told, with exit code 8",
        setting: Some("qtest.mode = \"direct\""),
    },
    Fact {
        id: "qtest.search_lag",
        expected: "what was written shows in lists within `qtest.settle`; a search may lag behind, and proves no absence",
        used: "looking whether results are there already",
        probe: LASTS,
        otherwise: "what was written without an answer is written again after that time",
        setting: Some("qtest.settle = \"5m\""),
    },
    Fact {
        id: "qtest.latest_log",
        expected: "the list of runs shows the latest log of each",
        used: "looking whether results are there already",
        probe: LASTS,
        otherwise: "where it shows none at all, each run is asked for its own list",
        setting: None,
    },
    Fact {
        id: "qtest.names",
        expected: "names may be cut at 500 characters, fingerprints at 255",
        used: "long names of tests",
        probe: LASTS,
        otherwise: "longer ones end in a digest, so that they stay distinct",
        setting: None,
    },
    Fact {
        id: "qtest.notes",
        expected: "a batch's notes are plain text",
        used: "every result: the mark stands in its note",
        probe: LASTS,
        otherwise: "the mark is found in HTML too",
        setting: None,
    },
    Fact {
        id: "qtest.approval",
        expected: "an update leaves a draft `n.1`, approving makes `n+1.0`",
        used: "cases whose name, description or steps changed",
        probe: LASTS,
        otherwise: "the mark tells the version that was meant; the next call approves what is still a draft",
        setting: None,
    },
    Fact {
        id: "qtest.approved",
        expected: "cases that a batch creates come approved, with their description",
        used: "new test cases",
        probe: LASTS,
        otherwise: "both are read back, and made good case by case",
        setting: None,
    },
    Fact {
        id: "qtest.unmapped_status",
        expected: "a status that the project's automation settings do not know is refused, and nothing of the batch is kept",
        used: "`[qtest.statuses]`",
        probe: LASTS,
        otherwise: "what stands there is read back and compared with what was sent: a difference is told, with exit code 8",
        setting: Some("qtest.statuses.passed = \"PASSED\""),
    },
    Fact {
        id: "qtest.modules",
        expected: "a module can be deleted while it is empty",
        used: "several machines that submit the same thing: the module says who writes",
        probe: LASTS,
        otherwise: "a warning names the module that stays",
        setting: None,
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
        id: "qtest.run_fields",
        expected: "a log whose run field has a value that the field does not take is refused, and the others of its batch are kept",
        used: "`qtest.fields`",
        probe: LASTS,
        otherwise: "what stands there is read back: a log that is missing is named, with exit code 8",
        setting: None,
    },
];
