//! The environment: the only place that reads it, and the list of every variable that counts.
//!
//! [`variables`] is the whole list; `docs/environment.md` is made from it. Everything else takes an [`Environment`], so that a
//! test can hand in any environment it likes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use crate::keys::{Group, Variable};
use crate::keys::{plain, setting};
use crate::services;

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

    /// Returns whether a variable is there at all, be it empty: what `NO_COLOR` and its like ask for.
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

/// Chooses the settings file.
pub const SETTINGS: &str = "HANDIN_SETTINGS";
/// The time that a command may take.
pub const TIMEOUT: &str = "HANDIN_TIMEOUT";
/// Chooses the profile.
pub const PROFILE: &str = "HANDIN_PROFILE";

/// The file that takes the outputs of a step of GitHub Actions.
pub const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";
/// The file that takes the summary of a step of GitHub Actions.
pub const GITHUB_STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The folder of a job of Azure Pipelines that stays until the job is over.
pub const AGENT_TEMPDIRECTORY: &str = "AGENT_TEMPDIRECTORY";

/// Returns every variable that counts. The first of several that give the same setting or credential wins.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    GENERAL.iter().chain(services::variables())
}

/// The variables that are of no service.
const GENERAL: &[Variable] = &[
    plain(
        SETTINGS,
        Group::Settings,
        "The settings file, as `--settings`. Default: the nearest `handin.toml` in the current folder or above it, up to the root of the repository.",
    ),
    plain(
        PROFILE,
        Group::Settings,
        "The profile, as `--profile`: `[profile.NAME]` in the settings file.",
    ),
    setting(
        "HANDIN_REPORTS",
        "reports",
        "The reports to read when the command line names none; several as a list, such as `[\"a/*.xml\", \"b\"]`. Relative to the current folder; may be outside the repository.",
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
        "How long the whole command may take, as `--timeout`.",
    ),
    setting(
        "HANDIN_JOBS",
        "jobs",
        "How many requests may run at the same time, as `--jobs`.",
    ),
    Variable {
        group: Group::Output,
        ..setting(
            "HANDIN_SUMMARY",
            "summary",
            "The file of a summary page, as `--summary`.",
        )
    },
    Variable {
        group: Group::Output,
        ..setting(
            "HANDIN_CI_OUTPUT",
            "ci_output",
            "The CI for which outputs, a summary and annotations are written, as `--ci-output`.",
        )
    },
    Variable {
        group: Group::Network,
        ..setting(
            "HANDIN_CA_FILE",
            "ca_file",
            "A PEM file of certificates to trust besides the system's, as `--ca-file`.",
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
            "The hosts that are reached without a proxy, as `--no-proxy`.",
        )
    },
    plain(
        "HTTPS_PROXY",
        Group::Network,
        "The proxy for https URLs; also `https_proxy`. `--proxy` and `HANDIN_PROXY` come first.",
    ),
    plain(
        "HTTP_PROXY",
        Group::Network,
        "The proxy for http URLs; also `http_proxy`.",
    ),
    plain(
        "ALL_PROXY",
        Group::Network,
        "The proxy for all URLs; also `all_proxy`.",
    ),
    plain(
        "NO_PROXY",
        Group::Network,
        "The hosts that are reached without a proxy; also `no_proxy`.",
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
    plain("NO_COLOR", Group::Output, "No colour, if it has any value."),
    plain(
        "CLICOLOR_FORCE",
        Group::Output,
        "Colour even if the output is not a terminal, unless the value is `0`.",
    ),
    plain(
        "FORCE_HYPERLINK",
        Group::Output,
        "Clickable links, even in a terminal that is not known to support them; `0` for none.",
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
         A flag overrides a variable, and a variable overrides the settings file. An empty variable counts as not set. If several \
         variables give the same setting, the one listed first wins.\n",
    );
    for group in Group::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n| variable | setting | meaning |\n|---|---|---|\n",
            group.heading()
        );
        for variable in variables().filter(|variable| variable.group == group) {
            let sets = variable
                .sets
                .map(|path| format!("`{path}`"))
                .unwrap_or_default();
            let _ = writeln!(page, "| `{}` | {sets} | {} |", variable.name, variable.doc);
        }
    }
    page
}
