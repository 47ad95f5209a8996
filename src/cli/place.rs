//! The flags that say where results go: the same for submitting, for checking whether that would work, and for mapping.

use clap::Args;

use super::{Context, ExitStatus, Failure, network, values};
use crate::keys::Shape;
use crate::model::ServiceName;
use crate::services::azure::PointChoice;
use crate::services::setting;
use crate::settings::{Override, Settings, list};

/// Where results go.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlaceArgs {
    /// The URL of the service; default: `url` in the settings
    #[arg(long, value_name = "URL", hide_short_help = true)]
    url: Option<String>,
    /// The project or product, by id or name
    #[arg(long, value_name = "PROJECT", value_parser = values::name, hide_short_help = true)]
    project: Option<String>,
    /// The test plan, by id or name; repeatable on Azure
    ///
    /// With several plans, a result goes to the one in which its test case has a test point.
    #[arg(long, value_name = "PLAN", value_parser = values::name)]
    plan: Vec<String>,
    /// The suite, by id, name or path (Azure, qTest)
    ///
    /// On Azure, results go to the test points in it and below it, and the flag is repeatable. On qTest they go into the suite.
    #[arg(long, value_name = "SUITE", value_parser = values::name)]
    suite: Vec<String>,
    /// The configuration of all results, by id or name (Azure)
    #[arg(long, value_name = "NAME", value_parser = values::name, hide_short_help = true)]
    configuration: Option<String>,
    /// What to do when a test case has several test points (Azure)
    ///
    /// `one` refuses, `all` gives the result to each of them, `first` takes the one with the lowest id.
    #[arg(long, value_name = "WHICH", value_parser = values::choice::<PointChoice>(), hide_possible_values = true, hide_short_help = true)]
    points: Option<PointChoice>,
}

/// A flag that may be given: its name, the setting of a service that it stands for, and its value.
pub(crate) type Given = (&'static str, &'static str, Option<String>);

impl PlaceArgs {
    /// Returns the flags, and what each of them was given.
    pub(crate) fn given(&self) -> Vec<Given> {
        let points = self.points.as_ref().map(ToString::to_string);
        let (plan, plans) = one_or_many(&self.plan);
        let (suite, suites) = one_or_many(&self.suite);
        vec![
            (URL, "url", self.url.clone()),
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
        ]
    }

    /// Reads the settings, with what these flags say.
    ///
    /// # Errors
    ///
    /// As [`ServiceFlags::settings`].
    pub(crate) fn settings(
        &self,
        context: &Context,
        named: &[ServiceName],
    ) -> Result<Settings, Failure> {
        ServiceFlags::of(self.given()).settings(context, named, Vec::new())
    }
}

/// The run that results go to, and what it is about: the same for submitting and for checking whether that would work.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    /// The existing run that takes the results, by its id (Azure)
    ///
    /// The run is neither renamed nor completed, and its own plan is used.
    #[arg(long, value_name = "ID", value_parser = values::id, hide_short_help = true, conflicts_with = "plan")]
    run: Option<u64>,
    /// The name of the run; a template
    ///
    /// Such as `{job} on {ci.branch}`.
    #[arg(long, value_name = "TEXT", value_parser = values::name)]
    run_name: Option<String>,
    /// The build that produced the results, by id or number
    #[arg(long, value_name = "BUILD", value_parser = values::name)]
    build: Option<String>,
    /// The release, by id or name
    #[arg(long, value_name = "RELEASE", value_parser = values::name, hide_short_help = true)]
    release: Option<String>,
}

impl RunArgs {
    /// Returns the flags, and what each of them was given.
    pub(crate) fn given(&self) -> [Given; 4] {
        [
            ("--run-name", "run_name", self.run_name.clone()),
            ("--build", "build", self.build.clone()),
            ("--run", "run", self.run.map(|id| id.to_string())),
            ("--release", "release", self.release.clone()),
        ]
    }
}

/// Asks for what a service cannot be reached without, each thing once; no answer leaves it as it is.
fn ask(context: &Context, service: ServiceName, flags: &mut Vec<Override>) -> Result<(), Failure> {
    let mut asked: Vec<&str> = Vec::new();
    loop {
        let settings = context.loaded(flags.clone())?;
        let section = settings.of(service);
        let Some(key) = network::unsaid(section).filter(|key| !asked.contains(key)) else {
            break;
        };
        let question = match key {
            "url" => format!(
                "Where is {}? (such as {})",
                service.title(),
                section.row().example_url
            ),
            key => format!("Which {key}?"),
        };
        let answer = context.text(&question, None, |text| Ok(text.to_owned()))?;
        flags.extend(answer.map(|text| {
            Override::flag(&format!("{service}.{key}"), &text, "the answer given here")
        }));
        asked.push(key);
    }
    if !asked.is_empty() {
        context
            .ui
            .advice("`handin init` keeps such answers in handin.toml");
    }
    Ok(())
}

/// The flag that says where a service is.
const URL: &str = "--url";

/// Returns the values of a repeatable flag as one value or as a list.
fn one_or_many(values: &[String]) -> (Option<String>, Option<String>) {
    match values {
        [] => (None, None),
        [one] => (Some(one.clone()), None),
        several => (None, list(several)),
    }
}

/// Flags that are settings of some services.
pub(crate) struct ServiceFlags(Vec<ServiceFlag>);

/// A flag that is a setting of some services.
struct ServiceFlag {
    name: &'static str,
    value: String,
    /// The setting of each service that has the thing.
    settings: Vec<(ServiceName, &'static str)>,
}

impl ServiceFlags {
    /// Takes the flags that were given, each for the services that have a setting of its name.
    pub(crate) fn of(flags: Vec<Given>) -> Self {
        let given = flags.into_iter().filter_map(|(name, key, value)| {
            let takes_many =
                |key: &&crate::keys::Key| !name.contains('…') || key.shape == Shape::IdsOrNames;
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
        Self(given.collect())
    }

    /// Reads the settings. What these flags say counts for the services that are named, else for those of the settings.
    ///
    /// # Errors
    ///
    /// As [`Context::settings`]; and when a flag means nothing for any of the services.
    pub(crate) fn settings(
        &self,
        context: &Context,
        named: &[ServiceName],
        flags: Vec<Override>,
    ) -> Result<Settings, Failure> {
        self.read(context, named, flags, false)
    }

    /// Reads the settings as [`Self::settings`] does. In a terminal, what is missing to reach a service is asked for.
    ///
    /// # Errors
    ///
    /// As [`Self::settings`]; and when a question is not answered.
    pub(crate) fn settings_or_ask(
        &self,
        context: &Context,
        named: &[ServiceName],
        flags: Vec<Override>,
    ) -> Result<Settings, Failure> {
        let asks = context.is_interactive() && !context.ui.is_json();
        self.read(context, named, flags, asks)
    }

    fn read(
        &self,
        context: &Context,
        named: &[ServiceName],
        mut flags: Vec<Override>,
        mut asks: bool,
    ) -> Result<Settings, Failure> {
        let mut services = named.to_vec();
        if services.is_empty() {
            let settings = context.loaded(flags.clone())?;
            asks &= settings.switched_off.is_empty();
            services = match settings.named_by {
                // What a flag says counts more than where a variable leads.
                Some(_) => self.implied_services(),
                None => settings.services.clone(),
            };
            if let (true, Some(named_by), [only]) = (
                services.is_empty(),
                settings.named_by,
                settings.services.as_slice(),
            ) {
                services.push(*only);
                context
                    .ui
                    .status(&format!("service: {}, named by {named_by}", only.title()));
            }
        }
        if services.is_empty() {
            services = self.implied_services();
        }
        if services.is_empty() && asks {
            services.extend(context.which_service(None)?);
        }
        // Without a service there is more to say than that a flag means nothing.
        if !services.is_empty() {
            flags.extend(self.of_services(&services)?);
        }
        if let ([only], true) = (services.as_slice(), asks) {
            ask(context, *only, &mut flags)?;
        }
        context.settings(flags)
    }

    /// Returns the settings of these services that the flags give. A flag goes to each of them that has the thing.
    ///
    /// # Errors
    ///
    /// When none of them has it; and when one address is given for several.
    pub(crate) fn of_services(&self, services: &[ServiceName]) -> Result<Vec<Override>, Failure> {
        let mut overrides = Vec::new();
        for flag in &self.0 {
            let takers: Vec<_> = flag.takers(services).collect();
            if takers.is_empty() {
                return Err(flag.refused(services));
            }
            if flag.name == URL && takers.len() > 1 {
                let message =
                    "`--url` says where one service is, and there are several; nothing was sent";
                return Err(Failure::new(ExitStatus::Usage, message)
                    .hint("choose one with `--service`, or set `url` in the section of each"));
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
        let only = self
            .0
            .iter()
            .filter_map(|flag| match flag.settings.as_slice() {
                [(service, _)] => Some(*service),
                _ => None,
            });
        only.collect()
    }
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
