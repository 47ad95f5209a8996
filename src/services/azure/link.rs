//! What a run is linked to and labelled with: a build, a release, tags.

use super::Azure;
use super::client::Client;
use super::target::Release;
use super::wire::{BuildEntry, List, Project, Tag};
use crate::plan::SubmissionPlan;
use crate::services::ServiceError;

/// Azure: a run has at most five tags (docs: Runs – Create). One of them is the submission's key.
const TAGS: usize = 4;
/// Azure: a tag is shorter than 30 characters.
const TAG_LENGTH: usize = 29;

/// Tells which build the run may be linked to. Azure refuses one of another project.
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
    if let Some(project) = elsewhere(&azure.client, build.project.as_deref()) {
        notices.push(format!(
            "the build belongs to the project `{project}`: the run is not linked to it, its address is in the comment"
        ));
        return Ok(None);
    }
    match id.trim().parse() {
        Ok(id) => Ok(Some(id)),
        Err(_) => numbered(&azure.client, id.trim()).map(Some),
    }
}

/// Tells which release the run may be linked to. Azure refuses one of another project.
pub(super) fn release(azure: &Azure, notices: &mut Vec<String>) -> Option<Release> {
    let release = azure.target.release.as_ref()?;
    if let Some(project) = elsewhere(&azure.client, release.project.as_deref()) {
        notices.push(format!(
            "the release belongs to the project `{project}`: the run is not linked to it"
        ));
        return None;
    }
    Some(release.clone())
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
        .hint("name the build by its id or its whole number with `--build`")),
        _ => Err(ServiceError::setting(format!(
            "several builds have the number `{number}`; nothing was written"
        ))
        .hint("name the build by its id with `--build`")),
    }
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
                "left out".to_owned()
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
            "the tags {} are left out: Azure takes five, and one of them is the submission's key",
            dropped.join(", ")
        ));
    }
    tags
}
