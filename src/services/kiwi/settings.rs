//! What can be set for Kiwi TCMS: the rows of `[kiwi]`, with their defaults, and what they say.

use std::time::Duration;

use crate::keys::{
    Address, EXTENT, Extent, Group, Key, Shape, StatusWords, Variable, case_keys, key, plain,
    setting,
};
use crate::model::ServiceName;
use crate::services::settings;

/// The rows of `[kiwi]`.
pub(in crate::services) const KEYS: &[&[Key]] = &[
    &[
        key("kiwi.enabled", Shape::Switch, "Whether results go to Kiwi TCMS. `false` switches the service off and keeps its settings.").default("true"),
        key("kiwi.url", Shape::Text, "The server (`https://tcms.example`)."),
        key("kiwi.allow_http", Shape::Switch, "Whether plain HTTP is allowed for hosts other than this machine.").default("false"),
        key("kiwi.product", Shape::IdOrName, "The product."),
        key("kiwi.version", Shape::Text, "The version of the product. Without it: the only one, else `unspecified`."),
        key("kiwi.build", Shape::Text, "The build of the version; a template. Without it: `unspecified`."),
        key("kiwi.plan", Shape::IdOrName, "The test plan."),
        key("kiwi.create", Shape::Switch, "Whether missing versions, builds, test plans and test cases are created.").default("false"),
        key("kiwi.run_name", Shape::Text, "The summary of the test run; a template. Default: `{ci.job} {ci.branch} #{ci.build}`, or `{report} {date}` outside CI."),
        key("kiwi.statuses.passed", Shape::Text, "The status of a test that passed.").default("PASSED"),
        key("kiwi.statuses.failed", Shape::Text, "The status of a test that failed.").default("FAILED"),
        key("kiwi.statuses.errored", Shape::Text, "The status of a test that ended with an error.").default("ERROR"),
        key("kiwi.statuses.skipped", Shape::Text, "The status of a skipped test.").default("WAIVED"),
        key("kiwi.statuses.incomplete", Shape::Text, "The status of a test that never ended.").default("ERROR"),
        key("kiwi.attach", EXTENT, "As `attach`, for Kiwi TCMS alone."),
        key("kiwi.settle", Shape::Length, "How long a write whose answer was lost may take to appear. The claim of another process counts as abandoned after twice this time without a change.").default("30s"),
    ],
    &case_keys!("kiwi", "Kiwi TCMS"),
];

/// The variables that give settings and credentials.
pub(in crate::services) const VARIABLES: &[Variable] = &[
    setting(
        "HANDIN_KIWI_URL",
        "kiwi.url",
        "The server. A password from the environment may be sent to this address.",
    ),
    plain(
        "HANDIN_KIWI_USER",
        Group::Credentials,
        "Kiwi TCMS: the user's name; counts together with `HANDIN_KIWI_PASSWORD`.",
    ),
    plain(
        "HANDIN_KIWI_PASSWORD",
        Group::Credentials,
        "Kiwi TCMS: the password of `HANDIN_KIWI_USER`.",
    ),
];

settings! {
    /// The settings `[kiwi]`.
    KiwiSettings(reader) {
        /// The server.
        address: Option<Address> = reader.address(ServiceName::Kiwi);
        /// The product: id or name.
        product: Option<String> = reader.given("kiwi.product");
        /// The version of the product.
        version: Option<String> = reader.given("kiwi.version");
        /// The template of the build.
        build: Option<String> = reader.given("kiwi.build");
        /// The test plan: id or name.
        plan: Option<String> = reader.given("kiwi.plan");
        /// Whether what is missing is created.
        create: bool = reader.switch("kiwi.create");
        /// The template of the run's summary.
        run_name: Option<String> = reader.given("kiwi.run_name");
        /// The status for each verdict.
        statuses: StatusWords = reader.words("kiwi.statuses");
        /// Which tests' attachments are uploaded.
        attach: Extent = reader.extent("kiwi.attach");
        /// How long a write whose answer was lost may take to appear.
        settle: Duration = reader.length("kiwi.settle");
    }
}
