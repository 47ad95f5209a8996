//! The arguments of `handin submit`.

use std::path::PathBuf;

use clap::Args;

use super::pages::PageArgs;
use super::policies::PolicyArgs;
use super::sharing::SharingArgs;
use super::survey::EachArgs;
use crate::cli::{ExitStatus, Failure, examples, values};
use crate::keys::{Key, Shape};
use crate::model::ServiceName;
use crate::services::azure::PointChoice;
use crate::services::{Sharing, setting};
use crate::settings::{Extent, Override, Tries, list};

/// Submit test results
///
/// Reads the reports, finds the case of every test, looks whether the service already holds exactly this, writes what is
/// missing, and reads the service's own counts back. Running the same command again never submits a result twice.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = MORE, after_long_help = examples::SUBMIT)]
pub(crate) struct SubmitArgs {
    /// Files, folders, quoted globs, zip archives, or `-`
    ///
    /// `-` is standard input. Without any, `reports` in the settings counts.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,
    #[arg(help = values::services("Submit to ", "; repeatable"), long_help = values::services("Submit to ", "; repeatable\n\nWithout it, every service that the settings describe."), long, value_name = "SERVICE", value_parser = values::service(), hide_possible_values = true)]
    pub(crate) service: Vec<ServiceName>,
    /// Write nothing; print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The project, by id or name; or the product, where a service has those
    #[arg(long, value_name = "PROJECT", hide_short_help = true)]
    project: Option<String>,
    /// The test plan, by id or name; repeatable on Azure
    ///
    /// Of several, a result goes to the one in which its case has a test point.
    #[arg(long, value_name = "PLAN")]
    plan: Vec<String>,
    /// The suite, by id, name or path (Azure, qTest)
    ///
    /// On Azure, results go to the points below it, and it is repeatable; on qTest they go into it.
    #[arg(long, value_name = "SUITE")]
    suite: Vec<String>,
    /// The configuration of all results, by id or name (Azure)
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    configuration: Option<String>,
    /// What to do when a case has several test points (Azure)
    ///
    /// `one` refuses, `all` gives the result to each of them, `first` takes the one with the lowest id.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<PointChoice>(), hide_possible_values = true, hide_short_help = true)]
    points: Option<PointChoice>,
    /// Submit to an existing run, by its id (Azure)
    ///
    /// It is neither renamed nor completed.
    #[arg(long, value_name = "ID", hide_short_help = true)]
    run: Option<u64>,
    /// The name of the run; a template
    ///
    /// Such as `{job} on {ci.branch}`.
    #[arg(long, value_name = "TEXT")]
    run_name: Option<String>,
    /// The build that made the results, by id or number
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// The release, by id or name
    #[arg(long, value_name = "RELEASE", hide_short_help = true)]
    release: Option<String>,
    /// Upload the attachments of these tests: failed, all, none
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Extent>(), hide_possible_values = true)]
    attach: Option<Extent>,
    /// A further folder from which attachments may be read
    #[arg(long, value_name = "FOLDER", hide_short_help = true)]
    attachments: Option<PathBuf>,
    /// Which of several attempts of one test counts: worst, last
    ///
    /// Without it the last, where a report marks them as tries. `last` also takes tests of one name in one report for tries of one test.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<Tries>(), hide_possible_values = true, hide_short_help = true)]
    retries: Option<Tries>,
    /// Do not wait for the import to finish (qTest, TestOps)
    #[arg(long, hide_short_help = true)]
    pub(super) no_wait: bool,
    /// Keep the journal in this file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    journal: Option<PathBuf>,
    /// Exit with 10 when a test failed
    #[arg(long)]
    fail_on_test_failure: bool,
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
    #[command(flatten)]
    pub(crate) each: EachArgs,
    #[command(flatten)]
    policies: PolicyArgs,
}

/// Returns what a flag that may be repeated gives: one value, or a list.
fn one_or_many(values: &[String]) -> (Option<String>, Option<String>) {
    match values {
        [] => (None, None),
        [one] => (Some(one.clone()), None),
        several => (None, list(several)),
    }
}

/// A flag that is a setting of some services.
struct ServiceFlag {
    name: &'static str,
    value: String,
    /// The setting of each service that has the thing.
    settings: Vec<(ServiceName, &'static str)>,
}

impl ServiceFlag {
    fn takers(&self, services: &[ServiceName]) -> impl Iterator<Item = &'static str> {
        let of_services = self.settings.iter();
        of_services
            .filter(|(service, _)| services.contains(service))
            .map(|(_, path)| *path)
    }

    fn refused(&self, services: &[ServiceName]) -> Failure {
        let titles = |services: &mut dyn Iterator<Item = ServiceName>| {
            services
                .map(ServiceName::title)
                .collect::<Vec<_>>()
                .join(" and ")
        };
        let here = titles(&mut services.iter().copied());
        let with = titles(&mut self.settings.iter().map(|(service, _)| *service));
        let have = if self.settings.len() > 1 {
            "have"
        } else {
            "has"
        };
        Failure::new(
            ExitStatus::Usage,
            format!(
                "`{}` means nothing for {here}: only {with} {have} it; nothing was written",
                self.name
            ),
        )
        .hint(format!("leave `{}` out", self.name))
    }
}

/// What the short help leaves out.
const MORE: &str = "\
Policies: --on-unmapped=fail and seven others.
These, all options and examples: handin submit --help";

impl SubmitArgs {
    /// Returns what this process has to do with others, and how many submissions it makes.
    pub(crate) fn sharing(&self) -> Sharing {
        Sharing {
            bulk: self.each.each,
            ..self.sharing.sharing()
        }
    }

    /// Returns the settings of these services that the flags give. A flag goes to each of them that has the thing.
    ///
    /// # Errors
    ///
    /// When none of them has it.
    pub(crate) fn of_services(&self, services: &[ServiceName]) -> Result<Vec<Override>, Failure> {
        let mut overrides = Vec::new();
        for flag in self.service_flags() {
            let takers: Vec<_> = flag.takers(services).collect();
            if takers.is_empty() {
                return Err(flag.refused(services));
            }
            overrides.extend(
                takers
                    .iter()
                    .map(|path| Override::flag(path, &flag.value, flag.name)),
            );
        }
        Ok(overrides)
    }

    /// Returns the services that a flag alone names: those of which only one has the thing.
    pub(crate) fn implied_services(&self) -> Vec<ServiceName> {
        let flags = self.service_flags();
        let only = flags
            .iter()
            .filter_map(|flag| match flag.settings.as_slice() {
                [(service, _)] => Some(*service),
                _ => None,
            });
        only.collect()
    }

    /// Returns the flags that are given, each for the services that have a setting of its name.
    fn service_flags(&self) -> Vec<ServiceFlag> {
        let points = self.points.as_ref().map(ToString::to_string);
        let run = self.run.map(|id| id.to_string());
        let (plan, plans) = one_or_many(&self.plan);
        let (suite, suites) = one_or_many(&self.suite);
        let flags = [
            ("--project", "project", self.project.clone()),
            ("--plan", "plan", plan),
            ("--plan … --plan …", "plan", plans),
            ("--suite", "suite", suite),
            ("--suite … --suite …", "suite", suites),
            (
                "--configuration",
                "configuration",
                self.configuration.clone(),
            ),
            ("--points", "points", points),
            ("--run-name", "run_name", self.run_name.clone()),
            ("--build", "build", self.build.clone()),
            ("--run", "run", run),
            ("--release", "release", self.release.clone()),
        ];
        let given = flags.into_iter().filter_map(|(name, key, value)| {
            let takes_many = |key: &&Key| !name.contains('…') || key.shape == Shape::IdsOrNames;
            let settings = ServiceName::ALL.into_iter().filter_map(|service| {
                let key = setting(service, key).filter(takes_many)?;
                Some((service, key.path))
            });
            Some(ServiceFlag {
                name,
                value: value?,
                settings: settings.collect(),
            })
        });
        given.collect()
    }

    /// Returns the settings that these flags give, beside those of single services.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        fn text<T: ToString>(value: Option<&T>) -> Option<String> {
            value.map(ToString::to_string)
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let fail = self.fail_on_test_failure.then(|| "true".to_owned());
        let flags = [
            ("attach", text(self.attach.as_ref()), "--attach"),
            ("attachments", path(&self.attachments), "--attachments"),
            ("retries", text(self.retries.as_ref()), "--retries"),
            ("journal", path(&self.journal), "--journal"),
            ("fail_on_test_failure", fail, "--fail-on-test-failure"),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(path, text, flag)| Some(Override::flag(path, &text?, flag)));
        flags
            .chain(self.policies.overrides())
            .chain(self.page.overrides())
            .collect()
    }
}
