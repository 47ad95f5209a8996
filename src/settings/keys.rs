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
    key("reports", Shape::Texts, "Files, folders, globs or zip archives to read when the command line names none. Relative to the folder of the settings file, and inside its repository."),
    key("attach", EXTENT, "The tests whose attachments are uploaded. `failed` includes the failed attempts of a test that passed in the end.").default("failed"),
    key("attachments", Shape::Texts, "Further folders from which attachments may be read, besides the folder of the report. They must be inside the repository; name others with `--attachments` or `HANDIN_ATTACHMENTS`."),
    key("output", EXTENT, "The tests whose console output is sent. Console output often holds secrets, so the default is none.").default("none"),
    key("retries", Shape::Word(Tries::WORDS), "Which of several attempts of a test counts. Without this setting, the last attempt counts if the report marks attempts as such; tests that only have the same name stay separate tests, and a test case that they share gets the worst outcome. `worst`: always the worst. `last`: always the last, also of tests that only have the same name."),
    key("redact", Shape::Texts, "Regular expressions. What they match is replaced by `[redacted]` in every text that is sent."),
    key("jobs", Shape::Count(1, 16), "How many requests may run at the same time.").default("4"),
    key("timeout", Shape::Length, "How long the whole command may take.").default("30m"),
    key("journal", Shape::Text, "The journal file, in which handin records each write. Relative to the folder of the settings file, and inside its repository.").default(".handin/journal.jsonl"),
    key("summary", Shape::Texts, "Files to which a summary page is written, as Markdown (`.md`) or HTML (`.html`). Relative to the folder of the settings file, and inside its repository."),
    key("ci_output", Shape::Word(CiOutput::WORDS), "The CI for which outputs, a summary and annotations are written, besides the text that people read.").default("auto"),
    key("ca_file", Shape::Text, "A PEM file of certificates to trust besides the system's. From a flag or the environment only: `--ca-file`, `HANDIN_CA_FILE`."),
    key("proxy", Shape::Text, "The proxy for every request. By default, the proxy variables of the environment are used. From a flag or the environment only: `--proxy`, `HANDIN_PROXY`."),
    key("no_proxy", Shape::Text, "The hosts that are reached without a proxy, instead of those in `NO_PROXY`. From a flag or the environment only: `--no-proxy`, `HANDIN_NO_PROXY`."),
    key("fail_on_test_failure", Shape::Switch, "Whether the exit code is 10 when a test failed.").default("false"),
    key("policy.on_no_reports", REACTION, "No report was found.").default("fail"),
    key("policy.on_empty", REACTION, "The reports hold no test.").default("fail"),
    key("policy.on_unreadable", REACTION, "A report cannot be read. With `warn` the others are submitted.").default("fail"),
    key("policy.on_unmapped", REACTION, "A test is not mapped to a test case. With `warn` the mapped tests are submitted and the others listed. If no test is mapped, that is always an error.").default("warn"),
    key("policy.on_ambiguous", REACTION, "A result fits several places on the service.").default("fail"),
    key("policy.on_missing_case", REACTION, "A test is mapped to something that does not exist or is not a test case. With `warn` and `ignore` the test is skipped.").default("fail"),
    key("policy.on_missing_point", REACTION, "A mapped test case is in another plan or suite, or lacks the configuration; or its test names a plan or suite that does not exist. With `warn` and `ignore` its tests are skipped (Azure).").default("fail"),
    key("policy.on_stale", REACTION, "A report is older than the start of the build, if the CI gives that time.").default("warn"),
    key("policy.on_no_credential", REACTION, "No token was found. Use `warn` for pipelines of forks, which get no secrets.").default("fail"),
    key("policy.on_upload_error", REACTION, "Submitting failed (exit code 6, 7 or 8). With `warn` and `ignore` the exit code is 0.").default("fail"),
    key("cases.explicit", Shape::Switch, "Whether the mappings in `[cases.<service>]` are used.").default("true"),
    key("cases.properties", Shape::Texts, "The properties of a test that hold ids of test cases, in this order.").default("[\"TestCaseId\", \"TestCase\", \"test_id\"]"),
    key("cases.patterns", Shape::Texts, "Regular expressions that find the id in the name of a test; the first group is the id.").default("[]"),
    key("cases.loose_patterns", Shape::Switch, "Whether patterns may match text that is rarely an id, such as the numbers in `[1,2,3]` or `ISO-8859`.").default("false"),
    key("cases.title", Shape::Switch, "Whether a test is mapped to the test case whose title is exactly its name.").default("false"),
    key("cases.automated_name", Shape::Switch, "Whether a test is mapped to the test case that the service associates with it as its automation.").default("false"),
];

/// Settings that there were once, and what became of them.
pub(super) const GONE: &[(&str, &str)] = &[(
    "katalon.junit",
    "JUnit always goes to TestOps as results now, with its skipped tests and times; take the setting out",
)];
