//! The experiments that ask TestOps whether it is as `facts.rs` says. They make executions in a project that the user names, and delete
//! them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::api::Server;
use super::client::TargetProject;
use super::observe::{BatchContent, Habits, Lookup};
use super::upload::is_safe;
use super::wire::{Execution, FileResource, Id, Stage, UploadBatchFile};
use super::write::batches;
use super::{Katalon, KatalonTarget, marks};
use crate::files::{KnownFile, private_folder};
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::plan::SubmissionKey;
use crate::services::engine::{Waiting, Writer, until};
use crate::services::{Finding, Probed, Prober, ServiceError, Survey, counted, probe};

/// With this the name of every batch begins that a probe hands in; its execution shows it as its session.
const MARK: &str = "handin-doctor-";
/// How the journal calls a batch that a probe hands in.
const HAND_IN: &str = "katalon.probe_hand_in";

impl Prober for Katalon {
    fn survey(&self, into: &str, journal: &Journal) -> Result<Survey, ServiceError> {
        let place = self.place_named(into)?;
        if place.archived {
            let message = format!("project `{}` is archived", place.name);
            return Err(ServiceError::setting(message).hint("name another with `--into`"));
        }
        let (ours, others) = self.executions(&place.project, &batches_of(journal, &key(&place)))?;
        Ok(Survey {
            name: format!("project {} `{}`", place.project, place.name),
            holds: (others > 0).then(|| counted(others as u64, "execution")),
            left: ours.iter().map(title).collect(),
            writes: vec![
                "submit one result, and the same batch once more".to_owned(),
                "submit a small folder as Katalon Studio makes it".to_owned(),
                "delete the executions that result; their results count into the quota of the project's organisation, and their test cases may stay".to_owned(),
            ],
            requests: 60,
        })
    }

    fn probe(&self, into: &str, journal: &Journal) -> Probed {
        probe::bracketed(self, (into, journal), |findings| {
            self.experiments(into, journal, findings)
        })
    }

    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError> {
        let closing = self.closing();
        let place = closing.place_named(into)?;
        let known = batches_of(journal, &key(&place));
        let (ours, _) = closing.executions(&place.project, &known)?;
        for execution in &ours {
            // What stays is read afterwards, and named.
            drop(closing.delete(&place, execution, journal));
        }
        let (left, _) = closing.executions(&place.project, &known)?;
        Ok(left.iter().map(title).collect())
    }
}

fn title(execution: &Execution) -> String {
    format!("execution {}", order(execution))
}

fn order(execution: &Execution) -> &Id {
    execution.order.as_ref().unwrap_or(&execution.id)
}

fn is_ours(execution: &Execution) -> bool {
    let session = execution.session_id.as_deref();
    session.is_some_and(|session| session.starts_with(MARK))
}

/// The key under which the writes of a probe of this project are recorded.
fn key(place: &TargetProject) -> SubmissionKey {
    probe::key(ServiceName::Katalon, &place.project)
}

/// Returns the batches that probes on this machine handed in: a server that shows no sessions is asked for them by name.
fn batches_of(journal: &Journal, key: &SubmissionKey) -> BTreeSet<String> {
    let records = journal.records(key);
    let own = records.iter().filter(|it| it.write.starts_with(HAND_IN));
    own.filter_map(|record| {
        let start = record.write.find(MARK)?;
        let item = record.write.get(start..)?.trim_end_matches(']');
        // Its end tells the first submission of a batch from the second.
        Some(item.rsplit_once('-')?.0.to_owned())
    })
    .collect()
}

impl Katalon {
    /// Returns the same, for what is to be done also when it is time to stop.
    fn closing(&self) -> Self {
        Self::new(self.transport.closing(), self.target.clone())
    }

    fn place_named(&self, into: &str) -> Result<TargetProject, ServiceError> {
        let target = KatalonTarget {
            project: into.to_owned(),
            ..self.target.clone()
        };
        self.directory().place(&target)
    }

    /// Returns the newest executions that probes made, and how many others there are.
    fn executions(
        &self,
        project: &Id,
        batches: &BTreeSet<String>,
    ) -> Result<(Vec<Execution>, usize), ServiceError> {
        let lookup = self.lookup(project);
        let all = lookup.newest()?;
        let (mut ours, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_ours);
        for batch in batches {
            if let BatchContent::Executions(more) = lookup.executions(batch, Some(batch))? {
                ours.extend(more);
            }
        }
        ours.sort_by(|one, other| one.id.cmp(&other.id));
        ours.dedup_by(|one, other| one.id == other.id);
        let is_other = |one: &&Execution| ours.iter().all(|own| own.id != one.id);
        let count = others.iter().filter(is_other).count();
        Ok((ours, count))
    }

    fn delete(
        &self,
        place: &TargetProject,
        execution: &Execution,
        journal: &Journal,
    ) -> Result<(), ServiceError> {
        let key = key(place);
        let writer = Writer::new(journal, &key, &self.transport);
        let request = self
            .server
            .delete_execution(&place.project, order(execution));
        let item = order(execution).0.clone();
        probe::write(&writer, ("katalon.probe_delete", &item), request).map(drop)
    }

    fn experiments(
        &self,
        into: &str,
        journal: &Journal,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ServiceError> {
        let place = self.place_named(into)?;
        let key = key(&place);
        let now = self.transport.clock().timestamp().as_millisecond();
        let mut bench = Bench {
            katalon: self,
            journal,
            writer: &Writer::new(journal, &key, &self.transport),
            place: &place,
            habits: Habits::default(),
            results: format!("{MARK}{now}-results"),
            folder: format!("{MARK}{now}-folder"),
            now,
            findings,
        };
        bench.all()
    }
}

/// What the experiments work with.
struct Bench<'a> {
    katalon: &'a Katalon,
    journal: &'a Journal,
    writer: &'a Writer<'a>,
    place: &'a TargetProject,
    habits: Habits,
    /// The batch of results, and that of a folder.
    results: String,
    folder: String,
    now: i64,
    findings: &'a mut Vec<Finding>,
}

/// A file of a batch: the folder that is told, its name, and what is in it.
type Content = (&'static str, &'static str, String);

impl Bench<'_> {
    fn all(&mut self) -> Result<(), ServiceError> {
        let batch = self.results.clone();
        let rows = self.upload(&result_files(&batch, self.now))?;
        let page = self.hand_in(&batch, "first", &rows, false)?;
        let first = self.shows(&batch, page.as_deref())?;
        self.session(&first, &batch);
        self.finished(&first)?;
        let both = self.second_end(&batch, &rows, &first)?;
        self.deletes(&both)?;
        self.step_log()
    }

    fn say(&mut self, id: &'static str, holds: bool, seen: impl Into<String>) {
        self.findings.push(Finding::new(id, holds, seen));
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup {
            habits: &self.habits,
            ..self.katalon.lookup(&self.place.project)
        }
    }

    /// Uploads files, and returns what the service is told of them. The last one ends the batch.
    fn upload(&self, files: &[Content]) -> Result<Vec<UploadBatchFile>, ServiceError> {
        let room = private_folder().map_err(|error| unwritable(&error))?;
        let mut rows = Vec::new();
        for (index, (folder, name, content)) in files.iter().enumerate() {
            let address: FileResource = self
                .katalon
                .transport
                .send(self.katalon.server.upload_url(&self.place.project))?
                .json()?;
            let url = Url::parse(&address.upload_url).ok();
            let url = url.filter(|url| is_safe(&self.katalon.server, url));
            let url = url.ok_or_else(|| {
                ServiceError::declined("TestOps gave out an address that is not https")
            })?;
            let file = written(&room.path().join(name), content);
            let file = file.map_err(|error| unwritable(&error))?;
            let request = Server::put(url, name, file);
            let item = format!("{}-{index}", self.now);
            probe::write(self.writer, ("katalon.probe_upload", &item), request)?;
            rows.push(UploadBatchFile {
                folder_path: (*folder).to_owned(),
                file_name: (*name).to_owned(),
                uploaded_path: address.path,
                end: index + 1 == files.len(),
            });
        }
        Ok(rows)
    }

    /// Hands a batch in, and returns the page that the answer names. A batch whose answer is lost is looked for.
    fn hand_in(
        &self,
        batch: &str,
        item: &str,
        rows: &[UploadBatchFile],
        is_folder: bool,
    ) -> Result<Option<String>, ServiceError> {
        let (server, project) = (&self.katalon.server, &self.place.project);
        let request = if is_folder {
            server.hand_in_folders((project, batch), rows, &[], false)
        } else {
            server.hand_in_results(project, batch, rows)
        };
        let item = format!("{batch}-{item}");
        let answer = probe::write(self.writer, (HAND_IN, &item), request);
        if answer.is_err() {
            // What came of it shows within that time; when it is time to stop, `--clean` takes the rest.
            let limit = self.katalon.target.settle;
            drop(until(&self.katalon.transport, limit, || {
                let there = self.sight(batch)?;
                Ok(if there.is_empty() {
                    Waiting::GoesOn
                } else {
                    Waiting::Over
                })
            }));
        }
        let mut known = batches(&answer?)?.into_iter();
        Ok(known.find_map(|batch| batch.web_url))
    }

    /// Returns the executions of a batch, by whichever way they can be found.
    fn sight(&self, batch: &str) -> Result<Vec<Execution>, ServiceError> {
        Ok(match self.lookup().executions(batch, Some(batch))? {
            BatchContent::Executions(found) => found,
            BatchContent::Nothing | BatchContent::Blind(_) => {
                match self.lookup().search(Some(batch))? {
                    BatchContent::Executions(found) => found,
                    BatchContent::Nothing | BatchContent::Blind(_) => Vec::new(),
                }
            }
        })
    }

    /// Waits until a batch has so many executions.
    fn wait_for(&self, batch: &str, count: usize) -> Result<Vec<Execution>, ServiceError> {
        let mut found = Vec::new();
        until(&self.katalon.transport, self.katalon.target.settle, || {
            found = self.sight(batch)?;
            Ok(if found.len() >= count {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        Ok(found)
    }

    /// Waits until the execution shows, and tells whether it can be asked for by its batch.
    fn shows(&mut self, batch: &str, page: Option<&str>) -> Result<Execution, ServiceError> {
        let clock = self.katalon.transport.clock().clone();
        let (begun, settle) = (clock.now(), self.katalon.target.settle);
        let mut found = self.wait_for(batch, 1)?;
        let took = clock.since(begun);
        let mut way = "";
        if let (true, Some(page)) = (found.is_empty(), page) {
            way = ", by the page that the answer named";
            found.extend(self.katalon.by_page(&self.place.project, page)?);
        }
        let seen = if found.is_empty() || !way.is_empty() {
            format!("not within {} s{way}", settle.as_secs())
        } else {
            format!("after {:.1} s", took.as_secs_f64())
        };
        self.say("katalon.shows", !found.is_empty() && way.is_empty(), seen);
        let Some(first) = found.into_iter().next() else {
            return Err(ServiceError::declined(format!(
                "what batch `{batch}` became does not show, so nothing more could be asked"
            ))
            .hint("it may show later: `--clean` deletes what shows by then"));
        };
        let own = self.lookup().of_batch(batch)?;
        let none = self.lookup().of_batch(&format!("{batch}-none"))?;
        let (holds, seen) = match (own, none) {
            (Ok(own), Ok(none)) => (
                own.len() == 1 && none.is_empty(),
                format!(
                    "{} for this batch, {} for one that cannot exist",
                    counted(own.len() as u64, "execution"),
                    none.len()
                ),
            ),
            (Err(reason), _) | (_, Err(reason)) => (false, reason),
        };
        self.say("katalon.batch", holds, seen);
        Ok(first)
    }

    fn session(&mut self, execution: &Execution, batch: &str) {
        let read = self.numbered(execution);
        let read = read.ok().flatten().unwrap_or_else(|| execution.clone());
        let holds = read.session_id.as_deref() == Some(batch);
        let seen = match read.session_id {
            Some(_) if holds => "it is shown",
            Some(_) => "another one is shown",
            None => "none is shown",
        };
        self.say("katalon.session", holds, seen);
    }

    fn numbered(&self, execution: &Execution) -> Result<Option<Execution>, ServiceError> {
        Ok(self.lookup().numbered(&order(execution).0)?)
    }

    /// Waits until an execution is imported; `None` for one that does not come to an end.
    fn finished(&self, execution: &Execution) -> Result<Option<Execution>, ServiceError> {
        let mut last = None;
        let wait = self.katalon.target.wait.max(Duration::from_secs(10));
        until(&self.katalon.transport, wait, || {
            last = self.numbered(execution)?;
            let is_over = last
                .as_ref()
                .is_none_or(|one| one.stage() != Stage::Working);
            Ok(if is_over {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        Ok(last.filter(|one| one.stage() == Stage::Finished))
    }

    fn second_end(
        &mut self,
        batch: &str,
        rows: &[UploadBatchFile],
        first: &Execution,
    ) -> Result<Vec<Execution>, ServiceError> {
        let page = self.hand_in(batch, "second", rows, false)?;
        let mut both = self.wait_for(batch, 2)?;
        if let (true, Some(page)) = (both.len() < 2, page) {
            both.extend(self.katalon.by_page(&self.place.project, &page)?);
        }
        both.push(first.clone());
        both.sort_by(|one, other| one.id.cmp(&other.id));
        both.dedup_by(|one, other| one.id == other.id);
        let seen = if both.len() > 1 {
            "it made a second execution"
        } else {
            "it made no second execution"
        };
        self.say("katalon.second_end", both.len() > 1, seen);
        Ok(both)
    }

    /// Deletes one execution: it is gone, and no other one with it.
    fn deletes(&mut self, both: &[Execution]) -> Result<(), ServiceError> {
        let Some((last, others)) = both.split_last() else {
            return Ok(());
        };
        let answer = self.katalon.delete(self.place, last, self.journal);
        let is_gone = self.numbered(last)?.is_none();
        let mut missing = 0;
        for other in others {
            missing += usize::from(self.numbered(other)?.is_none());
        }
        let seen = match answer {
            Err(error) => error.to_string(),
            Ok(()) if !is_gone => "it is there after it was deleted".to_owned(),
            Ok(()) if missing > 0 => "another one went with it".to_owned(),
            Ok(()) => "it is gone, and no other one".to_owned(),
        };
        self.say("katalon.deletes", is_gone && missing == 0, seen);
        Ok(())
    }

    /// Hands in a folder whose step log and `JUnit_Report.xml` tell different tests.
    fn step_log(&mut self) -> Result<(), ServiceError> {
        const ID: &str = "katalon.step_log";
        let batch = self.folder.clone();
        let rows = self.upload(&folder_files(&batch, self.now))?;
        let page = self.hand_in(&batch, "first", &rows, true)?;
        let mut found = self.wait_for(&batch, 1)?;
        if let (true, Some(page)) = (found.is_empty(), page) {
            found.extend(self.katalon.by_page(&self.place.project, &page)?);
        }
        let Some(first) = found.first() else {
            let why = "the execution did not show in time";
            self.findings.push(Finding::untold(ID, why));
            return Ok(());
        };
        let Some(done) = self.finished(first)? else {
            self.say(ID, false, "the import came to no good end");
            return Ok(());
        };
        let seen = match done.total_tests {
            Some(1) => "the one test of the step log".to_owned(),
            Some(2) => "the two tests of `JUnit_Report.xml`".to_owned(),
            Some(count) => counted(count, "test"),
            None => "no count of its tests".to_owned(),
        };
        self.say(ID, done.total_tests == Some(1), seen);
        Ok(())
    }
}

fn written(path: &Path, content: &str) -> std::io::Result<KnownFile> {
    let mut file: File = crate::files::create_private(path)?;
    file.write_all(content.as_bytes())?;
    file.flush()?;
    KnownFile::opened(path, &file)
}

fn unwritable(error: &std::io::Error) -> ServiceError {
    ServiceError::local(format!("the files to upload cannot be prepared: {error}"))
}

/// Returns one result, as Katalon's own reporters send it.
fn result_files(batch: &str, now: i64) -> Vec<Content> {
    const FOLDER: &str = "testops-reports";
    let id = |what: &str| marks::uuid(&[batch, what]);
    let times = |mut value: Value| {
        if let Some(map) = value.as_object_mut() {
            map.insert("status".to_owned(), json!("PASSED"));
            map.insert("start".to_owned(), json!(now));
            map.insert("stop".to_owned(), json!(now + 1));
            map.insert("duration".to_owned(), json!(1));
        }
        value
    };
    let name = "handin doctor: a probe";
    let suite = times(json!({"uuid": id("suite"), "name": name}));
    let result = times(json!({
        "uuid": id("result"), "parentUuid": id("suite"), "name": name, "suiteName": name, "parameters": {}, "errors": [], "failures": [],
    }));
    let metadata = json!({
        "framework": "handin", "language": "rust", "version": env!("CARGO_PKG_VERSION"), "sessionId": batch, "buildLabel": name,
    });
    vec![
        (FOLDER, "metadata.json", metadata.to_string()),
        (
            FOLDER,
            "execution.json",
            times(json!({"uuid": id("execution")})).to_string(),
        ),
        (
            FOLDER,
            "suites.json",
            json!({"suites": [suite]}).to_string(),
        ),
        (
            FOLDER,
            "results.json",
            json!({"results": [result]}).to_string(),
        ),
    ]
}

/// Returns a folder of Katalon Studio with one test in its step log, and two in its JUnit report.
fn folder_files(batch: &str, now: i64) -> Vec<Content> {
    const FOLDER: &str = "20200101_000000/handin doctor/20200101_000000";
    const SUITE: &str = "Test Suites/handin doctor";
    const CASE: &str = "Test Cases/handin doctor: a probe";
    let record = |at: i64, level: &str, method: &str, message: &str, id: &str| {
        let id = if id.is_empty() {
            String::new()
        } else {
            format!("<property name=\"name\">{id}</property><property name=\"id\">{id}</property>")
        };
        format!(
            "<record><date>2020-01-01T00:00:00</date><millis>{}</millis><sequence>{at}</sequence><level>{level}</level>\
             <class>com.kms.katalon.core.logging.KeywordLogger</class><method>{method}</method><thread>1</thread>\
             <message>{message}</message><nestedLevel>0</nestedLevel><escapedJava>false</escapedJava>{id}</record>\n",
            now + at
        )
    };
    let log = [
        record(0, "START", "startSuite", "Start Test Suite : probe", SUITE),
        record(1, "START", "startTest", "Start Test Case : probe", CASE),
        record(2, "PASSED", "logMessage", "passed", ""),
        record(3, "END", "endTest", "End Test Case : probe", ""),
        record(4, "END", "endSuite", "End Test Suite : probe", ""),
    ];
    let log = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<!DOCTYPE log SYSTEM \"logger.dtd\">\n<log>\n{}</log>\n",
        log.concat()
    );
    let case = |name: &str| {
        format!("<testcase name=\"{name}\" classname=\"{name}\" status=\"PASSED\" time=\"0.001\"/>")
    };
    let junit = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{SUITE}\"><testsuite name=\"{SUITE}\" tests=\"2\" failures=\"0\" errors=\"0\">{}{}</testsuite></testsuites>\n",
        case(CASE),
        case("Test Cases/handin doctor: another")
    );
    vec![
        (FOLDER, "execution0.log", log),
        (
            FOLDER,
            "execution.properties",
            "{\"Name\":\"handin doctor\"}\n".to_owned(),
        ),
        (FOLDER, "execution.uuid", batch.to_owned()),
        (FOLDER, "JUnit_Report.xml", junit),
    ]
}
