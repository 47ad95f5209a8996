//! `handin map list --associate`: mark Azure's cases as automated by the tests that are mapped to them.

use std::collections::BTreeSet;

use serde_json::json;

use super::list::ListArgs;
use crate::cli::connect::{Access, connect};
use crate::cli::submit::{open_journal, sources};
use crate::cli::{Context, ExitStatus, Failure};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::report;
use crate::services::Sharing;
use crate::services::azure::{Associated, Association, AssociationState, Azure};
use crate::settings::Settings;
use crate::transport::Effect;
use crate::ui::{counted, sanitized};

pub(super) fn run(context: &Context, args: &ListArgs) -> Result<ExitStatus, Failure> {
    let settings = args.place.settings(context, &[ServiceName::Azure])?;
    let (access, effect) = if args.association.apply {
        (Access::Write, Effect::Write)
    } else {
        (Access::Read, Effect::Read)
    };
    let associations = associations(context, args, &settings)?;
    let service = connect(
        context,
        &settings,
        ServiceName::Azure,
        access,
        Sharing::ALONE,
    )?;
    let Some(azure) = service.as_one::<Azure>() else {
        return Err(Failure::new(
            ExitStatus::Usage,
            "only Azure's cases are associated with tests",
        ));
    };
    let journal = if args.association.apply {
        open_journal(context, &settings.journal)?
    } else {
        Journal::absent()
    };
    let answers = azure
        .associate(&associations, effect, &journal)
        .map_err(|error| Failure::from(error).of_service(ServiceName::Azure))?;
    let status = status(&answers, args.association.apply);
    if context.ui.is_json() {
        let schema = json!({"schema": "handin/map-associate/1", "associations": answers, "exit_code": status.code()});
        context.ui.json(&schema)?;
    } else {
        context.ui.data(&shown(&answers))?;
        if !args.association.apply {
            context.ui.advice("nothing was changed; `--apply` does it");
        }
    }
    Ok(status)
}

/// Pairs each mapped test of the reports with each of its cases, each pair once.
fn associations(
    context: &Context,
    args: &ListArgs,
    settings: &Settings,
) -> Result<Vec<Association>, Failure> {
    let map = super::reported_tests::map_of(context, settings, ServiceName::Azure)?;
    let found = sources(context, &args.reports, settings)?.unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut associations = Vec::new();
    for source in &found {
        let answer = report::read(source, &mut |case| {
            for mapped in map.cases_of(case) {
                if seen.insert((mapped.id.clone(), case.key())) {
                    associations.push(Association::of(mapped.id, case));
                }
            }
        });
        if let Err(error) = answer.as_ref()
            && (error.foreign().is_none() || source.explicit())
        {
            let message = format!(
                "{}: {}; nothing was changed",
                sanitized(source.display()),
                sanitized(&error.to_string())
            );
            return Err(Failure::new(ExitStatus::Unverified, message));
        }
    }
    if associations.is_empty() {
        return Err(Failure::new(
            ExitStatus::Unverified,
            "no test of the reports is mapped to a case on Azure; nothing was changed",
        )
        .hint("map them first: `handin map set` or `handin map suggest`"));
    }
    Ok(associations)
}

/// Part may be done and part refused; what is uncertain may be done again.
fn status(answers: &[Associated], apply: bool) -> ExitStatus {
    let has = |state| answers.iter().any(|answer| answer.state == state);
    match (
        has(AssociationState::Uncertain),
        has(AssociationState::Refused),
        apply && has(AssociationState::Done),
    ) {
        (true, ..) => ExitStatus::Uncertain,
        (false, true, true) => ExitStatus::Partial,
        (false, true, false) => ExitStatus::Unverified,
        (false, false, _) => ExitStatus::Done,
    }
}

fn shown(answers: &[Associated]) -> String {
    let mut lines: Vec<String> = answers.iter().map(line).collect();
    lines.push(counted(answers.len() as u64, "association"));
    lines.join("\n")
}

fn line(answer: &Associated) -> String {
    let state = match answer.state {
        AssociationState::Known => "known",
        AssociationState::Done => "done",
        AssociationState::Planned => "planned",
        AssociationState::Refused => "refused",
        AssociationState::Uncertain => "uncertain",
    };
    let before = answer
        .before
        .as_ref()
        .map(|name| format!(" (before: {})", sanitized(name)));
    let message = answer
        .message
        .as_ref()
        .map(|text| format!(": {}", sanitized(text)));
    format!(
        "{state:9}  {}  {}{}{}",
        answer.case,
        sanitized(&answer.test),
        before.unwrap_or_default(),
        message.unwrap_or_default()
    )
}
