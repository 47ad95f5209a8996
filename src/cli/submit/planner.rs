//! From what was read to a plan: its name, its build, its key.

use std::collections::BTreeMap;

use super::SubmitArgs;
use crate::ci::Ci;
use crate::cli::connect::Service;
use crate::cli::reading::Material;
use crate::cli::{ExitStatus, Failure};
use crate::plan::{
    Build, ContentDigest, Gathering, KeyParts, RunDetails, SubmissionKey, SubmissionPlan, Template,
};
use crate::settings::Settings;

/// What plans are made of.
pub(super) struct Planner<'a> {
    pub(super) args: &'a SubmitArgs,
    pub(super) settings: &'a Settings,
    pub(super) material: &'a Material,
    pub(super) ci: Ci,
}

impl Planner<'_> {
    pub(super) fn plan(
        &self,
        service: &Service,
        gathering: Gathering,
    ) -> Result<SubmissionPlan, Failure> {
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
        Ok(SubmissionKey::of(&KeyParts {
            target: &service.identity(),
            build: &build,
            reports: if shared { &[] } else { &reports },
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
    for value in words.values_mut() {
        crate::cli::reading::redact::text(value, &settings.redact);
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
        id: rendered(templates.build, &service.build_of(ci))?,
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
