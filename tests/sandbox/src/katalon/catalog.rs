//! Releases and builds, which executions can be linked to.

use serde_json::{Value, json};

use super::reply::{Answer, Refusal, body, loose, number, ok, text};
use super::site::{Build, Release, Site};
use crate::http::{Request, Response};

impl Site {
    pub(crate) fn create_release(&mut self, request: &Request) -> Answer {
        let body = body(request)?;
        let project = self.project_of(&body)?;
        let release = Release {
            id: self.number(),
            project,
            name: name(&body)?,
            description: text(&body, "description").unwrap_or_default().to_owned(),
            start: text(&body, "startTime").map(str::to_owned),
            end: text(&body, "endTime").map(str::to_owned),
            closed: false,
        };
        let answer = release_json(&release);
        self.releases.insert(release.id, release);
        ok(&answer)
    }

    fn project_of(&self, body: &Value) -> Result<u64, Refusal> {
        let id =
            loose(body, "projectId").ok_or_else(|| Refusal::bad("projectId must not be null"))?;
        Ok(self.project(id).ok_or_else(|| Refusal::gone("Project"))?.id)
    }

    pub(crate) fn change_release(&mut self, request: &Request) -> Answer {
        let body = body(request)?;
        let id = loose(&body, "id").unwrap_or_default();
        let release = self
            .releases
            .get_mut(&id)
            .ok_or_else(|| Refusal::gone("Release"))?;
        release.name = name(&body)?;
        if let Some(description) = text(&body, "description") {
            description.clone_into(&mut release.description);
        }
        ok(&release_json(release))
    }

    pub(crate) fn close_release(&mut self, id: u64, request: &Request) -> Answer {
        let release = self
            .releases
            .get_mut(&id)
            .ok_or_else(|| Refusal::gone("Release"))?;
        release.closed = request.query("closed") == Some("true");
        ok(&release_json(release))
    }

    pub(crate) fn delete_release(&mut self, id: u64) -> Answer {
        self.releases
            .remove(&id)
            .ok_or_else(|| Refusal::gone("Release"))?;
        Ok(Response::empty(200))
    }

    pub(crate) fn create_build(&mut self, request: &Request) -> Answer {
        let body = body(request)?;
        let project = self.project_of(&body)?;
        let release = loose(&body, "releaseId");
        if release.is_some_and(|release| !self.releases.contains_key(&release)) {
            return Err(Refusal::gone("Release"));
        }
        let build = Build {
            id: self.number(),
            project,
            release,
            name: name(&body)?,
            description: text(&body, "description").unwrap_or_default().to_owned(),
            date: text(&body, "date").map(str::to_owned),
        };
        let answer = build_json(&build);
        self.builds.insert(build.id, build);
        ok(&answer)
    }

    pub(crate) fn delete_build(&mut self, id: u64) -> Answer {
        self.builds
            .remove(&id)
            .ok_or_else(|| Refusal::gone("Build"))?;
        Ok(Response::empty(200))
    }

    pub(crate) fn link_release(&mut self, id: u64, request: &Request) -> Answer {
        let (project, release) = (number(request, "projectId")?, number(request, "releaseId")?);
        let known = self
            .releases
            .get(&release)
            .is_some_and(|release| release.project == project);
        if !known {
            return Err(Refusal::gone("Release"));
        }
        self.change_execution(id, |execution| execution.release = Some(release))
    }

    pub(crate) fn link_build(&mut self, id: u64, request: &Request) -> Answer {
        let build = number(request, "buildId")?;
        let release = self
            .builds
            .get(&build)
            .ok_or_else(|| Refusal::gone("Build"))?
            .release;
        self.change_execution(id, |execution| {
            execution.build = Some(build);
            execution.release = release.or(execution.release);
        })
    }
}

fn name(body: &Value) -> Result<String, Refusal> {
    let name = text(body, "name").filter(|name| !name.trim().is_empty());
    name.map(str::to_owned)
        .ok_or_else(|| Refusal::bad("name must not be empty"))
}

pub(crate) fn release_json(release: &Release) -> Value {
    json!({
        "id": release.id, "name": release.name, "projectId": release.project, "description": release.description,
        "startTime": release.start, "endTime": release.end, "closed": release.closed,
    })
}

pub(crate) fn build_json(build: &Build) -> Value {
    json!({
        "id": build.id, "name": build.name, "projectId": build.project, "releaseId": build.release,
        "description": build.description, "date": build.date,
    })
}
