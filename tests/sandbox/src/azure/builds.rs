//! Builds and releases, to which runs can be linked.

use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, envelope, id};
use super::catalog::project_json;
use super::refusal::{Answer, Refusal};
use super::world::{Build, Project};
use crate::http::Response;

impl Azure {
    /// Answers builds and releases of a project.
    pub(super) fn builds(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?;
        match call.parts().as_slice() {
            ["build", "builds", number] => {
                let number = id(number)?;
                let found = self
                    .world
                    .builds
                    .iter()
                    .find(|build| build.id == number && build.project == project.name);
                let message = format!("The requested build {number} could not be found.");
                let found =
                    found.ok_or_else(|| Refusal::new(404, "BuildNotFoundException", message))?;
                Ok(Response::json(200, &build_json(&call.base, project, found)))
            }
            ["build", "builds"] => {
                let found = filtered(call, &self.world.builds, project)?;
                Ok(envelope(
                    found
                        .iter()
                        .map(|build| build_json(&call.base, project, build))
                        .collect(),
                ))
            }
            ["release", "releases", number] => {
                let number = id(number)?;
                let mut known = self.world.releases.iter();
                let found = known.find(|it| it.id == number && it.project == project.name);
                let message = format!(
                    "VS402885: Release with ID {number} does not exist. Specify a valid ID and try again."
                );
                let found =
                    found.ok_or_else(|| Refusal::new(404, "ReleaseNotFoundException", message))?;
                Ok(Response::json(200, &release_json(found)))
            }
            _ => {
                let found = filtered(call, &self.world.releases, project)?;
                Ok(envelope(found.into_iter().map(release_json).collect()))
            }
        }
    }
}

/// Returns the builds that the query means, the newest first.
fn filtered<'a>(
    call: &Call<'_>,
    builds: &'a [Build],
    project: &Project,
) -> Result<Vec<&'a Build>, Refusal> {
    let definitions = call.ids("definitions")?.or(call.ids("definitionId")?);
    let number = call.query("buildNumber");
    let completed = call
        .query("statusFilter")
        .is_some_and(|status| status.eq_ignore_ascii_case("completed"));
    let fits = |text: &str| match number {
        None => true,
        Some(wanted) => wanted
            .strip_suffix('*')
            .map_or(text == wanted, |start| text.starts_with(start)),
    };
    let mut found: Vec<&Build> = builds
        .iter()
        .filter(|build| build.project == project.name && fits(&build.number))
        .filter(|build| {
            definitions
                .as_ref()
                .is_none_or(|known| known.contains(&build.definition))
        })
        .filter(|build| build.completed || !completed)
        .collect();
    found.sort_by_key(|build| std::cmp::Reverse(build.id));
    found.truncate(call.number("$top")?.unwrap_or(1000));
    Ok(found)
}

fn release_json(release: &Build) -> Value {
    json!({
        "id": release.id,
        "name": release.number,
        "status": "active",
        "releaseDefinition": { "id": release.definition },
    })
}

fn build_json(base: &str, project: &Project, build: &Build) -> Value {
    json!({
        "id": build.id,
        "buildNumber": build.number,
        "status": if build.completed { "completed" } else { "inProgress" },
        "result": if build.completed { "succeeded" } else { "none" },
        "definition": { "id": build.definition, "name": "Nightly" },
        "project": project_json(base, project),
        "uri": format!("vstfs:///Build/Build/{}", build.id),
        "url": format!("{base}/{}/_apis/build/Builds/{}", project.id, build.id),
    })
}
