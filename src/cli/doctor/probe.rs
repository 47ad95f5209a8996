//! `handin doctor --probe`: says what it will write and asks, has the experiments run, and tells what they showed.

use serde_json::{Value, json};

use super::show::{fact_json, header};
use super::{DoctorArgs, open};
use crate::cli::signin::Anonymity;
use crate::cli::submit::{locks, open_journal};
use crate::cli::{Context, ExitStatus, Failure};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::plan::SubmissionKey;
use crate::services::engine::SubmissionLocks;
use crate::services::{Fact, Finding, Probed, Prober, Silent, Survey, facts};
use crate::settings::Settings;
use crate::ui::{Table, sanitized};

pub(super) fn run(
    context: &Context,
    args: &DoctorArgs,
    service: ServiceName,
) -> Result<ExitStatus, Failure> {
    let settings = context.settings(Vec::new())?;
    let into = args.into.as_deref().unwrap_or_default();
    if into.trim_matches(['/', ' ']).is_empty() {
        let message = "`--into` names no place; nothing was written";
        return Err(Failure::new(ExitStatus::Usage, message));
    }
    let transport = context.reach(&settings, service, Anonymity::Refused)?;
    let looking = open(context, &settings, service, transport.read_only())?;
    let journal = open_journal(context, &settings.journal)?;
    let survey = looking.as_prober().survey(into, &journal);
    let survey = survey.map_err(|error| unwritten(Failure::from(error).of_service(service)))?;
    refuse_used(args, &survey)?;
    tell(context, service, args, &survey);
    if args.clean && survey.left.is_empty() {
        return show(context, &settings, (service, &survey), &Probed::default());
    }
    agreed(context, args)?;
    let locks = SubmissionLocks::of_machine(locks(context, &settings, &journal, false));
    let target = format!("handin doctor, {service}, {}", survey.name);
    let key = SubmissionKey::of_target(&target);
    let _lock = locks.take(&key, &transport, &Silent)?;
    let writing = open(context, &settings, service, transport)?;
    let probed = carried_out(writing.as_prober(), args, into, &journal);
    show(context, &settings, (service, &survey), &probed)
}

fn carried_out(prober: &dyn Prober, args: &DoctorArgs, into: &str, journal: &Journal) -> Probed {
    if !args.clean {
        return prober.probe(into, journal);
    }
    match prober.clean(into, journal) {
        Ok(left) => Probed {
            left,
            ..Probed::default()
        },
        Err(error) => Probed {
            error: Some(error),
            ..Probed::default()
        },
    }
}

/// Adds to a failure that nothing was written.
fn unwritten(mut failure: Failure) -> Failure {
    const SAID: &str = "nothing was written";
    if !failure.message.contains(SAID) {
        failure.message = format!("{}; {SAID}", failure.message);
    }
    failure
}

fn refuse_used(args: &DoctorArgs, survey: &Survey) -> Result<(), Failure> {
    match &survey.holds {
        Some(holds) if !args.into_used && !args.clean => {
            let message = format!(
                "{} is not empty: it holds {holds}; nothing was written",
                survey.name
            );
            Err(Failure::new(ExitStatus::Usage, message).hint(
                "name one of your own that is empty, or say with `--into-used` that this one will do",
            ))
        }
        Some(_) | None => Ok(()),
    }
}

/// Announces what will be written, and how many requests that takes.
fn tell(context: &Context, service: ServiceName, args: &DoctorArgs, survey: &Survey) {
    let ui = &context.ui;
    let place = format!("{} of {}", sanitized(&survey.name), service.title());
    if args.clean {
        ui.question(&format!("In {place} an earlier probe left:"));
    } else {
        ui.question(&format!(
            "In {place}, and nowhere else, this writes (about {} requests):",
            survey.requests
        ));
        for write in &survey.writes {
            ui.question(&format!("  {write}"));
        }
    }
    for left in &survey.left {
        ui.question(&format!("  delete {left}, which an earlier probe left"));
    }
    if args.clean && survey.left.is_empty() {
        ui.question("  nothing");
    }
}

fn agreed(context: &Context, args: &DoctorArgs) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    if !context.is_interactive() {
        let message = "nobody is there to agree to this; nothing was written";
        return Err(Failure::new(ExitStatus::Usage, message).hint("agree with `--yes`"));
    }
    if context.confirm("Go ahead?")? {
        return Ok(());
    }
    Err(Failure::new(ExitStatus::Interrupted, "nothing was written"))
}

/// Pairs each fact with its finding, in the order of the list.
fn paired(service: ServiceName, probed: &Probed) -> Vec<(&'static Fact, Option<&Finding>)> {
    let of = |fact: &Fact| probed.findings.iter().find(|it| it.id == fact.id);
    facts(service).iter().map(|fact| (fact, of(fact))).collect()
}

fn show(
    context: &Context,
    settings: &Settings,
    (service, survey): (ServiceName, &Survey),
    probed: &Probed,
) -> Result<ExitStatus, Failure> {
    let failure = ended(service, survey, probed);
    let differs = |it: &Finding| it.holds == Some(false);
    let status = match &failure {
        Some(failure) => failure.status,
        None if probed.findings.iter().any(differs) => ExitStatus::Unverified,
        None => ExitStatus::Done,
    };
    let facts = paired(service, probed);
    let ui = &context.ui;
    if ui.is_json() {
        let facts: Vec<Value> = facts
            .iter()
            .map(|(fact, seen)| fact_json(settings, fact, *seen))
            .collect();
        let mut document = header(settings);
        if let Some(map) = document.as_object_mut() {
            map.insert("services".to_owned(), json!([]));
            map.insert("facts".to_owned(), json!(facts));
            map.insert(
                "probe".to_owned(),
                json!({"service": service, "into": survey.name, "left": probed.left}),
            );
            map.insert(
                "error".to_owned(),
                json!(failure.as_ref().map(Failure::json)),
            );
            map.insert("exit_code".to_owned(), json!(status.code()));
        }
        ui.json(&document)?;
        return Ok(status);
    }
    if !probed.findings.is_empty() {
        ui.data(&table(&facts, ui.width()))?;
    }
    let adapting = facts.iter().filter(|(_, seen)| seen.is_some_and(differs));
    for setting in adapting.filter_map(|(fact, _)| fact.in_file()) {
        ui.hint(&format!("in handin.toml {setting} adapts handin to that"));
    }
    match failure {
        Some(failure) => Err(failure),
        None => Ok(status),
    }
}

fn table(facts: &[(&Fact, Option<&Finding>)], width: Option<usize>) -> String {
    let mut table = Table::new(["", "fact", "expected", "seen", "consequence"]);
    for (fact, seen) in facts {
        let Some(seen) = seen else { continue };
        let (word, consequence) = match seen.holds {
            Some(true) => ("ok", "-"),
            Some(false) => ("DIFFERS", fact.otherwise),
            None => ("not told", "-"),
        };
        table.row(vec![
            word.to_owned(),
            fact.id.to_owned(),
            fact.expected.to_owned(),
            sanitized(&seen.seen),
            consequence.to_owned(),
        ]);
    }
    table.text(width)
}

/// Returns why the probe did not come to its end, and what of it is still there.
fn ended(service: ServiceName, survey: &Survey, probed: &Probed) -> Option<Failure> {
    let left = (!probed.left.is_empty()).then(|| {
        let message = format!(
            "what the probe made in {} could not all be deleted; still there: {}",
            survey.name,
            probed.left.join(", ")
        );
        Failure::new(ExitStatus::Partial, message).hint(format!(
            "`handin doctor --probe {service} --into PLACE --clean` deletes it"
        ))
    });
    let error = probed.error.clone().map(Failure::from);
    let error = error.map(|error| error.of_service(service));
    match (left, error) {
        (Some(left), Some(error)) => Some(left.and(error)),
        (left, error) => left.or(error),
    }
}
