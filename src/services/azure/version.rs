//! Which version of the API the server speaks.
//!
//! The cloud and Server 2022.1 take 7.1. Older servers refuse it, and want a `-preview` for what was not released in their
//! time. The newest is tried first; a server that refuses it is asked what it has, resource by resource.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::wire::ResourceLocation;

/// A version number such as 7.1.
type Number = (u32, u32);

/// The newest version that handin knows.
const NEWEST: Number = (7, 1);

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

/// What is asked for, as far as its version may differ from that of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Resource {
    /// Projects, work items, builds: released everywhere.
    Released,
    /// Connection data: never released, at any version.
    ConnectionData,
    Runs,
    Results,
    RunAttachments,
    ResultAttachments,
    Plans,
    Suites,
    Configurations,
    Points,
    SuiteCases,
    /// Test cases themselves.
    Cases,
}

/// The resources that a server describes by itself, with the ids that are the same on every server.
const DESCRIBED: [(Resource, &str); 10] = [
    (Resource::Cases, "29006fb5-816b-4ff7-a329-599943569229"),
    (Resource::Runs, "cadb3810-d47d-4a3c-a234-fe5f3be50138"),
    (Resource::Results, "4637d869-3a76-4468-8057-0bb02aa385cf"),
    (
        Resource::RunAttachments,
        "4f004af4-a507-489c-9b13-cb62060beb11",
    ),
    (
        Resource::ResultAttachments,
        "2bffebe9-2f0f-4639-9af8-56129e9fed2d",
    ),
    (Resource::Plans, "0e292477-a0c2-47f3-a9b6-34f153d627f4"),
    (Resource::Suites, "1046d5d3-ab61-4ca7-a65a-36118a978256"),
    (
        Resource::Configurations,
        "8369318e-38fa-4e84-9043-4b2a75d2c256",
    ),
    (Resource::Points, "52df686e-bae4-4334-b0ee-b6cf4e6f6b73"),
    (Resource::SuiteCases, "a9bd61ac-45cf-4d13-9441-43dcd01edf8d"),
];

impl Generation {
    /// Returns the version to ask for where the server said nothing of the resource (docs: REST API versioning, and each
    /// endpoint's own page).
    fn usual(self, resource: Resource) -> &'static str {
        use Generation::{V5_0, V6_0, V7_0, V7_1};
        use Resource::{
            Cases, Configurations, ConnectionData, Plans, Points, Released, ResultAttachments,
            Results, RunAttachments, Runs, SuiteCases, Suites,
        };
        match (self, resource) {
            (V7_1, ConnectionData) => "7.1-preview",
            (V7_0, ConnectionData) => "7.0-preview",
            (V6_0, ConnectionData) => "6.0-preview",
            (V5_0, ConnectionData) => "5.0-preview",
            (V7_1, _) => "7.1",
            (V7_0, _) => "7.0",
            (V6_0, Released | Runs | Results) => "6.0",
            (V5_0, Released | Runs | Results) => "5.0",
            (V6_0, Points | SuiteCases) => "6.0-preview.2",
            (V5_0, Points | SuiteCases) => "5.0-preview.2",
            (
                V6_0,
                Cases | RunAttachments | ResultAttachments | Plans | Suites | Configurations,
            ) => "6.0-preview.1",
            (
                V5_0,
                Cases | RunAttachments | ResultAttachments | Plans | Suites | Configurations,
            ) => "5.0-preview.1",
        }
    }

    fn of_number(number: Number) -> Option<Self> {
        match number {
            (8.., _) | (7, 1..) => Some(Self::V7_1),
            (7, 0) => Some(Self::V7_0),
            (6, _) => Some(Self::V6_0),
            (5, _) => Some(Self::V5_0),
            _ => None,
        }
    }
}

/// The versions to ask one server for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) generation: Generation,
    described: HashMap<Resource, String>,
}

impl Versions {
    /// Returns the versions of the newest servers.
    pub(super) fn newest() -> Self {
        Self::usual(Generation::V7_1)
    }

    /// Returns the usual versions of a generation of servers.
    pub(super) fn usual(generation: Generation) -> Self {
        Self {
            generation,
            described: HashMap::new(),
        }
    }

    /// Returns the versions of a server, from its own description of its resources; `None` if that has no runs, or is too old.
    pub(super) fn described(locations: &[ResourceLocation]) -> Option<Self> {
        let at = |id: &str| {
            locations
                .iter()
                .find(|location| location.id.eq_ignore_ascii_case(id))
        };
        let described: HashMap<Resource, String> = DESCRIBED
            .iter()
            .filter_map(|(resource, id)| Some((*resource, wanted(at(id)?)?)))
            .collect();
        let runs = described.get(&Resource::Runs)?;
        let number = runs.split('-').next().and_then(number)?;
        Some(Self {
            generation: Generation::of_number(number)?,
            described,
        })
    }

    /// Returns the version to ask for.
    pub(super) fn of(&self, resource: Resource) -> &str {
        self.described
            .get(&resource)
            .map_or_else(|| self.generation.usual(resource), String::as_str)
    }
}

/// Returns the version to ask for: the newest known one where it is released, else the newest that is released, else a preview.
fn wanted(location: &ResourceLocation) -> Option<String> {
    let (released, newest) = (
        number(&location.released_version)?,
        number(&location.max_version)?,
    );
    if released > (0, 0) {
        let (major, minor) = released.min(NEWEST);
        return Some(format!("{major}.{minor}"));
    }
    let (major, minor) = newest.min(NEWEST);
    Some(format!(
        "{major}.{minor}-preview.{}",
        location.resource_version
    ))
}

fn number(text: &str) -> Option<Number> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The versions in use, shared by all workers of one service.
#[derive(Debug, Clone)]
pub(super) struct Negotiated(Arc<RwLock<Arc<Versions>>>);

impl Negotiated {
    /// Begins with the newest.
    pub(super) fn newest() -> Self {
        Self(Arc::new(RwLock::new(Arc::new(Versions::newest()))))
    }

    pub(super) fn current(&self) -> Arc<Versions> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes other versions into use. Tells whether they differ from those before.
    pub(super) fn settle(&self, versions: Versions) -> bool {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let differs = **current != versions;
        *current = Arc::new(versions);
        differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(id: &str, released: &str, max: &str, revision: u32) -> ResourceLocation {
        ResourceLocation {
            id: id.to_owned(),
            resource_version: revision,
            released_version: released.to_owned(),
            max_version: max.to_owned(),
        }
    }

    const RUNS: &str = "cadb3810-d47d-4a3c-a234-fe5f3be50138";
    const POINTS: &str = "52df686e-bae4-4334-b0ee-b6cf4e6f6b73";

    #[test]
    fn a_server_is_asked_for_the_newest_that_it_has_released() {
        let versions = |released, max| {
            let versions = Versions::described(&[location(RUNS, released, max, 3)])?;
            Some((
                versions.generation,
                versions.of(Resource::Runs).to_owned(),
                versions.of(Resource::Released).to_owned(),
            ))
        };
        let both = |generation, text: &str| Some((generation, text.to_owned(), text.to_owned()));
        assert_eq!(versions("7.1", "7.2"), both(Generation::V7_1, "7.1"));
        assert_eq!(versions("8.0", "8.1"), both(Generation::V7_1, "7.1"));
        assert_eq!(versions("7.0", "7.1"), both(Generation::V7_0, "7.0"));
        assert_eq!(versions("6.0", "6.1"), both(Generation::V6_0, "6.0"));
        assert_eq!(versions("4.1", "4.1"), None);
    }

    #[test]
    fn what_is_not_released_is_asked_for_as_a_preview_of_its_own_revision() {
        let versions = Versions::described(&[
            location(RUNS, "6.0", "6.1", 3),
            location(POINTS, "0.0", "6.1", 2),
        ])
        .unwrap();
        assert_eq!(versions.of(Resource::Points), "6.1-preview.2");
        assert_eq!(versions.of(Resource::Plans), "6.0-preview.1");
        assert_eq!(versions.of(Resource::ConnectionData), "6.0-preview");
    }

    #[test]
    fn runs_of_an_older_route_do_not_count() {
        let old = location("6a8f5a5b-0000-0000-0000-000000000000", "1.0", "1.0", 1);
        let versions = Versions::described(&[old, location(RUNS, "7.0", "7.1", 3)]).unwrap();
        assert_eq!(versions.generation, Generation::V7_0);
    }
}
