//! The environment: the only place that reads it, and the list of every variable that counts.
//!
//! [`VARIABLES`] is the whole list; `docs/environment.md` is made from it. Everything else takes an [`Environment`], so that a
//! test can hand in any environment it likes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The environment as it was when the program began.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl std::fmt::Debug for Environment {
    /// Shows the names only: values may be secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// Reads the environment of this process. Variables that are not text are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may read the environment"
    )]
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// Returns an environment of these variables alone.
    pub fn of<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// Returns the value of a variable. One that is empty or blank counts as not set, as CI systems mean it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    /// Tells whether a variable is there at all, be it empty: what `NO_COLOR` and its like ask for.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns every variable, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Self(variables.into_iter().collect())
    }
}

/// A variable that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub group: Group,
    /// What it does, in one or two sentences of Markdown.
    pub doc: &'static str,
    /// The setting that it gives, where it gives one.
    pub sets: Option<&'static str>,
}

/// What a [`Variable`] is for; a heading of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Which settings, and single settings.
    Settings,
    /// Tokens.
    Credentials,
    /// How to reach the network.
    Network,
    /// How the output looks.
    Output,
}

impl Group {
    /// Every group, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self::Settings,
        Self::Credentials,
        Self::Network,
        Self::Output,
    ];

    /// Returns its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
            Self::Credentials => "Credentials",
            Self::Network => "Network",
            Self::Output => "Output",
        }
    }
}

const fn plain(name: &'static str, group: Group, doc: &'static str) -> Variable {
    Variable {
        name,
        group,
        doc,
        sets: None,
    }
}

const fn setting(name: &'static str, sets: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        group: Group::Settings,
        doc,
        sets: Some(sets),
    }
}

/// Chooses the settings file.
pub const SETTINGS: &str = "HANDIN_SETTINGS";
/// The time that a command may take.
pub const TIMEOUT: &str = "HANDIN_TIMEOUT";
/// Chooses the profile.
pub const PROFILE: &str = "HANDIN_PROFILE";
/// Azure DevOps: the token.
pub const AZURE_TOKEN: &str = "HANDIN_AZURE_TOKEN";
/// Azure DevOps: the address.
pub const AZURE_URL: &str = "HANDIN_AZURE_URL";
/// qTest: the token.
pub const QTEST_TOKEN: &str = "HANDIN_QTEST_TOKEN";
/// qTest: the address.
pub const QTEST_URL: &str = "HANDIN_QTEST_URL";
/// Katalon `TestOps`: the API key.
pub const KATALON_TOKEN: &str = "HANDIN_KATALON_TOKEN";
/// Katalon `TestOps`: the address.
pub const KATALON_URL: &str = "HANDIN_KATALON_URL";
/// Kiwi TCMS: the user's name.
pub const KIWI_USER: &str = "HANDIN_KIWI_USER";
/// Kiwi TCMS: the password.
pub const KIWI_PASSWORD: &str = "HANDIN_KIWI_PASSWORD";
/// Kiwi TCMS: the address.
pub const KIWI_URL: &str = "HANDIN_KIWI_URL";
/// The token of an Azure Pipelines job.
pub const SYSTEM_ACCESSTOKEN: &str = "SYSTEM_ACCESSTOKEN";
/// The token that the Azure DevOps CLI extension reads.
pub const AZURE_DEVOPS_EXT_PAT: &str = "AZURE_DEVOPS_EXT_PAT";
/// The token that other qTest tools read.
pub const QTEST_API_TOKEN: &str = "QTEST_API_TOKEN";
/// The key that Katalon's reporters read.
pub const TESTOPS_API_KEY: &str = "TESTOPS_API_KEY";
/// The key that Katalon Runtime Engine reads.
pub const KATALON_API_KEY: &str = "KATALON_API_KEY";

/// The file that takes the outputs of a step of GitHub Actions.
pub const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";
/// The file that takes the summary of a step of GitHub Actions.
pub const GITHUB_STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The folder of a job of Azure Pipelines that stays until the job is over.
pub const AGENT_TEMPDIRECTORY: &str = "AGENT_TEMPDIRECTORY";

/// Every variable that counts. The first of several that give the same setting or credential wins.
pub const VARIABLES: &[Variable] = &[
    plain(
        SETTINGS,
        Group::Settings,
        "The settings file, as `--settings`. Without it the nearest `handin.toml` upwards is taken, up to the repository's root.",
    ),
    plain(
        PROFILE,
        Group::Settings,
        "The profile, as `--profile`: `[profile.NAME]` in the settings file.",
    ),
    setting(
        AZURE_URL,
        "azure.url",
        "The organisation or collection. A token from the environment may go to the address that is given here.",
    ),
    setting("HANDIN_AZURE_PROJECT", "azure.project", "The project."),
    setting(
        QTEST_URL,
        "qtest.url",
        "The site. A token from the environment may go to the address that is given here.",
    ),
    setting("HANDIN_QTEST_PROJECT", "qtest.project", "The project."),
    setting(
        KATALON_URL,
        "katalon.url",
        "The server. A key from the environment may go to the address that is given here.",
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
    setting(
        KIWI_URL,
        "kiwi.url",
        "The server. A password from the environment may go to the address that is given here.",
    ),
    setting(
        "HANDIN_REPORTS",
        "reports",
        "What to read when the command line names nothing; several as a list, such as `[\"a/*.xml\", \"b\"]`. Relative to the current folder, and wherever it may be.",
    ),
    setting(
        "HANDIN_ATTACHMENTS",
        "attachments",
        "Further folders from which attachments may be read, as `--attachments`; several as a list.",
    ),
    setting("HANDIN_JOURNAL", "journal", "The journal, as `--journal`."),
    setting(
        TIMEOUT,
        "timeout",
        "The time that the whole command may take, as `--timeout`.",
    ),
    setting(
        "HANDIN_JOBS",
        "jobs",
        "How many requests may be under way at once, as `--jobs`.",
    ),
    Variable {
        group: Group::Output,
        ..setting(
            "HANDIN_SUMMARY",
            "summary",
            "A file to which a page about the submission is written, as `--summary`.",
        )
    },
    Variable {
        group: Group::Output,
        ..setting(
            "HANDIN_CI_OUTPUT",
            "ci_output",
            "Which CI is given outputs, a summary and annotations, as `--ci-output`.",
        )
    },
    Variable {
        group: Group::Network,
        ..setting(
            "HANDIN_CA_FILE",
            "ca_file",
            "A file of certificates (PEM) to trust besides the system's, as `--ca-file`.",
        )
    },
    Variable {
        group: Group::Network,
        ..setting(
            "HANDIN_PROXY",
            "proxy",
            "The proxy for every request, as `--proxy`.",
        )
    },
    Variable {
        group: Group::Network,
        ..setting(
            "HANDIN_NO_PROXY",
            "no_proxy",
            "The hosts that are asked without a proxy, as `--no-proxy`.",
        )
    },
    plain(
        AZURE_TOKEN,
        Group::Credentials,
        "Azure DevOps: a personal access token, or an Entra ID access token.",
    ),
    plain(
        AZURE_DEVOPS_EXT_PAT,
        Group::Credentials,
        "Azure DevOps: the same, under the name that the Azure DevOps CLI reads.",
    ),
    plain(
        SYSTEM_ACCESSTOKEN,
        Group::Credentials,
        "Azure DevOps: the token of the pipeline's job, where its step maps it: `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`.",
    ),
    plain(QTEST_TOKEN, Group::Credentials, "qTest: an API token."),
    plain(
        QTEST_API_TOKEN,
        Group::Credentials,
        "qTest: the same, under a name that other tools read.",
    ),
    plain(
        KATALON_TOKEN,
        Group::Credentials,
        "Katalon TestOps: an API key.",
    ),
    plain(
        TESTOPS_API_KEY,
        Group::Credentials,
        "Katalon TestOps: the same, under the name that Katalon's reporters read.",
    ),
    plain(
        KATALON_API_KEY,
        Group::Credentials,
        "Katalon TestOps: the same, under the name that Katalon Runtime Engine reads.",
    ),
    plain(
        KIWI_USER,
        Group::Credentials,
        "Kiwi TCMS: the user's name; counts together with `HANDIN_KIWI_PASSWORD`.",
    ),
    plain(
        KIWI_PASSWORD,
        Group::Credentials,
        "Kiwi TCMS: the password of `HANDIN_KIWI_USER`.",
    ),
    plain(
        "HTTPS_PROXY",
        Group::Network,
        "The proxy for https addresses; `https_proxy` too. `--proxy` and `HANDIN_PROXY` come first.",
    ),
    plain(
        "HTTP_PROXY",
        Group::Network,
        "The proxy for http addresses; `http_proxy` too.",
    ),
    plain(
        "ALL_PROXY",
        Group::Network,
        "The proxy for all addresses; `all_proxy` too.",
    ),
    plain(
        "NO_PROXY",
        Group::Network,
        "The hosts that are asked without a proxy; `no_proxy` too.",
    ),
    plain(
        "SSL_CERT_FILE",
        Group::Network,
        "The certificates to trust instead of the system's (Unix).",
    ),
    plain(
        "SSL_CERT_DIR",
        Group::Network,
        "A folder of certificates to trust instead of the system's (Unix).",
    ),
    plain("NO_COLOR", Group::Output, "No colour, whatever its value."),
    plain(
        "CLICOLOR_FORCE",
        Group::Output,
        "Colour also where the output is no terminal, unless it is `0`.",
    ),
    plain(
        "FORCE_HYPERLINK",
        Group::Output,
        "Links that can be clicked, in a terminal that is not known to show them; `0` for none.",
    ),
    plain(
        GITHUB_OUTPUT,
        Group::Output,
        "GitHub Actions: the file that takes the outputs of the step. GitHub sets it.",
    ),
    plain(
        GITHUB_STEP_SUMMARY,
        Group::Output,
        "GitHub Actions: the file that takes the summary of the step. GitHub sets it.",
    ),
    plain(
        AGENT_TEMPDIRECTORY,
        Group::Output,
        "Azure Pipelines: the folder from which the agent takes the summary. The agent sets it.",
    ),
];

/// Returns the page that documents every variable, in Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Environment variables\n\n\
         A flag beats a variable, a variable beats the settings file. A variable that is empty counts as not set. Where several give \
         the same thing, the one that is listed first wins.\n",
    );
    for group in Group::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n| variable | setting | meaning |\n|---|---|---|\n",
            group.heading()
        );
        for variable in VARIABLES.iter().filter(|variable| variable.group == group) {
            let sets = variable
                .sets
                .map(|path| format!("`{path}`"))
                .unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {sets} | {} |", variable.name, variable.doc);
        }
    }
    page
}
