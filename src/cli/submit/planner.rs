//! From what was read to a plan: its name, its build, its key.

use std::collections::BTreeMap;

use super::SubmitArgs;
use crate::ci::Ci;
use crate::cli::connect::Service;
use crate::cli::reading::ParsedReports;
use crate::cli::{ExitStatus, Failure};
use crate::plan::{
    Attempt, Build, BuildKey, ContentDigest, Identity, KeyParts, Part, Pipeline, PipelineLevel,
    PlanBuilder, RunDetails, SubmissionKey, SubmissionPlan, Template,
};
use crate::settings::Settings;

/// What plans are made of.
pub(super) struct Planner<'a> {
    pub(super) args: &'a SubmitArgs,
    pub(super) settings: &'a Settings,
    pub(super) parsed: &'a ParsedReports,
    pub(super) ci: Ci,
    /// Whether the reports are a run that is the same in whatever build it is handed in.
    pub(super) is_of_itself: bool,
}

impl Planner<'_> {
    pub(super) fn plan(
        &self,
        service: &Service,
        builder: PlanBuilder,
    ) -> Result<SubmissionPlan, Failure> {
        let names = (self.former_key(service), self.identity()?);
        let run = details(self.settings, self.parsed, service, &self.ci)?;
        Ok(builder.plan(names, self.parsed.reports.clone(), run))
    }

    /// Names what is handed in: the build, the part of it, and which attempt of that part this is.
    fn identity(&self) -> Result<Identity, Failure> {
        let sharing = self.args.sharing.sharing();
        let reports = self.digests();
        let run = build_of(&self.ci, self.ci.build_id.as_deref());
        let build = match (
            &self.args.sharing.key,
            run.filter(|_| sharing.shared || !self.is_of_itself),
        ) {
            (Some(text), _) => BuildKey::of_text(text),
            (None, Some(run)) => {
                let job = self.ci.stage_and_job.as_deref().filter(|_| sharing.shared);
                BuildKey::of_run(&run, job.unwrap_or_default())
            }
            (None, None) if sharing.shared => return Err(nameless()),
            (None, None) => BuildKey::of_reports(&reports),
        };
        let part = match (sharing.shard, sharing.shared) {
            (Some((index, count)), _) => Part::Shard { index, count },
            (None, true) => Part::Open,
            (None, false) => Part::Whole,
        };
        let attempt = Attempt::new(self.ci.retry, self.parsed.started);
        Ok(Identity::new(build, part, attempt, &reports))
    }

    /// Returns the name that handin 0.1.0 gave the submission. The shards of a build have different reports and share the rest, so
    /// theirs left the reports out.
    fn former_key(&self, service: &Service) -> SubmissionKey {
        let shared = self.args.sharing.sharing().shared;
        let former = self.ci.former_build_id.clone();
        let run = former.or_else(|| self.ci.build_id.clone());
        let build = match &self.args.sharing.key {
            Some(key) => format!("key {key}"),
            None => build_of(&self.ci, run.as_deref()).unwrap_or_default(),
        };
        let reports = self.digests();
        SubmissionKey::of(&KeyParts {
            target: &service.identity(),
            build: &build,
            reports: if shared { &[] } else { &reports },
        })
    }

    fn digests(&self) -> Vec<ContentDigest> {
        let reports = self.parsed.reports.iter();
        reports.map(|report| report.digest).collect()
    }
}

/// Returns the unique id of a build: of the run, not of its attempt.
fn build_of(ci: &Ci, run: Option<&str>) -> Option<String> {
    let (provider, run) = (ci.provider?, run?);
    Some(format!("{} {run}", provider.word()))
}

fn nameless() -> Failure {
    let message = "the shards of a submission need a build in common, and no CI says which this is; nothing was written";
    Failure::new(ExitStatus::Usage, message)
        .hint("name it with `--key TEXT`, the same in every shard")
}

/// Returns where in its pipeline the results were made.
fn pipeline(ci: &Ci) -> Pipeline {
    let level = |name: &Option<String>, attempt| {
        let name = name.clone()?;
        Some(PipelineLevel { name, attempt })
    };
    Pipeline {
        stage: level(&ci.stage, ci.stage_attempt),
        phase: level(&ci.phase, ci.phase_attempt),
        job: level(&ci.job, ci.job_attempt),
    }
}

/// Returns the name of a run that nobody named: the job, branch and number of the build, else the report and the day of its tests.
fn default_name(words: &BTreeMap<String, String>) -> String {
    let of = |name: &str| words.get(name).filter(|word| !word.is_empty());
    let number = of("ci.build").map(|build| format!("#{build}"));
    let of_build = [of("ci.job").cloned(), of("ci.branch").cloned(), number];
    let mut named: Vec<String> = of_build.into_iter().flatten().collect();
    if named.is_empty() {
        named = [of("report").cloned(), of("date").cloned()]
            .into_iter()
            .flatten()
            .collect();
    }
    named.join(" ")
}

/// Adds to the name of the first report how many others there are.
fn tell_of_all(words: &mut BTreeMap<String, String>, parsed: &ParsedReports) {
    if let (Some(name), others @ 1..) = (
        words.get_mut("report"),
        parsed.reports.len().saturating_sub(1),
    ) {
        *name = format!("{name} and {others} more");
    }
}

/// Returns the words of templates: what the reports and the CI say.
fn words(settings: &Settings, parsed: &ParsedReports, ci: &Ci) -> BTreeMap<String, String> {
    let mut words = parsed.words.clone();
    tell_of_all(&mut words, parsed);
    for name in Ci::WORDS {
        let value = ci.word(name);
        words.extend(value.map(|value| (format!("ci.{name}"), value.to_owned())));
    }
    let day = parsed.started.or(parsed.finished);
    words.extend(day.map(|day| ("date".to_owned(), day.strftime("%Y-%m-%d").to_string())));
    for value in words.values_mut() {
        crate::cli::reading::redact::text(value, &settings.redact);
    }
    words
}

fn details(
    settings: &Settings,
    parsed: &ParsedReports,
    service: &Service,
    ci: &Ci,
) -> Result<RunDetails, Failure> {
    let words = words(settings, parsed, ci);
    let render = |text: &str| {
        Template::parse(text)
            .and_then(|template| template.render(&words))
            .map_err(|error| {
                Failure::new(ExitStatus::Usage, format!("{error}; nothing was written"))
            })
    };
    let job = words.get("job").cloned();
    let section = settings.of(service.name());
    let templates = section.templates();
    let knows = section.knows_builds_of();
    let is_known = knows.is_none() || knows == ci.provider;
    let own_build = ci.build_id.clone().filter(|_| is_known);
    let name = match templates.name {
        Some(template) => render(template)?,
        None => default_name(&words),
    };
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
        id: rendered(templates.build, &own_build)?,
        number: rendered(templates.number, &ci.build)?,
        url: rendered(templates.build_url, &ci.url)?,
        project: ci.project.clone(),
        collection: ci.collection.clone(),
        pipeline: templates.build.is_none().then(|| pipeline(ci)),
    };
    Ok(RunDetails {
        name,
        job,
        comment: templates
            .comment
            .map(render)
            .transpose()?
            .filter(|text| !text.is_empty()),
        started: parsed.started,
        finished: parsed.finished,
        build: (build
            != Build {
                project: build.project.clone(),
                collection: build.collection.clone(),
                pipeline: build.pipeline.clone(),
                ..Build::default()
            })
        .then_some(build),
        tags: templates.tags.to_vec(),
    })
}
