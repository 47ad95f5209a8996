//! `handin projects azure --runs` and `--results`: what the service holds of the past, such as the names of what failed.

use serde_json::json;

use super::{ProjectsArgs, connection, parts};
use crate::cli::{Context, ExitStatus, Failure};
use crate::model::ServiceName;
use crate::services::Sharing;
use crate::services::azure::Azure;
use crate::settings::Settings;
use crate::ui::sanitized;

/// How many runs are listed.
const MOST_RUNS: usize = 50;

pub(super) fn run(
    context: &Context,
    settings: &Settings,
    args: &ProjectsArgs,
) -> Result<ExitStatus, Failure> {
    if args.service != ServiceName::Azure {
        let title = args.service.title();
        let message = format!("`--runs` and `--results` are for Azure, not for {title}");
        return Err(Failure::new(ExitStatus::Usage, message)
            .hint("`handin submit --dry-run` shows what is already submitted"));
    }
    let (transport, url) = connection(context, settings, args.service)?;
    let call = context.call(settings, Sharing::ALONE);
    let mut target = settings.sections.azure.target(url, &call);
    let mut path = parts(&args.path).into_iter();
    if let Some(project) = path.next() {
        target.project = project;
        target.plans = path.next().into_iter().collect();
    }
    let azure = Azure::new(transport.read_only(), target);
    match args.results {
        Some(run) => results(context, &azure, args, run),
        None => runs(context, &azure),
    }
}

fn runs(context: &Context, azure: &Azure) -> Result<ExitStatus, Failure> {
    let runs = azure.runs(MOST_RUNS)?;
    if context.ui.is_json() {
        context
            .ui
            .json(&json!({"schema": "handin/projects/1", "service": "azure", "runs": runs}))?;
    } else {
        let lines: Vec<String> = runs
            .iter()
            .map(|run| {
                let (total, passed) = (run.total.unwrap_or(0), run.passed.unwrap_or(0));
                let when = run.started.as_deref().unwrap_or_default();
                let name = sanitized(&run.name);
                format!(
                    "run  {}  {name}  ({}, {passed} of {total} passed, {when})",
                    run.id, run.state
                )
            })
            .collect();
        lines_or_nothing(context, &lines, "no run in the last half year")?;
        if lines.len() == MOST_RUNS {
            let message = format!("only the newest {MOST_RUNS} are listed");
            context.ui.status(&message);
        }
    }
    Ok(ExitStatus::Done)
}

fn results(
    context: &Context,
    azure: &Azure,
    args: &ProjectsArgs,
    run: u64,
) -> Result<ExitStatus, Failure> {
    let results = azure.run_results(run, args.outcome.as_deref())?;
    if context.ui.is_json() {
        context.ui.json(
            &json!({"schema": "handin/projects/1", "service": "azure", "run": run, "results": results}),
        )?;
        return Ok(ExitStatus::Done);
    }
    let lines: Vec<String> = results
        .iter()
        .map(|result| {
            let name = sanitized(result.test.as_deref().unwrap_or(&result.title));
            if args.names {
                return name;
            }
            let case = result.case.map(|case| case.to_string()).unwrap_or_default();
            format!("{}  {case}  {name}", sanitized(&result.outcome))
        })
        .collect();
    lines_or_nothing(context, &lines, "the run has no such result")?;
    Ok(ExitStatus::Done)
}

fn lines_or_nothing(context: &Context, lines: &[String], nothing: &str) -> Result<(), Failure> {
    if lines.is_empty() {
        context.ui.status(nothing);
        return Ok(());
    }
    Ok(context.ui.data(&lines.join("\n"))?)
}
