//! From the settings to a service: what they say becomes the plain values that a service takes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Context, ExitStatus, Failure};
use jiff::tz::TimeZone;

use crate::ci::{Ci, Provider};
use crate::model::{ServiceName, Verdict};
use crate::plan::Template;
use crate::services::Catalog;
use crate::services::azure::{
    self, Azure, AzureTarget, ConfigurationRule, PointChoice, SkippedTests,
};
use crate::services::katalon::{Katalon, KatalonTarget};
use crate::services::qtest::{FingerprintStyle, Limits, Mode, Qtest, QtestTarget, Statuses};
use crate::settings::{
    AzureSettings, Extent, Fingerprint, Points, QtestMode, Reaction, RunType, Settings, Skipped,
    StatusWords,
};

/// A service, ready to be asked.
#[derive(Debug)]
pub(super) enum Service {
    /// Azure DevOps Test Plans.
    Azure(Box<Azure>, AzureTarget),
    /// Katalon `TestOps`.
    Katalon(Box<Katalon>, KatalonTarget),
    /// Tricentis qTest.
    Qtest(Box<Qtest>, QtestTarget),
}

impl Service {
    /// Returns which service it is.
    pub(super) fn name(&self) -> ServiceName {
        match self {
            Self::Azure(..) => ServiceName::Azure,
            Self::Katalon(..) => ServiceName::Katalon,
            Self::Qtest(..) => ServiceName::Qtest,
        }
    }

    /// Returns what can be looked up.
    pub(super) fn catalog(&self) -> &dyn Catalog {
        match self {
            Self::Azure(azure, _) => &**azure,
            Self::Katalon(katalon, _) => &**katalon,
            Self::Qtest(qtest, _) => &**qtest,
        }
    }

    /// Tells whether tests without a case can be handed in: the service then makes one.
    pub(super) fn makes_cases(&self) -> bool {
        match self {
            Self::Azure(..) => false,
            Self::Katalon(..) => true,
            Self::Qtest(_, target) => target.module.is_some(),
        }
    }

    /// Tells for which tests files go along.
    pub(super) fn attach(&self, settings: &Settings) -> Extent {
        match self {
            Self::Azure(..) => settings.azure.attach,
            Self::Qtest(..) => settings.qtest.attach,
            Self::Katalon(..) => settings.katalon.attach,
        }
    }

    /// Returns the templates of a submission.
    pub(super) fn templates<'a>(&self, settings: &'a Settings) -> Templates<'a> {
        match self {
            Self::Azure(..) => Templates {
                name: settings.azure.run_name.as_deref(),
                comment: settings.azure.comment.as_deref(),
                build: settings.azure.build.as_deref(),
                number: None,
                build_url: None,
                tags: &settings.azure.tags,
            },
            Self::Katalon(..) => Templates {
                name: Some("{job}"),
                comment: None,
                build: None,
                number: Some(&settings.katalon.build),
                build_url: Some(&settings.katalon.build_url),
                tags: &settings.katalon.tags,
            },
            // A log has no name of its own, and its texts differ from test to test: the target holds their templates.
            Self::Qtest(..) => Templates {
                name: Some("{job}"),
                comment: None,
                build: None,
                number: None,
                build_url: None,
                tags: &[],
            },
        }
    }

    /// Returns the build that the service can link to by itself. Azure only knows those of its own pipelines.
    pub(super) fn build_of(&self, ci: &Ci) -> Option<String> {
        match self {
            Self::Azure(..) if ci.provider != Some(Provider::Azure) => None,
            Self::Azure(..) | Self::Katalon(..) | Self::Qtest(..) => ci.build_id.clone(),
        }
    }

    /// Returns the text that tells the target from all others.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Azure(_, target) => target.identity(),
            Self::Katalon(_, target) => target.identity(),
            Self::Qtest(_, target) => target.identity(),
        }
    }
}

/// Tells whether a service makes cases for tests that have none, as the settings say.
pub(super) fn makes_cases(settings: &Settings, service: ServiceName) -> bool {
    match service {
        ServiceName::Azure => false,
        ServiceName::Katalon => true,
        ServiceName::Qtest => settings.qtest.module.is_some(),
    }
}

/// Tells what is not said and has to be, before a service can be handed anything.
pub(super) fn unsaid(settings: &Settings, service: ServiceName) -> Option<&'static str> {
    match service {
        ServiceName::Azure => settings.azure.plan.is_none().then_some("plan"),
        ServiceName::Katalon => settings.katalon.project.is_none().then_some("project"),
        ServiceName::Qtest => settings.qtest.project.is_none().then_some("project"),
    }
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
    match service {
        ServiceName::Azure => {
            let target = azure_target(context, settings, sharing)?;
            Ok(Service::Azure(
                Box::new(Azure::new(transport, target.clone())),
                target,
            ))
        }
        ServiceName::Katalon => {
            let target = katalon_target(settings, context.clock.zone())?;
            Ok(Service::Katalon(
                Box::new(Katalon::new(transport, target.clone())),
                target,
            ))
        }
        ServiceName::Qtest => {
            let target = qtest_target(context, settings)?;
            Ok(Service::Qtest(
                Box::new(Qtest::new(target.clone(), transport)),
                target,
            ))
        }
    }
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
        plan: azure.plan.clone(),
        suite: azure.suite.clone(),
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

fn rule(row: &crate::settings::Row) -> ConfigurationRule {
    ConfigurationRule {
        when: row
            .when
            .iter()
            .map(|(name, pattern)| (name.clone(), pattern.clone()))
            .collect(),
        configuration: row.choose.clone(),
    }
}

/// Returns a service's word for each verdict.
fn words(words: &StatusWords) -> BTreeMap<Verdict, String> {
    Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict, words.of(verdict).to_owned()))
        .collect()
}
