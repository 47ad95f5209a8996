//! What is assumed of Kiwi TCMS. It can be read and run by anybody: this was seen on version 12.4, and is assumed of others.

use crate::services::{Fact, Matters, Probe};

/// What is assumed of Kiwi TCMS.
pub const FACTS: &[Fact] = &[
    Fact {
        id: "kiwi.claims",
        expected: "the account may create a test case, and delete it again",
        used: "the claim by which several processes agree on who writes",
        matters: Matters::Always,
        probe: Probe::By("a test case called as a claim is created, looked for and deleted"),
        otherwise: "a warning; two machines that submit the same thing at one moment may then each make a run",
        setting: None,
    },
    Fact {
        id: "kiwi.shows",
        expected: "what was created is found at once, by the beginning of its notes",
        used: "finding claims and test cases again",
        matters: Matters::Always,
        probe: Probe::By("the test case is looked for right after it was created"),
        otherwise: "what was written without an answer is waited for, as long as `kiwi.settle` says",
        setting: Some("kiwi.settle = \"2m\""),
    },
    Fact {
        id: "kiwi.notes",
        expected: "letters, digits and the punctuation of marks come back in notes as they were sent (`&`, `<`, `>` and quotes come back as HTML)",
        used: "finding claims, runs and test cases again by their mark",
        matters: Matters::Always,
        probe: Probe::By("the notes of the test case are read back"),
        otherwise: "nothing of handin's would be found again: do not submit to such a server",
        setting: None,
    },
    Fact {
        id: "kiwi.order",
        expected: "of two test cases the one that was created later has the higher id",
        used: "of several claims the lowest has the floor",
        matters: Matters::Always,
        probe: Probe::By("a second test case is created, and deleted"),
        otherwise: "it cannot be known who was first: do not submit to such a server from several machines at once",
        setting: None,
    },
    Fact {
        id: "kiwi.gone",
        expected: "a test case that was deleted is not found any more, and deleting it again is no error",
        used: "giving a claim back",
        matters: Matters::Always,
        probe: Probe::By("it is looked for and deleted once more"),
        otherwise: "a claim that stays is deleted by the next command once it has stood still for twice `kiwi.settle`",
        setting: None,
    },
    Fact {
        id: "kiwi.runs",
        expected: "a test run cannot be deleted",
        used: "two runs of one submission are named, not taken back",
        matters: Matters::ToNone,
        probe: Probe::Not("a probe that makes a run would leave it behind"),
        otherwise: "no harm",
        setting: None,
    },
];
