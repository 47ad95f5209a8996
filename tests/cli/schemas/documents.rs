//! What each command writes with `--json`, described apart from the code that writes it.
//!
//! The schemas in `docs/schemas` are made from these types, and real output is held against them: whoever adds a field adds it
//! here, with a sentence that says what it is.

#![expect(
    dead_code,
    clippy::struct_field_names,
    reason = "these types describe documents: none is ever made, and fields have the names that they have there"
)]

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// Why a command, or a part of it, did not come to its end.
#[derive(JsonSchema)]
pub(super) struct Error {
    /// The name of the exit code that goes with it.
    kind: String,
    /// What happened, and what was not done.
    message: String,
    /// What to do next.
    hint: Option<String>,
    /// What led to it, nearest first.
    causes: Vec<String>,
}

/// A command that failed.
#[derive(JsonSchema)]
pub(super) struct Failed {
    schema: String,
    error: Error,
    /// The exit code of the command.
    exit_code: u8,
}

/// Something worth knowing that is no failure.
#[derive(JsonSchema)]
struct Message {
    /// What it is, in a sentence.
    message: String,
}

/// Something odd in a report.
#[derive(JsonSchema)]
struct ReportWarning {
    /// The line, counted from 1.
    line: Option<u64>,
    /// What is odd.
    message: String,
}

/// Why a report cannot be read.
#[derive(JsonSchema)]
struct ReportError {
    /// What kind of trouble it is.
    kind: String,
    /// The line, counted from 1.
    line: Option<u64>,
    /// The column, counted from 1.
    column: Option<u64>,
    /// The element's path in the document.
    path: Option<String>,
    /// What is wrong.
    message: String,
    /// What to do next.
    hint: Option<String>,
    /// What led to it.
    causes: Vec<String>,
}

/// One value of a property, or all of them where it is repeated.
#[derive(JsonSchema)]
#[serde(untagged)]
enum PropertyValue {
    One(String),
    Many(Vec<String>),
}

/// How a test ended.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TestOutcome {
    Passed,
    Failed,
    Errored,
    Skipped,
    Incomplete,
}

/// A test of a report.
#[derive(JsonSchema)]
struct Test {
    /// The stable name: class and name, joined by ` › `.
    key: String,
    class_name: Option<String>,
    name: String,
    outcome: TestOutcome,
    /// How long it took.
    seconds: Option<f64>,
    /// How often it ran, reruns among them.
    attempts: u64,
    /// Whether it passed after it had failed.
    flaky: bool,
    /// The line of the report on which it begins.
    line: u64,
    /// Its own properties, and those of its suites that say where it ran.
    properties: BTreeMap<String, PropertyValue>,
}

/// A report. One that cannot be read has an `error`, and null for everything that would have been counted.
#[derive(JsonSchema)]
struct Report {
    /// The file, as it was found.
    path: String,
    /// What kind of report it is, such as `junit`.
    format: Option<String>,
    /// The name that the report gives itself.
    name: Option<String>,
    /// How many suites it has.
    suites: Option<u64>,
    /// How many tests it lists.
    tests: Option<u64>,
    passed: Option<u64>,
    failed: Option<u64>,
    errored: Option<u64>,
    skipped: Option<u64>,
    incomplete: Option<u64>,
    /// How many of the passed had failed before.
    flaky: Option<u64>,
    /// As `tests`, with the reruns that the report marks as such.
    attempts: Option<u64>,
    /// How long the tests took.
    duration_seconds: Option<f64>,
    /// What is odd about it.
    warnings: Vec<ReportWarning>,
    error: Option<ReportError>,
}

/// A report, and its tests where they are wanted.
#[derive(JsonSchema)]
struct CheckedReport {
    #[serde(flatten)]
    report: Report,
    /// Every test, in the order of the document; with `--cases` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<Vec<Test>>,
}

/// How many tests ended how.
#[derive(JsonSchema)]
struct Tally {
    tests: u64,
    passed: u64,
    failed: u64,
    errored: u64,
    skipped: u64,
    incomplete: u64,
    /// How many of the passed had failed before.
    flaky: u64,
}

/// A service.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Service {
    Azure,
    Qtest,
    Katalon,
}

/// How a submission stands.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Everything was handed in now, and confirmed.
    Done,
    /// The service took it, and nobody waited for what becomes of it (`--no-wait`).
    Accepted,
    /// The service already held exactly this.
    Known,
    /// Part of it stands there and is confirmed; the rest is named.
    Partial,
    /// Something may have been written and could not be confirmed.
    Uncertain,
    /// Nothing was written.
    Refused,
    /// Nothing was to be written: a dry run.
    Planned,
}

/// Something that stands at the service.
#[derive(JsonSchema)]
struct RemoteId {
    /// What it is, such as `run` or `execution`.
    kind: String,
    id: String,
}

/// Why something cannot be handed in as it stands.
#[derive(JsonSchema)]
struct Problem {
    /// What kind of obstacle it is, such as `ambiguous` or `missing_case`.
    kind: String,
    /// The test, where it is about one.
    test: Option<String>,
    /// The case, where it is about one.
    case: Option<String>,
    /// What is wrong.
    message: String,
    /// What to do next.
    hint: Option<String>,
}

/// A result that would be written.
#[derive(JsonSchema)]
struct PlannedResult {
    test: String,
    /// Where it would stand.
    place: String,
    /// The outcome, in the service's own word.
    outcome: String,
}

/// What a dry run would write.
#[derive(JsonSchema)]
struct Planned {
    /// What would be made or changed, in sentences.
    writes: Vec<String>,
    results: Vec<PlannedResult>,
    /// About how many requests that takes, where it can be told before.
    requests: Option<u64>,
}

/// What became of the reports at one service.
#[derive(JsonSchema)]
struct Submission {
    /// With `--each`: the report that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<String>,
    service: Service,
    /// The place on the service.
    target: String,
    /// The name by which the submission is found again.
    key: Option<String>,
    state: State,
    /// What it is at the service.
    ids: Vec<RemoteId>,
    /// Where a person can look at it.
    url: Option<String>,
    /// The service's own counts, read back, in its own words.
    counts: BTreeMap<String, u64>,
    /// What is missing, by name.
    missing: Vec<String>,
    /// What stands there otherwise than it was sent.
    different: Vec<String>,
    /// Whether the same command, run again, completes it.
    repeat: bool,
    /// The tests that have no case.
    unmapped: Vec<String>,
    /// What is wrong with single tests.
    problems: Vec<Problem>,
    warnings: Vec<Message>,
    /// With `--each`: the older report that has to be handed in before this one.
    waits_for: Option<String>,
    /// With `--dry-run`: what would be written.
    planned: Option<Planned>,
    error: Option<Error>,
}

/// What was handed in.
#[derive(JsonSchema)]
pub(super) struct Submitted {
    schema: String,
    reports: Vec<Report>,
    /// What is worth knowing of all reports together. Not with `--each`.
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<Message>>,
    submissions: Vec<Submission>,
    exit_code: u8,
}

/// XML of another kind that a folder or glob brought along.
#[derive(JsonSchema)]
struct Note {
    path: String,
    message: String,
}

/// A problem, and where its mapping stands.
#[derive(JsonSchema)]
struct Finding {
    kind: String,
    test: Option<String>,
    case: Option<String>,
    message: String,
    hint: Option<String>,
    /// The file in which it is to be mended.
    file: Option<String>,
    /// The line there, counted from 1.
    line: Option<u64>,
}

/// A case that no test covers.
#[derive(JsonSchema)]
struct Uncovered {
    case: String,
    title: String,
}

/// How much of the cases the tests cover.
#[derive(JsonSchema)]
struct Coverage {
    cases: u64,
    covered: u64,
    percent: f64,
    uncovered: Vec<Uncovered>,
}

/// What was found at one service.
#[derive(JsonSchema)]
struct VerifiedService {
    service: Service,
    target: String,
    /// How many tests have a case.
    mapped: u64,
    problems: Vec<Finding>,
    /// With `--coverage`.
    coverage: Option<Coverage>,
}

/// What was verified.
#[derive(JsonSchema)]
pub(super) struct Verified {
    schema: String,
    reports: Vec<CheckedReport>,
    totals: Tally,
    /// With `--offline`: what was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<Note>>,
    /// Without `--offline`: service by service.
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<VerifiedService>>,
    exit_code: u8,
}

/// Something in the tree of a service.
#[derive(JsonSchema)]
struct Node {
    /// What it is, such as `project` or `plan`.
    kind: String,
    id: String,
    name: String,
    /// A state, a type, a date.
    note: Option<String>,
    children: Vec<Node>,
}

/// A setting, and what it holds.
#[derive(JsonSchema)]
pub(super) struct KeyValue {
    key: String,
    value: String,
}

/// What is below a place.
#[derive(JsonSchema)]
pub(super) struct Projects {
    schema: String,
    service: Service,
    path: Vec<String>,
    nodes: Vec<Node>,
    /// With `--use`: what was written to the settings file.
    used: Vec<KeyValue>,
}

/// With `--create`.
#[derive(JsonSchema)]
pub(super) struct ProjectCreated {
    schema: String,
    service: Service,
    created: Node,
}

/// A run of the past.
#[derive(JsonSchema)]
struct Run {
    id: u64,
    name: String,
    state: String,
    /// When it began, in UTC.
    started: Option<String>,
    /// When it ended, in UTC.
    completed: Option<String>,
    /// How many results it has.
    total: Option<u64>,
    passed: Option<u64>,
    /// Where a person can look at it.
    url: Option<String>,
}

/// With `--runs`.
#[derive(JsonSchema)]
pub(super) struct Runs {
    schema: String,
    service: Service,
    runs: Vec<Run>,
}

/// A result of a run.
#[derive(JsonSchema)]
struct RunResult {
    /// Its id, unique within the run.
    id: u64,
    case: Option<u64>,
    /// The title of the case or the test.
    title: String,
    /// The name of the automated test.
    test: Option<String>,
    /// Azure's word for the outcome.
    outcome: String,
    /// What went wrong.
    message: Option<String>,
}

/// With `--results`.
#[derive(JsonSchema)]
pub(super) struct RunResults {
    schema: String,
    service: Service,
    run: u64,
    results: Vec<RunResult>,
}

/// Who is signed in.
#[derive(JsonSchema)]
struct Account {
    name: String,
    /// Another name, such as an e-mail address.
    login: Option<String>,
    /// Facts in pairs: what, and its value.
    facts: Vec<(String, String)>,
}

/// A token was stored.
#[derive(JsonSchema)]
pub(super) struct LoginStored {
    schema: String,
    service: Service,
    url: String,
    profile: String,
    account: Account,
    /// Where it is kept.
    stored: String,
    /// How long it holds, where that is known.
    holds_seconds: Option<u64>,
    error: (),
    exit_code: u8,
}

/// With `--remove`.
#[derive(JsonSchema)]
pub(super) struct LoginRemoved {
    schema: String,
    service: Service,
    url: String,
    profile: String,
    /// Whether there was one.
    removed: bool,
    error: (),
    exit_code: u8,
}

/// A token that is stored, or in the environment.
#[derive(JsonSchema)]
struct Login {
    service: Service,
    url: Option<String>,
    profile: Option<String>,
    account: Option<String>,
    /// Where it comes from.
    source: String,
    /// When it ends, where that is known.
    ends: Option<String>,
    /// Whether a command that is run here and now would use it.
    active: bool,
}

/// With `--list`.
#[derive(JsonSchema)]
pub(super) struct Logins {
    schema: String,
    logins: Vec<Login>,
    error: (),
    exit_code: u8,
}

/// A text of the help.
#[derive(JsonSchema)]
pub(super) struct Help {
    schema: String,
    /// The words that were asked about.
    about: String,
    text: String,
}

/// What `handin init` wrote.
#[derive(JsonSchema)]
pub(super) struct Initialized {
    schema: String,
    /// The settings file.
    file: String,
    service: String,
    /// Where reports are read from when a command names none.
    reports: Vec<String>,
    /// The test frameworks that the folder shows.
    frameworks: Vec<String>,
    /// The pipeline that was written.
    pipeline: Option<String>,
    /// What to run next, in order.
    next: Vec<String>,
}

/// What `handin doctor` found.
#[derive(JsonSchema)]
pub(super) struct Examined {
    schema: String,
    /// Which handin this is.
    version: String,
    /// The operating system and the processor.
    system: String,
    settings: SettingsInUse,
    /// What was looked at, a service each.
    services: Vec<ExaminedService>,
    /// What is assumed of these services.
    facts: Vec<Fact>,
    /// Where experiments were made, with `--probe`.
    probe: Option<ProbedPlace>,
    error: Option<Error>,
    /// The exit code of the command: 0, or 5 where a submission would fail.
    exit_code: u8,
}

/// Where settings come from.
#[derive(JsonSchema)]
struct SettingsInUse {
    /// The settings file, where there is one.
    file: Option<String>,
    /// The profile in use.
    profile: Option<String>,
    /// The settings that somebody gave: their names, never their values.
    given: Vec<Given>,
}

/// A setting that somebody gave.
#[derive(JsonSchema)]
struct Given {
    name: String,
    /// The place in the file, the variable, or the flag.
    from: String,
}

/// One service as it was found.
#[derive(JsonSchema)]
struct ExaminedService {
    service: String,
    /// Where it is, by the settings.
    url: Option<String>,
    /// Whether a submission would be taken, as far as that can be told by reading.
    would_submit: bool,
    checks: Vec<Check>,
    /// By how many seconds its clock is ahead of ours.
    clock_ahead_seconds: Option<i64>,
    /// What it says of quotas.
    quotas: Vec<Quota>,
}

/// Something that was looked at.
#[derive(JsonSchema)]
struct Check {
    name: String,
    state: CheckState,
    message: String,
    /// What to do.
    hint: Option<String>,
}

/// How something is.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CheckState {
    Ok,
    Warning,
    Failed,
    NotChecked,
}

/// Where experiments were made.
#[derive(JsonSchema)]
struct ProbedPlace {
    service: String,
    /// The place, with its id.
    into: String,
    /// What of the experiments could not be deleted.
    left: Vec<String>,
}

/// A header about quotas.
#[derive(JsonSchema)]
struct Quota {
    name: String,
    value: String,
}

/// Something that is assumed of a service.
#[derive(JsonSchema)]
struct Fact {
    /// Its name, such as `azure.precreates`.
    id: String,
    /// Whether anything rests on it with these settings.
    in_use: bool,
    /// What is assumed.
    expected: String,
    /// What the service does, where it was asked.
    seen: Option<String>,
    state: FactState,
    /// What handin does where it is otherwise.
    consequence: String,
    /// The setting that adapts handin where it is otherwise.
    setting: Option<String>,
    /// Why it cannot be asked, or was not.
    why_not_probed: Option<String>,
}

/// Whether a service is as it is assumed to be.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FactState {
    AsExpected,
    Differs,
    NotProbed,
}
