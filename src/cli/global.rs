//! The options that every command has.

use std::path::PathBuf;

use clap::Args;

use crate::ui::{Color, Manner};

/// The options that every command has.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Read the settings from this file
    ///
    /// Without it, the nearest `handin.toml` upwards counts; the search ends at the root of the repository.
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Use the settings of this profile
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Set one setting for this call, such as `azure.points=all`
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Write one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice: each request, three times: their bodies without secrets
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Show no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Give up after this long, such as `90s` or `10m`
    #[arg(long, global = true, value_name = "TIME")]
    pub timeout: Option<String>,
    /// Send this many requests at the same time, at most
    #[arg(long, global = true, value_name = "N")]
    pub jobs: Option<u8>,
    /// Read the token from this file (`/dev/fd/N` for a file descriptor)
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Trust the certificate authorities in this PEM file as well
    #[arg(long, global = true, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Go through this proxy, whatever the environment says
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
    /// Reach these hosts without a proxy, such as `localhost,.corp.example,10.0.0.0/8`; `*` for all
    #[arg(long, global = true, value_name = "HOSTS")]
    pub no_proxy: Option<String>,
}

impl GlobalArgs {
    /// Returns how the program is to speak.
    pub fn manner(&self) -> Manner {
        Manner {
            json: self.json,
            quiet: self.quiet,
            color: self.color,
            no_progress: self.no_progress,
            wants_color: None,
        }
    }
}
