//! Every setting there is.

use super::choice::{
    Choice as _, CiOutput, Extent, Points, QtestMode, Reaction, RunType, Skipped, Tries,
};
use super::schema::{Key, Shape};

/// The outcomes that Azure takes; it refuses every other name, and the whole batch with it (docs: Test Results – Add).
const AZURE_OUTCOMES: &[&str] = &[
    "Passed",
    "Failed",
    "Inconclusive",
    "Timeout",
    "Aborted",
    "Blocked",
    "NotExecuted",
    "Warning",
    "Error",
    "NotApplicable",
    "Paused",
    "InProgress",
    "NotImpacted",
];

const fn key(path: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        path,
        shape,
        default: None,
        doc,
    }
}

impl Key {
    const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }
}

const REACTION: Shape = Shape::Word(Reaction::WORDS);
const EXTENT: Shape = Shape::Word(Extent::WORDS);
const OUTCOME: Shape = Shape::Word(AZURE_OUTCOMES);

/// Every setting, in the order of the page. The explicit mappings below `cases.<service>` are read apart.
pub(super) const KEYS: &[Key] = &[
    key("reports", Shape::Texts, "Files, folders, globs or zip archives to read when none is named on the command line. Relative to the folder of the settings file."),
    key("attach", EXTENT, "For which tests the files go along that the report names.").default("failed"),
    key("attachments", Shape::Texts, "Further folders from which attachments may be read. A report's own folder always counts."),
    key("output", EXTENT, "For which tests the console output goes along. It often holds secrets, so none does by default.").default("none"),
    key("retries", Shape::Word(Tries::WORDS), "Which of several tries of one test counts. Without it the last, where a report marks them as tries; tests that merely have one name stay several, and a case that they are mapped to gets the worst. `worst`: the worst in any case. `last`: the last in any case, also of tests that merely have one name."),
    key("redact", Shape::Texts, "Regular expressions; what they match is replaced by `[redacted]` in every text that leaves."),
    key("jobs", Shape::Count(1, 16), "How many requests may be under way at once.").default("4"),
    key("timeout", Shape::Length, "The time that the whole command may take.").default("30m"),
    key("journal", Shape::Text, "Where the journal stands: what was intended and what was acknowledged. Relative to the folder of the settings file.").default(".handin/journal.jsonl"),
    key("summary", Shape::Texts, "Files to which a page about the submission is written: Markdown (`.md`) or HTML (`.html`). Relative to the folder of the settings file."),
    key("ci_output", Shape::Word(CiOutput::WORDS), "Which CI is given outputs, a summary and annotations, besides the text that people read.").default("auto"),
    key("ca_file", Shape::Text, "A file of certificates (PEM) to trust besides the system's. From a flag or the environment only: `--ca-file`, `HANDIN_CA_FILE`."),
    key("proxy", Shape::Text, "The proxy for every request. Without it the proxy variables of the environment count. From a flag or the environment only: `--proxy`, `HANDIN_PROXY`."),
    key("no_proxy", Shape::Text, "The hosts that are asked without a proxy, in the place of those in `NO_PROXY`. From a flag or the environment only: `--no-proxy`, `HANDIN_NO_PROXY`."),
    key("fail_on_test_failure", Shape::Switch, "Whether failing tests make the exit code 10.").default("false"),
    key("policy.on_no_reports", REACTION, "No report was found.").default("fail"),
    key("policy.on_empty", REACTION, "The reports hold no test.").default("fail"),
    key("policy.on_unreadable", REACTION, "A report cannot be read. With `warn` the others are handed in.").default("fail"),
    key("policy.on_unmapped", REACTION, "A test has no case. With `warn` the mapped ones are handed in and the others listed; when none is mapped it is an error whatever stands here.").default("warn"),
    key("policy.on_ambiguous", REACTION, "Several places could take a result.").default("fail"),
    key("policy.on_missing_case", REACTION, "A mapped case does not exist, or is no test case. With `warn` and `ignore` its tests are left out (Azure).").default("fail"),
    key("policy.on_missing_point", REACTION, "A mapped case is not where results go: in another plan or suite, or without the configuration. With `warn` and `ignore` its tests are left out (Azure).").default("fail"),
    key("policy.on_stale", REACTION, "A report is older than the build, where the CI tells when that began.").default("warn"),
    key("policy.on_no_credential", REACTION, "No token was found. `warn` is for pipelines of forks, which get no secrets.").default("fail"),
    key("policy.on_upload_error", REACTION, "The upload of an attachment failed.").default("fail"),
    key("azure.url", Shape::Text, "The organisation (`https://dev.azure.com/acme`) or the server's collection (`https://tfs.acme.example/tfs/Main`)."),
    key("azure.allow_http", Shape::Switch, "Whether plain http is accepted for other hosts than this machine.").default("false"),
    key("azure.project", Shape::IdOrName, "The project."),
    key("azure.plan", Shape::IdOrName, "The test plan."),
    key("azure.suite", Shape::IdOrName, "The suite to which the results belong, with all below it: an id, a name, or a path below the plan (`Web/Checkout`)."),
    key("azure.configuration", Shape::IdOrName, "The test configuration, where it is always the same."),
    key("azure.configuration_property", Shape::Text, "The property of a test or its suite that names the configuration.").default("configuration"),
    key("azure.configurations", Shape::Rows, "Which configuration a test ran in, by properties of its suite. The first row that matches counts."),
    key("azure.points", Shape::Word(Points::WORDS), "What to do when a case has several points that fit.").default("one"),
    key("azure.run_name", Shape::Text, "The name of the run; a template. Without it `{ci.job} {ci.branch} #{ci.build}`, and outside CI `{report} {date}`."),
    key("azure.comment", Shape::Text, "The comment of the run; a template."),
    key("azure.tags", Shape::Texts, "Tags of the run, at most five."),
    key("azure.build", Shape::Text, "The build of the run, id or number; a template. Without it: the pipeline's own, inside Azure Pipelines of the same project."),
    key("azure.release", Shape::Text, "The release of the run, by its number or address. Without it: the pipeline's own, inside a release pipeline of the same project."),
    key("azure.run_type", Shape::Word(RunType::WORDS), "How the run is marked.").default("auto"),
    key("azure.skipped", Shape::Word(Skipped::WORDS), "What to do with skipped tests: sent, they hide the last real outcome of their point.").default("omit"),
    key("azure.outcomes.passed", OUTCOME, "The outcome of a test that passed.").default("Passed"),
    key("azure.outcomes.failed", OUTCOME, "The outcome of a test that failed.").default("Failed"),
    key("azure.outcomes.errored", OUTCOME, "The outcome of a test that broke.").default("Failed"),
    key("azure.outcomes.incomplete", OUTCOME, "The outcome of a test that never ended.").default("Aborted"),
    key("azure.outcomes.skipped", OUTCOME, "The outcome of a skipped test, where those are sent.").default("NotExecuted"),
    key("azure.attach", EXTENT, "As `attach`, for Azure alone."),
    key("azure.attach_reports", Shape::Switch, "Whether the reports themselves go onto the run. They are sent as they are, with properties and console output.").default("false"),
    key("azure.settle", Shape::Length, "How long a run whose creation was not answered may still turn up, and how long a run that another process fills may stand still.").default("30s"),
    key("qtest.url", Shape::Text, "The site (`https://acme.qtestnet.com`)."),
    key("qtest.allow_http", Shape::Switch, "Whether plain http is accepted for other hosts than this machine.").default("false"),
    key("qtest.project", Shape::IdOrName, "The project."),
    key("qtest.module", Shape::IdOrName, "The parent module of everything that is created. Without it nothing is created."),
    key("qtest.release", Shape::IdOrName, "The release in which cycles are looked for and created."),
    key("qtest.cycle", Shape::IdOrName, "The test cycle: an id, `CL-n`, a name, or a path with `/`; a template. `{submission}` is the job that all reports name, else the CI's pipeline or job, else the suite around all tests.").default("{submission}"),
    key("qtest.suite", Shape::IdOrName, "The test suite in the cycle: an id, `TS-n`, a name, or a path with `/`; a template. `{browser} {date}` makes one a day.").default("{browser}"),
    key("qtest.mode", Shape::Word(QtestMode::WORDS), "How results reach qTest.").default("batch"),
    key("qtest.fingerprint", Shape::Text, "How a test is recognised: `handin`, or `jenkins-class`, `jenkins-method`, `pulse`, `property:NAME` to keep the history of another tool.").default("handin"),
    key("qtest.statuses.passed", Shape::Text, "The status of a test that passed.").default("PASS"),
    key("qtest.statuses.failed", Shape::Text, "The status of a test that failed.").default("FAIL"),
    key("qtest.statuses.errored", Shape::Text, "The status of a test that broke.").default("FAIL"),
    key("qtest.statuses.skipped", Shape::Text, "The status of a skipped test.").default("SKIP"),
    key("qtest.statuses.incomplete", Shape::Text, "The status of a test that never ended.").default("FAIL"),
    key("qtest.build", Shape::Text, "The build number of the runs; a template.").default("{ci.build}"),
    key("qtest.build_url", Shape::Text, "The page of the build; a template.").default("{ci.url}"),
    key("qtest.note", Shape::Text, "A text for the note of every log; a template."),
    key("qtest.attach", EXTENT, "As `attach`, for qTest alone."),
    key("qtest.wait", Shape::Length, "How long to wait for qTest's queue.").default("10m"),
    key("qtest.settle", Shape::Length, "How long a batch whose answer was lost may still turn up, before it is sent again.").default("60s"),
    key("katalon.url", Shape::Text, "The server.").default("https://testops.katalon.io"),
    key("katalon.allow_http", Shape::Switch, "Whether plain http is accepted for other hosts than this machine.").default("false"),
    key("katalon.organization", Shape::IdOrName, "The organisation, where the account has several."),
    key("katalon.team", Shape::IdOrName, "The team."),
    key("katalon.project", Shape::IdOrName, "The project."),
    key("katalon.release", Shape::IdOrName, "The release to link."),
    key("katalon.build", Shape::Text, "The label of the build; a template.").default("{ci.build}"),
    key("katalon.build_url", Shape::Text, "The page of the build; a template.").default("{ci.url}"),
    key("katalon.link_build", Shape::IdOrName, "The build on TestOps to link."),
    key("katalon.session", Shape::Text, "The session of a run that TestOps scheduled, to which the results belong."),
    key("katalon.parameters", Shape::Texts, "The properties that go along as parameters of a result; `*` for all. They may hold secrets, so none do by default."),
    key("katalon.tags", Shape::Texts, "Tags of the execution."),
    key("katalon.push_to_xray", Shape::Switch, "Whether TestOps passes the results on to Xray.").default("false"),
    key("katalon.attach", EXTENT, "As `attach`, for TestOps alone."),
    key("katalon.wait", Shape::Length, "How long to wait for the import.").default("10m"),
    key("katalon.settle", Shape::Length, "How long a hand-in whose answer was lost may still turn up, before it is made again.").default("60s"),
    key("katalon.retract", Shape::Switch, "Whether an execution is deleted that holds once more what another of the same submission holds: two identical commands at the same moment can make two.").default("true"),
    key("cases.explicit", Shape::Switch, "Whether the mappings below `[cases.<service>]` count.").default("true"),
    key("cases.properties", Shape::Texts, "The properties of a test that hold case ids, in this order.").default("[\"TestCaseId\", \"TestCase\", \"test_id\"]"),
    key("cases.patterns", Shape::Texts, "Regular expressions for the name of a test; the first group is the id.").default("[]"),
    key("cases.loose_patterns", Shape::Switch, "Whether patterns may match what is hardly ever an id, such as the numbers in `[1,2,3]` or `ISO-8859`.").default("false"),
    key("cases.title", Shape::Switch, "Whether a case with exactly the name of the test counts.").default("false"),
    key("cases.automated_name", Shape::Switch, "Whether a case counts that the service knows to be automated by this test.").default("false"),
    key("azure.cases.explicit", Shape::Switch, "As `cases.explicit`, for Azure alone."),
    key("azure.cases.properties", Shape::Texts, "As `cases.properties`, for Azure alone."),
    key("azure.cases.patterns", Shape::Texts, "As `cases.patterns`, for Azure alone."),
    key("azure.cases.title", Shape::Switch, "As `cases.title`, for Azure alone."),
    key("azure.cases.automated_name", Shape::Switch, "As `cases.automated_name`, for Azure alone."),
    key("qtest.cases.explicit", Shape::Switch, "As `cases.explicit`, for qTest alone."),
    key("qtest.cases.properties", Shape::Texts, "As `cases.properties`, for qTest alone."),
    key("qtest.cases.patterns", Shape::Texts, "As `cases.patterns`, for qTest alone."),
    key("qtest.cases.title", Shape::Switch, "As `cases.title`, for qTest alone."),
    key("qtest.cases.automated_name", Shape::Switch, "As `cases.automated_name`, for qTest alone."),
    key("katalon.cases.explicit", Shape::Switch, "As `cases.explicit`, for TestOps alone."),
    key("katalon.cases.properties", Shape::Texts, "As `cases.properties`, for TestOps alone."),
    key("katalon.cases.patterns", Shape::Texts, "As `cases.patterns`, for TestOps alone."),
    key("katalon.cases.title", Shape::Switch, "As `cases.title`, for TestOps alone."),
    key("katalon.cases.automated_name", Shape::Switch, "As `cases.automated_name`, for TestOps alone."),
];

/// Settings that there were once, and what became of them.
pub(super) const GONE: &[(&str, &str)] = &[(
    "katalon.junit",
    "JUnit always goes to TestOps as results now, with its skipped tests and times; take the setting out",
)];
