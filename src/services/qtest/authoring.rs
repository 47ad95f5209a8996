//! Creating, updating and approving test cases.

use serde_json::Value;

use super::cases::{Cases, Known, with_prints};
use super::client::ProjectClient;
use super::content::{Change, Content, tellers};
use super::entry::{Entry, Subject};
use super::fields::CaseFields;
use super::ground::Ground;
use super::parallel;
use super::pen::{Pen, Trouble, Write};
use super::stamp::CaseMark;
use super::target::QtestTarget;
use super::wire::Case;
use crate::journal::Stage;
use crate::services::ServiceError;
use crate::transport::TransportError;

/// Creates, updates and approves what is needed for these entries. Does nothing where the settings name no module.
pub(super) fn make(
    pen: &Pen<'_>,
    target: &QtestTarget,
    fields: &CaseFields,
    (ground, cases): (&mut Ground, &mut Cases),
    entries: &[&Entry],
) -> Result<(), Trouble> {
    if target.module.is_none() {
        return Ok(());
    }
    let mut work = Vec::new();
    let mut created = Vec::new();
    for entry in tellers(entries) {
        if !cases.known.contains_key(&entry.subject)
            && let Some(known) = recalled(pen, fields, &entry)?
        {
            cases.known.insert(entry.subject.clone(), known);
        }
        let known = cases.known.get(&entry.subject).cloned();
        let change = Content::of(&entry, known.as_ref()).change(known.as_ref());
        if change == Change::Create {
            created.push(entry.clone());
        }
        if change != Change::None {
            let module = if change == Change::Create {
                ground.make_module(pen, target, &entry.folder)?
            } else {
                None
            };
            work.push((entry, known, change, module));
        }
    }
    if work.is_empty() {
        return Ok(());
    }
    pen.progress.stage("test cases", work.len() as u64);
    let made = parallel::each(
        target.limits.jobs,
        &work,
        |(entry, known, change, module)| {
            let known = one(pen, fields, (entry, known.as_ref()), change, *module)?;
            pen.progress.advance(1);
            Ok((entry.subject.clone(), known))
        },
        Trouble::is_unknown,
    )?;
    cases.known.extend(made);
    settle_doubles(pen, fields, cases, (&created, target.limits.jobs))
}

fn one(
    pen: &Pen<'_>,
    fields: &CaseFields,
    (entry, known): (&Entry, Option<&Known>),
    change: &Change,
    module: Option<u64>,
) -> Result<Known, Trouble> {
    let content = Content::of(entry, known);
    let mut known = match (change, known) {
        (Change::Update, Some(known)) => update(pen, entry, &content, known)?,
        (Change::Approve | Change::None, Some(known)) => known.clone(),
        (_, None) | (Change::Create, Some(_)) => create(pen, fields, entry, &content, module)?,
    };
    approve(pen, &mut known)?;
    if content.steps.is_some() {
        known.steps = content.steps;
    }
    Ok(known)
}

fn create(
    pen: &Pen<'_>,
    fields: &CaseFields,
    entry: &Entry,
    content: &Content,
    module: Option<u64>,
) -> Result<Known, Trouble> {
    let Subject::Print(print) = &entry.subject else {
        return Err(no_fields());
    };
    let mut case = content.written(1, None);
    case.parent_id = module;
    case.properties = fields.properties(print).ok_or_else(no_fields)?;
    let name = Write::Case.of(&entry.subject.mark());
    let look = || Ok(in_module(pen.project, fields, print, module)?.map(|known| known.id));
    let id = pen.create(
        &name,
        pen.project.at.create_case(&case),
        |made: &Case| made.id,
        look,
    )?;
    Ok(Known {
        id,
        pid: None,
        name: content.name.clone(),
        version: Some("0.1".to_owned()),
        fingerprint: Some(print.clone()),
        mark: Some(content.mark(1)),
        steps: content.steps.clone(),
    })
}

fn no_fields() -> Trouble {
    Trouble::Cause(
        ServiceError::setting("the field `Automation Content` of test cases is not known, so no test case can be created")
            .hint("the account needs the right to read the project's field settings, or the project needs one test case already"),
    )
}

fn update(
    pen: &Pen<'_>,
    entry: &Entry,
    content: &Content,
    known: &Known,
) -> Result<Known, Trouble> {
    let version = known
        .whole_version()
        .unwrap_or_else(|| known.mark.as_ref().map_or(0, |mark| mark.version))
        + 1;
    let case = content.written(version, known.mark.as_ref());
    let name = Write::CaseUpdate.of(&entry.subject.mark());
    let mark = content.mark(version);
    let look = || {
        let there = pen.project.case(&known.id.to_string())?;
        let now = there
            .as_ref()
            .and_then(|case| CaseMark::read(case.description.as_deref()?));
        Ok(now
            .filter(|now| now.version == version && now.text == mark.text)
            .map(|_| known.id))
    };
    pen.create(
        &name,
        pen.project.at.update_case(known.id, &case),
        |made: &Case| made.id,
        look,
    )?;
    // An update leaves a draft behind, whatever the service calls it.
    Ok(Known {
        version: Some(format!("{}.1", version - 1)),
        mark: Some(mark),
        ..known.clone()
    })
}

/// Approves a case whose content handin wrote. An account that may not approve gets a warning: its results count all the same.
fn approve(pen: &Pen<'_>, known: &mut Known) -> Result<(), Trouble> {
    if !known.awaits_approval() {
        return Ok(());
    }
    let wanted = known.mark.as_ref().map_or(1, |mark| mark.version);
    let name = Write::Approve.of(&format!("{}:{wanted}", known.id));
    let look = || {
        let there = pen.project.case(&known.id.to_string())?;
        let version = there.and_then(|case| case.version);
        let whole = version
            .as_deref()
            .and_then(|v| v.split('.').next()?.parse::<u32>().ok());
        Ok(whole.filter(|whole| *whole >= wanted).map(|_| known.id))
    };
    match pen.create(
        &name,
        pen.project.at.approve(known.id),
        |made: &Case| made.id,
        look,
    ) {
        Ok(_) => {
            known.version = Some(format!("{wanted}.0"));
            Ok(())
        }
        Err(trouble)
            if matches!(trouble.status(), Some(400 | 403 | 405 | 409 | 412))
                && !trouble.is_unknown() =>
        {
            pen.warn(format!(
                "the test case {} could not be approved and stays a draft: {}",
                known.title(),
                trouble.into_cause()
            ));
            Ok(())
        }
        Err(trouble) => Err(trouble),
    }
}

/// Returns a case that an earlier run made, where the search does not know it (yet).
pub(super) fn recalled(
    pen: &Pen<'_>,
    fields: &CaseFields,
    entry: &Entry,
) -> Result<Option<Known>, Trouble> {
    let Some(record) = pen.last(&Write::Case.of(&entry.subject.mark())) else {
        return Ok(None);
    };
    let case = match record.stage {
        Stage::Void => None,
        Stage::Done => match record.detail.get("id").and_then(Value::as_u64) {
            Some(id) => pen.project.case(&id.to_string())?,
            None => None,
        },
        Stage::Intend => {
            let Subject::Print(print) = &entry.subject else {
                return Ok(None);
            };
            return Ok(anywhere(pen.project, fields, print)?);
        }
    };
    Ok(case.map(|case| Known::of(case, fields)))
}

/// Looks through the plain list, which is never behind as an index may be.
fn anywhere(
    project: &ProjectClient,
    fields: &CaseFields,
    print: &str,
) -> Result<Option<Known>, TransportError> {
    Ok(picked(project.all_cases()?, fields, print))
}

fn in_module(
    project: &ProjectClient,
    fields: &CaseFields,
    print: &str,
    module: Option<u64>,
) -> Result<Option<Known>, TransportError> {
    match module {
        Some(module) => Ok(picked(project.cases_of(module)?, fields, print)),
        None => anywhere(project, fields, print),
    }
}

fn picked(cases: Vec<Case>, fields: &CaseFields, print: &str) -> Option<Known> {
    cases
        .into_iter()
        .map(|case| Known::of(case, fields))
        .filter(|known| known.fingerprint.as_deref() == Some(print))
        .min_by_key(|known| known.id)
}

/// Looks again after creating: if another job created the same cases meanwhile, the lower ids count for both.
fn settle_doubles(
    pen: &Pen<'_>,
    fields: &CaseFields,
    cases: &mut Cases,
    (created, jobs): (&[Entry], usize),
) -> Result<(), Trouble> {
    let prints: Vec<String> = created
        .iter()
        .filter_map(|entry| match &entry.subject {
            Subject::Print(print) => Some(print.clone()),
            Subject::Case(_) => None,
        })
        .collect();
    if prints.is_empty() {
        return Ok(());
    }
    let mut again = Cases::default();
    with_prints(pen.project, fields, &prints, (false, jobs), &mut again)?;
    again
        .warnings
        .into_iter()
        .for_each(|warning| pen.warn(warning));
    for (subject, found) in again.known {
        if let Some(mine) = cases.known.get_mut(&subject)
            && found.id < mine.id
        {
            *mine = Known {
                steps: mine.steps.clone(),
                ..found
            };
        }
    }
    Ok(())
}
