//! Files on objects, and links between objects.

use serde_json::{Value, json};

use super::model::File;
use super::reply::{Answer, Refusal, body, created, id, ok};
use super::site::Desk;
use crate::http::{Request, Response};

impl Desk<'_> {
    fn object_there(&self, kind: &str, id: u64) -> Result<(), Refusal> {
        let project = &self.project;
        let there = match kind {
            "test-logs" => project.logs.contains_key(&id),
            "test-cases" => project.cases.contains_key(&id),
            "test-runs" => project.runs.contains_key(&id),
            "requirements" => project.requirements.contains_key(&id),
            "releases" => project.releases.contains_key(&id),
            "builds" => project.builds.contains_key(&id),
            "test-step-logs" => project
                .logs
                .values()
                .any(|log| log.steps.iter().any(|step| step.id == id)),
            "test-steps" => project.cases.values().any(|case| {
                case.versions
                    .iter()
                    .any(|version| version.steps.iter().any(|step| step.id == id))
            }),
            "defects" => false,
            _ => return Err(Refusal::bad(format!("'{kind}' is not an object type"))),
        };
        if there {
            Ok(())
        } else {
            Err(Refusal::gone("Object"))
        }
    }

    /// The body is the file, whatever it is; its name stands in a header (swagger: blob-handles).
    pub(crate) fn upload(&mut self, kind: &str, object: &str, request: &Request) -> Answer {
        let object = id(object)?;
        self.object_there(kind, object)?;
        let name = request.header("file-name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::bad("The header File-Name is required"))?;
        let content_type = request
            .header("content-type")
            .ok_or_else(|| Refusal::bad("The header Content-Type is required"))?;
        if request.body.len() > self.options.file_limit {
            return Err(Refusal::new(413, "The attachment is too large"));
        }
        let file = File {
            id: self.clerk.number(),
            kind: kind.to_owned(),
            object,
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            data: request.body.clone().into(),
            created: crate::time::now(),
        };
        let answer = self.file_json(&file);
        self.keep_file(file);
        created(&answer)
    }

    pub(crate) fn list_files(&self, kind: &str, object: &str) -> Answer {
        let object = id(object)?;
        self.object_there(kind, object)?;
        ok(&json!(self.files_json(kind, object)))
    }

    /// Hangs a file on its object.
    pub(crate) fn keep_file(&mut self, file: File) {
        let place = (file.kind.clone(), file.object);
        self.project.files.entry(place).or_default().push(file);
    }

    pub(crate) fn download(&self, kind: &str, object: &str, file: &str) -> Answer {
        let (object, file) = (id(object)?, id(file)?);
        let files = self.project.files.get(&(kind.to_owned(), object));
        let found = files.and_then(|files| files.iter().find(|known| known.id == file));
        let found = found.ok_or_else(|| Refusal::gone("Attachment"))?;
        Ok(Response::of(200, &found.content_type, found.data.to_vec()))
    }

    pub(crate) fn delete_file(&mut self, kind: &str, object: &str, file: &str) -> Answer {
        let (object, file) = (id(object)?, id(file)?);
        let files = self.project.files.get_mut(&(kind.to_owned(), object));
        let files = files.ok_or_else(|| Refusal::gone("Attachment"))?;
        let before = files.len();
        files.retain(|known| known.id != file);
        if files.len() == before {
            return Err(Refusal::gone("Attachment"));
        }
        ok(&json!({ "message": "Attachment is deleted successfully" }))
    }

    /// What cannot be linked is passed over (swagger: POST link).
    pub(crate) fn link(&mut self, kind: &str, object: &str, request: &Request) -> Answer {
        let object = id(object)?;
        self.object_there(kind, object)?;
        let wanted = request
            .query("type")
            .ok_or_else(|| Refusal::bad("'type' is required"))?
            .to_owned();
        let ids = body(request)?;
        for target in ids
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_u64)
        {
            let link = (kind.to_owned(), object, wanted.clone(), target);
            let is_heeded = !self.orders.ignore_links && self.object_there(&wanted, target).is_ok();
            if is_heeded && !self.project.links.contains(&link) {
                self.project.links.push(link);
            }
        }
        ok(&json!([self.links_json(kind, object)]))
    }

    pub(crate) fn unlink(&mut self, kind: &str, object: &str, request: &Request) -> Answer {
        let object = id(object)?;
        self.object_there(kind, object)?;
        let wanted = request.query("type").unwrap_or_default();
        let ids = body(request)?;
        let ids: Vec<_> = ids
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_u64)
            .collect();
        self.project.links.retain(|link| {
            !(link.0 == kind && link.1 == object && link.2 == wanted && ids.contains(&link.3))
        });
        ok(&json!([self.links_json(kind, object)]))
    }

    pub(crate) fn linked(&self, request: &Request) -> Answer {
        let kind = request
            .query("type")
            .ok_or_else(|| Refusal::bad("'type' is required"))?;
        // Each by itself (OpenAPI: `collectionFormat: multi`).
        let ids: Vec<_> = request
            .queries("ids")
            .filter_map(|id| id.parse::<u64>().ok())
            .collect();
        ok(&ids
            .iter()
            .map(|object| self.links_json(kind, *object))
            .collect())
    }

    fn links_json(&self, kind: &str, object: u64) -> Value {
        let pid = match kind {
            "requirements" => self
                .project
                .requirements
                .get(&object)
                .map(|it| it.card.pid.clone()),
            "releases" => self
                .project
                .releases
                .get(&object)
                .map(|it| it.card.pid.clone()),
            "test-cases" => self
                .project
                .cases
                .get(&object)
                .map(|it| it.card.pid.clone()),
            _ => None,
        };
        let objects: Vec<_> = self
            .project
            .links
            .iter()
            .filter(|link| link.0 == kind && link.1 == object)
            .map(|link| {
                let case = self.project.cases.get(&link.3).map(|case| case.card.pid.clone());
                json!({ "id": link.3, "pid": case.unwrap_or_default(), "link_type": "is_covered_by", "self": self.url })
            })
            .collect();
        json!({ "id": object, "pid": pid.unwrap_or_default(), "objects": objects })
    }
}
