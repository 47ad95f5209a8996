//! The resources of the API, in which versions each is to be had, and what OPTIONS tells of them.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::settings::Flavour;
use crate::http::Head;

/// How far a resource has come on its way to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Released in every version of the product.
    Released,
    /// A preview on Server 2019 and 2020.
    Late,
    /// Never released: every version needs `-preview`.
    Never,
}

/// A resource as `OPTIONS {base}/_apis/{area}` lists it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource {
    id: &'static str,
    area: &'static str,
    name: &'static str,
    template: &'static str,
    version: u32,
    stage: Stage,
}

const fn resource(
    id: &'static str,
    area: &'static str,
    name: &'static str,
    template: &'static str,
    at: (u32, Stage),
) -> Resource {
    Resource {
        id,
        area,
        name,
        template,
        version: at.0,
        stage: at.1,
    }
}

use Stage::{Late, Never, Released};

/// Azure: ids, templates and versions as the service's own OPTIONS answers give them.
pub(crate) const CONNECTION: Resource = resource(
    "00d9565f-ed9c-4a06-9a50-00e7896ccab4",
    "Location",
    "ConnectionData",
    "_apis/{resource}",
    (1, Never),
);
pub(crate) const RESOURCE_AREAS: Resource = resource(
    "e81700f7-3be2-46de-8624-2eb35882fcaa",
    "Location",
    "ResourceAreas",
    "_apis/{resource}/{areaId}",
    (1, Never),
);
pub(crate) const PROJECTS: Resource = resource(
    "603fe2ac-9723-48b9-88ad-09305aa6c6e1",
    "core",
    "projects",
    "_apis/{resource}/{*projectId}",
    (4, Released),
);
pub(crate) const RUNS: Resource = resource(
    "cadb3810-d47d-4a3c-a234-fe5f3be50138",
    "Test",
    "Runs",
    "{project}/_apis/test/{resource}/{runId}",
    (3, Released),
);
pub(crate) const STATISTICS: Resource = resource(
    "0a42c424-d764-4a16-a2d5-5c85f87d0ae8",
    "Test",
    "Runs",
    "{project}/_apis/test/{resource}/{runId}/Statistics",
    (3, Released),
);
pub(crate) const RESULTS: Resource = resource(
    "4637d869-3a76-4468-8057-0bb02aa385cf",
    "Test",
    "Results",
    "{project}/_apis/test/Runs/{runId}/{resource}/{testCaseResultId}",
    (6, Released),
);
pub(crate) const RESULTS_QUERY: Resource = resource(
    "6711da49-8e6f-4d35-9f73-cef7a3c81a5b",
    "Test",
    "Results",
    "{project}/_apis/test/{resource}",
    (6, Released),
);
pub(crate) const RUN_ATTACHMENTS: Resource = resource(
    "4f004af4-a507-489c-9b13-cb62060beb11",
    "Test",
    "Attachments",
    "{project}/_apis/test/Runs/{runId}/{resource}/{attachmentId}",
    (1, Late),
);
pub(crate) const RESULT_ATTACHMENTS: Resource = resource(
    "2bffebe9-2f0f-4639-9af8-56129e9fed2d",
    "Test",
    "Attachments",
    "{project}/_apis/test/Runs/{runId}/Results/{testCaseResultId}/{resource}/{attachmentId}",
    (1, Late),
);
pub(crate) const POINTS_QUERY: Resource = resource(
    "b4264fd0-a5d1-43e2-82a5-b9c46b7da9ce",
    "Test",
    "Points",
    "{project}/_apis/test/{resource}",
    (2, Late),
);
pub(crate) const SUITE_POINTS: Resource = resource(
    "3bcfd5c8-be62-488e-b1da-b8289ce9299c",
    "Test",
    "Points",
    "{project}/_apis/test/Plans/{planId}/Suites/{suiteId}/{resource}/{pointIds}",
    (2, Released),
);
pub(crate) const PLANS: Resource = resource(
    "0e292477-a0c2-47f3-a9b6-34f153d627f4",
    "testplan",
    "Plans",
    "{project}/_apis/{area}/{resource}/{planId}",
    (1, Late),
);
pub(crate) const SUITES: Resource = resource(
    "1046d5d3-ab61-4ca7-a65a-36118a978256",
    "testplan",
    "Suites",
    "{project}/_apis/{area}/Plans/{planId}/{resource}/{suiteId}",
    (1, Late),
);
pub(crate) const SUITES_OF_CASE: Resource = resource(
    "a4080e84-f17b-4fad-84f1-7960b6525bf2",
    "testplan",
    "Suites",
    "_apis/{area}/{resource}",
    (3, Late),
);
pub(crate) const CONFIGURATIONS: Resource = resource(
    "8369318e-38fa-4e84-9043-4b2a75d2c256",
    "testplan",
    "Configurations",
    "{project}/_apis/{area}/{resource}/{testConfigurationId}",
    (1, Late),
);
pub(crate) const TEST_POINTS: Resource = resource(
    "52df686e-bae4-4334-b0ee-b6cf4e6f6b73",
    "testplan",
    "TestPoint",
    "{project}/_apis/{area}/Plans/{planId}/Suites/{suiteId}/TestPoint/{pointIds}",
    (2, Late),
);
pub(crate) const TEST_CASES: Resource = resource(
    "a9bd61ac-45cf-4d13-9441-43dcd01edf8d",
    "testplan",
    "SuiteTestCase",
    "{project}/_apis/{area}/Plans/{planId}/Suites/{suiteId}/TestCase/{testCaseId}",
    (3, Late),
);
pub(crate) const CASES: Resource = resource(
    "29006fb5-816b-4ff7-a329-599943569229",
    "testplan",
    "TestCases",
    "{project}/_apis/{area}/{resource}/{testCaseId}",
    (1, Late),
);
pub(crate) const WORK_ITEMS: Resource = resource(
    "72c7ddf8-2cdc-4f60-90cd-ab71c14a399b",
    "wit",
    "workItems",
    "{project}/_apis/{area}/{resource}/{id}",
    (3, Released),
);
pub(crate) const WORK_ITEMS_BATCH: Resource = resource(
    "908509b6-4248-4475-a1cd-829139ba419f",
    "wit",
    "workItemsBatch",
    "{project}/_apis/{area}/{resource}",
    (1, Released),
);
pub(crate) const CATEGORIES: Resource = resource(
    "9b9f5734-36c8-415e-ba67-f83b45c31408",
    "wit",
    "workItemTypeCategories",
    "{project}/_apis/{area}/{resource}/{category}",
    (2, Released),
);
pub(crate) const WIQL: Resource = resource(
    "1a9c53f7-f243-4447-b110-35ef023636e4",
    "wit",
    "wiql",
    "{project}/{team}/_apis/{area}/{resource}/{id}",
    (2, Released),
);
pub(crate) const BUILDS: Resource = resource(
    "0cd358e1-9217-4d94-8269-1c1ee6f93dcf",
    "build",
    "builds",
    "{project}/_apis/{area}/{resource}/{buildId}",
    (7, Released),
);
pub(crate) const RELEASES: Resource = resource(
    "a166fde7-27ad-408e-ba75-703c2cc9d500",
    "Release",
    "releases",
    "{project}/_apis/{area}/{resource}/{releaseId}",
    (8, Released),
);

const ALL: [Resource; 24] = [
    CONNECTION,
    RESOURCE_AREAS,
    PROJECTS,
    RUNS,
    STATISTICS,
    RESULTS,
    RESULTS_QUERY,
    RUN_ATTACHMENTS,
    RESULT_ATTACHMENTS,
    POINTS_QUERY,
    SUITE_POINTS,
    PLANS,
    SUITES,
    SUITES_OF_CASE,
    CONFIGURATIONS,
    TEST_POINTS,
    TEST_CASES,
    CASES,
    WORK_ITEMS,
    WORK_ITEMS_BATCH,
    CATEGORIES,
    WIQL,
    BUILDS,
    RELEASES,
];

/// A version number such as 7.1.
type Number = (u32, u32);

/// Returns the newest version that is released, and the newest that is to be had as a preview.
const fn versions(flavour: Flavour) -> (Number, Number) {
    match flavour {
        Flavour::Cloud => ((7, 1), (7, 2)),
        Flavour::Server2022 => ((7, 0), (7, 1)),
        Flavour::Server2020 => ((6, 0), (6, 1)),
        Flavour::Server2019 => ((5, 0), (5, 1)),
    }
}

impl Resource {
    fn released(&self, flavour: Flavour) -> Number {
        let early = matches!(flavour, Flavour::Server2019 | Flavour::Server2020);
        match self.stage {
            Released => versions(flavour).0,
            Late if !early => versions(flavour).0,
            Late | Never => (0, 0),
        }
    }

    fn listed(&self, flavour: Flavour) -> Value {
        json!({
            "id": self.id,
            "area": self.area,
            "resourceName": self.name,
            "routeTemplate": self.template,
            "resourceVersion": self.version,
            "minVersion": "1.0",
            "maxVersion": text(versions(flavour).1),
            "releasedVersion": text(self.released(flavour)),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Refuses a request whose version is missing, too new, or a preview that is not named as one.
    pub(crate) fn check_version(&self, flavour: Flavour, head: &Head) -> Result<(), Refusal> {
        let Some(asked) = asked(head) else {
            return if self.area == "Location" {
                Ok(())
            } else {
                Err(not_specified(&head.method))
            };
        };
        let Some((number, preview)) = parse(&asked) else {
            let message = format!("The api-version '{asked}' is not valid.");
            return Err(Refusal::new(400, "VssInvalidApiVersionException", message));
        };
        let newest = versions(flavour).1;
        if number > newest
            || number < (1, 0)
            || matches!(preview, Preview::Revision(revision) if revision > self.version)
        {
            return Err(out_of_range(&asked, newest));
        }
        if preview == Preview::No && number > self.released(flavour) {
            return Err(under_preview(&asked));
        }
        Ok(())
    }
}

/// Returns the answer to `OPTIONS {base}/_apis` or `OPTIONS {base}/_apis/{area}`.
pub(crate) fn list(flavour: Flavour, area: Option<&str>) -> Value {
    let listed: Vec<Value> = ALL
        .iter()
        .filter(|known| area.is_none_or(|area| known.area.eq_ignore_ascii_case(area)))
        .map(|known| known.listed(flavour))
        .collect();
    json!({ "count": listed.len(), "value": listed })
}

/// Returns the version asked for: in the query, or in `Accept`, as the vendor's own clients send it.
pub(crate) fn asked(head: &Head) -> Option<String> {
    let query = head.query_ignoring_case("api-version").map(str::to_owned);
    query.or_else(|| {
        let accept = head.header("accept")?;
        let (_, version) = accept.split_once("api-version=")?;
        Some(
            version
                .split([';', ','])
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned(),
        )
    })
}

/// Whether a preview is asked for, and which revision of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preview {
    No,
    Any,
    Revision(u32),
}

fn parse(text: &str) -> Option<(Number, Preview)> {
    let (number, preview) = text
        .split_once('-')
        .map_or((text, None), |(number, preview)| (number, Some(preview)));
    let (major, minor) = number.split_once('.')?;
    let number = (major.parse().ok()?, minor.parse().ok()?);
    let preview = match preview {
        None => Preview::No,
        Some("preview") => Preview::Any,
        Some(preview) => Preview::Revision(preview.strip_prefix("preview.")?.parse().ok()?),
    };
    Some((number, preview))
}

fn text((major, minor): Number) -> String {
    format!("{major}.{minor}")
}

fn not_specified(method: &str) -> Refusal {
    let message = format!(
        "No api-version was supplied for the \"{method}\" request. The version must be supplied either as part of the Accept header \
         (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\")."
    );
    Refusal::new(400, "VssVersionNotSpecifiedException", message)
}

fn out_of_range(asked: &str, newest: Number) -> Refusal {
    let message = format!(
        "The requested REST API version of {asked} is out of range for this server. The latest REST API version this server supports is {}.",
        text(newest)
    );
    Refusal::new(400, "VssVersionOutOfRangeException", message)
}

fn under_preview(asked: &str) -> Refusal {
    let message = format!(
        "The requested version \"{asked}\" of the resource is under preview. The -preview flag must be supplied in the api-version for \
         such requests. For example: \"{asked}-preview\""
    );
    Refusal::new(400, "VssInvalidPreviewVersionException", message)
}
