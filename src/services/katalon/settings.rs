//! What can be set for Katalon TestOps: the rows of `[katalon]`, with their defaults, and what they say.

use std::time::Duration;

use crate::keys::{
    Address, EXTENT, Extent, Group, Key, Reader, Shape, Variable, case_keys, key, plain, setting,
};
use crate::model::ServiceName;

/// The rows of `[katalon]`.
pub(in crate::services) const KEYS: &[&[Key]] = &[
    &[
        key("katalon.enabled", Shape::Switch, "Whether results go to TestOps. `false` switches the service off and keeps its settings.").default("true"),
        key("katalon.url", Shape::Text, "The server.").default("https://testops.katalon.io"),
        key("katalon.allow_http", Shape::Switch, "Whether plain HTTP is allowed for hosts other than this machine.").default("false"),
        key("katalon.organization", Shape::IdOrName, "The organisation, if the account has several."),
        key("katalon.team", Shape::IdOrName, "The team."),
        key("katalon.project", Shape::IdOrName, "The project."),
        key("katalon.release", Shape::IdOrName, "The release to link."),
        key("katalon.build", Shape::Text, "The label of the build; a template.").default("{ci.build}"),
        key("katalon.build_url", Shape::Text, "The URL of the build; a template.").default("{ci.url}"),
        key("katalon.link_build", Shape::IdOrName, "The build on TestOps to link."),
        key("katalon.session", Shape::Text, "The session of a run that TestOps scheduled, to which the results belong."),
        key("katalon.parameters", Shape::Texts, "The properties that are sent as parameters of a result; `*` for all. Properties may hold secrets, so the default is none."),
        key("katalon.tags", Shape::Texts, "Tags of the execution."),
        key("katalon.push_to_xray", Shape::Switch, "Whether TestOps passes the results on to Xray.").default("false"),
        key("katalon.attach", EXTENT, "As `attach`, for TestOps alone."),
        key("katalon.wait", Shape::Length, "How long to wait for the import.").default("10m"),
        key("katalon.settle", Shape::Length, "How long a submission whose answer was lost may take to appear before it is sent again.").default("60s"),
        key("katalon.facts.step_log", Shape::Switch, "Whether the importer reads the step logs of Katalon folders. `handin doctor --probe katalon` finds out. With `false` their tests are sent as results.").default("true"),
        key("katalon.retract", Shape::Switch, "Whether handin deletes a duplicate execution of the same submission. Two identical commands at the same moment can create one.").default("true"),
    ],
    &case_keys!("katalon", "TestOps"),
];

/// The variables that give settings and credentials.
pub(in crate::services) const VARIABLES: &[Variable] = &[
    setting(
        "HANDIN_KATALON_URL",
        "katalon.url",
        "The server. A key from the environment may be sent to this address.",
    ),
    setting(
        "TESTOPS_SERVER_URL",
        "katalon.url",
        "The server, under the name that Katalon's reporters read.",
    ),
    setting("HANDIN_KATALON_PROJECT", "katalon.project", "The project."),
    setting(
        "TESTOPS_PROJECT_ID",
        "katalon.project",
        "The project, under the name that Katalon's reporters read.",
    ),
    setting(
        "TESTOPS_BUILD_LABEL",
        "katalon.build",
        "The label of the build, under the name that Katalon's reporters read.",
    ),
    setting(
        "TESTOPS_BUILD_URL",
        "katalon.build_url",
        "The page of the build, under the name that Katalon's reporters read.",
    ),
    setting(
        "TESTOPS_SESSION_ID",
        "katalon.session",
        "The session of a scheduled run, under the name that Katalon's reporters read.",
    ),
    plain(
        "HANDIN_KATALON_TOKEN",
        Group::Credentials,
        "Katalon TestOps: an API key.",
    ),
    plain(
        "TESTOPS_API_KEY",
        Group::Credentials,
        "Katalon TestOps: the same, under the name that Katalon's reporters read.",
    ),
    plain(
        "KATALON_API_KEY",
        Group::Credentials,
        "Katalon TestOps: the same, under the name that Katalon Runtime Engine reads.",
    ),
];

/// The settings `[katalon]`.
#[derive(Debug, Clone)]
pub struct KatalonSettings {
    /// The server.
    pub address: Option<Address>,
    /// The organisation: id or name.
    pub organization: Option<String>,
    /// The team: id or name.
    pub team: Option<String>,
    /// The project: id or name.
    pub project: Option<String>,
    /// The release to link: id or name.
    pub release: Option<String>,
    /// The template of the build's label.
    pub build: String,
    /// The template of the build's page.
    pub build_url: String,
    /// The build on `TestOps` to link: id or name.
    pub link_build: Option<String>,
    /// The session of a scheduled run, to which the results belong.
    pub session: Option<String>,
    /// The properties that go along as parameters of a result.
    pub parameters: Vec<String>,
    /// The tags of the execution.
    pub tags: Vec<String>,
    /// Whether `TestOps` passes the results on to Xray.
    pub push_to_xray: bool,
    /// Which tests' attachments are uploaded.
    pub attach: Extent,
    /// How long to wait for the import.
    pub wait: Duration,
    /// How long a hand-in whose answer was lost may still turn up.
    pub settle: Duration,
    /// Whether an execution that holds once more what another holds is deleted.
    pub retract: bool,
    /// Whether the importer reads the step logs of Katalon folders.
    pub step_log: bool,
}

impl KatalonSettings {
    /// Reads them.
    pub(in crate::services) fn read(reader: &mut Reader) -> Self {
        Self {
            address: reader.address(ServiceName::Katalon),
            organization: reader.given("katalon.organization"),
            team: reader.given("katalon.team"),
            project: reader.given("katalon.project"),
            release: reader.given("katalon.release"),
            build: reader.text("katalon.build"),
            build_url: reader.text("katalon.build_url"),
            link_build: reader.given("katalon.link_build"),
            session: reader.given("katalon.session"),
            parameters: reader.texts("katalon.parameters"),
            tags: reader.texts("katalon.tags"),
            push_to_xray: reader.switch("katalon.push_to_xray"),
            attach: reader.extent("katalon.attach"),
            wait: reader.length("katalon.wait"),
            settle: reader.length("katalon.settle"),
            retract: reader.switch("katalon.retract"),
            step_log: reader.switch("katalon.facts.step_log"),
        }
    }
}

impl Default for KatalonSettings {
    fn default() -> Self {
        Self::read(&mut Reader::of_defaults(KEYS))
    }
}
