//! The pipelines that `handin init` writes: those of docs/pipelines, with the service, its secrets and the project's own command.

use std::path::Path;

use clap::ValueEnum;
use url::Url;

use crate::model::ServiceName;

/// A CI system whose file can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PipelineKind {
    /// GitHub Actions
    Github,
    /// Azure Pipelines
    Azure,
    /// GitLab CI
    Gitlab,
    /// Jenkins
    Jenkins,
    /// No pipeline
    None,
}

impl PipelineKind {
    /// Returns the word by which it is named.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Azure => "azure",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::None => "none",
        }
    }

    /// Returns the CI whose file lies in a folder.
    pub(super) fn of(root: &Path) -> Option<Self> {
        [
            (".github/workflows", Self::Github),
            ("azure-pipelines.yml", Self::Azure),
            (".gitlab-ci.yml", Self::Gitlab),
            ("Jenkinsfile", Self::Jenkins),
        ]
        .into_iter()
        .find_map(|(file, kind)| root.join(file).exists().then_some(kind))
    }

    /// Returns the file to write and what stands in it.
    pub(super) fn file(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Github => Some((
                ".github/workflows/handin.yml",
                include_str!("../../../docs/pipelines/github-actions.yml"),
            )),
            Self::Azure => Some((
                "azure-pipelines.yml",
                include_str!("../../../docs/pipelines/azure-pipelines.yml"),
            )),
            Self::Gitlab => Some((
                ".gitlab-ci.yml",
                include_str!("../../../docs/pipelines/gitlab-ci.yml"),
            )),
            Self::Jenkins => Some((
                "Jenkinsfile",
                include_str!("../../../docs/pipelines/Jenkinsfile"),
            )),
            Self::None => None,
        }
    }
}

/// What the tests of a project need to be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prepare {
    /// Nothing beyond what their own command fetches, in this image where it is known.
    Nothing(Option<&'static str>),
    /// The packages of `package-lock.json`.
    Npm,
    /// The packages of `requirements.txt`.
    Pip,
    /// Something that the folder does not tell.
    Unknown,
}

impl Prepare {
    /// Returns the commands that go before the one that runs the tests. A system's own Python takes no packages: they get an environment.
    fn before(self) -> &'static str {
        match self {
            Self::Npm => "npm ci && ",
            Self::Pip => {
                "python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt && "
            }
            Self::Nothing(_) | Self::Unknown => "",
        }
    }

    /// Returns an image in which they run, and curl too.
    fn image(self) -> Option<&'static str> {
        match self {
            Self::Npm => Some("node:22"),
            Self::Pip => Some("python:3"),
            Self::Nothing(image) => image,
            Self::Unknown => None,
        }
    }
}

/// What a pipeline has to know of the project.
#[derive(Debug)]
pub(super) struct Needs {
    pub(super) service: ServiceName,
    /// Whether the settings speak of no other service.
    pub(super) is_only: bool,
    /// The variables that hold the credential.
    pub(super) secrets: Vec<&'static str>,
    /// The variable that names the address, and the address: where it is not the vendor's own, a token is sent to no other.
    pub(super) address: Option<(&'static str, Url)>,
    /// Whether the settings name the reports.
    pub(super) names_reports: bool,
    /// The command that runs the tests and writes the reports of the settings, where it is known.
    pub(super) run: Option<String>,
    /// What has to be installed before them.
    pub(super) prepare: Prepare,
}

impl PipelineKind {
    /// Returns a pipeline of docs/pipelines as this project needs it. Where results go stands in the settings file.
    pub(super) fn fitted(self, template: &str, needs: &Needs) -> String {
        let repository = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
        let service = if needs.is_only {
            String::new()
        } else {
            format!("--service {} ", needs.service)
        };
        let mut text = template
            .replace("OWNER/handin", repository)
            .replace(
                "HANDIN_VERSION: v0.1.0",
                concat!("HANDIN_VERSION: v", env!("CARGO_PKG_VERSION")),
            )
            .replace("--service azure ", &service)
            .replace("--service qtest ", &service)
            .replace("out/handin.html", "handin.html")
            .replace(" Goes to `.github/workflows/tests.yml`.", "");
        if needs.names_reports {
            text = text.replace(" 'out/**/*.xml'", "");
        }
        if let Some(run) = &needs.run {
            text = text.replace("./run-tests", &format!("{}{run}", needs.prepare.before()));
        }
        if let Some(image) = needs.prepare.image() {
            text = text.replace("rust:1-bookworm # whatever your tests need", image);
        }
        if is_nowhere() {
            text = self.without_owner(&text);
        }
        let mut fitted = String::new();
        for line in text.lines() {
            let code = line.trim_start();
            let indent = line.get(..line.len() - code.len()).unwrap_or_default();
            for new in self.line(code, needs) {
                fitted.push_str(indent);
                fitted.push_str(&new);
                fitted.push('\n');
            }
        }
        fitted
    }

    /// Has a variable name the releases: this build does not know where they are.
    fn without_owner(self, template: &str) -> String {
        let named = "\"https://github.com/OWNER/handin/releases/download/";
        let asked = "\"${HANDIN_RELEASES:?is not set}/";
        let variable = match self {
            Self::Github => "\n  HANDIN_RELEASES: ${{ vars.HANDIN_RELEASES }}",
            Self::Azure | Self::Gitlab | Self::Jenkins | Self::None => "",
        };
        let version = concat!("HANDIN_VERSION: v", env!("CARGO_PKG_VERSION"));
        let lines = template.lines().filter(|line| {
            !line.contains("--repo OWNER/") && !line.contains("# Where it was built")
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        text.replace(named, asked)
            .replace(version, &format!("{version}{variable}"))
    }

    /// Returns the lines that replace a line of the template: the name of the credential, and the address.
    fn line(self, code: &str, needs: &Needs) -> Vec<String> {
        let is_pipelines_own = self == Self::Azure && needs.service == ServiceName::Azure;
        let is_secret = code.starts_with("HANDIN_AZURE_TOKEN: ") || code.starts_with("SYSTEM_ACC");
        if is_pipelines_own {
            vec![code.to_owned()]
        } else if is_secret {
            let (before, after) = if self == Self::Github {
                ("${{ secrets.", " }}")
            } else {
                ("$(", ")")
            };
            let secrets = needs.secrets.iter();
            let secrets = secrets.map(|name| format!("{name}: {before}{name}{after}"));
            secrets.chain(needs.address_line()).collect()
        } else if code.starts_with("# GitLab CI: ") {
            let names = needs.secrets.join(" and ");
            vec![format!(
                "# GitLab CI: the tests run, and their results are submitted. Masked variables of the project: {names}."
            )]
        } else if self == Self::Gitlab && code.starts_with("HANDIN_VERSION: ") {
            let line = code.to_owned();
            std::iter::once(line).chain(needs.address_line()).collect()
        } else if code.starts_with("# Azure Pipelines: ") {
            vec!["# Azure Pipelines: the tests run, and their results are submitted whatever they were.".to_owned()]
        } else if code.starts_with("# A step sees the job's token") {
            vec![
                "# Secret variables of the pipeline: a step sees one only when it is mapped."
                    .to_owned(),
            ]
        } else if code == "agent any" {
            let address = needs.address.as_ref().map(|(name, url)| {
                format!(
                    "environment {{ {name} = '{}' }}",
                    url.as_str().replace('\'', "%27")
                )
            });
            std::iter::once(code.to_owned()).chain(address).collect()
        } else if code.starts_with("withCredentials(") {
            let credential = match needs.secrets.as_slice() {
                [user, password, ..] => format!(
                    "usernamePassword(credentialsId: 'handin-{}', usernameVariable: '{user}', passwordVariable: '{password}')",
                    needs.service
                ),
                secrets => format!(
                    "string(credentialsId: 'handin-{}', variable: '{}')",
                    needs.service,
                    secrets.join("")
                ),
            };
            vec![format!("withCredentials([{credential}]) {{")]
        } else {
            vec![code.to_owned()]
        }
    }

    /// Returns the steps that are left before the pipeline can run.
    pub(super) fn left(self, file: &str, needs: &Needs) -> Vec<String> {
        let mut left = Vec::new();
        if needs.run.is_none() {
            left.push(format!(
                "in {file}: replace ./run-tests with the command that runs your tests{}",
                if needs.names_reports {
                    " and writes the reports that handin.toml names"
                } else {
                    ""
                }
            ));
        }
        if needs.prepare == Prepare::Unknown {
            left.push(format!(
                "in {file}: before the tests, install what they need"
            ));
        }
        if self != Self::Jenkins && is_nowhere() {
            left.push(
                "in the CI: set the variable HANDIN_RELEASES to the address below which the archives of handin are, by version".to_owned(),
            );
        }
        match self {
            Self::Azure if needs.service == ServiceName::Azure => {}
            Self::Jenkins => left.push(format!(
                "in Jenkins: add the credential handin-{}",
                needs.service
            )),
            Self::Github | Self::Azure | Self::Gitlab | Self::None => {
                left.push(format!(
                    "in the CI: add the secret {}",
                    needs.secrets.join(" and ")
                ));
            }
        }
        left
    }
}

/// Returns whether the account that handin is released under is not known yet.
fn is_nowhere() -> bool {
    env!("CARGO_PKG_REPOSITORY").contains("OWNER")
}

impl Needs {
    /// Returns the line that names the address.
    fn address_line(&self) -> Option<String> {
        let (name, url) = self.address.as_ref()?;
        Some(format!("{name}: {}", serde_json::Value::from(url.as_str())))
    }
}

impl std::str::FromStr for PipelineKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(word, true)
            .map_err(|_unknown| "answer github, azure, gitlab, jenkins or none".to_owned())
    }
}
