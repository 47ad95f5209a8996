//! One service, looked at step by step; what fails is told, and what comes after it and can still be told too.

use std::cmp::Ordering;

use serde::Serialize;

use super::open;
use super::sightings::{Seen, Sightings};
use crate::cli::signin::Anonymity;
use crate::cli::{Context, ExitStatus, Failure, network};
use crate::model::ServiceName;
use crate::plan::{Identity, KeyParts, PlanBuilder, ProblemKind, RunDetails, SubmissionKey};
use crate::services::{Section, Service, ServiceError};
use crate::settings::Settings;

/// By how many seconds clocks may differ without being worth a word.
const CLOSE: u64 = 60;

/// What was found at one service.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) service: ServiceName,
    /// Where it is, by the settings.
    pub(super) url: Option<String>,
    /// How far the clock is ahead, in seconds.
    pub(super) ahead: Option<i64>,
    /// What the service says of quotas.
    pub(super) quotas: Vec<(String, String)>,
    /// The steps, in their order.
    pub(super) checks: Vec<Check>,
}

/// One step.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) name: &'static str,
    /// How it is.
    pub(super) state: Mark,
    /// In words.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mark {
    /// As it should be.
    Ok,
    /// Worth a look, and no obstacle.
    Warning,
    /// A submission would fail.
    Failed,
    /// It cannot be told by reading.
    NotChecked,
}

impl Examined {
    /// Returns whether a submission would fail.
    pub(super) fn is_bad(&self) -> bool {
        self.checks.iter().any(|check| check.state == Mark::Failed)
    }

    fn add(&mut self, name: &'static str, state: Mark, message: impl Into<String>) {
        self.checks.push(Check {
            name,
            state,
            message: message.into(),
            hint: None,
        });
    }

    fn fail(&mut self, name: &'static str, failure: Failure) {
        let failure = failure.of_service(self.service);
        let causes = failure.causes.into_iter();
        let message = causes.fold(failure.message, |text, cause| format!("{text}; {cause}"));
        self.checks.push(Check {
            name,
            state: Mark::Failed,
            message,
            hint: failure.hint,
        });
    }
}

/// Looks at a service. Nothing is written: the way to it refuses writes.
pub(super) fn examine(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
    sightings: &Sightings,
) -> Examined {
    let mut found = Examined {
        service,
        url: None,
        ahead: None,
        quotas: Vec::new(),
        checks: Vec::new(),
    };
    if let Err(failure) = look(context, settings, &mut found) {
        found.fail("connection", failure);
    }
    found.heard(sightings.take());
    found
}

/// Goes on as long as the next step can tell more; an error is what ends all of it.
fn look(context: &Context, settings: &Settings, found: &mut Examined) -> Result<(), Failure> {
    let service = found.service;
    let home = network::home(service, settings)?;
    if let Some(address) = settings.of(service).address() {
        found.add("address", Mark::Ok, format!("{home} ({})", address.origin));
    }
    found.url = Some(home.to_string());
    network(context, settings, &home, found)?;
    match context.credential_name(settings, service) {
        Ok(name) => found.add("credential", Mark::Ok, name),
        Err(failure) => {
            found.fail("credential", failure);
            return Ok(());
        }
    }
    match context.reach(settings, service, Anonymity::Refused) {
        Ok(transport) => {
            let looking = open(context, settings, service, transport.read_only())?;
            ask(&*looking, settings.of(service), found);
        }
        Err(failure) => found.fail("settings", failure),
    }
    Ok(())
}

fn network(
    context: &Context,
    settings: &Settings,
    home: &url::Url,
    found: &mut Examined,
) -> Result<(), Failure> {
    let network = context.network(settings)?;
    let road = network.proxy.shown_for(home);
    let road = road.map_or_else(
        || "directly".to_owned(),
        |proxy| format!("through the proxy `{proxy}`"),
    );
    let trust = match &settings.ca_file {
        Some(file) if home.scheme() == "https" => format!(
            ", trusting the system's certificates and those in `{}`",
            file.display()
        ),
        None if home.scheme() == "https" => ", trusting the system's certificates".to_owned(),
        Some(_) | None => ", without encryption".to_owned(),
    };
    found.add("network", Mark::Ok, format!("{road}{trust}"));
    Ok(())
}

/// Asks the service whose the credential is, and whether it would take a submission.
fn ask(service: &dyn Service, section: &dyn Section, found: &mut Examined) {
    match service.catalog().account() {
        Ok(account) => {
            let facts = account.facts.iter();
            let facts: Vec<String> = facts
                .map(|(name, text)| format!("{name}: {text}"))
                .collect();
            let facts = if facts.is_empty() {
                String::new()
            } else {
                format!(" ({})", facts.join(", "))
            };
            found.add("account", Mark::Ok, format!("{}{facts}", account.name));
        }
        Err(error) => {
            found.fail("account", error.into());
            return;
        }
    }
    if let Some(name) = section.unsaid() {
        let word = section.name().word();
        let message = format!("`{name}` is missing in `[{word}]`");
        let failure = Failure::new(ExitStatus::Usage, message);
        let hint = format!("`handin projects {word}` lists what there is");
        found.fail("target", failure.hint(hint));
        return;
    }
    match target(service, section) {
        Ok(problems) => {
            if problems.iter().all(|(state, _)| *state != Mark::Failed) {
                let text = "the settings name a place that is there and takes results";
                found.add("target", Mark::Ok, text);
            }
            for (state, message) in problems {
                let name = if state == Mark::NotChecked {
                    "rights"
                } else {
                    "target"
                };
                found.add(name, state, message);
            }
        }
        Err(error) => found.fail("target", error.into()),
    }
}

/// Holds a submission without results against the service: what is wrong is wrong for every one.
fn target(
    service: &dyn Service,
    section: &dyn Section,
) -> Result<Vec<(Mark, String)>, ServiceError> {
    let builder = PlanBuilder::new(section.name(), section.makes_cases());
    let names = (SubmissionKey::of(&KeyParts::default()), Identity::default());
    let plan = builder.plan(names, Vec::new(), RunDetails::default());
    let checked = service.check_plan(plan)?;
    let problems = checked.problems().iter().map(|problem| {
        let state = match problem.kind {
            ProblemKind::NotChecked => Mark::NotChecked,
            ProblemKind::Vanished => Mark::Warning,
            ProblemKind::Unmapped
            | ProblemKind::MissingCase
            | ProblemKind::NotATestCase
            | ProblemKind::NotInPlan
            | ProblemKind::Ambiguous
            | ProblemKind::NotReady
            | ProblemKind::Setting => Mark::Failed,
        };
        (state, problem.message.clone())
    });
    Ok(problems.collect())
}

impl Examined {
    /// Takes in what the answers told by the way.
    fn heard(&mut self, seen: Seen) {
        self.ahead = seen.ahead;
        self.quotas = seen.quotas.into_iter().collect();
        if let Some(ahead) = seen.ahead {
            let (state, text) = clock(ahead);
            self.add("clock", state, text);
        }
        let quotas: Vec<String> = self
            .quotas
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        if !quotas.is_empty() {
            self.add("quotas", Mark::Ok, quotas.join(", "));
        } else if seen.answers > 0 {
            self.add(
                "quotas",
                Mark::NotChecked,
                "the service says nothing of quotas",
            );
        }
    }
}

/// Describes how far the service's clock is ahead of ours, in seconds.
fn clock(ahead: i64) -> (Mark, String) {
    let word = match ahead.cmp(&0) {
        Ordering::Equal => return (Mark::Ok, "the service's clock shows our time".to_owned()),
        Ordering::Greater => "ahead of",
        Ordering::Less => "behind",
    };
    let by = ahead.unsigned_abs();
    let state = if by <= CLOSE { Mark::Ok } else { Mark::Warning };
    let units = [
        (48 * 3600, 24 * 3600, "days"),
        (2 * 3600, 3600, "h"),
        (120, 60, "min"),
    ];
    let unit = units.iter().find(|(least, ..)| by >= *least);
    let (by, unit) = unit.map_or((by, "s"), |(_, length, unit)| (by / length, unit));
    let text = format!("the service's clock is {by} {unit} {word} ours");
    (state, text)
}
