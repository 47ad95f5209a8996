//! What can be set for Azure DevOps Test Plans: the rows of `[azure]`, with their defaults, and what they say.

use std::time::Duration;

use super::CaseFields;
use crate::keys::{
    Address, Choice as _, EXTENT, Extent, Group, Key, Row, Shape, StatusWords, Variable, case_keys,
    choice, credential, key, plain, setting,
};
use crate::model::ServiceName;
use crate::services::{AuthSettings, settings};

/// The outcomes that Azure takes; it refuses every other name, and the whole batch with it (docs: Test Results – Add).
const OUTCOMES: &[&str] = &[
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

const OUTCOME: Shape = Shape::Word(OUTCOMES);

/// The rows of `[azure]`.
pub(in crate::services) const KEYS: &[&[Key]] = &[
    &[
        key("azure.enabled", Shape::Switch, "Whether results go to Azure DevOps. `false` switches the service off and keeps its settings.").default("true"),
        key("azure.url", Shape::Text, "The organisation (`https://dev.azure.com/acme`) or the server's collection (`https://tfs.acme.example/tfs/Main`)."),
        key("azure.allow_http", Shape::Switch, "Whether plain HTTP is allowed for hosts other than this machine.").default("false"),
        key("azure.project", Shape::IdOrName, "The project."),
        key("azure.plan", Shape::IdsOrNames, "The test plan, or several. With several plans a result goes to the plan in which its test case has a test point, and each plan gets its own run."),
        key("azure.plan_property", Shape::Text, "The property of a test or its suite that names its test plan.").default("test_plan"),
        key("azure.plans", Shape::Rows, "Which test plan a test belongs to, by properties of its suite. The first row that matches counts."),
        key("azure.suite", Shape::IdsOrNames, "The suite of the results, including its child suites, or several suites: an id, a name, or a path below the plan (`Web/Checkout`)."),
        key("azure.suite_property", Shape::Text, "The property of a test or its suite that names its suite on Azure.").default("test_suite"),
        key("azure.suites", Shape::Rows, "Which suite a test belongs to, by properties of its suite. The first row that matches counts."),
        key("azure.create", Shape::Switch, "Whether handin creates a test case for each unmapped test, in the suite of the results, associated with the test as its automation.").default("false"),
        key("azure.new_cases.area", Shape::Text, "The area path of new test cases."),
        key("azure.new_cases.iteration", Shape::Text, "The iteration path of new test cases."),
        key("azure.new_cases.tags", Shape::Texts, "The tags of new test cases."),
        key("azure.new_cases.fields", Shape::Texts, "Further fields of new test cases, as `Reference.Name=value`."),
        key("azure.configuration", Shape::IdOrName, "The test configuration, if it is the same for all results."),
        key("azure.configuration_property", Shape::Text, "The property of a test or its suite that names the configuration.").default("configuration"),
        key("azure.configurations", Shape::Rows, "Which configuration a test ran in, by properties of its suite. The first row that matches counts."),
        key("azure.points", Shape::Word(PointChoice::WORDS), "What to do when a test case has several matching test points: `one` refuses, `all` sets all of them, `first` the first.").default("one"),
        key("azure.run_name", Shape::Text, "The name of the run; a template. Default: `{ci.job} {ci.branch} #{ci.build}`, or `{report} {date}` outside CI."),
        key("azure.comment", Shape::Text, "The comment of the run; a template."),
        key("azure.tags", Shape::Texts, "Tags of the run, at most five."),
        key("azure.build", Shape::Text, "The build of the run, by id or number; a template. In Azure Pipelines of the same project the default is the pipeline's own build."),
        key("azure.release", Shape::Text, "The release of the run, by its number or URL. In a release pipeline of the same project the default is the pipeline's own release."),
        key("azure.run", Shape::Count(1, u64::MAX), "The id of an existing run, such as one that a tester started from the plan. The results go to its test points; the run is neither renamed nor completed."),
        key("azure.run_type", Shape::Word(RunType::WORDS), "How the run is marked.").default("auto"),
        key("azure.skipped", Shape::Word(SkippedTests::WORDS), "What to do with skipped tests. With `send` they replace the last real outcome of their test point.").default("omit"),
        key("azure.outcomes.passed", OUTCOME, "The outcome of a test that passed.").default("Passed"),
        key("azure.outcomes.failed", OUTCOME, "The outcome of a test that failed.").default("Failed"),
        key("azure.outcomes.errored", OUTCOME, "The outcome of a test that ended with an error.").default("Failed"),
        key("azure.outcomes.incomplete", OUTCOME, "The outcome of a test that never ended.").default("Aborted"),
        key("azure.outcomes.skipped", OUTCOME, "The outcome of a skipped test, with `skipped = \"send\"`.").default("NotExecuted"),
        key("azure.attach", EXTENT, "As `attach`, for Azure alone."),
        key("azure.attach_reports", Shape::Switch, "Whether the report files are attached to the run. They are sent unchanged, with properties and console output.").default("false"),
        key("azure.facts.precreates", Shape::Switch, "Whether the service creates a result for each test point of a new planned run. `handin doctor --probe azure` finds out. With `false` runs are created without test points, and all results are added.").default("true"),
        key("azure.settle", Shape::Length, "How long a run may take to appear when the answer to its creation was lost. A run that another process is filling is left alone until nothing has changed for twice this time.").default("30s"),
        key("azure.auth.use", Shape::Texts, "How to obtain a token if none is given: any of `federation`, `managed-identity`, `service-principal` and `az`. They are considered in this order, and the first that is set up is used; those not listed are never tried. A token from a file, the environment or `handin login` needs no entry."),
        key("azure.auth.tenant", Shape::Text, "The Microsoft Entra tenant: an id or a domain."),
        key("azure.auth.client_id", Shape::Text, "The application (client) id, also of a user-assigned managed identity."),
        key("azure.auth.service_connection", Shape::Text, "The id of the Azure Pipelines service connection used for federation. The job's own token is exchanged for a token of Azure DevOps."),
        key("azure.auth.authority", Shape::Text, "The URL of Microsoft Entra, such as `https://login.microsoftonline.us`. From a flag or the environment only: `--set azure.auth.authority=…`, `AZURE_AUTHORITY_HOST`. Default: `https://login.microsoftonline.com`."),
    ],
    &case_keys!("azure", "Azure"),
];

/// The variables that give settings and credentials.
pub(in crate::services) const VARIABLES: &[Variable] = &[
    setting(
        "HANDIN_AZURE_URL",
        "azure.url",
        "The organisation or collection. A token from the environment may be sent to this address.",
    ),
    setting("HANDIN_AZURE_PROJECT", "azure.project", "The project."),
    plain(
        "HANDIN_AZURE_TOKEN",
        Group::Credentials,
        "Azure DevOps: a personal access token, or an Entra ID access token.",
    ),
    plain(
        "AZURE_DEVOPS_EXT_PAT",
        Group::Credentials,
        "Azure DevOps: the same, under the name that the Azure DevOps CLI reads.",
    ),
    plain(
        "SYSTEM_ACCESSTOKEN",
        Group::Credentials,
        "Azure DevOps: the token of the pipeline's job, if its step maps it: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`.",
    ),
    credential(
        "HANDIN_AZURE_AUTH",
        "azure.auth.use",
        "Azure DevOps: how to obtain a token if none is given; several are separated by commas, such as `federation,az`.",
    ),
    credential(
        "AZURE_TENANT_ID",
        "azure.auth.tenant",
        "Microsoft Entra: the tenant.",
    ),
    credential(
        "AZURESUBSCRIPTION_TENANT_ID",
        "azure.auth.tenant",
        "The same, as the Azure CLI task of Azure Pipelines sets it.",
    ),
    credential(
        "AZURE_CLIENT_ID",
        "azure.auth.client_id",
        "Microsoft Entra: the application, or the user-assigned managed identity.",
    ),
    credential(
        "AZURESUBSCRIPTION_CLIENT_ID",
        "azure.auth.client_id",
        "The same, as the Azure CLI task of Azure Pipelines sets it.",
    ),
    credential(
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "azure.auth.service_connection",
        "The service connection, as the Azure CLI task of Azure Pipelines sets it.",
    ),
    credential(
        "AZURE_AUTHORITY_HOST",
        "azure.auth.authority",
        "Where Microsoft Entra is, in clouds of their own: `https://login.microsoftonline.us`, `https://login.partner.microsoftonline.cn`.",
    ),
    plain(
        "HANDIN_OIDC_TOKEN_FILE",
        Group::Credentials,
        "Federation: the file with the CI's token for this job. It is read again each time.",
    ),
    plain(
        "HANDIN_OIDC_TOKEN",
        Group::Credentials,
        "Federation: that token itself, as `id_tokens` of GitLab sets it.",
    ),
    plain(
        "AZURE_FEDERATED_TOKEN_FILE",
        Group::Credentials,
        "Federation: the file with that token, as Kubernetes sets it.",
    ),
    plain(
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        Group::Credentials,
        "Federation: where GitHub Actions gives out that token; set if the job has `permissions: id-token: write`.",
    ),
    plain(
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        Group::Credentials,
        "Federation: the token for that request. GitHub sets it.",
    ),
    plain(
        "SYSTEM_OIDCREQUESTURI",
        Group::Credentials,
        "Federation: where Azure Pipelines gives out that token, with `azure.auth.service_connection` and `SYSTEM_ACCESSTOKEN`. The agent sets it.",
    ),
    plain(
        "IDENTITY_ENDPOINT",
        Group::Credentials,
        "Managed identity: where App Service gives out tokens. App Service sets it.",
    ),
    plain(
        "IDENTITY_HEADER",
        Group::Credentials,
        "Managed identity: the secret for that request. App Service sets it.",
    ),
    plain(
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        Group::Credentials,
        "Managed identity: the metadata service, if it is not at `http://169.254.169.254`.",
    ),
    plain(
        "AZURE_CLIENT_SECRET",
        Group::Credentials,
        "Service principal: the secret of the application.",
    ),
    plain(
        "AZURE_CLIENT_CERTIFICATE_PATH",
        Group::Credentials,
        "Service principal: a PEM file with the certificate of the application and its RSA key.",
    ),
];

choice! {
    /// What to do when a test case has several matching test points.
    PointChoice {
        /// Refuse: nobody guesses.
        One = "one",
        /// Give the result to each of them.
        All = "all",
        /// Take the one with the lowest id.
        First = "first",
    }
}

choice! {
    /// What to do with skipped tests. A point shows its last result only, so a skipped one would hide the last real outcome.
    SkippedTests {
        /// Leave them out.
        Omit = "omit",
        /// Send them.
        Send = "send",
    }
}

choice! {
    /// How a run is marked.
    RunType {
        /// As automated where the service takes that, else as manual.
        Auto = "auto",
        /// As automated.
        Automated = "automated",
        /// As manual.
        Manual = "manual",
    }
}

settings! {
    /// The settings `[azure]`.
    AzureSettings(reader) {
        /// The organisation or the server's collection, as written.
        address: Option<Address> = reader.address(ServiceName::Azure);
        /// The project: id or name.
        project: Option<String> = reader.given("azure.project");
        /// The test plans: ids or names.
        plans: Vec<String> = reader.names("azure.plan");
        /// The property that names the plan.
        plan_property: String = reader.text("azure.plan_property");
        /// Which plan a test belongs to, by properties; the first row that matches counts.
        plan_rules: Vec<Row> = reader.rows("azure.plans");
        /// The suites: ids, names or paths below the plan.
        suites: Vec<String> = reader.names("azure.suite");
        /// The property that names the suite.
        suite_property: String = reader.text("azure.suite_property");
        /// Which suite a test belongs to, by properties; the first row that matches counts.
        suite_rules: Vec<Row> = reader.rows("azure.suites");
        /// Whether tests without a case get one.
        create: bool = reader.switch("azure.create");
        /// What such a case gets, beside what its test says.
        new_cases: CaseFields = CaseFields {
            area: reader.given("azure.new_cases.area"),
            iteration: reader.given("azure.new_cases.iteration"),
            tags: reader.texts("azure.new_cases.tags"),
            fields: reader.texts("azure.new_cases.fields"),
        };
        /// The test configuration, where it is always the same: id or name.
        configuration: Option<String> = reader.given("azure.configuration");
        /// The property that names the configuration.
        configuration_property: String = reader.text("azure.configuration_property");
        /// Which configuration a test ran in, by properties; the first row that matches counts.
        configurations: Vec<Row> = reader.rows("azure.configurations");
        /// What to do when a case has several points.
        points: PointChoice = reader.choice("azure.points");
        /// The template of the run's name; without one, the build's job, branch and number, else the report's name and date.
        run_name: Option<String> = reader.given("azure.run_name");
        /// The template of the run's comment.
        comment: Option<String> = reader.given("azure.comment");
        /// The tags of the run.
        tags: Vec<String> = reader.texts("azure.tags");
        /// The template of the build, id or number.
        build: Option<String> = reader.given("azure.build");
        /// The template of the release.
        release: Option<String> = reader.given("azure.release");
        /// The run that is there and takes the results.
        run: Option<u64> = reader.count("azure.run");
        /// How the run is marked.
        run_type: RunType = reader.choice("azure.run_type");
        /// What to do with skipped tests.
        skipped: SkippedTests = reader.choice("azure.skipped");
        /// The outcome for each verdict.
        outcomes: StatusWords = reader.words("azure.outcomes");
        /// Which tests' attachments are uploaded.
        attach: Extent = reader.extent("azure.attach");
        /// Whether the reports go onto the run.
        attach_reports: bool = reader.switch("azure.attach_reports");
        /// Whether the service makes a result for each point of a run that is created with points. Where not, a run is created without any,
        /// and all its results are added: none can come late and stand there twice.
        precreates: bool = reader.switch("azure.facts.precreates");
        /// How long a run whose creation was not answered may still turn up.
        settle: Duration = reader.length("azure.settle");
        /// How it is signed in to where no token is given.
        auth: AuthSettings = AuthSettings::read(reader);
    }
}
