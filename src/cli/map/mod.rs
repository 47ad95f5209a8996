//! `handin map`: which case each test is.

mod assign;
mod associate;
mod import_export;
mod katalon;
mod list;
mod properties;
mod reported_tests;
mod rows;
mod suggest;

use std::path::Path;

use clap::{Args, Subcommand};

use super::{Context, ExitStatus, Failure, examples, network};
use crate::files::Stop;
use crate::model::ServiceName;
use crate::settings::{EditError, FILE_NAME, Settings, SettingsEditor};

/// Map tests to test cases
///
/// Explicit mappings are in the settings file, in `[cases.<service>]`. Changing them keeps the comments in the file.
#[derive(Debug, Args)]
#[command(after_long_help = examples::MAP)]
pub(super) struct MapArgs {
    #[command(subcommand)]
    command: MapCommand,
}

#[derive(Debug, Subcommand)]
enum MapCommand {
    /// List the tests with their test cases, and how each was found
    List(list::ListArgs),
    /// Map a test to one or more test cases
    Set(assign::SetArgs),
    /// Remove the mapping of tests
    Unset(assign::UnsetArgs),
    /// Suggest a test case for each unmapped test
    Suggest(suggest::SuggestArgs),
    /// Import mappings from a CSV file or a Katalon Studio project
    Import(import_export::ImportArgs),
    /// Write the mappings as CSV
    Export(import_export::ExportArgs),
}

impl MapArgs {
    /// Returns the name of the command in its JSON document.
    pub(super) fn word(&self) -> &'static str {
        match &self.command {
            MapCommand::List(args) if args.association.associate => "map-associate",
            MapCommand::List(_) => "map-list",
            MapCommand::Set(_) => "map-set",
            MapCommand::Unset(_) => "map-unset",
            MapCommand::Suggest(_) => "map-suggest",
            MapCommand::Import(_) => "map-import",
            MapCommand::Export(_) => "map-export",
        }
    }
}

pub(super) fn run(context: &Context, args: &MapArgs) -> Result<ExitStatus, Failure> {
    match &args.command {
        MapCommand::List(args) => list::run(context, args),
        MapCommand::Set(args) => assign::set(context, args),
        MapCommand::Unset(args) => assign::unset(context, args),
        MapCommand::Suggest(args) => suggest::run(context, args),
        MapCommand::Import(args) => import_export::import(context, args),
        MapCommand::Export(args) => import_export::export(context, args),
    }
}

/// Returns where a Katalon Studio project says that a service is.
pub(super) fn address_in_katalon_project(
    folder: &Path,
    service: ServiceName,
) -> Result<Option<String>, Failure> {
    katalon::address_of(folder, service)
}

/// Returns the services that a command is about: those named, else those of the settings, else those with mappings.
fn services(settings: &Settings, named: &[ServiceName]) -> Vec<ServiceName> {
    if !named.is_empty() {
        return named.to_vec();
    }
    ServiceName::ALL
        .into_iter()
        .filter(|service| {
            settings.services.contains(service)
                || settings.switched_off.contains(service)
                || settings
                    .cases
                    .of(*service)
                    .is_some_and(|rules| !rules.explicit.is_empty())
        })
        .collect()
}

/// Returns the one service that a change is about.
fn one_service(settings: &Settings, named: Option<ServiceName>) -> Result<ServiceName, Failure> {
    if let Some(word) = named {
        return Ok(word);
    }
    match services(settings, &[]).as_slice() {
        [only] => Ok(*only),
        [] => Err(network::no_service(settings, "nothing was changed")),
        several => {
            let words: Vec<&str> = several.iter().map(|service| service.word()).collect();
            let message = format!(
                "the settings have several services ({}); nothing was changed",
                words.join(", ")
            );
            Err(Failure::new(ExitStatus::Usage, message).hint("name one: `--service azure`"))
        }
    }
}

/// Opens the settings file of the command; without one, it will be made in the current folder.
fn editor(settings: &Settings) -> Result<SettingsEditor, Failure> {
    let path = settings
        .file
        .clone()
        .unwrap_or_else(|| settings.folder.join(FILE_NAME));
    Ok(SettingsEditor::open(&path, settings.profile.as_deref())?)
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        let failure = Self::new(ExitStatus::Usage, error.to_string());
        match error {
            EditError::Concurrent { .. } => failure.hint("run the same command again"),
            EditError::Link { .. } => {
                failure.hint("name the file that it leads to with `--settings`")
            }
            EditError::Io { source, .. } if Stop::of(&source).is_some() => {
                failure.hint("another process holds it; give more time with `--timeout`")
            }
            EditError::Io { .. } | EditError::Syntax { .. } | EditError::NoTable(_) => failure,
        }
    }
}

#[cfg(test)]
mod former_keys;
