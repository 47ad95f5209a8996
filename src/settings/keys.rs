//! Every setting there is.

use super::choice::{CiOutput, Reaction, Tries};
use crate::keys::{Choice as _, EXTENT, Key, Shape, key};
use crate::services;

const REACTION: Shape = Shape::Word(Reaction::WORDS);

/// Returns every setting, in the order of the page. The explicit mappings below `cases.<service>` are read apart.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    GENERAL.iter().chain(services::keys())
}

/// The settings that are of no service.
const GENERAL: &[Key] = &[
    key("reports", Shape::Texts, "Files, folders, globs or zip archives to read when none is named on the command line. Relative to the folder of the settings file, and inside its repository."),
    key("attach", EXTENT, "Upload the attachments that the report names for these tests: `failed` also those of a try that failed, where the test passed in the end.").default("failed"),
    key("attachments", Shape::Texts, "Further folders from which attachments may be read. A report's own folder always counts. Inside the repository; others by `--attachments` or `HANDIN_ATTACHMENTS`."),
    key("output", EXTENT, "Of which tests the console output is sent. It often holds secrets, so by default of none.").default("none"),
    key("retries", Shape::Word(Tries::WORDS), "Which of several attempts of one test counts. Without it the last, where a report marks them as tries; tests that merely have one name stay several, and a case that they are mapped to gets the worst. `worst`: the worst in any case. `last`: the last in any case, also of tests that merely have one name."),
    key("redact", Shape::Texts, "Regular expressions; what they match is replaced by `[redacted]` in every text that leaves."),
    key("jobs", Shape::Count(1, 16), "How many requests may be under way at once.").default("4"),
    key("timeout", Shape::Length, "The time that the whole command may take.").default("30m"),
    key("journal", Shape::Text, "Where the journal is kept: what was intended and what was acknowledged. Relative to the folder of the settings file, and inside its repository.").default(".handin/journal.jsonl"),
    key("summary", Shape::Texts, "Files to which a page about the submission is written: Markdown (`.md`) or HTML (`.html`). Relative to the folder of the settings file, and inside its repository."),
    key("ci_output", Shape::Word(CiOutput::WORDS), "Which CI is given outputs, a summary and annotations, besides the text that people read.").default("auto"),
    key("ca_file", Shape::Text, "A file of certificates (PEM) to trust besides the system's. From a flag or the environment only: `--ca-file`, `HANDIN_CA_FILE`."),
    key("proxy", Shape::Text, "The proxy for every request. Without it the proxy variables of the environment count. From a flag or the environment only: `--proxy`, `HANDIN_PROXY`."),
    key("no_proxy", Shape::Text, "The hosts that are asked without a proxy, in the place of those in `NO_PROXY`. From a flag or the environment only: `--no-proxy`, `HANDIN_NO_PROXY`."),
    key("fail_on_test_failure", Shape::Switch, "Whether failing tests make the exit code 10.").default("false"),
    key("policy.on_no_reports", REACTION, "No report was found.").default("fail"),
    key("policy.on_empty", REACTION, "The reports hold no test.").default("fail"),
    key("policy.on_unreadable", REACTION, "A report cannot be read. With `warn` the others are submitted.").default("fail"),
    key("policy.on_unmapped", REACTION, "A test has no case. With `warn` the mapped ones are submitted and the others listed; when none is mapped it is always an error.").default("warn"),
    key("policy.on_ambiguous", REACTION, "Several places could take a result.").default("fail"),
    key("policy.on_missing_case", REACTION, "A mapped case does not exist, or is not a test case. With `warn` and `ignore` its tests are skipped (Azure, qTest).").default("fail"),
    key("policy.on_missing_point", REACTION, "A mapped case is not where results go: in another plan or suite, or without the configuration; or its test names a plan or suite that does not exist. With `warn` and `ignore` its tests are skipped (Azure).").default("fail"),
    key("policy.on_stale", REACTION, "A report is older than the build, where the CI says when that began.").default("warn"),
    key("policy.on_no_credential", REACTION, "No token was found. `warn` is for pipelines of forks, which get no secrets.").default("fail"),
    key("policy.on_upload_error", REACTION, "The upload of an attachment failed.").default("fail"),
    key("cases.explicit", Shape::Switch, "Whether the mappings below `[cases.<service>]` count.").default("true"),
    key("cases.properties", Shape::Texts, "The properties of a test that hold case ids, in this order.").default("[\"TestCaseId\", \"TestCase\", \"test_id\"]"),
    key("cases.patterns", Shape::Texts, "Regular expressions for the name of a test; the first group is the id.").default("[]"),
    key("cases.loose_patterns", Shape::Switch, "Whether patterns may match text that is hardly ever an id, such as the numbers in `[1,2,3]` or `ISO-8859`.").default("false"),
    key("cases.title", Shape::Switch, "Whether a case with exactly the name of the test counts.").default("false"),
    key("cases.automated_name", Shape::Switch, "Whether a case counts that the service knows to be automated by this test.").default("false"),
];

/// Settings that there were once, and what became of them.
pub(super) const GONE: &[(&str, &str)] = &[(
    "katalon.junit",
    "JUnit always goes to TestOps as results now, with its skipped tests and times; take the setting out",
)];
