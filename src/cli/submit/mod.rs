//! `handin submit`.

mod args;
mod one;
mod outcome;
mod policies;
mod read;
mod redact;
mod sharing;
mod show;

use std::collections::BTreeMap;
use std::io;

use self::one::Desk;
use self::outcome::Outcome;
use self::read::{Material, Wish};
use super::connect::{Access, Service, connect};
use super::{Context, ExitStatus, Failure};
use crate::ci::Ci;
use crate::journal::Journal;
use crate::mapping::{CaseMap, TitleIndex};
use crate::model::ServiceName;
use crate::plan::{
    Build, ContentDigest, Gathering, KeyParts, RunDetails, SubmissionKey, SubmissionPlan, Template,
};
use crate::report::{self, DiscoverError, Source};
use crate::services::{Catalog, ServiceError};
use crate::settings::{Reaction, Settings};
use crate::ui::plain;

pub(super) use args::SubmitArgs;

pub(super) fn run(context: &Context, args: &SubmitArgs) -> Result<ExitStatus, Failure> {
    listen(context);
    let settings = context.settings(args.overrides())?;
    let services = services(args, &settings)?;
    let Some(sources) = sources(context, args, &settings)? else {
        return Ok(ExitStatus::Done);
    };
    let mut finished = Vec::new();
    let connected = connected(context, args, &settings, &services, &mut finished)?;
    let (mut wishes, connected) = wishes(&settings, connected)?;
    let material = read::read(&sources, &settings, &mut wishes);
    if let Some(status) = acceptable(context, args, &settings, &material)? {
        return Ok(status);
    }
    let journal = journal(context, &settings, args.dry_run);
    let desk = Desk {
        context,
        policy: &settings.policy,
        journal: &journal,
        dry_run: args.dry_run,
    };
    let planner = Planner {
        args,
        settings: &settings,
        material: &material,
        ci: context.ci(),
    };
    for (service, wish) in connected.iter().zip(wishes) {
        finished.push(desk.submit(service, planner.plan(service, wish.gathering)?));
    }
    finish(context, &settings, &material, &finished)
}

/// Has SIGINT and SIGTERM stop new work. Where no handler can be set, they end the program as they always did.
fn listen(context: &Context) {
    if let Err(error) = context.interrupt.listen() {
        log::debug!("signals are not listened to: {error}");
    }
}

/// Returns the services to hand in to: those that are named, else those that the settings describe.
fn services(args: &SubmitArgs, settings: &Settings) -> Result<Vec<ServiceName>, Failure> {
    let mut services = if args.service.is_empty() {
        settings.services.clone()
    } else {
        args.service.clone()
    };
    services.sort_unstable();
    services.dedup();
    if services.is_empty() {
        return Err(Failure::new(
            ExitStatus::Usage,
            "it is not known where to hand results in; nothing was written",
        )
        .hint("name a service, such as `--service azure`, or describe one in handin.toml"));
    }
    Ok(services)
}

/// Finds the reports. Nothing, where there are none and the policy takes that as done.
fn sources(
    context: &Context,
    args: &SubmitArgs,
    settings: &Settings,
) -> Result<Option<Vec<Source>>, Failure> {
    let (arguments, base) = if args.reports.is_empty() {
        (&settings.reports, settings.folder.as_path())
    } else {
        (&args.reports, std::path::Path::new(""))
    };
    if arguments.is_empty() && args.sharing.close {
        return Ok(Some(Vec::new()));
    }
    if arguments.is_empty() {
        return Err(Failure::new(
            ExitStatus::Usage,
            "no report was named; nothing was written",
        )
        .hint("name files, folders or quoted globs, or set `reports` in handin.toml"));
    }
    match report::discover(arguments, base, &mut || Ok(Box::new(io::stdin()))) {
        Ok(found) => {
            for note in &found.notes {
                context
                    .ui
                    .status(&format!("{}: {}", plain(&note.path), plain(&note.message)));
            }
            Ok(Some(found.sources))
        }
        Err(error @ DiscoverError::Nothing { .. })
            if settings.policy.on_no_reports != Reaction::Fail =>
        {
            nothing(context, settings.policy.on_no_reports, &error.to_string())?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Connects to each service. Where a credential is missing and the policy allows that, the service is left out.
fn connected(
    context: &Context,
    args: &SubmitArgs,
    settings: &Settings,
    services: &[ServiceName],
    finished: &mut Vec<Outcome>,
) -> Result<Vec<Service>, Failure> {
    let access = if args.dry_run {
        Access::Read
    } else {
        Access::Write
    };
    let mut connected = Vec::new();
    for service in services {
        match connect(context, settings, *service, access, args.sharing.sharing()) {
            Ok(service) => connected.push(service),
            Err(failure)
                if failure.status == ExitStatus::Authentication
                    && settings.policy.on_no_credential != Reaction::Fail =>
            {
                if settings.policy.on_no_credential == Reaction::Warn {
                    context
                        .ui
                        .warning(&format!("{}; nothing is handed in there", failure.message));
                }
                finished.push(Outcome {
                    failure: Some(failure),
                    forgiven: true,
                    ..Outcome::new(*service)
                });
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(connected)
}

/// Prepares for each service what it wants of the reports; asks for titles where the rules need them.
fn wishes(
    settings: &Settings,
    services: Vec<Service>,
) -> Result<(Vec<Wish<'_>>, Vec<Service>), Failure> {
    let mut wishes = Vec::new();
    for service in &services {
        let name = service.name();
        let map = CaseMap::new(&settings.cases, name);
        let map = if map.needs_titles() {
            map.titles(titles(service.catalog())?)
        } else {
            map
        };
        wishes.push(Wish {
            map,
            gathering: Gathering::new(name, service.makes_cases()),
        });
    }
    Ok((wishes, services))
}

fn titles(catalog: &dyn Catalog) -> Result<TitleIndex, ServiceError> {
    let mut titles = TitleIndex::default();
    for case in catalog.all_cases()? {
        titles.add(&case.id, &case.title, case.automated_name.as_deref());
    }
    Ok(titles)
}

/// Applies the policies for what was read. A status means that the command is over.
fn acceptable(
    context: &Context,
    args: &SubmitArgs,
    settings: &Settings,
    material: &Material,
) -> Result<Option<ExitStatus>, Failure> {
    for line in &material.notes {
        context.ui.status(&plain(line));
    }
    for line in &material.warnings {
        context.ui.warning(&plain(line));
    }
    unreadable(context, settings.policy.on_unreadable, material)?;
    stale(context, settings.policy.on_stale, material)?;
    if material.tally.tests > 0 || args.sharing.close {
        return Ok(None);
    }
    let message = "no test is in what was read";
    match settings.policy.on_empty {
        Reaction::Fail => Err(Failure::new(
            ExitStatus::NothingToSubmit,
            format!("{message}; nothing was written"),
        )),
        reaction @ (Reaction::Warn | Reaction::Ignore) => {
            nothing(context, reaction, message).map(Some)
        }
    }
}

fn unreadable(context: &Context, reaction: Reaction, material: &Material) -> Result<(), Failure> {
    let lines = material
        .unreadable
        .iter()
        .map(|(path, why)| format!("{}: {}", plain(path), plain(why)));
    if material.unreadable.is_empty() {
        return Ok(());
    }
    match reaction {
        Reaction::Fail => {
            let count = crate::ui::counted(material.unreadable.len() as u64, "report");
            let failure = Failure::new(
                ExitStatus::Unverified,
                format!("{count} cannot be read; nothing was written"),
            );
            Err(lines
                .fold(failure, Failure::cause)
                .hint("mend or leave out what is named, or allow it with `--on-unreadable warn`"))
        }
        Reaction::Warn => {
            lines.for_each(|line| context.ui.warning(&format!("{line}; it is left out")));
            Ok(())
        }
        Reaction::Ignore => Ok(()),
    }
}

/// A report that is older than the build was left behind by another one.
fn stale(context: &Context, reaction: Reaction, material: &Material) -> Result<(), Failure> {
    let began = context
        .ci()
        .started
        .and_then(|text| text.replacen(' ', "T", 1).replace("T+", "+").parse().ok());
    let (Some(began), Some(ended)): (Option<jiff::Timestamp>, _) = (began, material.finished)
    else {
        return Ok(());
    };
    if ended >= began {
        return Ok(());
    }
    let message = format!(
        "the tests ended at {ended}, before this build began at {began}: were the reports left behind by another build?"
    );
    match reaction {
        Reaction::Fail => Err(Failure::new(
            ExitStatus::Unverified,
            format!("{message} Nothing was written"),
        )),
        Reaction::Warn => {
            context.ui.warning(&message);
            Ok(())
        }
        Reaction::Ignore => Ok(()),
    }
}

/// Ends a command that has nothing to do.
fn nothing(context: &Context, reaction: Reaction, message: &str) -> Result<ExitStatus, Failure> {
    if reaction == Reaction::Warn {
        context.ui.warning(message);
    }
    if context.ui.is_json() {
        context
            .ui
            .json(&show::document(&[], &[], ExitStatus::Done))?;
    }
    Ok(ExitStatus::Done)
}

/// Opens the journal. Where none can be kept, that is said, and the service is looked at instead.
fn journal(context: &Context, settings: &Settings, dry_run: bool) -> Journal {
    if dry_run {
        return Journal::absent();
    }
    Journal::open(&settings.journal).unwrap_or_else(|error| {
        context.ui.warning(&format!(
            "{error}; going on without a journal: looking at the service takes its place"
        ));
        Journal::absent()
    })
}

/// What plans are made of.
struct Planner<'a> {
    args: &'a SubmitArgs,
    settings: &'a Settings,
    material: &'a Material,
    ci: Ci,
}

impl Planner<'_> {
    fn plan(&self, service: &Service, gathering: Gathering) -> Result<SubmissionPlan, Failure> {
        let key = self.key(service)?;
        let run = details(self.settings, self.material, service, &self.ci)?;
        Ok(gathering.plan(key, self.material.reports.clone(), run))
    }

    /// Names the submission. The shards of a build have different reports and share the rest, so theirs leaves the reports out.
    fn key(&self, service: &Service) -> Result<SubmissionKey, Failure> {
        let shared = self.args.sharing.sharing().shared;
        let build = self
            .args
            .sharing
            .key
            .as_ref()
            .map_or_else(|| build_identity(&self.ci), |key| format!("key {key}"));
        if shared && build.is_empty() {
            let message = "the shards of a submission need a build in common, and no CI says which this is; nothing was written";
            return Err(Failure::new(ExitStatus::Usage, message)
                .hint("name it with `--key TEXT`, the same in every shard"));
        }
        let reports: Vec<ContentDigest> = self
            .material
            .reports
            .iter()
            .map(|report| report.digest)
            .collect();
        let again = if self.args.sharing.again {
            jiff::Timestamp::now().to_string()
        } else {
            String::new()
        };
        Ok(SubmissionKey::of(&KeyParts {
            target: &service.identity(),
            build: &build,
            reports: if shared { &[] } else { &reports },
            again: &again,
        }))
    }
}

/// Returns what tells this build from all others: the run, not its attempt.
fn build_identity(ci: &Ci) -> String {
    match (ci.provider, &ci.build_id) {
        (Some(provider), Some(id)) => format!("{} {id}", provider.word()),
        _ => String::new(),
    }
}

fn details(
    settings: &Settings,
    material: &Material,
    service: &Service,
    ci: &Ci,
) -> Result<RunDetails, Failure> {
    let mut words: BTreeMap<String, String> = material.words.clone();
    for name in Ci::WORDS {
        words.extend(
            ci.word(name)
                .map(|value| (format!("ci.{name}"), value.to_owned())),
        );
    }
    let render = |text: &str| {
        Template::parse(text)
            .and_then(|template| template.render(&words))
            .map_err(|error| {
                Failure::new(ExitStatus::Usage, format!("{error}; nothing was written"))
            })
    };
    let job = words.get("job").cloned();
    let templates = service.templates(settings);
    let name = render(templates.name)?;
    let name = if name.is_empty() {
        job.clone()
            .or_else(|| words.get("report").cloned())
            .unwrap_or_default()
    } else {
        name
    };
    let rendered = |template: Option<&str>, ci: &Option<String>| match template {
        Some(template) => render(template).map(|text| Some(text).filter(|text| !text.is_empty())),
        None => Ok(ci.clone()),
    };
    let build = Build {
        id: rendered(templates.build, &ci.build_id)?,
        number: rendered(templates.number, &ci.build)?,
        url: rendered(templates.build_url, &ci.url)?,
        project: ci.project.clone(),
    };
    Ok(RunDetails {
        name,
        job,
        comment: templates
            .comment
            .map(render)
            .transpose()?
            .filter(|text| !text.is_empty()),
        started: material.started,
        finished: material.finished,
        build: (build
            != Build {
                project: build.project.clone(),
                ..Build::default()
            })
        .then_some(build),
        tags: templates.tags.to_vec(),
    })
}

/// Shows everything and decides the exit code.
fn finish(
    context: &Context,
    settings: &Settings,
    material: &Material,
    finished: &[Outcome],
) -> Result<ExitStatus, Failure> {
    let statuses: Vec<ExitStatus> = finished.iter().map(Outcome::status).collect();
    let mut status = ExitStatus::worst(&statuses);
    if status == ExitStatus::Done && settings.fail_on_test_failure && material.has_failures() {
        status = ExitStatus::TestsFailed;
    }
    if context.ui.is_json() {
        context
            .ui
            .json(&show::document(&material.views, finished, status))?;
    } else {
        context.ui.data(&show::summary(material, finished))?;
    }
    Ok(status)
}
