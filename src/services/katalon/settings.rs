//! What can be set for Katalon TestOps: the rows of `[katalon]`, with their defaults, and what they say.

use std::time::Duration;

use crate::keys::{
    Address, EXTENT, Extent, Group, Key, Shape, Variable, case_keys, key, plain, setting,
};
use crate::model::ServiceName;
use crate::services::settings;

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

settings! {
    /// The settings `[katalon]`.
    KatalonSettings(reader) {
        /// The server.
        address: Option<Address> = reader.address(ServiceName::Katalon);
        /// The organisation: id or name.
        organization: Option<String> = reader.given("katalon.organization");
        /// The team: id or name.
        team: Option<String> = reader.given("katalon.team");
        /// The project: id or name.
        project: Option<String> = reader.given("katalon.project");
        /// The release to link: id or name.
        release: Option<String> = reader.given("katalon.release");
        /// The template of the build's label.
        build: String = reader.text("katalon.build");
        /// The template of the build's page.
        build_url: String = reader.text("katalon.build_url");
        /// The build on `TestOps` to link: id or name.
        link_build: Option<String> = reader.given("katalon.link_build");
        /// The session of a scheduled run, to which the results belong.
        session: Option<String> = reader.given("katalon.session");
        /// The properties that go along as parameters of a result.
        parameters: Vec<String> = reader.texts("katalon.parameters");
        /// The tags of the execution.
        tags: Vec<String> = reader.texts("katalon.tags");
        /// Whether `TestOps` passes the results on to Xray.
        push_to_xray: bool = reader.switch("katalon.push_to_xray");
        /// Which tests' attachments are uploaded.
        attach: Extent = reader.extent("katalon.attach");
        /// How long to wait for the import.
        wait: Duration = reader.length("katalon.wait");
        /// How long a hand-in whose answer was lost may still turn up.
        settle: Duration = reader.length("katalon.settle");
        /// Whether an execution that holds once more what another holds is deleted.
        retract: bool = reader.switch("katalon.retract");
        /// Whether the importer reads the step logs of Katalon folders.
        step_log: bool = reader.switch("katalon.facts.step_log");
    }
}
