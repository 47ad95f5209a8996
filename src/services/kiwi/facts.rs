//! What is assumed of Kiwi TCMS. It can be read and run by anybody: this was seen on version 12.4, and is assumed of others.

use crate::services::{Fact, Matters, Probe};

/// What is assumed of Kiwi TCMS.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "kiwi.claims",
        expected: "the account may create and delete test cases",
        used: "the claim by which several processes agree which of them writes",
        matters: Matters::Always,
        probe: Probe::By(
            "it creates a test case with the name of a claim, looks for it, and deletes it",
        ),
        otherwise: "a warning; two machines that submit the same thing at the same moment may each create a run",
        setting: None,
    },
    Fact {
        id: "kiwi.shows",
        expected: "a new object is found immediately, by the beginning of its notes",
        used: "finding claims and test cases again",
        matters: Matters::Always,
        probe: Probe::By("it looks for the test case immediately after creating it"),
        otherwise: "handin waits for `kiwi.settle` for a write whose answer was lost",
        setting: Some("kiwi.settle = \"2m\""),
    },
    Fact {
        id: "kiwi.notes",
        expected: "notes keep letters, digits and the punctuation of marks unchanged (`&`, `<`, `>` and quotes come back as HTML)",
        used: "finding claims, runs and test cases by their marks",
        matters: Matters::Always,
        probe: Probe::By("it reads back the notes of the test case"),
        otherwise: "handin could not find its own objects: do not submit to such a server",
        setting: None,
    },
    Fact {
        id: "kiwi.order",
        expected: "a test case that is created later has a higher id",
        used: "the oldest claim is the one with the lowest id",
        matters: Matters::Always,
        probe: Probe::By("it creates a second test case, and deletes it"),
        otherwise: "handin cannot know which claim is the oldest: do not submit to such a server from several machines at the same time",
        setting: None,
    },
    Fact {
        id: "kiwi.gone",
        expected: "a deleted test case is no longer found, and deleting it again is not an error",
        used: "removing a claim",
        matters: Matters::Always,
        probe: Probe::By("it looks for the deleted test case and deletes it again"),
        otherwise: "a claim that remains is deleted by the next command when nothing has changed for twice `kiwi.settle`",
        setting: None,
    },
    Fact {
        id: "kiwi.runs",
        expected: "a test run cannot be deleted",
        used: "two runs of one submission are named, not deleted",
        matters: Matters::ToNone,
        probe: Probe::Not("a probe could not delete its run again"),
        otherwise: "no harm",
        setting: None,
    },
];
