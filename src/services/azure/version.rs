//! Which version of the API the server speaks.
//!
//! The cloud and Server 2022.1 take 7.1. Older servers refuse it, and want a `-preview` for what was not released in their
//! time. The newest is tried first; a server that refuses it is asked what it has.

use std::sync::atomic::{AtomicU8, Ordering};

use super::wire::ResourceLocation;

/// The generation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Generation {
    /// Server 2019.
    V5_0,
    /// Server 2020.
    V6_0,
    /// Server 2022.
    V7_0,
    /// Server 2022.1 and the cloud.
    V7_1,
}

/// What is asked for, as far as its version differs from that of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// Runs, results, work items, projects, builds: released everywhere.
    Released,
    /// Attachments of runs and results: `-preview.1` up to 6.0.
    Attachments,
    /// Plans, suites and configurations: `-preview.1` up to 6.0.
    TestPlan,
    /// Points and cases of a suite: `-preview.2` up to 6.0.
    SuiteContent,
    /// Connection data: never released, at any version.
    ConnectionData,
}

impl Generation {
    /// Returns the version to ask for (docs: REST API versioning, and each endpoint's own page).
    pub(super) fn of(self, resource: Resource) -> &'static str {
        use Generation::{V5_0, V6_0, V7_0, V7_1};
        use Resource::{Attachments, ConnectionData, Released, SuiteContent, TestPlan};
        match (self, resource) {
            (V7_1, ConnectionData) => "7.1-preview",
            (V7_0, ConnectionData) => "7.0-preview",
            (V6_0, ConnectionData) => "6.0-preview",
            (V5_0, ConnectionData) => "5.0-preview",
            (V7_1, Released | Attachments | TestPlan | SuiteContent) => "7.1",
            (V7_0, Released | Attachments | TestPlan | SuiteContent) => "7.0",
            (V6_0, Released) => "6.0",
            (V6_0, Attachments | TestPlan) => "6.0-preview.1",
            (V6_0, SuiteContent) => "6.0-preview.2",
            (V5_0, Released) => "5.0",
            (V5_0, Attachments | TestPlan) => "5.0-preview.1",
            (V5_0, SuiteContent) => "5.0-preview.2",
        }
    }

    /// Returns the newest generation that a server has, from its own list of the resources of area `test`.
    pub(super) fn from_resources(resources: &[ResourceLocation]) -> Option<Self> {
        let runs = resources
            .iter()
            .find(|resource| resource.resource_name.eq_ignore_ascii_case("runs"))?;
        let released = if runs.released_version == "0.0" {
            &runs.max_version
        } else {
            &runs.released_version
        };
        let (major, minor) = released.split_once('.')?;
        match (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?) {
            (8.., _) | (7, 1..) => Some(Self::V7_1),
            (7, 0) => Some(Self::V7_0),
            (6, _) => Some(Self::V6_0),
            (5, _) => Some(Self::V5_0),
            _ => None,
        }
    }

    fn from_rank(rank: u8) -> Self {
        match rank {
            0 => Self::V5_0,
            1 => Self::V6_0,
            2 => Self::V7_0,
            _ => Self::V7_1,
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::V5_0 => 0,
            Self::V6_0 => 1,
            Self::V7_0 => 2,
            Self::V7_1 => 3,
        }
    }
}

/// The generation in use, shared by all workers of one service.
#[derive(Debug)]
pub(super) struct Negotiated(AtomicU8);

impl Negotiated {
    /// Begins with the newest.
    pub(super) fn newest() -> Self {
        Self(AtomicU8::new(Generation::V7_1.rank()))
    }

    pub(super) fn current(&self) -> Generation {
        Generation::from_rank(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn settle(&self, generation: Generation) {
        self.0.store(generation.rank(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(released: &str, max: &str) -> Option<Generation> {
        Generation::from_resources(&[ResourceLocation {
            resource_name: "Runs".to_owned(),
            released_version: released.to_owned(),
            max_version: max.to_owned(),
        }])
    }

    #[test]
    fn a_server_is_asked_for_the_newest_that_it_has_released() {
        assert_eq!(server("7.1", "7.2"), Some(Generation::V7_1));
        assert_eq!(server("6.0", "6.1"), Some(Generation::V6_0));
        assert_eq!(server("0.0", "5.1"), Some(Generation::V5_0));
        assert_eq!(Generation::V6_0.of(Resource::SuiteContent), "6.0-preview.2");
    }
}
