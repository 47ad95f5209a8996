//! Files become executions: batches grow file by file, and are imported when they end.
//!
//! Nothing is de-duplicated: a batch that is ended twice makes two executions.

use serde_json::{Value, json};

use super::importer::{Import, Source, import};
use super::reply::{Answer, Refusal, body, needed, number, ok, text};
use super::site::{Batch, Execution, Kind, Quirk, Reported, Site, Stage, User};
use crate::http::{Request, Response};
use crate::pace::{Moment, Progress};

/// Which batch is meant.
#[derive(Debug)]
struct Key {
    project: u64,
    kind: Kind,
    name: String,
}

impl Site {
    /// One file in the query (docs of the uploader: `…/test-reports`).
    pub(crate) fn report_one(&mut self, kind: Kind, request: &Request, user: &User) -> Answer {
        let to = Key {
            project: number(request, "projectId")?,
            kind,
            name: needed(request, "batch")?.to_owned(),
        };
        let end = match needed(request, "isEnd")? {
            "true" => true,
            "false" => false,
            other => {
                return Err(Refusal::bad(format!(
                    "Failed to convert value '{other}' to a boolean"
                )));
            }
        };
        let folder = if kind == Kind::Recorder {
            request.query("folderPath").unwrap_or_default()
        } else {
            needed(request, "folderPath")?
        };
        let file = Reported {
            folder: folder.replace('\\', "/"),
            name: needed(request, "fileName")?.to_owned(),
            path: needed(request, "uploadedPath")?.to_owned(),
        };
        let xray = request.query("pushToXray") == Some("true");
        let id = self.report(&to, vec![file], end, user)?;
        if let Some(batch) = self.batches.iter_mut().find(|batch| batch.id == id) {
            batch.xray |= xray;
        }
        Ok(match kind {
            Kind::Katalon => Response::json(200, &json!([self.batch_json(id)])),
            Kind::Junit if self.has(Quirk::JunitTellsBatches) => {
                Response::json(200, &json!([self.batch_json(id)]))
            }
            Kind::Junit => Response::empty(204),
            Kind::Recorder | Kind::Testops => Response::empty(200),
        })
    }

    /// Many files in the body: a list, or for `multiple-v2` an object that holds one.
    pub(crate) fn report_many(&mut self, request: &Request, user: &User) -> Answer {
        let kind = match request.query("batchType").unwrap_or("KATALON_STUDIO") {
            "KATALON_STUDIO" | "KATALON_TEST_PROJECT" => Kind::Katalon,
            "JUNIT" | "TESTNG" => Kind::Junit,
            "KATALON_RECORDER" => Kind::Recorder,
            "TESTOPS_REPORT" => Kind::Testops,
            other => {
                return Err(Refusal::bad(format!(
                    "Failed to convert value '{other}' to a batch type"
                )));
            }
        };
        let id = self.report_list(kind, request, user)?;
        ok(&json!([self.batch_json(id)]))
    }

    /// The files of the vendor's own reporters; the answer is one batch, not a list.
    pub(crate) fn report_testops(&mut self, request: &Request, user: &User) -> Answer {
        let id = self.report_list(Kind::Testops, request, user)?;
        ok(&self.batch_json(id))
    }

    fn report_list(&mut self, kind: Kind, request: &Request, user: &User) -> Result<u64, Refusal> {
        let to = Key {
            project: number(request, "projectId")?,
            kind,
            name: needed(request, "batch")?.to_owned(),
        };
        let body = body(request)?;
        let rows = body.get("uploadBatchFileResources").unwrap_or(&body);
        let rows = rows
            .as_array()
            .ok_or_else(|| Refusal::bad("JSON parse error: a list of files is expected"))?;
        if rows.is_empty() {
            return Err(Refusal::bad("No file was given"));
        }
        let mut files = Vec::new();
        for row in rows {
            files.push(Reported {
                folder: text(row, "folderPath")
                    .unwrap_or_default()
                    .replace('\\', "/"),
                name: text(row, "fileName")
                    .ok_or_else(|| Refusal::bad("fileName must not be null"))?
                    .to_owned(),
                path: text(row, "uploadedPath")
                    .ok_or_else(|| Refusal::bad("uploadedPath must not be null"))?
                    .to_owned(),
            });
        }
        let end = rows
            .iter()
            .any(|row| row.get("end").and_then(Value::as_bool) == Some(true));
        let id = self.report(&to, files, end, user)?;
        let tags = body
            .get("tags")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        self.tag_batch(id, &tags);
        Ok(id)
    }

    pub(crate) fn tag_batch(&mut self, batch: u64, tags: &[Value]) {
        let execution = self
            .batches
            .iter()
            .find(|known| known.id == batch)
            .map(|batch| batch.execution);
        let execution = execution.and_then(|id| self.executions.get_mut(&id));
        if let Some(execution) = execution {
            let names = tags.iter().filter_map(|tag| text(tag, "name"));
            execution.tags.extend(names.map(str::to_owned));
        }
    }

    /// Adds files to the batch that is open under this name; where there is none, a new one begins, with an execution.
    fn report(
        &mut self,
        to: &Key,
        files: Vec<Reported>,
        end: bool,
        user: &User,
    ) -> Result<u64, Refusal> {
        self.open_project(to.project)?;
        for file in &files {
            let known = self
                .uploads
                .get(&file.path)
                .is_some_and(|upload| upload.project == to.project);
            if !known {
                return Err(Refusal::bad(format!(
                    "The uploaded path is not valid: {}",
                    file.path
                )));
            }
        }
        let open = self
            .batches
            .iter()
            .find(|known| {
                known.project == to.project
                    && known.kind == to.kind
                    && known.name == to.name
                    && known.ended.is_none()
            })
            .map(|batch| batch.id);
        let ended = self.batches.iter().find(|known| {
            self.has(Quirk::EndsOnce) && known.project == to.project && known.name == to.name
        });
        if let (None, Some(known)) = (open, ended) {
            return Ok(known.id);
        }
        let id = match open {
            Some(id) => id,
            None => self.begin(to, user),
        };
        let now = Moment::now(self.tick);
        if let Some(batch) = self.batches.iter_mut().find(|batch| batch.id == id) {
            batch.files.extend(files);
            if end {
                batch.ended = Some(now);
            }
        }
        self.work();
        Ok(id)
    }

    /// Holds a batch and its execution, under numbers of their own.
    pub(crate) fn hold(&mut self, batch: Batch, execution: Execution) {
        let (id, of) = (self.number(), self.number());
        let mut order = 0;
        if let Some(project) = self
            .projects
            .iter_mut()
            .find(|it| it.id == execution.project)
        {
            project.orders += 1;
            order = project.orders;
        }
        self.batches.push(Batch {
            id: of,
            execution: id,
            ..batch
        });
        let held = Execution {
            id,
            order,
            ..execution
        };
        self.executions.insert(id, held);
    }

    fn begin(&mut self, to: &Key, user: &User) -> u64 {
        let execution = self.add_execution(to.project, user);
        let id = self.number();
        self.batches.push(Batch {
            id,
            name: to.name.clone(),
            project: to.project,
            kind: to.kind,
            files: Vec::new(),
            ended: None,
            execution,
            xray: false,
        });
        id
    }

    pub(crate) fn add_execution(&mut self, project: u64, user: &User) -> u64 {
        let id = self.number();
        let mut order = 0;
        if let Some(project) = self.projects.iter_mut().find(|known| known.id == project) {
            project.orders += 1;
            order = project.orders;
        }
        self.executions.insert(
            id,
            Execution {
                id,
                order,
                project,
                user: user.id,
                stage: Stage::Running,
                started: crate::time::now(),
                made: Moment::now(self.tick),
                import: Import::default(),
                first_result: 0,
                release: None,
                build: None,
                tags: Vec::new(),
            },
        );
        id
    }

    pub(crate) fn batch_json(&self, id: u64) -> Value {
        let batch = self.batches.iter().find(|batch| batch.id == id);
        let execution = batch.and_then(|batch| self.executions.get(&batch.execution));
        json!({
            "id": id,
            "done": batch.is_some_and(|batch| batch.ended.is_some()),
            "webUrl": execution.map(|execution| self.web_url(execution)),
        })
    }

    /// Brings every batch that was ended as far as its time has come.
    pub(crate) fn work(&mut self) {
        let (pace, tick) = (self.options.pace, self.tick);
        let due: Vec<_> = self
            .batches
            .iter()
            .filter_map(|batch| {
                Some((batch.id, batch.execution, batch.ended?.progress(pace, tick)))
            })
            .collect();
        for (batch, execution, progress) in due {
            let stage = self
                .executions
                .get(&execution)
                .map(|execution| execution.stage);
            match (stage, progress) {
                (Some(Stage::Running), Progress::Waiting) => {
                    self.set_stage(execution, Stage::Importing);
                }
                (Some(Stage::Running | Stage::Importing), Progress::Begun) => {
                    self.import(batch, execution, Stage::Analyzing);
                }
                (Some(Stage::Running | Stage::Importing), Progress::Done) => {
                    self.import(batch, execution, Stage::Completed);
                }
                (Some(Stage::Analyzing), Progress::Done) => {
                    self.set_stage(execution, Stage::Completed);
                }
                _ => {}
            }
        }
    }

    fn set_stage(&mut self, execution: u64, stage: Stage) {
        if let Some(execution) = self.executions.get_mut(&execution) {
            execution.stage = stage;
        }
    }

    /// A batch with a file that never came stays as it is: users of the real service see it run forever.
    fn import(&mut self, batch: u64, execution: u64, then: Stage) {
        let Some(batch) = self.batches.iter().find(|known| known.id == batch) else {
            return;
        };
        let sources: Option<Vec<_>> = batch
            .files
            .iter()
            .map(|file| {
                Some(Source {
                    folder: file.folder.clone(),
                    name: file.name.clone(),
                    data: self.uploads.get(&file.path)?.data.clone()?,
                })
            })
            .collect();
        let Some(sources) = sources else {
            self.set_stage(execution, Stage::Running);
            return;
        };
        let kind = match batch.kind {
            Kind::Katalon if self.has(Quirk::ReadsJunitOfFolders) => Kind::Junit,
            Kind::Katalon | Kind::Junit | Kind::Recorder | Kind::Testops => batch.kind,
        };
        let done = import(kind, &sources);
        let batch = batch.id;
        let other = done.as_ref().ok();
        if let Some(other) = other.and_then(|import| self.execution_of_session(execution, import)) {
            self.merge((batch, execution), other, done.unwrap_or_default());
            return;
        }
        let first_result = self.last + 1;
        self.last += done
            .as_ref()
            .map_or(0, |import| import.results.len() as u64);
        if let Some(execution) = self.executions.get_mut(&execution) {
            execution.first_result = first_result;
            match done {
                Ok(import) => {
                    execution.import = import;
                    execution.stage = then;
                }
                Err(_) => execution.stage = Stage::Error,
            }
        }
    }

    /// Returns the execution to which an import is added, where the server does so.
    fn execution_of_session(&self, own: u64, import: &Import) -> Option<u64> {
        let session = import.session.as_deref()?;
        let project = self.executions.get(&own)?.project;
        let mut others = self.executions.values().filter(|it| it.id != own);
        let found = others
            .find(|it| it.project == project && it.import.session.as_deref() == Some(session))?;
        self.has(Quirk::MergesSessions).then_some(found.id)
    }

    fn merge(&mut self, (batch, own): (u64, u64), into: u64, import: Import) {
        let results = import.results.into_iter();
        let results = results.filter(|_| !self.has(Quirk::LosesMerged));
        let results: Vec<_> = results.collect();
        self.last += results.len() as u64;
        if let Some(execution) = self.executions.get_mut(&into) {
            for result in results {
                execution.import.add(result);
            }
        }
        self.executions.remove(&own);
        let mut batches = self.batches.iter_mut();
        if let Some(batch) = batches.find(|known| known.id == batch) {
            batch.execution = into;
        }
    }

    pub(crate) fn reimport(&mut self, request: &Request) -> Answer {
        let id = number(request, "id")?;
        let batch = self
            .batches
            .iter()
            .find(|batch| batch.execution == id)
            .map(|batch| batch.id);
        let batch = batch.ok_or_else(|| Refusal::gone("Execution"))?;
        self.import(batch, id, Stage::Completed);
        self.show_execution(id)
    }
}
