//! The pipelines that `handin init` writes: those of docs/pipelines, as they stand there.

use std::path::Path;

use clap::ValueEnum;

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

impl std::str::FromStr for PipelineKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        <Self as ValueEnum>::from_str(word, true)
            .map_err(|_unknown| "answer github, azure, gitlab, jenkins or none".to_owned())
    }
}
