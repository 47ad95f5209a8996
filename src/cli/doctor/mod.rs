//! `handin doctor`: how things are, before anything is written. The first thing that a bug report asks for.

mod examine;
mod probe;
mod record;
mod show;
mod sightings;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use self::examine::{Examined, Mark, examine};
use self::sightings::Sightings;
use super::{Context, ExitStatus, Failure, examples, network, values};
use crate::model::ServiceName;
use crate::services::{Service, Sharing};
use crate::settings::Settings;
use crate::transport::Transport;

/// Check settings, credentials and services
///
/// Shows the version, where each setting and credential comes from (never the values), whether each service can be reached with
/// this proxy and these certificates, which account the token belongs to, the difference between the clocks, and, as far as reading
/// can show it, whether a submission would be accepted. It writes nothing, except with `--probe`.
#[derive(Debug, Args)]
#[command(after_long_help = examples::DOCTOR)]
pub(super) struct DoctorArgs {
    #[arg(help = values::services("Check ", "; repeatable"), long_help = values::services("Check ", "; repeatable\n\nDefault: every service in the settings."), long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    service: Vec<ServiceName>,
    /// Test by experiment what handin assumes about this service
    ///
    /// Shows what it will write, and asks first. Everything that it creates is deleted at the end.
    #[arg(long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true, requires = "into", conflicts_with = "service")]
    probe: Option<ServiceName>,
    /// The only place where the experiments may write: a test plan, a module, a project or a product
    #[arg(long, value_name = "PLACE", requires = "probe")]
    into: Option<String>,
    /// Allow a place that is not empty
    #[arg(long, requires = "probe")]
    into_used: bool,
    /// Do not ask before writing
    #[arg(long, requires = "probe")]
    yes: bool,
    /// Only delete what an earlier probe left behind
    #[arg(long, requires = "probe", conflicts_with = "into_used")]
    clean: bool,
    /// Record requests and answers in this file, for a bug report
    ///
    /// Tokens, names, ids, email addresses and URLs are replaced by placeholders. `handin-sandbox replay` answers from the file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> Result<ExitStatus, Failure> {
    let sightings = Arc::new(Sightings::new(context.clock.clone(), args.record.is_some()));
    // Nothing was connected before.
    drop(context.witness.set(sightings.clone()));
    // That it can be written is known before anything is asked.
    save(args, &sightings, "nothing was asked")?;
    let outcome = match args.probe {
        Some(service) => probe::run(context, args, service),
        None => look(context, args, &sightings),
    };
    let saved = save(args, &sightings, "the rest is shown");
    match (outcome, saved) {
        (Err(failure), Err(unsaved)) => Err(failure.and(unsaved)),
        (outcome, saved) => saved.and(outcome),
    }
}

/// Connects to a service: what is said of it is enough to look around.
fn open(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
    transport: Transport,
) -> Result<Box<dyn Service>, Failure> {
    let url = network::address(service, settings)?.url.clone();
    let call = context.call(settings, Sharing::ALONE);
    Ok(settings.of(service).open(transport, url, &call))
}

fn save(args: &DoctorArgs, sightings: &Sightings, then: &str) -> Result<(), Failure> {
    let text = sightings.recorded(args.into.as_deref());
    let (Some(path), Some(text)) = (&args.record, text) else {
        return Ok(());
    };
    crate::ui::page::write(path, &text).map_err(|error| {
        let path = path.display();
        let message = format!("the recording `{path}` could not be written: {error}; {then}");
        Failure::new(ExitStatus::Usage, message)
    })
}

fn look(
    context: &Context,
    args: &DoctorArgs,
    sightings: &Sightings,
) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let mut services = if args.service.is_empty() {
        settings.services.clone()
    } else {
        args.service.clone()
    };
    services.sort_unstable();
    services.dedup();
    context.one_token_for(&services)?;
    let mut examined = Vec::new();
    for service in services {
        examined.push(examine(context, &settings, service, sightings));
        context.go_on()?;
    }
    let status = if examined.iter().any(Examined::is_bad) || examined.is_empty() {
        ExitStatus::Unverified
    } else {
        ExitStatus::Done
    };
    show::show(context, &settings, (&examined, status))?;
    Ok(status)
}
