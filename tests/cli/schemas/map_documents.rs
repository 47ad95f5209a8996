//! What each command of `handin map` writes with `--json`.

#![expect(
    dead_code,
    reason = "these types describe documents; none is ever made"
)]

use schemars::JsonSchema;

use super::documents::{KeyValue, Service};

/// A test with its cases.
#[derive(JsonSchema)]
struct MappedTest {
    test: String,
    cases: Vec<String>,
    /// How that is known.
    source: String,
    /// The line of the settings file.
    line: Option<u64>,
}

/// What looked like an id and is none.
#[derive(JsonSchema)]
struct IgnoredText {
    test: String,
    source: String,
    text: String,
}

/// A mapping of the settings file.
#[derive(JsonSchema)]
struct Mapping {
    test: String,
    cases: Vec<String>,
    line: Option<u64>,
}

/// A case that several tests share.
#[derive(JsonSchema)]
struct SharedCase {
    case: String,
    tests: Vec<String>,
}

/// The mappings for one service.
#[derive(JsonSchema)]
struct ServiceMappings {
    service: Service,
    mapped: Vec<MappedTest>,
    unmapped: Vec<String>,
    ignored: Vec<IgnoredText>,
    /// Mappings of tests that no report has.
    stale: Vec<Mapping>,
    duplicates: Vec<SharedCase>,
}

/// Which case each test is.
#[derive(JsonSchema)]
pub(super) struct MapList {
    schema: String,
    services: Vec<ServiceMappings>,
}

/// How an association stands.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AssociationState {
    Known,
    Done,
    Planned,
    Refused,
    Uncertain,
}

/// A case of Azure and the test that automates it.
#[derive(JsonSchema)]
struct Association {
    case: String,
    test: String,
    state: AssociationState,
    /// The test that it was associated with before.
    before: Option<String>,
    /// Why it could not be done.
    message: Option<String>,
}

/// With `--associate`.
#[derive(JsonSchema)]
pub(super) struct MapAssociate {
    schema: String,
    associations: Vec<Association>,
    exit_code: u8,
}

/// A test was mapped.
#[derive(JsonSchema)]
pub(super) struct MapSet {
    schema: String,
    service: Service,
    /// The first of the tests.
    test: String,
    /// All of them: several with `--all`.
    tests: Vec<String>,
    cases: Vec<String>,
    /// The settings file.
    path: String,
}

/// Mappings were forgotten.
#[derive(JsonSchema)]
pub(super) struct MapUnset {
    schema: String,
    service: Service,
    tests: Vec<String>,
    /// The settings file.
    path: String,
}

/// A case that may be that of a test.
#[derive(JsonSchema)]
struct Suggestion {
    test: String,
    case: String,
    title: String,
    place: String,
    /// From 0 to 1.
    score: f64,
    /// Whether nothing else comes near.
    certain: bool,
    /// Whether it was written to the settings file.
    applied: bool,
}

/// What fits what.
#[derive(JsonSchema)]
pub(super) struct MapSuggest {
    schema: String,
    service: Service,
    suggestions: Vec<Suggestion>,
    /// The tests that nothing fits.
    without: Vec<String>,
    /// The score from which on something may be certain.
    apply_score: f64,
}

/// A mapping, and of which service.
#[derive(JsonSchema)]
struct ServiceMapping {
    service: Service,
    test: String,
    cases: Vec<String>,
    /// The line of the settings file; only of what is exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

/// What was taken over.
#[derive(JsonSchema)]
pub(super) struct MapImport {
    schema: String,
    /// The settings file.
    path: String,
    /// False with `--dry-run`.
    written: bool,
    mappings: Vec<ServiceMapping>,
    settings: Vec<KeyValue>,
    /// What was left out, and why.
    notes: Vec<String>,
    /// What the settings file says already.
    kept: Vec<String>,
}

/// The mappings of the settings file.
#[derive(JsonSchema)]
pub(super) struct MapExport {
    schema: String,
    mappings: Vec<ServiceMapping>,
}
