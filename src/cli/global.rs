//! The options that every command has.

use std::path::PathBuf;

use clap::Args;

use crate::settings::{Environment, Override};
use crate::ui::{Color, OutputOptions};

/// The options that every command has.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Read the settings from this file
    ///
    /// Default: the nearest `handin.toml` in the current folder or above it, up to the root of the repository.
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Use the settings of this profile
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Set one setting for this call, such as `azure.points=all`
    #[arg(
        long = "set",
        global = true,
        value_name = "KEY=VALUE",
        hide_short_help = true
    )]
    pub set: Vec<String>,
    /// Write one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only what went wrong
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        hide_short_help = true
    )]
    pub quiet: bool,
    /// Print more; can be given up to three times
    ///
    /// Twice: also each request. Three times: also their bodies, without secrets.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub color: Color,
    /// Show no progress bars
    #[arg(long, global = true, hide_short_help = true)]
    pub no_progress: bool,
    /// Give up after this long, such as `90s` or `10m`
    #[arg(long, global = true, value_name = "TIME", hide_short_help = true)]
    pub timeout: Option<String>,
    /// Send this many requests at the same time, at most
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub jobs: Option<String>,
    /// Read the token from this file (`/dev/fd/N` for a file descriptor)
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub token_file: Option<PathBuf>,
    /// Trust the certificate authorities in this PEM file as well
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub ca_file: Option<PathBuf>,
    /// Go through this proxy, whatever the environment says
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    pub proxy: Option<String>,
    /// Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all
    #[arg(long, global = true, value_name = "HOSTS", hide_short_help = true)]
    pub no_proxy: Option<String>,
}

impl GlobalArgs {
    /// Returns how the program is to speak.
    pub fn output_options(&self, environment: &Environment) -> OutputOptions {
        OutputOptions {
            json: self.json,
            quiet: self.quiet,
            color: self.color,
            no_progress: self.no_progress,
            wants_color: wants_color(environment),
        }
    }

    /// Returns the settings that these flags give.
    pub fn overrides(&self) -> Vec<Override> {
        let ca_file = self.ca_file.as_ref().map(|path| path.display().to_string());
        [
            ("timeout", self.timeout.as_deref(), "--timeout"),
            ("jobs", self.jobs.as_deref(), "--jobs"),
            ("ca_file", ca_file.as_deref(), "--ca-file"),
            ("proxy", self.proxy.as_deref(), "--proxy"),
            ("no_proxy", self.no_proxy.as_deref(), "--no-proxy"),
        ]
        .into_iter()
        .filter_map(|(path, text, flag)| Some(Override::flag(path, text?, flag)))
        .collect()
    }
}

/// Returns the choice of colours in the environment: `NO_COLOR` beats `CLICOLOR_FORCE`, a dumb terminal beats nothing.
pub(super) fn wants_color(environment: &Environment) -> Option<bool> {
    if environment.get("NO_COLOR").is_some() {
        return Some(false);
    }
    if environment
        .get("CLICOLOR_FORCE")
        .is_some_and(|value| value != "0")
    {
        return Some(true);
    }
    let is_dumb =
        environment.get("TERM") == Some("dumb") || environment.get("CLICOLOR") == Some("0");
    is_dumb.then_some(false)
}
