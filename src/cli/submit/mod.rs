//! `handin submit`.

mod again;
mod args;
mod bulk;
mod bulk_output;
mod candidate;
mod ending;
mod one;
mod ordering;
mod outcome;
mod pages;
mod planner;
mod policies;
mod policies_applied;
mod queue;
mod sharing;
mod show;
mod submit_all;
mod summary;

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use self::ending::Ending;
use self::one::SubmitContext;
use self::outcome::Outcome;
use self::planner::Planner;
use self::summary::Record;
use super::connect::{Access, Service, connect};
use super::reading::{self, ParsedReports, inputs, maps};
use super::signin::NO_SECRETS;
use super::{Context, ExitStatus, Failure, init, network};
use crate::journal::{Journal, Locks};
use crate::model::ServiceName;
use crate::report::{self, Bundle, DiscoverError, Source};
use crate::services::Silent;
use crate::services::engine::{Engine, Registry, SubmissionLocks};
use crate::settings::{Reaction, Settings};
use crate::ui::sanitized;

pub(super) use args::SubmitArgs;

pub(super) fn run(context: &Context, args: &SubmitArgs) -> Result<ExitStatus, Failure> {
    listen(context);
    args.sharing.refuse_vague_again(args.each.each)?;
    let flags = args.service_flags();
    let mut settings = flags.settings_or_ask(context, &args.service, args.overrides())?;
    if args.no_wait {
        settings.sections.qtest.wait = Duration::ZERO;
        settings.sections.katalon.wait = Duration::ZERO;
    }
    let mut record = Record::new(context, &settings);
    let answer = hand_in(context, args, &settings, &mut record);
    record.close(answer.map_err(Failure::of_nothing_written))
}

fn hand_in(
    context: &Context,
    args: &SubmitArgs,
    settings: &Settings,
    record: &mut Record<'_>,
) -> Result<ExitStatus, Failure> {
    let Some(services) = switched_on(context, &args.service, settings)? else {
        return nothing(context, record, (Reaction::Warn, ALL_OFF), &[]);
    };
    context.one_token_for(&services)?;
    let closes_only = args.sharing.close && args.reports.is_empty();
    let found = if closes_only {
        Ok(Vec::new())
    } else {
        sources(context, &args.reports, settings)?
    };
    let sources = match found {
        Ok(sources) => sources,
        Err(message) => {
            let policy = settings.policy.on_no_reports;
            return nothing(context, record, (policy, &message), &[]);
        }
    };
    let mut finished = Vec::new();
    context.refuse_unsaid(settings, &services)?;
    let connected = connected(context, args, settings, &services, &mut finished)?;
    let maps = maps(settings, &connected)?;
    let journal = journal(context, settings, args.dry_run)?;
    let locks = SubmissionLocks::of_machine(locks(context, settings, &journal, args.dry_run));
    let (registry, progress) = (Registry::default(), Silent);
    let engine = Engine {
        journal: &journal,
        progress: &progress,
        registry: &registry,
        locks: &locks,
    };
    let all = bulk::All {
        context,
        args,
        settings,
        services: &connected,
        maps: &maps,
        engine,
    };
    let bundles = bundles(args, &sources);
    if args.each.each || bundles.len() > 1 {
        args.sharing.refuse_again_for(bundles.len())?;
        return all.submit(&bundles, finished, record);
    }
    let is_of_itself = matches!(bundles.as_slice(), [only] if only.is_studio_run);
    all.submit_together((&sources, is_of_itself), finished, record)
}

impl bulk::All<'_> {
    /// Hands all reports in as one submission to each service: read, plan, and then each service in turn.
    fn submit_together(
        &self,
        (sources, is_of_itself): (&[Source], bool),
        mut finished: Vec<Outcome>,
        record: &mut Record<'_>,
    ) -> Result<ExitStatus, Failure> {
        let (context, args, settings) = (self.context, self.args, self.settings);
        let mut inputs = inputs(settings, self.maps);
        let progress = context.ui.progress();
        let mut parsed = reading::read(sources, settings, &context.clock, &mut inputs, &progress);
        context.go_on()?;
        let accepted = policies_applied::acceptable(context, args, settings, &mut parsed);
        record.read(&mut parsed);
        let obstacle = match accepted {
            Ok(None) => None,
            Ok(Some(message)) => {
                let policy = settings.policy.on_empty;
                return nothing(context, record, (policy, message), &parsed.views);
            }
            // The services are asked all the same: what else is wrong is told at once.
            Err(failure) if failure.status == ExitStatus::Unverified && parsed.tally.tests > 0 => {
                Some(failure)
            }
            Err(failure) => return Err(failure),
        };
        let is_alone = self.services.len() + finished.len() == 1;
        if !is_alone {
            for outcome in &finished {
                warn_of(context, outcome);
            }
        }
        let submit = SubmitContext {
            context,
            policy: &settings.policy,
            engine: self.engine,
            dry_run: args.dry_run,
            is_blocked: obstacle.is_some(),
            again: args.sharing.again,
            is_one_of_many: false,
            is_alone,
            waits_for: None,
        };
        let planner = Planner {
            args,
            settings,
            parsed: &parsed,
            ci: context.ci(),
            is_of_itself,
        };
        // All plans first: one that cannot be made keeps every service untouched.
        let plans = self
            .services
            .iter()
            .zip(inputs)
            .map(|(service, input)| Ok((service, Ok(planner.plan(service, input.builder)?))))
            .collect::<Result<Vec<_>, Failure>>()?;
        finished.extend(submit.submit_all(plans));
        for outcome in &finished {
            record.take(outcome);
        }
        match obstacle {
            Some(obstacle) => Err(with_others(obstacle, finished)),
            None => finish(context, settings, &parsed, &finished, record),
        }
    }
}

/// Adds the other problems to an obstacle.
fn with_others(obstacle: Failure, finished: Vec<Outcome>) -> Failure {
    let others = finished.into_iter().filter(|outcome| !outcome.forgiven);
    let others = others.filter_map(|outcome| {
        let failure = outcome.failure?;
        let message = format!("{}: {}", outcome.service.title(), failure.message);
        Some(Failure { message, ..failure })
    });
    others.fold(obstacle, Failure::and)
}

/// Divides the reports into submissions: with `--each` every report is one, else every run of Katalon Studio, and all others together.
/// What several processes share is one, whatever it is made of.
fn bundles(args: &SubmitArgs, sources: &[Source]) -> Vec<Bundle> {
    if args.each.each {
        let alone = |source: &Source| Bundle {
            sources: vec![source.clone()],
            is_studio_run: false,
        };
        return sources.iter().map(alone).collect();
    }
    if args.sharing.sharing().shared {
        return vec![Bundle {
            sources: sources.to_vec(),
            is_studio_run: false,
        }];
    }
    report::bundles(sources)
}

/// On SIGINT or SIGTERM, starts no new work. Where no handler can be set, they end the program as they always did.
fn listen(context: &Context) {
    if let Err(error) = context.interrupt.listen() {
        log::debug!("signals are not listened to: {error}");
    }
}

/// Returns the services to submit to: those that are named, else those that the settings describe.
pub(super) fn services(
    named: &[ServiceName],
    settings: &Settings,
) -> Result<Vec<ServiceName>, Failure> {
    let mut services = if named.is_empty() {
        settings.services.clone()
    } else {
        named.to_vec()
    };
    services.sort_unstable();
    services.dedup();
    if services.is_empty() && !settings.switched_off.is_empty() {
        return Err(Failure::new(ExitStatus::Usage, ALL_OFF)
            .hint("set `enabled = true`, or name a service with `--service`"));
    }
    if services.is_empty() {
        return Err(network::no_service(settings, "nothing was written"));
    }
    Ok(services)
}

/// What there is to say where no service is left.
const ALL_OFF: &str = "every service is switched off (`enabled = false`); nothing was submitted";

/// Returns the services to hand in to without those that are switched off, which are named; `None` where none is left.
fn switched_on(
    context: &Context,
    named: &[ServiceName],
    settings: &Settings,
) -> Result<Option<Vec<ServiceName>>, Failure> {
    let off = &settings.switched_off;
    if named.is_empty() && settings.services.is_empty() && !off.is_empty() {
        return Ok(None);
    }
    let (off, on): (Vec<_>, Vec<_>) = services(named, settings)?
        .into_iter()
        .partition(|service| off.contains(service));
    if on.is_empty() {
        return Ok(None);
    }
    for service in off {
        context.ui.warning(&format!(
            "{} is switched off (`enabled = false` in `[{service}]`); nothing is submitted there",
            service.title()
        ));
    }
    Ok(Some(on))
}

/// Finds the reports. Where there are none, and the policy takes that as done, the second result says so.
pub(super) fn sources(
    context: &Context,
    named: &[String],
    settings: &Settings,
) -> Result<Result<Vec<Source>, String>, Failure> {
    let asked;
    let (arguments, base) = if !named.is_empty() {
        (named, Path::new(""))
    } else if settings.reports.is_empty() {
        asked = init::ask_for_reports(context)?;
        (asked.as_slice(), Path::new(""))
    } else {
        (settings.reports.as_slice(), settings.reports_base.as_path())
    };
    if let Some(service) = service_among(named) {
        let message = format!("`{service}` is not a report; nothing was written");
        return Err(Failure::new(ExitStatus::Usage, message)
            .hint(format!("a service is named by `--service {service}`")));
    }
    match report::discover(arguments, base, &context.patience()) {
        Ok(found) => {
            for note in &found.notes {
                context.ui.status(&format!(
                    "{}: {}",
                    sanitized(&note.path),
                    sanitized(&note.message)
                ));
            }
            let retries = settings.retries.map(Into::into);
            Ok(Ok(found.with_retries(retries).sources))
        }
        Err(error @ DiscoverError::Nothing { .. })
            if settings.policy.on_no_reports != Reaction::Fail =>
        {
            Ok(Err(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the service that was named where a report is expected, and is no file here.
fn service_among(named: &[String]) -> Option<ServiceName> {
    let mut absent = named
        .iter()
        .filter(|name| Path::new(name).symlink_metadata().is_err());
    absent.find_map(|name| name.parse().ok())
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
        match connect(context, settings, *service, access, args.sharing()) {
            Ok(service) => connected.push(service),
            Err(failure)
                if failure.status == ExitStatus::Authentication
                    && settings.policy.on_no_credential != Reaction::Fail =>
            {
                let is_untold = settings.policy.on_no_credential != Reaction::Warn;
                let message = format!("{}; nothing is submitted there", failure.message);
                finished.push(Outcome {
                    failure: Some(Failure { message, ..failure }),
                    forgiven: true,
                    is_untold,
                    ..Outcome::new(*service)
                });
            }
            Err(failure) => return Err(or_without(failure)),
        }
    }
    Ok(connected)
}

/// Names the flag that lets a step pass without a credential, where it may have none on purpose.
fn or_without(failure: Failure) -> Failure {
    match failure.hint.as_deref() {
        Some(hint) if hint.ends_with(NO_SECRETS) => {
            let hint = format!("{hint} (`--on-no-credential warn`)");
            failure.hint(hint)
        }
        Some(_) | None => failure,
    }
}

/// Warns that nothing is submitted to a service, if a policy allows that.
fn warn_of(context: &Context, outcome: &Outcome) {
    if let Some(failure) = outcome.failure.as_ref().filter(|_| !outcome.is_untold) {
        context.ui.warning(&failure.message);
    }
}

/// Ends a command that has nothing to do.
fn nothing(
    context: &Context,
    record: &mut Record<'_>,
    (reaction, message): (Reaction, &str),
    views: &[Map<String, Value>],
) -> Result<ExitStatus, Failure> {
    record.warn(message);
    record.ending = Ending::passing(reaction, message);
    if context.ui.is_json() {
        let told = [message.to_owned()];
        context
            .ui
            .json(&show::document(views, &told, &[], ExitStatus::Done))?;
    }
    Ok(ExitStatus::Done)
}

/// Opens the journal. Where none can be kept, that is said, and the service is looked at instead.
fn journal(context: &Context, settings: &Settings, dry_run: bool) -> Result<Journal, Failure> {
    let path = sanitized(&settings.journal.display().to_string());
    if dry_run {
        let patience = context.patience();
        return Ok(Journal::look_at(
            &settings.journal,
            &context.clock,
            &patience,
        ));
    }
    let journal = open_journal(context, &settings.journal)?;
    if !journal.is_locked() {
        context.ui.warning(&format!(
            "the journal `{path}` is on a file system without locks; it is kept all the same: run one process at a time"
        ));
    }
    if journal.has_later_lines() {
        context.ui.warning(&format!(
            "the journal `{path}` holds lines of a later version of handin, which this version cannot read; looking at the service takes their place"
        ));
    }
    Ok(journal)
}

/// Opens the journal at a place where none need be kept; but what is something else is not appended to, and not passed over either.
pub(super) fn open_journal(context: &Context, path: &Path) -> Result<Journal, Failure> {
    match context
        .stand_ins
        .journal(path, &context.clock, &context.patience())
    {
        Ok(journal) => Ok(journal),
        Err(error) => match error.stop() {
            Some(stop) => Err(Failure::from(stop).cause(format!("waiting for {error}"))),
            None if error.is_something_else() => {
                let message = format!("{error}; nothing was written");
                Err(Failure::new(ExitStatus::Usage, message)
                    .hint("name another file with `--journal`"))
            }
            None => {
                context.ui.warning(&format!(
                    "{error}; going on without a journal: looking at the service takes its place"
                ));
                Ok(Journal::absent())
            }
        },
    }
}

/// Opens the locks beside the journal. Where there are none, that is said.
pub(super) fn locks(
    context: &Context,
    settings: &Settings,
    journal: &Journal,
    dry_run: bool,
) -> Option<Box<dyn Locks>> {
    if dry_run || journal.is_absent() {
        return None;
    }
    let path = sanitized(&settings.journal.display().to_string());
    if !journal.is_kept() {
        context.ui.warning(&format!(
            "the journal `{path}` is read-only: it is read, and nothing is added to it"
        ));
    }
    match context.stand_ins.locks(&settings.journal) {
        Ok(locks) => Some(locks),
        Err(error) => {
            context.ui.warning(&format!(
                "no lock can be kept beside the journal `{path}` ({error}); do not run the same submission twice at the same time on this machine"
            ));
            None
        }
    }
}

/// Decides the exit code, and what is shown at the end.
fn finish(
    context: &Context,
    settings: &Settings,
    parsed: &ParsedReports,
    finished: &[Outcome],
    record: &mut Record<'_>,
) -> Result<ExitStatus, Failure> {
    let statuses: Vec<ExitStatus> = finished
        .iter()
        .filter_map(Outcome::status_among_several)
        .collect();
    let mut status = ExitStatus::worst(&statuses);
    if status == ExitStatus::Done && settings.fail_on_test_failure && parsed.has_failures() {
        status = ExitStatus::TestsFailed;
    }
    record.ending = Ending::of((context, settings), parsed, finished, status);
    if !context.ui.is_json() {
        return Ok(status);
    }
    let document = show::document(&parsed.views, &parsed.warnings, finished, status);
    let shown = context.ui.json(&document);
    told(context, status, shown, || show::verdict(parsed, finished))
}

/// Ends a command whose work is done: what became of it decides the code, also where nobody reads the summary any more. Where all went
/// well but for an output that a program waits for, that is told with what stands at the services.
fn told(
    context: &Context,
    status: ExitStatus,
    shown: io::Result<()>,
    stands: impl FnOnce() -> String,
) -> Result<ExitStatus, Failure> {
    match shown {
        Ok(()) => Ok(status),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            let text = format!("nobody reads the output any more; {}", stands());
            context.ui.warning(&text);
            Ok(status)
        }
        Err(error) => {
            let failure = Failure::new(
                status.max(ExitStatus::Failed),
                format!("the output could not be written: {error}"),
            );
            Err(failure.cause(stands()).hint(SHOWN_AGAIN))
        }
    }
}

/// How one gets to see what was not shown.
const SHOWN_AGAIN: &str = "make room where the output goes to, and run the same command again: it submits nothing twice, and shows what the service holds";
