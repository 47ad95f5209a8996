//! The flags that say where results go: the same for handing in and for checking whether that would work.

use clap::Args;

use super::values;
use crate::model::ServiceName;
use crate::services::azure::PointChoice;
use crate::settings::Override;

/// Where results go.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct PlaceArgs {
    /// The project, by id or name
    ///
    /// Of the services named with `--service`; without any, of Azure.
    #[arg(long, value_name = "PROJECT", hide_short_help = true)]
    project: Option<String>,
    /// The test plan, by id or name; repeatable (Azure)
    #[arg(long, value_name = "PLAN")]
    plan: Vec<String>,
    /// The suite, by id, name or path; repeatable (Azure)
    ///
    /// Results go to the points below it.
    #[arg(long, value_name = "SUITE")]
    suite: Vec<String>,
    /// The configuration of all results, by id or name (Azure)
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    configuration: Option<String>,
    /// What to do when a case has several test points (Azure)
    ///
    /// `one` refuses, `all` gives the result to each of them, `first` takes the one with the lowest id.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<PointChoice>(), hide_possible_values = true, hide_short_help = true)]
    points: Option<PointChoice>,
}

impl PlaceArgs {
    /// Returns the settings that these flags give, for a command that names these services.
    pub(super) fn overrides(&self, named: &[ServiceName]) -> Vec<Override> {
        let flags = [
            (
                "azure.configuration",
                self.configuration.clone(),
                "--configuration",
            ),
            (
                "azure.points",
                self.points.as_ref().map(ToString::to_string),
                "--points",
            ),
        ];
        let mut overrides: Vec<Override> = flags
            .into_iter()
            .filter_map(|(path, text, flag)| Some(Override::flag(path, &text?, flag)))
            .collect();
        overrides.extend(Override::list("azure.plan", &self.plan, "--plan"));
        overrides.extend(Override::list("azure.suite", &self.suite, "--suite"));
        if let Some(project) = &self.project {
            let named = if named.is_empty() {
                &[ServiceName::Azure]
            } else {
                named
            };
            overrides.extend(named.iter().map(|service| {
                Override::flag(&format!("{}.project", service.word()), project, "--project")
            }));
        }
        overrides
    }
}
