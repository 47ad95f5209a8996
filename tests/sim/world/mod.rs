//! The service of a round: a stand-in that is asked in process, and what of it a judge looks at.

pub(crate) mod azure;
pub(crate) mod katalon;
pub(crate) mod kiwi;
pub(crate) mod qtest;

use std::collections::BTreeSet;

use handin_sandbox::Seen;
use handin_sandbox::fault::{Effect, Fault};

/// The address of the service; nothing listens there.
pub(crate) const API: &str = "http://127.0.0.1:1";
/// The address of TestOps' store for files.
pub(crate) const STORE: &str = "http://127.0.0.1:2";

/// On what a scene is played: how the site and its settings differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Usual,
    /// Azure: the cases lie in two plans. qTest: no module is named, and tests go to cases and suites that are there. TestOps: as usual.
    Other,
    /// Azure: no test has a case, and all get one. qTest: notes are cut after the mark. TestOps: as usual.
    Third,
}

impl Ground {
    pub(crate) const ALL: [Self; 3] = [Self::Usual, Self::Other, Self::Third];
}

/// A request as it arrives at the service.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// Returns the call of a person.
    pub(crate) fn by_hand(method: &str, path: &str, authorization: String, body: &str) -> Self {
        Self {
            method: method.to_owned(),
            url: format!("{API}{path}"),
            headers: vec![
                ("authorization".to_owned(), authorization),
                ("content-type".to_owned(), "application/json".to_owned()),
                ("content-length".to_owned(), body.len().to_string()),
            ],
            body: body.as_bytes().to_vec(),
        }
    }

    /// Returns the verb and the path; of a batch of calls the names of all.
    pub(crate) fn line(&self) -> String {
        let path = self.url.strip_prefix(API).unwrap_or(&self.url);
        let mut words = vec![self.method.clone(), path.to_owned()];
        words.extend(self.methods());
        words.join(" ")
    }

    fn methods(&self) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let calls = body
            .as_array()
            .map_or(std::slice::from_ref(&body), Vec::as_slice);
        let names = calls.iter().filter_map(|call| call["method"].as_str());
        names.map(str::to_owned).collect()
    }

    /// Tells whether it makes, changes or takes away what only says who writes.
    pub(crate) fn is_claim(&self) -> bool {
        let body = String::from_utf8_lossy(&self.body);
        // A run of Azure whose comment is set to what it is.
        let is_sign = self.method == "PATCH" && body.starts_with("{\"comment\":");
        let words = [
            "handin is writing results here",
            "handin: a submission is under way",
            "\"handin-claim-",
            "TestCase.remove",
        ];
        is_sign || words.iter().any(|words| body.contains(words))
    }
}

/// A service of which there is one a round.
pub(crate) trait World: Send {
    /// Tells whether a call changes something.
    fn effect(&self, call: &Call) -> Effect;

    /// Carries a call out while a fault befalls it.
    fn ask(&mut self, call: &Call, fault: Option<Fault>) -> Seen;

    /// Returns what a person does who renames (0) or deletes (1) what was made.
    fn person(&self, what: u32) -> Vec<Call>;

    /// Returns what stands there.
    fn standing(&self) -> Standing;
}

/// What stands at a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The test (or its case) and the outcome of each result.
    pub(crate) results: Vec<(String, String)>,
    /// Everything that was made to hold results: what it is and how it is called, and its id.
    pub(crate) containers: Vec<(String, String)>,
    /// What is not at its end, or was left behind, and the id of what holds it.
    pub(crate) open: Vec<(String, String)>,
}

impl Standing {
    pub(crate) fn sorted(mut self) -> Self {
        self.results.sort();
        self.containers.sort();
        self.open.sort();
        self
    }

    /// Returns what was made to hold results, each with its id, whatever it is called now.
    pub(crate) fn made(&self) -> BTreeSet<String> {
        let all = self.containers.iter();
        let kind = |what: &str| what.split(' ').next().unwrap_or_default().to_owned();
        all.map(|(what, id)| format!("{} {id}", kind(what)))
            .collect()
    }

    /// Returns what is there more than once.
    pub(crate) fn doubled(&self) -> Vec<&String> {
        let mut doubled: Vec<&String> = self
            .containers
            .windows(2)
            .filter(|two| two[0].0 == two[1].0)
            .map(|two| &two[0].0)
            .collect();
        doubled.dedup();
        doubled
    }
}
