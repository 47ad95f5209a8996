//! From the settings to a service: what they say becomes the plain values that a service takes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Context, ExitStatus, Failure};
use jiff::tz::TimeZone;

use crate::ci::{Ci, Provider};
use crate::model::{ServiceName, Verdict};
use crate::plan::{SubmissionPlan, Template};
use crate::services::azure::{self, Azure, AzureTarget, PointChoice, Rule, SkippedTests};
use crate::services::katalon::{Katalon, KatalonTarget};
use crate::services::kiwi::{Kiwi, KiwiTarget};
use crate::services::qtest::{FingerprintStyle, Limits, Mode, Qtest, QtestTarget, Statuses};
use crate::services::{self, Catalog, ServiceError, Submission};
use crate::settings::{
    AzureSettings, Extent, Fingerprint, Points, QtestMode, Reaction, RunType, Settings, Skipped,
    StatusWords,
};
use crate::transport::Transport;

/// A service, ready to be asked.
#[derive(Debug)]
pub(super) struct Service {
    row: &'static Row,
    inner: Box<dyn services::Service>,
    identity: String,
    makes_cases: bool,
}

impl Service {
    fn new(
        row: &'static Row,
        service: impl services::Service + 'static,
        (identity, makes_cases): (String, bool),
    ) -> Self {
        Self {
            row,
            inner: Box::new(service),
            identity,
            makes_cases,
        }
    }

    /// Returns which service it is.
    pub(super) fn name(&self) -> ServiceName {
        self.row.name
    }

    /// Returns what can be looked up.
    pub(super) fn catalog(&self) -> &dyn Catalog {
        self.inner.catalog()
    }

    /// Holds a plan against the service. Reads only.
    pub(super) fn check(
        &self,
        plan: SubmissionPlan,
    ) -> Result<Box<dyn Submission + '_>, ServiceError> {
        self.inner.check_plan(plan)
    }

    /// Returns the service as what it is, for commands that only one has.
    pub(super) fn as_one<S: 'static>(&self) -> Option<&S> {
        self.inner.as_any().downcast_ref()
    }

    /// Tells whether tests without a case can be handed in: the service then makes one.
    pub(super) fn makes_cases(&self) -> bool {
        self.makes_cases
    }

    /// Tells whether it shows only the last result of a case: then older ones have to come first.
    pub(super) fn shows_the_last_only(&self) -> bool {
        self.row.shows_the_last_only
    }

    /// Tells for which tests files go along.
    pub(super) fn attach(&self, settings: &Settings) -> Extent {
        (self.row.attach)(settings)
    }

    /// Returns the templates of a submission.
    pub(super) fn templates<'a>(&self, settings: &'a Settings) -> Templates<'a> {
        (self.row.templates)(settings)
    }

    /// Returns the build that the service can link to by itself.
    pub(super) fn build_of(&self, ci: &Ci) -> Option<String> {
        let knows = self.row.knows_builds_of;
        let is_known = knows.is_none() || knows == ci.provider;
        ci.build_id.clone().filter(|_| is_known)
    }

    /// Returns the text that tells the target from all others.
    pub(super) fn identity(&self) -> String {
        self.identity.clone()
    }
}

/// What the command line knows of a service: one row each.
#[derive(Debug)]
struct Row {
    name: ServiceName,
    connect: fn(&Context, &Settings, Transport, Sharing) -> Result<Service, Failure>,
    attach: fn(&Settings) -> Extent,
    templates: fn(&Settings) -> Templates<'_>,
    makes_cases: fn(&Settings) -> bool,
    unsaid: fn(&Settings) -> Option<&'static str>,
    /// The CI of whose builds alone it knows; nothing where a build is any text.
    knows_builds_of: Option<Provider>,
    shows_the_last_only: bool,
}

static ROWS: [Row; 4] = [
    Row {
        name: ServiceName::Azure,
        connect: |context, settings, transport, sharing| {
            let target = azure_target(context, settings, sharing)?;
            let known = (target.identity(), false);
            Ok(Service::new(
                row(ServiceName::Azure),
                Azure::new(transport, target),
                known,
            ))
        },
        attach: |settings| settings.azure.attach,
        templates: azure_templates,
        makes_cases: |_| false,
        unsaid: |settings| {
            let azure = &settings.azure;
            let is_said = !azure.plans.is_empty() || !azure.plan_rules.is_empty();
            (!is_said && azure.run.is_none()).then_some("plan")
        },
        knows_builds_of: Some(Provider::Azure),
        shows_the_last_only: true,
    },
    Row {
        name: ServiceName::Katalon,
        connect: |context, settings, transport, _| {
            let target = katalon_target(settings, context.clock.zone())?;
            let known = (target.identity(), true);
            Ok(Service::new(
                row(ServiceName::Katalon),
                Katalon::new(transport, target),
                known,
            ))
        },
        attach: |settings| settings.katalon.attach,
        templates: katalon_templates,
        makes_cases: |_| true,
        unsaid: |settings| settings.katalon.project.is_none().then_some("project"),
        knows_builds_of: None,
        shows_the_last_only: false,
    },
    Row {
        name: ServiceName::Qtest,
        connect: |context, settings, transport, _| {
            let target = qtest_target(context, settings)?;
            let known = (target.identity(), target.module.is_some());
            Ok(Service::new(
                row(ServiceName::Qtest),
                Qtest::new(target, transport),
                known,
            ))
        },
        attach: |settings| settings.qtest.attach,
        // A log has no name of its own, and its texts differ from test to test: the target holds their templates.
        templates: |_| Templates::NONE,
        makes_cases: |settings| settings.qtest.module.is_some(),
        unsaid: |settings| settings.qtest.project.is_none().then_some("project"),
        knows_builds_of: None,
        shows_the_last_only: false,
    },
    Row {
        name: ServiceName::Kiwi,
        connect: |_, settings, transport, sharing| {
            let target = kiwi_target(settings, sharing)?;
            let known = (target.identity(), target.create);
            Ok(Service::new(
                row(ServiceName::Kiwi),
                Kiwi::new(transport, target),
                known,
            ))
        },
        attach: |settings| settings.kiwi.attach,
        templates: |settings| Templates {
            name: settings.kiwi.run_name.as_deref(),
            number: settings.kiwi.build.as_deref(),
            ..Templates::NONE
        },
        makes_cases: |settings| settings.kiwi.create,
        unsaid: |settings| match (&settings.kiwi.product, &settings.kiwi.plan) {
            (None, _) => Some("product"),
            (Some(_), None) => Some("plan"),
            (Some(_), Some(_)) => None,
        },
        knows_builds_of: None,
        shows_the_last_only: false,
    },
];

fn row(service: ServiceName) -> &'static Row {
    let row = ROWS.iter().find(|row| row.name == service);
    // Each has one: a test holds them to the names.
    row.unwrap_or(&ROWS[0])
}

fn azure_templates(settings: &Settings) -> Templates<'_> {
    Templates {
        name: settings.azure.run_name.as_deref(),
        comment: settings.azure.comment.as_deref(),
        build: settings.azure.build.as_deref(),
        tags: &settings.azure.tags,
        ..Templates::NONE
    }
}

fn katalon_templates(settings: &Settings) -> Templates<'_> {
    Templates {
        number: Some(&settings.katalon.build),
        build_url: Some(&settings.katalon.build_url),
        tags: &settings.katalon.tags,
        ..Templates::NONE
    }
}

/// Tells whether a service shows only the last result of a case: then older ones have to come first.
pub(super) fn shows_the_last_only(service: ServiceName) -> bool {
    row(service).shows_the_last_only
}

/// Tells whether a service makes cases for tests that have none, as the settings say.
pub(super) fn makes_cases(settings: &Settings, service: ServiceName) -> bool {
    (row(service).makes_cases)(settings)
}

/// Tells what is not said and has to be, before a service can be handed anything.
pub(super) fn unsaid(settings: &Settings, service: ServiceName) -> Option<&'static str> {
    (row(service).unsaid)(settings)
}

/// The templates of a submission, as the settings of its service give them.
#[derive(Debug)]
pub(super) struct Templates<'a> {
    /// Of the name; without one, it is made of what the CI says, or of the report.
    pub(super) name: Option<&'a str>,
    /// Of the comment.
    pub(super) comment: Option<&'a str>,
    /// Of the build's id; without one, what the CI says counts.
    pub(super) build: Option<&'a str>,
    /// Of the build's number, or label; without one, what the CI says counts.
    pub(super) number: Option<&'a str>,
    /// Of the address of the build's page; without one, what the CI says counts.
    pub(super) build_url: Option<&'a str>,
    /// The tags.
    pub(super) tags: &'a [String],
}

impl Templates<'_> {
    /// Of a service that takes no more than the job's name.
    const NONE: Self = Self {
        name: Some("{job}"),
        comment: None,
        build: None,
        number: None,
        build_url: None,
        tags: &[],
    };
}

/// How much a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Only look.
    Read,
    /// Look and write.
    Write,
}

/// Whether other processes hand in parts of the same submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sharing {
    /// Whether they do.
    pub(super) shared: bool,
    /// Whether this process ends the submission.
    pub(super) completes: bool,
    /// Whether this process makes many submissions, one after the other.
    pub(super) bulk: bool,
    /// Which shard of how many this is.
    pub(super) shard: Option<(u32, u32)>,
}

impl Sharing {
    /// A process by itself, which hands in all of its submission, or only looks.
    pub(super) const ALONE: Self = Self {
        shared: false,
        completes: true,
        bulk: false,
        shard: None,
    };
}

/// Connects to a service that the settings describe. Nothing is sent yet.
///
/// # Errors
///
/// When the address or the credential is missing, or the settings do not fit together.
pub(super) fn connect(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
    access: Access,
    sharing: Sharing,
) -> Result<Service, Failure> {
    let credential = context.credential(service, settings, &context.keyring())?;
    let transport = context.way(settings, service, &credential)?;
    let transport = if access == Access::Read {
        transport.read_only()
    } else {
        transport
    };
    (row(service).connect)(context, settings, transport, sharing)
}

/// Returns where on Azure results go, as the settings say.
pub(super) fn azure_target(
    context: &Context,
    settings: &Settings,
    sharing: Sharing,
) -> Result<AzureTarget, Failure> {
    let azure = &settings.azure;
    let address = azure
        .address
        .as_ref()
        .ok_or_else(|| Failure::new(ExitStatus::Usage, "`url` is missing in `[azure]`"))?;
    Ok(AzureTarget {
        url: address.url.clone(),
        project: azure
            .project
            .clone()
            .or_else(|| context.ci().project)
            .unwrap_or_default(),
        plans: azure.plans.clone(),
        plan_property: azure.plan_property.clone(),
        plan_rules: azure.plan_rules.iter().map(rule).collect(),
        suites: azure.suites.clone(),
        suite_property: azure.suite_property.clone(),
        suite_rules: azure.suite_rules.iter().map(rule).collect(),
        run: azure.run,
        configuration: azure.configuration.clone(),
        configurations: azure.configurations.iter().map(rule).collect(),
        points: match azure.points {
            Points::One => PointChoice::One,
            Points::All => PointChoice::All,
            Points::First => PointChoice::First,
        },
        skipped: match azure.skipped {
            Skipped::Omit => SkippedTests::Omit,
            Skipped::Send => SkippedTests::Send,
        },
        outcomes: words(&azure.outcomes),
        run_type: match azure.run_type {
            RunType::Auto => azure::RunType::Auto,
            RunType::Automated => azure::RunType::Automated,
            RunType::Manual => azure::RunType::Manual,
        },
        release: release(context, azure, sharing),
        attach_reports: azure.attach_reports,
        settle: azure.settle,
        jobs: settings.jobs,
        volume: if sharing.bulk {
            azure::Volume::Many
        } else {
            azure::Volume::One
        },
        shared: sharing.shared,
        completes: sharing.completes,
        shard: sharing
            .shard
            .map(|(index, count)| azure::Shard { index, count }),
        configuration_property: azure.configuration_property.clone(),
    })
}

/// Returns the release of the run: the one that the settings name, else that of the pipeline. Old reports are of no pipeline.
fn release(
    context: &Context,
    settings: &AzureSettings,
    sharing: Sharing,
) -> Option<azure::Release> {
    if let Some(release) = &settings.release {
        return Some(azure::Release {
            uri: azure::release_uri(release),
            environment_uri: None,
            project: None,
        });
    }
    let ci = context.ci();
    let uri = ci.release_uri.filter(|_| !sharing.bulk)?;
    Some(azure::Release {
        uri,
        environment_uri: ci.release_environment_uri,
        project: ci.project,
    })
}

fn katalon_target(settings: &Settings, zone: TimeZone) -> Result<KatalonTarget, Failure> {
    let katalon = &settings.katalon;
    let missing = |key: &str| {
        Failure::new(
            ExitStatus::Usage,
            format!("`{key}` is missing in `[katalon]`; nothing was written"),
        )
    };
    let address = katalon.address.as_ref().ok_or_else(|| missing("url"))?;
    let project = katalon.project.clone().ok_or_else(|| {
        missing("project").hint(
            "`handin projects katalon` lists what the account can see; with `--use` it writes the choice down",
        )
    })?;
    let defaults = KatalonTarget::new(address.url.clone(), project);
    Ok(KatalonTarget {
        organization: katalon.organization.clone(),
        team: katalon.team.clone(),
        release: katalon.release.clone(),
        linked_build: katalon.link_build.clone(),
        tags: katalon.tags.clone(),
        xray: katalon.push_to_xray,
        session: katalon.session.clone(),
        parameters: katalon.parameters.clone(),
        wait: (katalon.wait > Duration::ZERO).then_some(katalon.wait),
        // Looking for what a lost answer left behind must not take all the time there is.
        grace: defaults.grace.min(settings.timeout / 4),
        // Handing in again sooner, for want of time, could double everything.
        settle: katalon.settle,
        retract: katalon.retract,
        jobs: settings.jobs,
        lenient: settings.policy.on_upload_error != Reaction::Fail,
        evidence: katalon.attach != Extent::None,
        zone,
        ..defaults
    })
}

fn kiwi_target(settings: &Settings, sharing: Sharing) -> Result<KiwiTarget, Failure> {
    let kiwi = &settings.kiwi;
    let missing = |key: &str| {
        Failure::new(
            ExitStatus::Usage,
            format!("`{key}` is missing in `[kiwi]`; nothing was written"),
        )
        .hint("`handin projects kiwi` lists products and plans; with `--use` it writes the choice down")
    };
    let address = kiwi.address.as_ref().ok_or_else(|| missing("url"))?;
    let product = kiwi.product.clone().ok_or_else(|| missing("product"))?;
    let plan = kiwi.plan.clone().ok_or_else(|| missing("plan"))?;
    Ok(KiwiTarget {
        version: kiwi.version.clone(),
        names_build: kiwi.build.is_some(),
        create: kiwi.create,
        statuses: words(&kiwi.statuses),
        shared: sharing.shared,
        shards: sharing.shard.map(|(_, count)| count),
        completes: sharing.completes,
        settle: kiwi.settle,
        ..KiwiTarget::new(address.url.clone(), product, plan)
    })
}

fn qtest_target(context: &Context, settings: &Settings) -> Result<QtestTarget, Failure> {
    let qtest = &settings.qtest;
    let missing = |name: &str| {
        Failure::new(
            ExitStatus::Usage,
            format!("`{name}` is missing in `[qtest]`; nothing was written"),
        )
    };
    let address = qtest.address.as_ref().ok_or_else(|| missing("url"))?;
    let project = qtest.project.clone().ok_or_else(|| {
        missing("project").hint(
            "`handin projects qtest` lists what the account can see; with `--use` it writes the choice down",
        )
    })?;
    let template = |text: &str| {
        Template::parse(text).map_err(|error| {
            Failure::new(ExitStatus::Usage, format!("{error}; nothing was written"))
        })
    };
    let ci = context.ci();
    let word = |name: &&str| Some((format!("ci.{name}"), ci.word(name)?.to_owned()));
    Ok(QtestTarget {
        fields: qtest.fields.clone(),
        module: qtest.module.clone(),
        release: qtest.release.clone(),
        cycle: template(&qtest.cycle)?,
        suite: template(&qtest.suite)?,
        statuses: qtest_statuses(&qtest.statuses),
        fingerprint: match &qtest.fingerprint {
            Fingerprint::Handin => FingerprintStyle::Handin,
            Fingerprint::JenkinsClass => FingerprintStyle::JenkinsClass,
            Fingerprint::JenkinsMethod => FingerprintStyle::JenkinsMethod,
            Fingerprint::Pulse => FingerprintStyle::Pulse,
            Fingerprint::Property(name) => FingerprintStyle::Property(name.clone()),
        },
        mode: match qtest.mode {
            QtestMode::Batch => Mode::Batch,
            QtestMode::Direct => Mode::Direct,
        },
        build: template(&qtest.build)?,
        build_url: template(&qtest.build_url)?,
        note: template(qtest.note.as_deref().unwrap_or_default())?,
        words: Ci::WORDS.iter().filter_map(word).collect(),
        limits: Limits {
            queue: qtest.wait,
            settle: qtest.settle,
            jobs: settings.jobs,
            ..Limits::default()
        },
        ..QtestTarget::new(address.url.clone(), project)
    })
}

fn qtest_statuses(words: &StatusWords) -> Statuses {
    let of = |verdict| words.of(verdict).to_owned();
    Statuses {
        passed: of(Verdict::Passed),
        failed: of(Verdict::Failed),
        errored: of(Verdict::Errored),
        skipped: of(Verdict::Skipped),
        incomplete: of(Verdict::Incomplete),
    }
}

fn rule(row: &crate::settings::Row) -> Rule {
    Rule {
        when: row
            .when
            .iter()
            .map(|(name, pattern)| (name.clone(), pattern.clone()))
            .collect(),
        choose: row.choose.clone(),
    }
}

/// Returns a service's word for each verdict.
fn words(words: &StatusWords) -> BTreeMap<Verdict, String> {
    Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict, words.of(verdict).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_a_row() {
        let names: Vec<ServiceName> = ROWS.iter().map(|row| row.name).collect();
        for service in ServiceName::ALL {
            assert!(names.contains(&service), "{service:?}");
            assert_eq!(row(service).name, service);
        }
    }
}
