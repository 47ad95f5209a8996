//! The experiments that ask qTest whether it is as `facts.rs` says. They make a module below one that the user names, and a test cycle
//! at the root, and delete both with all that is in them.

use std::cell::Cell;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::api::{Parent, runs_with};
use super::cases::Known;
use super::client::{Client, ProjectClient};
use super::containers::segments;
use super::fields::CaseFields;
use super::modules::Modules;
use super::wire::{
    AutoLog, AutoStepLog, Batch, Case, Created, Field, Job, NewCase, NewCycle, NewModule,
    NewProperty, NewSuite, Page, Property, Run,
};
use super::{Qtest, catalog, text};
use crate::journal::Journal;
use crate::model::{ServiceName, Verdict};
use crate::services::engine::{Waiting, Writer, until};
use crate::services::{Finding, Probed, Prober, ServiceError, Survey, counted, probe};
use crate::transport::{Delivery, Transport, WriteRequest};

/// What the description of every module and cycle holds that a probe made.
const MARK: &str = "handin doctor: made by a probe, which deletes it";
/// What they are called.
const NAME: &str = "handin doctor: a probe";
/// With this the fingerprint of every test case begins that a probe made.
const PRINT: &str = "handin-doctor-";
/// How long a name may be, and a fingerprint, by what is assumed.
const LENGTHS: (usize, usize) = (500, 255);
/// No field takes this value, and no project knows this status.
const NO_VALUE: &str = "999999999";
const NO_STATUS: &str = "HANDIN-NO-SUCH-STATUS";
/// What a note holds that HTML would change.
const NOTE: &str = "handin doctor: <b>1 & 2</b> \"3\"\nsecond line";

/// Something that a probe made, in the order in which it can be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Run,
    Case,
    Suite,
    Cycle,
    Module,
}

impl Kind {
    /// Returns its word in paths, and what people call it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Run => ("test-runs", "test run"),
            Self::Case => ("test-cases", "test case"),
            Self::Suite => ("test-suites", "test suite"),
            Self::Cycle => ("test-cycles", "test cycle"),
            Self::Module => ("modules", "module"),
        }
    }
}

/// A kind, how deep it lies (the deepest first), and its id.
type Thing = (Kind, std::cmp::Reverse<usize>, u64);

/// The runs of the suite, each with its logs.
type Shown = Vec<(u64, Vec<Value>)>;

fn title(thing: &Thing) -> String {
    format!("{} {}", thing.0.words().1, thing.2)
}

impl Prober for Qtest {
    fn survey(&self, into: &str, _journal: &Journal) -> Result<Survey, ServiceError> {
        let place = ProbeModule::of(self, into, &self.client.transport)?;
        if place.project.itself()?.automation == Some(false) {
            let message = format!(
                "automation integration is switched off in the project `{}`",
                self.target.project
            );
            return Err(ServiceError::setting(message)
                .hint("an administrator can switch it on: Settings, Automation Settings"));
        }
        let left = place.left()?;
        let (holds, is_missing) = (place.holds(&left)?, place.last.is_none());
        let module = if is_missing {
            "create a module where it is missing, and another in it, and a test case there"
        } else {
            "create a module in it, and a test case there"
        };
        let writes = vec![
            module.to_owned(),
            format!("create the test cycle `{NAME}` at the root of the project, with a suite"),
            "submit four batches of two results to that suite; two more test cases come of them, in that module".to_owned(),
            "delete all of this again, from the test runs to the modules".to_owned(),
        ];
        Ok(Survey {
            name: format!("module `{into}` of project `{}`", self.target.project),
            holds,
            left: left.iter().map(title).collect(),
            writes,
            requests: 70,
        })
    }

    fn probe(&self, into: &str, journal: &Journal) -> Probed {
        let mut probed = Probed::default();
        let answer = self.experiments(into, journal, &mut probed);
        probed.error = answer.err();
        probed
    }

    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError> {
        self.take_back(into, journal, &[])
    }
}

impl Qtest {
    fn experiments(
        &self,
        into: &str,
        journal: &Journal,
        probed: &mut Probed,
    ) -> Result<(), ServiceError> {
        self.clean(into, journal)?;
        let place = ProbeModule::of(self, into, &self.client.transport)?;
        let key = probe::key(ServiceName::Qtest, &self.target.project);
        let fields = CaseFields::of_settings(&place.project.fields("test-cases")?);
        let mut bench = Bench {
            qtest: self,
            writer: &Writer::new(journal, &key, &self.client.transport),
            now: self.client.transport.clock().timestamp().as_millisecond(),
            place,
            fields,
            module: 0,
            suite: 0,
            runs: Vec::new(),
            made: Vec::new(),
            is_unsure: Cell::new(false),
            findings: Vec::new(),
        };
        let answer = bench.all();
        if bench.is_unsure.get() {
            // What an answer did not tell of shows within that time; when it is time to stop, `--clean` takes the rest.
            drop(until(&self.client.transport, self.target.settle, || {
                Ok(Waiting::GoesOn)
            }));
        }
        let (made, module) = (std::mem::take(&mut bench.made), bench.module);
        let may_stand = !made.is_empty() || bench.is_unsure.get();
        probed.findings = bench.findings;
        match self.take_back(into, journal, &made) {
            Ok(left) => probed.left = left,
            Err(error) => {
                let unread = may_stand.then(|| probe::unread(into));
                probed.left.extend(unread);
                return answer.and(Err(error));
            }
        }
        if module > 0 {
            let gone = !probed.left.contains(&format!("module {module}"));
            let seen = if gone {
                "it was deleted once it was empty"
            } else {
                "it is still there"
            };
            probed
                .findings
                .push(Finding::new("qtest.modules", gone, seen));
        }
        answer
    }

    /// Deletes what is known to be made by a probe, and what is found of it, also when it is time to stop. Returns what stays.
    fn take_back(
        &self,
        into: &str,
        journal: &Journal,
        made: &[Thing],
    ) -> Result<Vec<String>, ServiceError> {
        let key = probe::key(ServiceName::Qtest, &self.target.project);
        let transport = self.client.transport.closing();
        let writer = Writer::new(journal, &key, &transport);
        let place = ProbeModule::of(self, into, &transport);
        let found = place.as_ref().map(ProbeModule::left);
        let mut all = made.to_vec();
        if let Ok(Ok(found)) = &found {
            all.extend(found);
        }
        all.sort_unstable();
        all.dedup();
        // Where the list cannot be read, what was made here is deleted all the same.
        let project = match &place {
            Ok(place) => place.project.clone(),
            Err(_) if made.is_empty() => return place.map(|_| Vec::new()),
            Err(_) => catalog_project(self, &transport)?,
        };
        let mut stays = Vec::new();
        for thing in &all {
            let (kind, _) = thing.0.words();
            let request = project.at.delete(kind, thing.2);
            match probe::write(&writer, ("qtest.probe_delete", &title(thing)), request) {
                Ok(_) => {}
                Err(ServiceError::Transport(error)) if error.status() == Some(404) => {}
                // What went with what it was in is gone; the rest is named.
                Err(_) => stays.push(*thing),
            }
        }
        // Read once more: what shows is there, whatever the answer was.
        let again = ProbeModule::of(self, into, &transport).and_then(|place| place.left());
        match again {
            Ok(left) => {
                stays.retain(|thing| thing.0 != Kind::Run);
                stays.extend(left);
            }
            Err(_) if !stays.is_empty() => {}
            Err(error) => return Err(error),
        }
        stays.sort_unstable();
        stays.dedup();
        Ok(stays.iter().map(title).collect())
    }
}

fn catalog_project(qtest: &Qtest, transport: &Transport) -> Result<ProjectClient, ServiceError> {
    let client = Client {
        transport: transport.clone(),
        site: qtest.client.site.clone(),
    };
    if qtest.target.project.is_empty() {
        return Err(ServiceError::setting("`project` is missing in `[qtest]`")
            .hint("`--into` names a module of it; `handin projects qtest` lists the projects"));
    }
    let project = catalog::project_named(&client, &qtest.target.project)?;
    Ok(ProjectClient::new(client, project.id))
}

/// Where the experiments write.
struct ProbeModule {
    project: ProjectClient,
    modules: Modules,
    /// The modules from the root to the one that is named; those that are there.
    way: Vec<u64>,
    /// The names of those that are missing.
    missing: Vec<String>,
    /// The module that is named, where it is there.
    last: Option<u64>,
}

impl ProbeModule {
    fn of(qtest: &Qtest, into: &str, transport: &Transport) -> Result<Self, ServiceError> {
        let project = catalog_project(qtest, transport)?;
        let modules = project.modules(None)?.into();
        let names = segments(into);
        if names.is_empty() {
            return Err(ServiceError::setting("`--into` names no module"));
        }
        let mut place = Self {
            project,
            modules,
            way: Vec::new(),
            missing: Vec::new(),
            last: None,
        };
        if let Some(id) = place.modules.numbered(into) {
            place.way = vec![id];
            place.last = Some(id);
            return Ok(place);
        }
        for count in 1..=names.len() {
            let Some(path) = names.get(..count) else {
                break;
            };
            match place.modules.at(path) {
                Some(id) => place.way.push(id),
                None => break,
            }
        }
        place.missing = names.get(place.way.len()..).unwrap_or_default().to_vec();
        place.last = place
            .missing
            .is_empty()
            .then(|| place.way.last().copied())
            .flatten();
        Ok(place)
    }

    /// Returns all that probes made and that shows, in the order in which it can be deleted.
    fn left(&self) -> Result<Vec<Thing>, ServiceError> {
        let mut things: Vec<Thing> = Vec::new();
        let mut modules = Vec::new();
        for (depth, module) in self.modules.with_depths() {
            if is_ours(module.description.as_deref()) {
                modules.push(module.id);
                things.push((Kind::Module, std::cmp::Reverse(depth), module.id));
            }
        }
        for module in modules {
            for case in self.cases(module)? {
                if is_of_probe(&case) {
                    things.push((Kind::Case, std::cmp::Reverse(0), case.id));
                }
            }
        }
        for cycle in self.project.cycles(Parent::Root)? {
            if !is_ours(cycle.description.as_deref()) {
                continue;
            }
            things.push((Kind::Cycle, std::cmp::Reverse(0), cycle.id));
            for suite in self.project.suites(Parent::Cycle(cycle.id))? {
                things.push((Kind::Suite, std::cmp::Reverse(0), suite.id));
                for run in self.project.runs(suite.id)? {
                    things.push((Kind::Run, std::cmp::Reverse(0), run.id));
                    // A server that puts cases elsewhere than it was told has them by their runs.
                    let case = run.case().map(|id| self.project.case(&id.to_string()));
                    if let Some(case) = case.transpose()?.flatten().filter(is_of_probe) {
                        things.push((Kind::Case, std::cmp::Reverse(0), case.id));
                    }
                }
            }
        }
        things.sort_unstable();
        things.dedup();
        Ok(things)
    }

    fn cases(&self, module: u64) -> Result<Vec<Case>, ServiceError> {
        let request = self
            .project
            .at
            .cases(1, super::api::PAGE)
            .query("parentId", module.to_string());
        Ok(self.project.client.fetch(request)?)
    }

    /// Returns the objects of others in the module.
    fn holds(&self, left: &[Thing]) -> Result<Option<String>, ServiceError> {
        let Some(last) = self.last else {
            return Ok(None);
        };
        let modules = self.modules.below(Some(last));
        let of_others = modules.filter(|it| !is_ours(it.description.as_deref()));
        let modules = of_others.count();
        let cases = self.cases(last)?;
        let of_others = |case: &&Case| !left.iter().any(|it| it.0 == Kind::Case && it.2 == case.id);
        let cases = cases.iter().filter(of_others).count();
        let parts = [(modules, "module"), (cases, "test case")];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| counted(count as u64, word))
            .collect();
        Ok((!parts.is_empty()).then(|| parts.join(" and ")))
    }
}

fn is_ours(description: Option<&str>) -> bool {
    description.is_some_and(|text| text.contains(MARK))
}

fn is_of_probe(case: &Case) -> bool {
    let mut texts = case.properties.iter().filter_map(Property::text);
    case.name.starts_with(NAME) && texts.any(|text| text.starts_with(PRINT))
}

/// What the experiments work with.
struct Bench<'a> {
    qtest: &'a Qtest,
    writer: &'a Writer<'a>,
    /// Sets the fingerprints of this probe apart from those of others.
    now: i64,
    place: ProbeModule,
    fields: CaseFields,
    module: u64,
    suite: u64,
    runs: Vec<Run>,
    made: Vec<Thing>,
    /// Whether something may stand there of which no answer told.
    is_unsure: Cell<bool>,
    findings: Vec<Finding>,
}

impl Bench<'_> {
    fn all(&mut self) -> Result<(), ServiceError> {
        self.modules()?;
        self.approval()?;
        self.suite()?;
        self.first_batch()?;
        self.same_again()?;
        self.unmapped()?;
        self.run_fields()
    }

    fn say(&mut self, id: &'static str, holds: bool, seen: impl Into<String>) {
        self.findings.push(Finding::new(id, holds, seen));
    }

    fn send<T: DeserializeOwned>(
        &self,
        item: &str,
        request: WriteRequest,
    ) -> Result<T, ServiceError> {
        let answer = probe::write(self.writer, ("qtest.probe", item), request);
        let answer = answer.and_then(|answer| Ok(answer.json()?));
        if let Err(ServiceError::Transport(error)) = &answer
            && error.delivery == Delivery::Unknown
        {
            self.is_unsure.set(true);
        }
        answer
    }

    fn note(&mut self, kind: Kind, depth: usize, id: u64) {
        self.made.push((kind, std::cmp::Reverse(depth), id));
    }

    fn described() -> String {
        format!("<p>{MARK}</p>")
    }

    fn modules(&mut self) -> Result<(), ServiceError> {
        let mut parent = self.place.way.last().copied();
        let mut names = self.place.missing.clone();
        names.push(NAME.to_owned());
        for (depth, name) in (self.place.way.len()..).zip(names) {
            let module = NewModule {
                name,
                description: Self::described(),
            };
            let request = self.place.project.at.create_module(parent, &module);
            let made: Created = self.send(&format!("module-{depth}"), request)?;
            self.note(Kind::Module, depth, made.id);
            parent = Some(made.id);
        }
        self.module = parent.unwrap_or_default();
        Ok(())
    }

    fn print(&self, end: &str) -> String {
        format!("{PRINT}{}-{end}", self.now)
    }

    /// Creates a case, approves it, changes it, and approves it again.
    fn approval(&mut self) -> Result<(), ServiceError> {
        const ID: &str = "qtest.approval";
        let Some(properties) = self.fields.properties(&self.print("approval")) else {
            let why = "the project shows no field for automation content";
            self.findings.push(Finding::untold(ID, why));
            return Ok(());
        };
        let case = |parent_id, text: &str| NewCase {
            name: format!("{NAME}, approval"),
            parent_id,
            description: format!("{}<p>{text}</p>", Self::described()),
            properties: properties.clone(),
            test_steps: None,
        };
        let project = self.place.project.clone();
        let request = project.at.create_case(&case(Some(self.module), "first"));
        let made: Case = match self.send("case", request) {
            Ok(made) => made,
            Err(ServiceError::Transport(error)) if error.status() == Some(400) => {
                self.findings.push(Finding::untold(ID, error.reason()));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.note(Kind::Case, 0, made.id);
        let mut seen = Vec::new();
        for step in ["approve-1", "update", "approve-2"] {
            let request = if step == "update" {
                project.at.update_case(made.id, &case(None, "second"))
            } else {
                project.at.approve(made.id)
            };
            self.send::<Value>(step, request)?;
            let read = project.case(&made.id.to_string())?;
            seen.push(read.and_then(|case| case.version).unwrap_or_default());
        }
        let expected = ["1.0", "1.1", "2.0"];
        self.say(
            ID,
            seen == expected,
            format!("approved, changed, approved: {}", seen.join(", ")),
        );
        Ok(())
    }

    fn suite(&mut self) -> Result<(), ServiceError> {
        let at = self.place.project.at.clone();
        let cycle = NewCycle {
            name: NAME.to_owned(),
            description: Self::described(),
            target_release_id: None,
        };
        let made: Created = self.send("cycle", at.create_cycle(Parent::Root, &cycle))?;
        self.note(Kind::Cycle, 0, made.id);
        let suite = NewSuite {
            name: NAME.to_owned(),
            properties: Vec::new(),
        };
        let request = at.create_suite(Parent::Cycle(made.id), &suite);
        let made: Created = self.send("suite", request)?;
        self.note(Kind::Suite, 0, made.id);
        self.suite = made.id;
        Ok(())
    }

    /// Returns the two logs of each batch: one with names as long as may be, one with a note and steps.
    fn logs(&self) -> [AutoLog; 2] {
        let target = &self.qtest.target;
        let now = self.qtest.client.transport.clock().timestamp();
        let passed = target.statuses.of(Verdict::Passed).to_owned();
        let of_test = |name: String, print: String, note: &str| AutoLog {
            name,
            automation_content: print,
            status: passed.clone(),
            exe_start_date: text::time(now),
            exe_end_date: text::time(now),
            note: note.to_owned(),
            build_number: String::new(),
            build_url: String::new(),
            attachments: Vec::new(),
            test_step_logs: Vec::new(),
            properties: Vec::new(),
            testcase_properties: self.fields.described(&Self::described()),
        };
        let filled = |text: String, length: usize| {
            let more = length.saturating_sub(text.len());
            format!("{text}{}", "x".repeat(more))
        };
        let long = of_test(
            filled(format!("{NAME}, long "), LENGTHS.0),
            filled(self.print("long-"), LENGTHS.1),
            "handin doctor",
        );
        let mut steps = of_test(format!("{NAME}, steps"), self.print("steps"), NOTE);
        let step = |order, text: &str| AutoStepLog {
            description: text.to_owned(),
            expected_result: "as expected".to_owned(),
            actual_result: "as expected".to_owned(),
            status: passed.clone(),
            order,
        };
        // Not in the order of the alphabet, in which qTest sorts steps without a number.
        steps.test_step_logs = vec![step(0, "second word"), step(1, "first word")];
        [long, steps]
    }

    /// Submits a batch and waits for its end: `Err` with what the service says of one that it did not take.
    fn batch(
        &mut self,
        item: &str,
        test_logs: Vec<AutoLog>,
    ) -> Result<Result<Job, String>, ServiceError> {
        let now = self.qtest.client.transport.clock().timestamp();
        let batch = Batch {
            test_suite: self.suite.to_string(),
            parent_module: Some(self.module.to_string()),
            skip_creating_automation_module: true,
            execution_date: text::time(now),
            test_logs,
        };
        let project = self.place.project.clone();
        let mut job: Job = match self.send(item, project.at.submit_batch(&batch)) {
            Ok(job) => job,
            Err(ServiceError::Transport(error))
                if error.delivery == Delivery::Refused && error.status() == Some(400) =>
            {
                return Ok(Err(error.reason()));
            }
            Err(error) => return Err(error),
        };
        // Until it ended something may still come.
        self.is_unsure.set(true);
        let id = job.id;
        let ended = until(&self.qtest.client.transport, self.qtest.target.wait, || {
            job = project.client.job(id)?;
            let is_over = matches!(job.state.as_str(), "SUCCESS" | "FAILED");
            Ok(if is_over {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        if !ended {
            return Err(ServiceError::declined(format!(
                "qTest did not carry batch {id} out in time"
            ))
            .hint("give it more with `--set qtest.wait=30m`"));
        }
        self.is_unsure.set(false);
        if job.state == "FAILED" {
            return Ok(Err(job.complaint()));
        }
        Ok(Ok(job))
    }

    /// Reads all logs of the suite, run by run.
    fn read_logs(&mut self) -> Result<Shown, ServiceError> {
        let project = &self.place.project;
        self.runs = project.runs(self.suite)?;
        let mut all = Vec::new();
        for run in &self.runs {
            let page: Page<Value> = project.client.fetch(project.at.logs(run.id, 1))?;
            all.push((run.id, page.items));
        }
        for run in self.runs.clone() {
            self.note(Kind::Run, 0, run.id);
            if let Some(case) = run.case() {
                self.note(Kind::Case, 0, case);
            }
        }
        Ok(all)
    }

    /// Waits until the suite shows so many logs; tells how long that took, or that they did not come.
    fn shown(
        &mut self,
        count: usize,
        limit: Duration,
    ) -> Result<(Shown, Option<Duration>), ServiceError> {
        let transport = self.qtest.client.transport.clone();
        let begun = transport.clock().now();
        let mut all = Vec::new();
        let came = until(&transport, limit, || {
            all = self.read_logs()?;
            let there: usize = all.iter().map(|(_, logs)| logs.len()).sum();
            Ok(if there >= count {
                Waiting::Over
            } else {
                Waiting::GoesOn
            })
        })?;
        Ok((all, came.then(|| transport.clock().since(begun))))
    }

    fn first_batch(&mut self) -> Result<(), ServiceError> {
        let logs = self.logs();
        if let Err(reason) = self.batch("batch-1", logs.to_vec())? {
            return Err(
                ServiceError::declined(format!("qTest refused the first batch: {reason}")).hint(
                    "`[qtest.statuses]` has to name statuses of the project's automation settings",
                ),
            );
        }
        let settle = self.qtest.target.settle;
        let (shown, took) = self.shown(2, settle)?;
        let project = self.place.project.clone();
        let found = project
            .search_runs(&runs_with(&format!("{NAME}, steps")))
            .map_or(0, |runs| runs.len());
        let seen = took.map_or_else(
            || format!("lists did not show it within {} s", settle.as_secs()),
            |took| format!("lists showed it after {:.1} s", took.as_secs_f64()),
        );
        let search = if found > 0 {
            "found it too"
        } else {
            "did not find it yet"
        };
        self.say(
            "qtest.search_lag",
            took.is_some(),
            format!("{seen}; a search {search}"),
        );
        if took.is_none() {
            return Err(ServiceError::declined(
                "what the first batch made does not show, so nothing more could be asked",
            )
            .hint("look into the module and the test cycle of the probe later: `--clean` deletes what shows by then"));
        }
        let latest = self.runs.iter().filter(|run| run.latest.is_some()).count();
        let seen = format!("{latest} of {} runs show one", self.runs.len());
        self.say("qtest.latest_log", latest == self.runs.len(), seen);
        self.names_and_approval()?;
        self.notes_and_steps(&shown);
        Ok(())
    }

    fn names_and_approval(&mut self) -> Result<(), ServiceError> {
        let mut known = Vec::new();
        for run in self.runs.clone() {
            let Some(id) = run.case() else { continue };
            if let Some(case) = self.place.project.case(&id.to_string())? {
                let described = is_ours(case.description.as_deref());
                known.push((described, Known::of(case, &self.fields)));
            }
        }
        let length = |text: &str| text.chars().count();
        let longest = |of: &dyn Fn(&Known) -> usize| known.iter().map(|it| of(&it.1)).max();
        let name = longest(&|it| length(&it.name)).unwrap_or_default();
        let print = longest(&|it| it.fingerprint.as_deref().map_or(0, length)).unwrap_or_default();
        let approved = known.iter().filter(|it| it.1.is_approved()).count();
        let described = known.iter().filter(|it| it.0).count();
        let all = known.len();
        self.say(
            "qtest.names",
            (name, print) == LENGTHS,
            format!("a name of {name} and a fingerprint of {print} characters came back"),
        );
        self.say(
            "qtest.approved",
            (approved, described) == (all, all),
            format!("of {all}, {approved} are approved and {described} described"),
        );
        Ok(())
    }

    fn notes_and_steps(&mut self, shown: &[(u64, Vec<Value>)]) {
        let logs: Vec<&Value> = shown.iter().flat_map(|(_, logs)| logs).collect();
        let note = |log: &&Value| log.get("note").and_then(Value::as_str).map(str::to_owned);
        let same = logs.iter().filter_map(note).any(|text| text == NOTE);
        let seen = if same {
            "it came back as it was sent"
        } else {
            "it came back changed"
        };
        self.say("qtest.notes", same, seen);
        let steps: Vec<&Value> = logs
            .iter()
            .filter_map(|log| log.get("test_step_logs")?.as_array())
            .flatten()
            .collect();
        let texts: Vec<&str> = steps
            .iter()
            .filter_map(|step| step.get("description")?.as_str())
            .collect();
        let plain: Vec<String> = texts.iter().map(|text| bare(text)).collect();
        let seen = if plain.is_empty() {
            "none came back".to_owned()
        } else {
            format!(
                "{} came back: {}",
                counted(plain.len() as u64, "step"),
                plain.join(", ")
            )
        };
        self.say(
            "qtest.step_logs",
            plain == ["second word", "first word"],
            seen,
        );
    }

    /// Submits the same tests once more: their runs should get another log each.
    fn same_again(&mut self) -> Result<(), ServiceError> {
        let logs = self.logs();
        if let Err(reason) = self.batch("batch-2", logs.to_vec())? {
            self.say("qtest.reuses_runs", false, reason);
            return Ok(());
        }
        let (shown, _) = self.shown(4, self.qtest.target.settle)?;
        let logs: usize = shown.iter().map(|(_, logs)| logs.len()).sum();
        let seen = format!(
            "the same two tests twice: {}, {}",
            counted(shown.len() as u64, "run"),
            counted(logs as u64, "log")
        );
        self.say("qtest.reuses_runs", (shown.len(), logs) == (2, 4), seen);
        Ok(())
    }

    fn count(&mut self) -> Result<usize, ServiceError> {
        Ok(self.read_logs()?.iter().map(|(_, logs)| logs.len()).sum())
    }

    fn unmapped(&mut self) -> Result<(), ServiceError> {
        let before = self.count()?;
        let [mut long, steps] = self.logs();
        NO_STATUS.clone_into(&mut long.status);
        let answer = self.batch("batch-3", vec![long, steps])?;
        let (mut after, wanted) = (self.count()?, usize::from(answer.is_ok()));
        if wanted > 0 {
            let (shown, _) = self.shown(before + wanted, self.qtest.target.settle)?;
            after = shown.iter().map(|(_, logs)| logs.len()).sum();
        }
        let kept = after.saturating_sub(before);
        let seen = match &answer {
            Ok(_) => format!("the batch was taken, and {kept} of 2 results were kept"),
            Err(reason) => format!("{reason}; {kept} of 2 results were kept"),
        };
        self.say("qtest.unmapped_status", answer.is_err() && kept == 0, seen);
        Ok(())
    }

    fn run_fields(&mut self) -> Result<(), ServiceError> {
        const ID: &str = "qtest.run_fields";
        let fields = self.place.project.fields("test-runs");
        let takes_few = |field: &&Field| {
            let name = field.original_name.as_deref().unwrap_or_default();
            !field.allowed_values.is_empty() && !name.starts_with("Status")
        };
        let found = fields
            .as_ref()
            .ok()
            .and_then(|all| all.iter().find(takes_few));
        let Some(field) = found else {
            let why = "this account is shown no field of test runs that takes certain values only";
            self.findings.push(Finding::untold(ID, why));
            return Ok(());
        };
        let property = NewProperty {
            field_id: field.id,
            field_value: NO_VALUE.to_owned(),
        };
        let before = self.count()?;
        let [mut long, steps] = self.logs();
        long.properties = vec![property];
        let answer = self.batch("batch-4", vec![long, steps])?;
        let kept = match &answer {
            Ok(_) => {
                let (shown, _) = self.shown(before + 1, self.qtest.target.settle)?;
                shown.iter().map(|(_, logs)| logs.len()).sum::<usize>() - before
            }
            Err(_) => 0,
        };
        let said = answer.err().map(|reason| format!("{reason}; "));
        let seen = format!("{}{kept} of 2 results were kept", said.unwrap_or_default());
        self.say(ID, kept == 1, seen);
        Ok(())
    }
}

/// Returns a text without the tags of HTML.
fn bare(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + part.split_once('>').map_or("", |(_, rest)| rest)
    })
}
