//! The flags that say who is told of a submission, and where.

use std::path::PathBuf;

use clap::Args;

use crate::cli::pipeline::CiArgs;
use crate::settings::Override;

/// Who is told.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PageArgs {
    /// Write a summary page, `.md` or `.html`; repeatable
    ///
    /// The page shows the counts, the failed tests, what was not submitted and why, and links to the results at each service. It is
    /// always written, however the submission ends. If it cannot be written, that is only a warning.
    #[arg(long, value_name = "FILE")]
    summary: Vec<PathBuf>,
    #[command(flatten)]
    ci: CiArgs,
}

impl PageArgs {
    /// Returns the settings that these flags give.
    pub(super) fn overrides(&self) -> impl Iterator<Item = Override> {
        let files: toml_edit::Array = self
            .summary
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let summary =
            (!files.is_empty()).then(|| Override::flag("summary", &files.to_string(), "--summary"));
        summary.into_iter().chain(self.ci.setting())
    }
}
