//! What a run is linked to and labelled with: a build, a release, tags.

use url::{Host, Url};

use super::Azure;
use super::client::Client;
use super::plan::RunPlan;
use super::target::{RELEASE_URI, Release};
use super::text::{RUN_NAME_LIMIT, cut};
use super::wire::{
    BuildEntry, JobReference, List, PhaseReference, PipelineReference, Project, StageReference, Tag,
};
use crate::plan::{PipelineLevel, SubmissionPlan};
use crate::services::ServiceError;
use crate::transport::{Problem, TransportError};

/// Azure: a run has at most five tags (docs: Runs – Create). One of them is the submission's key.
const TAGS: usize = 4;
/// Azure: a tag is shorter than 30 characters.
const TAG_LENGTH: usize = 29;

/// Returns the build to which the run may be linked. Azure refuses one of another project.
///
/// # Errors
///
/// When a build's number names no build, or several.
pub(super) fn build(
    azure: &Azure,
    plan: &SubmissionPlan,
    notices: &mut Vec<String>,
) -> Result<Option<u64>, ServiceError> {
    let Some((build, id)) = plan
        .run
        .build
        .as_ref()
        .and_then(|build| Some((build, build.id.as_deref()?)))
    else {
        return Ok(None);
    };
    if let Some(collection) = build
        .collection
        .as_deref()
        .filter(|theirs| !is_same_organisation(theirs, azure.client.base()))
    {
        notices.push(format!(
            "the build belongs to the organisation `{collection}`: the run is not linked to it, its address is in the comment"
        ));
        return Ok(None);
    }
    if let Some(project) = elsewhere(&azure.client, build.project.as_deref()) {
        notices.push(format!(
            "the build belongs to the project `{project}`: the run is not linked to it, its address is in the comment"
        ));
        return Ok(None);
    }
    let id = id.trim();
    let Ok(number) = id.parse() else {
        return numbered(&azure.client, id).map(Some);
    };
    // The pipeline knows its own build. One that somebody named may not be there, or a build may be called by that number.
    if build.pipeline.is_none() && !is_there(&azure.client, number) {
        return numbered(&azure.client, id).map(Some);
    }
    Ok(Some(number))
}

/// Returns whether there may be a build of this id. A token without the scope for builds cannot tell, and the service says it at the end.
fn is_there(client: &Client, id: u64) -> bool {
    let answer = client.get::<BuildEntry>(|endpoints| endpoints.build(id));
    answer.err().and_then(|error| error.status()) != Some(404)
}

/// Returns the release to which the run may be linked. Azure refuses one of another project.
///
/// # Errors
///
/// When what the settings name is neither a release's number nor its address.
pub(super) fn release(
    azure: &Azure,
    notices: &mut Vec<String>,
) -> Result<Option<Release>, ServiceError> {
    let Some(release) = azure.target.release.as_ref() else {
        return Ok(None);
    };
    let id = release.uri.strip_prefix(RELEASE_URI).unwrap_or_default();
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    // The pipeline knows its own.
    if release.project.is_none() && !is_id {
        return Err(ServiceError::setting(format!(
            "`{}` is not a release; nothing was written",
            release.uri
        ))
        .hint("name the release with `--release` by the number in the address of its page (`releaseId=…`), or by that address"));
    }
    if let Some(project) = elsewhere(&azure.client, release.project.as_deref()) {
        notices.push(format!(
            "the release belongs to the project `{project}`: the run is not linked to it"
        ));
        return Ok(None);
    }
    if release.project.is_none() && !release_is_there(&azure.client, id) {
        return Err(ServiceError::setting(format!(
            "the project `{}` has no release {id}; nothing was written",
            azure.client.project()
        ))
        .hint(
            "`--release` takes the number in the address of its page (`releaseId=…`), not its name",
        ));
    }
    Ok(Some(release.clone()))
}

/// Returns whether there may be a release of this id. A token without the scope for releases cannot tell, and the service says it at the end.
fn release_is_there(client: &Client, id: &str) -> bool {
    let answer = client.get::<BuildEntry>(|endpoints| endpoints.release(id));
    let error = answer.err();
    let says_so = error.map(|error| error.status() == Some(404) && is_about_a_release(&error));
    says_so != Some(true)
}

/// Returns whether a refusal is about a release, and not about an address that the server does not have.
fn is_about_a_release(error: &TransportError) -> bool {
    matches!(&error.problem, Problem::Status { code, message, .. }
        if message.to_ascii_lowercase().contains("release") || code.as_deref().is_some_and(|code| code.contains("Release")))
}

/// Returns whether two addresses are of one organisation. Azure: `https://acme.visualstudio.com` is another name of
/// `https://dev.azure.com/acme`. An address of this machine is a way to some organisation: its name alone tells which.
fn is_same_organisation(theirs: &str, ours: &Url) -> bool {
    let Ok(theirs) = Url::parse(theirs) else {
        return true;
    };
    let (theirs, name) = (named(&theirs), named(ours));
    match ours.host() {
        Some(Host::Ipv4(address)) if address.is_loopback() => theirs.1 == name.1,
        Some(Host::Ipv6(address)) if address.is_loopback() => theirs.1 == name.1,
        Some(Host::Domain("localhost")) => theirs.1 == name.1,
        Some(_) | None => theirs == name,
    }
}

/// Returns the host and the name of an organisation or a collection.
fn named(url: &Url) -> (String, String) {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let path = url.path().trim_matches('/').to_ascii_lowercase();
    match host.strip_suffix(".visualstudio.com") {
        Some(organisation) => ("dev.azure.com".to_owned(), organisation.to_owned()),
        None => (host, path),
    }
}

/// Returns the project of a pipeline when it is another one. The settings may name the project by its id, the pipeline by its name.
fn elsewhere<'a>(client: &Client, theirs: Option<&'a str>) -> Option<&'a str> {
    let theirs = theirs?;
    if theirs.eq_ignore_ascii_case(client.project()) {
        return None;
    }
    let ours: Result<Project, _> = client.get(|endpoints| endpoints.project(client.project()));
    let is_ours = ours.is_ok_and(|project| {
        theirs.eq_ignore_ascii_case(&project.name) || theirs.eq_ignore_ascii_case(&project.id)
    });
    (!is_ours).then_some(theirs)
}

/// Looks a build up by the number that people see.
fn numbered(client: &Client, number: &str) -> Result<u64, ServiceError> {
    // Azure: a star at the end asks for all numbers that begin so.
    let found: List<BuildEntry> = if number.contains('*') {
        List { value: Vec::new() }
    } else {
        client.get(|endpoints| endpoints.builds_numbered(number))?
    };
    match found.value.as_slice() {
        [only] => Ok(only.id.0),
        [] => Err(ServiceError::setting(format!(
            "the project `{}` has no build `{number}`; nothing was written",
            client.project()
        ))
        .hint("a build is a run of a pipeline of this project: `--build` takes its id (the `buildId` in its address) or its whole number")),
        _ => Err(ServiceError::setting(format!(
            "several builds have the number `{number}`; nothing was written"
        ))
        .hint("name the build by its id with `--build`")),
    }
}

/// Describes what a build or a release is, where the service says that it has none of the run's; who never named one is not told of a flag
/// that was wrong.
pub(super) fn absent(plan: &RunPlan, message: &str, project: &str) -> Option<String> {
    let build = plan.plan.run.build.as_ref();
    let build = build.filter(|_| plan.build.is_some() && message.contains("Build"));
    let release = plan.release.as_ref();
    let release = release.filter(|_| build.is_none() && message.contains("Release"));
    let of_build = build.map(|build| match build.pipeline {
        Some(_) => format!(
            "it is this pipeline's own build (`BUILD_BUILDID`), and the project `{project}` has no such build: name one that it has with `--build`, by id or number"
        ),
        None => format!(
            "a build is a run of a pipeline of the project `{project}`: `--build` takes its id (the `buildId` in its address) or its number"
        ),
    });
    of_build.or_else(|| {
        Some(match release?.project {
            Some(_) => format!(
                "it is this pipeline's own release (`RELEASE_RELEASEURI`), and the project `{project}` has no such release: name one that it has with `--release`"
            ),
            None => format!(
                "`--release` takes the number of a release of the project `{project}` (the `releaseId` in its address)"
            ),
        })
    })
}

/// Returns where in its pipeline a linked build made the results (docs: Runs – Create, `pipelineReference`).
pub(super) fn pipeline(plan: &SubmissionPlan, build: Option<u64>) -> Option<PipelineReference> {
    let pipeline = plan.run.build.as_ref()?.pipeline.as_ref()?;
    let level = |level: &Option<PipelineLevel>| {
        let level = level.as_ref()?;
        Some((cut(&level.name, RUN_NAME_LIMIT), level.attempt))
    };
    let (stage, phase, job) = (
        level(&pipeline.stage),
        level(&pipeline.phase),
        level(&pipeline.job),
    );
    // Without a stage or a job as a pipeline has it there is nothing to refer to: other systems have jobs too.
    if stage.is_none() && phase.is_none() {
        return None;
    }
    Some(PipelineReference {
        pipeline_id: build?,
        stage_reference: stage.map(|(stage_name, attempt)| StageReference {
            stage_name,
            attempt,
        }),
        phase_reference: phase.map(|(phase_name, attempt)| PhaseReference {
            phase_name,
            attempt,
        }),
        job_reference: job.map(|(job_name, attempt)| JobReference { job_name, attempt }),
    })
}

/// Returns tags as Azure takes them: letters and digits, fewer than 30, each once.
pub(super) fn tags(wanted: &[String], notices: &mut Vec<String>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for text in wanted {
        let name: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(TAG_LENGTH)
            .collect();
        if name != *text {
            let written = if name.is_empty() {
                "skipped".to_owned()
            } else {
                format!("written as `{name}`")
            };
            notices.push(format!(
                "the tag `{text}` is {written}: Azure takes up to {TAG_LENGTH} letters and digits"
            ));
        }
        let known = tags.iter().any(|tag| tag.name.eq_ignore_ascii_case(&name));
        if !name.is_empty() && !known {
            tags.push(Tag { name });
        }
    }
    if tags.len() > TAGS {
        let dropped: Vec<String> = tags
            .drain(TAGS..)
            .map(|tag| format!("`{}`", tag.name))
            .collect();
        notices.push(format!(
            "the tags {} are skipped: Azure takes five, and one of them is the submission's key",
            dropped.join(", ")
        ));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_has_two_addresses_and_a_collection_one() {
        let ours = |text: &str| Url::parse(text).unwrap();
        let same = |theirs: &str, base: &str| is_same_organisation(theirs, &ours(base));
        assert!(same(
            "https://dev.azure.com/Acme/",
            "https://dev.azure.com/acme"
        ));
        assert!(same(
            "https://acme.visualstudio.com/",
            "https://dev.azure.com/acme"
        ));
        assert!(!same(
            "https://dev.azure.com/other/",
            "https://dev.azure.com/acme"
        ));
        assert!(!same(
            "https://tfs.example/tfs/B/",
            "https://tfs.example/tfs/A"
        ));
        assert!(same(
            "https://dev.azure.com/acme/",
            "http://127.0.0.1:4100/acme"
        ));
        assert!(!same(
            "https://dev.azure.com/other/",
            "http://127.0.0.1:4100/acme"
        ));
    }
}
