//! What can be set for qTest: the rows of `[qtest]`, with their defaults, and what they say.

use std::time::Duration;

use super::fingerprint::DIGEST;
use crate::keys::{
    Address, Choice as _, EXTENT, Extent, Group, Key, Reader, Shape, StatusWords, Variable,
    case_keys, choice, key, plain, setting,
};
use crate::model::ServiceName;
use crate::plan::Template;
use crate::services::settings;

/// The rows of `[qtest]`.
pub(in crate::services) const KEYS: &[&[Key]] = &[
    &[
        key("qtest.enabled", Shape::Switch, "Whether results go to qTest. `false` switches the service off and keeps its settings.").default("true"),
        key("qtest.url", Shape::Text, "The site (`https://acme.qtestnet.com`)."),
        key("qtest.allow_http", Shape::Switch, "Whether plain HTTP is allowed for hosts other than this machine.").default("false"),
        key("qtest.project", Shape::IdOrName, "The project."),
        key("qtest.module", Shape::IdOrName, "The parent module of everything that is created. Without it no test cases are created."),
        key("qtest.release", Shape::IdOrName, "The release in which test cycles are found and created."),
        key("qtest.cycle", Shape::IdOrName, "The test cycle: an id, `CL-n`, a name, or a path with `/`; a template. `{submission}` is the job that all reports name, or else the CI's pipeline or job, or else the suite around all tests.").default("{submission}"),
        key("qtest.suite", Shape::IdOrName, "The test suite in the cycle: an id, `TS-n`, a name, or a path with `/`; a template. `{browser} {date}` creates one a day.").default("{browser}"),
        key("qtest.mode", Shape::Word(Mode::WORDS), "How results reach qTest.").default("batch"),
        key("qtest.fingerprint", Shape::Text, "How a test is recognised: `handin`, or `jenkins-class`, `jenkins-method`, `pulse`, `property:NAME` to keep the history of another tool.").default("handin"),
        key("qtest.statuses.passed", Shape::Text, "The status of a test that passed.").default("PASS"),
        key("qtest.statuses.failed", Shape::Text, "The status of a test that failed.").default("FAIL"),
        key("qtest.statuses.errored", Shape::Text, "The status of a test that ended with an error.").default("FAIL"),
        key("qtest.statuses.skipped", Shape::Text, "The status of a skipped test.").default("SKIP"),
        key("qtest.statuses.incomplete", Shape::Text, "The status of a test that never ended.").default("FAIL"),
        key("qtest.build", Shape::Text, "The build number of the runs; a template.").default("{ci.build}"),
        key("qtest.build_url", Shape::Text, "The URL of the build; a template.").default("{ci.url}"),
        key("qtest.note", Shape::Text, "A text for the note of every log; a template."),
        key("qtest.fields", Shape::Texts, "The properties of tests and suites that are copied to the test run fields of the same name; `*` for all. Properties may hold secrets, so the default is none."),
        key("qtest.requirements", Shape::Texts, "The properties of tests that name requirements: `RQ-5`, an id, or an issue key (`SHOP-7`) with which the requirement's name begins. The test cases are linked to these requirements. The default is none."),
        key("qtest.attach", EXTENT, "As `attach`, for qTest alone."),
        key("qtest.wait", Shape::Length, "How long to wait for qTest's queue.").default("10m"),
        key("qtest.facts.fingerprints", Shape::Count(20 + DIGEST as u64, 255), "How many characters of *Automation Content* the site keeps. `handin doctor --probe qtest` finds out. Longer fingerprints are shortened and end in a digest.").default("255"),
        key("qtest.facts.step_logs", Shape::Switch, "Whether the site keeps step logs in their order. With `false` steps are written to the notes, and to test cases that handin creates.").default("true"),
        key("qtest.facts.modules", Shape::Switch, "Whether an empty module can be deleted. With `false` handin makes no claim by a module, and two machines that submit the same thing at the same moment may both write.").default("true"),
        key("qtest.settle", Shape::Length, "How long a batch whose answer was lost may take to appear, before it is sent again.").default("60s"),
    ],
    &case_keys!("qtest", "qTest"),
];

/// The variables that give settings and credentials.
pub(in crate::services) const VARIABLES: &[Variable] = &[
    setting(
        "HANDIN_QTEST_URL",
        "qtest.url",
        "The site. A token from the environment may be sent to this address.",
    ),
    setting("HANDIN_QTEST_PROJECT", "qtest.project", "The project."),
    plain(
        "HANDIN_QTEST_TOKEN",
        Group::Credentials,
        "qTest: an API token.",
    ),
    plain(
        "QTEST_API_TOKEN",
        Group::Credentials,
        "qTest: the same, under a name that other tools read.",
    ),
];

settings! {
    /// The settings `[qtest]`.
    QtestSettings(reader) {
        /// The site, as written.
        address: Option<Address> = reader.address(ServiceName::Qtest);
        /// The project: id or name.
        project: Option<String> = reader.given("qtest.project");
        /// The parent module: id or name. Without it nothing is created.
        module: Option<String> = reader.given("qtest.module");
        /// The release: id or name.
        release: Option<String> = reader.given("qtest.release");
        /// The template of the cycle.
        cycle: Template = reader.parsed("qtest.cycle", Template::parse);
        /// The template of the suite.
        suite: Template = reader.parsed("qtest.suite", Template::parse);
        /// How results are sent.
        mode: Mode = reader.choice("qtest.mode");
        /// How tests are recognised.
        fingerprint: FingerprintStyle = reader.parsed("qtest.fingerprint", fingerprint);
        /// The status for each verdict.
        statuses: StatusWords = statuses(reader);
        /// The template of the build number.
        build: Template = reader.parsed("qtest.build", Template::parse);
        /// The template of the build's page.
        build_url: Template = reader.parsed("qtest.build_url", Template::parse);
        /// The template of a text in every log's note.
        note: Template = reader.parsed("qtest.note", Template::parse);
        /// The properties that go into fields of the run of the same name; `*` stands for all.
        fields: Vec<String> = reader.texts("qtest.fields");
        /// The properties that name requirements.
        requirements: Vec<String> = reader.texts("qtest.requirements");
        /// Which tests' attachments are uploaded.
        attach: Extent = reader.extent("qtest.attach");
        /// How long to wait for the queue.
        wait: Duration = reader.length("qtest.wait");
        /// How long a batch whose answer was lost may still turn up.
        settle: Duration = reader.length("qtest.settle");
        /// What was found out of the site.
        facts: QtestFacts = QtestFacts {
            fingerprints: reader
                .count("qtest.facts.fingerprints")
                .and_then(|count| count.try_into().ok())
                .unwrap_or(usize::MAX),
            step_logs: reader.switch("qtest.facts.step_logs"),
            modules: reader.switch("qtest.facts.modules"),
        };
    }
}

/// What was found out of a site that differs from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QtestFacts {
    /// How many characters of a fingerprint it keeps.
    pub fingerprints: usize,
    /// Whether it takes step logs in their order.
    pub step_logs: bool,
    /// Whether a module can be deleted while it is empty.
    pub modules: bool,
}

choice! {
    /// How results reach qTest.
    Mode {
        /// Many in one request, worked off by qTest's queue; mapped cases one by one, as they must be.
        Batch = "batch",
        /// One request a result, on the run of its case, wherever that run was moved.
        Direct = "direct",
    }
}

/// How qTest recognises a test.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FingerprintStyle {
    #[default]
    /// handin's own, in a safe alphabet.
    Handin,
    /// The class name, as the Jenkins plugin has it by default.
    JenkinsClass,
    /// Class name and method, as the Jenkins plugin has it on request.
    JenkinsMethod,
    /// As the scripts of qTest Pulse have it.
    Pulse,
    /// The value of this property.
    Property(String),
}

impl FingerprintStyle {
    /// The words, for messages.
    pub const WORDS: &'static [&'static str] = &[
        "handin",
        "jenkins-class",
        "jenkins-method",
        "pulse",
        "property:NAME",
    ];

    /// Returns the fingerprint that a setting names.
    pub fn named(word: &str) -> Option<Self> {
        match word.trim() {
            "handin" => Some(Self::Handin),
            "jenkins-class" => Some(Self::JenkinsClass),
            "jenkins-method" => Some(Self::JenkinsMethod),
            "pulse" => Some(Self::Pulse),
            other => other
                .strip_prefix("property:")
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| Self::Property(name.to_owned())),
        }
    }
}

fn fingerprint(text: &str) -> Result<FingerprintStyle, String> {
    FingerprintStyle::named(text).ok_or_else(|| {
        let known: Vec<String> = FingerprintStyle::WORDS
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        format!(
            "`qtest.fingerprint` cannot be `{text}`, expected one of {}",
            known.join(", ")
        )
    })
}

/// Returns the statuses; none may be dropped, or results would be lost in silence.
fn statuses(reader: &mut Reader) -> StatusWords {
    for name in ["passed", "failed", "errored", "skipped", "incomplete"] {
        let path = format!("qtest.statuses.{name}");
        if reader.given(&path).is_none() {
            let message = format!("`{path}` is empty: each outcome needs a status of qTest");
            reader.problem(&path, message);
        }
    }
    reader.words("qtest.statuses")
}
