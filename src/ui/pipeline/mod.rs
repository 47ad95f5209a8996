//! What a CI is told beside the text that people read: annotations, outputs, a summary.
//!
//! Knows how each CI wants to be spoken to, and not which one it is.

mod azure;
mod github;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use super::Ui;
use super::page::Page;

/// As many of one kind as GitHub shows in one step.
const SHOWN: usize = 10;

/// A CI that can be spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pipeline {
    /// GitHub Actions.
    GitHub {
        /// The file that takes outputs.
        outputs: Option<PathBuf>,
        /// The file that takes the summary.
        summary: Option<PathBuf>,
    },
    /// Azure Pipelines.
    Azure {
        /// A folder that stays until the job is over.
        folder: PathBuf,
    },
    /// Any other: the text that people read is all there is.
    Plain,
}

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// Somebody has to act.
    Error,
    /// Somebody should look.
    Warning,
}

/// Something to be shown beside the code, or on the page of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How grave it is.
    pub gravity: Gravity,
    /// What is to be said. Untrusted.
    pub text: String,
    /// The file and the line. Untrusted.
    pub place: Option<(String, u64)>,
}

/// A value that later steps can use: a name of handin's own, and its value.
pub type Output = (String, String);

impl Pipeline {
    /// Writes annotations, as many of each gravity as are shown.
    pub fn annotate(&self, ui: &Ui, annotations: impl IntoIterator<Item = Annotation>) {
        let command: fn(&Annotation) -> String = match self {
            Self::GitHub { .. } => github::annotation,
            Self::Azure { .. } => azure::annotation,
            Self::Plain => return,
        };
        let (mut errors, mut warnings) = (0, 0);
        for annotation in annotations {
            let count = match annotation.gravity {
                Gravity::Error => &mut errors,
                Gravity::Warning => &mut warnings,
            };
            *count += 1;
            if *count <= SHOWN {
                ui.command(&command(&annotation));
            }
        }
    }

    /// Gives values to later steps.
    ///
    /// # Errors
    ///
    /// When the CI's file cannot be written.
    pub fn give(&self, ui: &Ui, outputs: &[Output]) -> io::Result<()> {
        match self {
            Self::GitHub {
                outputs: Some(file),
                ..
            } => github::give(file, outputs),
            Self::Azure { .. } => {
                for output in outputs {
                    ui.command(&azure::variable(output));
                }
                Ok(())
            }
            Self::GitHub { outputs: None, .. } | Self::Plain => Ok(()),
        }
    }

    /// Shows a page where the CI shows such.
    ///
    /// # Errors
    ///
    /// When the CI's file cannot be written.
    pub fn show(&self, ui: &Ui, page: &Page) -> io::Result<()> {
        match self {
            Self::GitHub {
                summary: Some(file),
                ..
            } => github::show(file, page),
            Self::Azure { folder } => {
                ui.command(&azure::summary(folder, page)?);
                Ok(())
            }
            Self::GitHub { summary: None, .. } | Self::Plain => Ok(()),
        }
    }
}
