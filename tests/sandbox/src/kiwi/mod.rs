//! A stand-in of Kiwi TCMS, written from what version 12.4 was seen to answer: `.ci/kiwi/model.py` asks both the same.

mod tables;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::tables::{Row, Tables};
use crate::fault::Effect;
use crate::http::{Head, Request, Response};
use crate::page::{self, Html};
use crate::service::Service;
use crate::standin::Standin;

/// The account's name.
pub const USER: &str = "bot";
/// Its password.
pub const PASSWORD: &str = "bot-pass";
/// When everything happens, by the server's clock and by the head of its answers.
const NOW: (&str, &str) = ("2026-03-01T12:00:00", "Sun, 01 Mar 2026 12:00:00 GMT");
/// The session of somebody who has signed in already.
pub const PERSON: &str = "person";
/// The session that a sign-in begins.
const SESSION: &str = "0123456789abcdefsession";

/// A call that was not carried out: JSON-RPC's code, and the server's words.
type Refused = (i64, String);

/// The stand-in.
#[derive(Debug, Clone)]
pub struct Kiwi {
    tables: Tables,
    /// The sessions that are open.
    sessions: BTreeSet<String>,
    count: u32,
    /// The calls that this version does not know.
    unknown: BTreeSet<String>,
    /// How far the server's clock is from UTC, in hours.
    zone: i64,
    /// After how many more requests all sessions end.
    session_calls: Option<u64>,
}

/// A stand-in behind a socket.
pub type KiwiSandbox = Standin<Kiwi>;

impl Default for Kiwi {
    fn default() -> Self {
        let mut tables = Tables::default();
        let named = |name: &str| row(json!({"name": name}));
        tables.add(
            "User",
            row(json!({"username": USER, "email": "bot@example.com"})),
        );
        tables.add("PlanType", named("Unit"));
        for (value, is_active) in [("P1", true), ("P2", true)] {
            tables.add(
                "Priority",
                row(json!({"value": value, "is_active": is_active})),
            );
        }
        for (name, is_confirmed) in [
            ("PROPOSED", false),
            ("CONFIRMED", true),
            ("DISABLED", false),
        ] {
            tables.add(
                "TestCaseStatus",
                row(json!({"name": name, "is_confirmed": is_confirmed})),
            );
        }
        let statuses = [
            ("IDLE", 0),
            ("RUNNING", 0),
            ("PAUSED", 0),
            ("PASSED", 20),
            ("FAILED", -30),
            ("BLOCKED", -10),
            ("ERROR", -20),
            ("WAIVED", 10),
        ];
        for (name, weight) in statuses {
            tables.add(
                "TestExecutionStatus",
                row(json!({"name": name, "weight": weight})),
            );
        }
        // Version 12.4 knows nothing of files of executions.
        let unknown = [
            "TestExecution.add_attachment",
            "TestExecution.list_attachments",
        ];
        let mut kiwi = Self {
            tables,
            sessions: BTreeSet::from([PERSON.to_owned()]),
            count: 0,
            unknown: unknown.map(str::to_owned).into(),
            zone: 0,
            session_calls: None,
        };
        kiwi.product("Shop");
        kiwi
    }
}

/// Returns the fields of an object.
fn row(mut value: Value) -> Row {
    let fields = value.as_object_mut();
    fields.map(std::mem::take).unwrap_or_default()
}

fn number(row: &Row, field: &str) -> u64 {
    row.get(field).and_then(Value::as_u64).unwrap_or_default()
}

/// Returns the words of the server for fields that it does not take.
fn invalid(field: &str, what: &str) -> Refused {
    internal(&format!("[('{field}', ['{what}'])]"))
}

fn internal(what: &str) -> Refused {
    (-32603, format!("Internal error: {what}"))
}

fn absent(table: &str) -> Refused {
    internal(&format!("{table} matching query does not exist."))
}

/// Every call, with what it changes.
const CALLS: [(&str, bool); 36] = [
    ("Auth.login", false),
    ("Auth.logout", false),
    ("KiwiTCMS.version", false),
    ("system.listMethods", false),
    ("User.filter", false),
    ("Classification.filter", false),
    ("Classification.create", true),
    ("Product.filter", false),
    ("Product.create", true),
    ("Version.filter", false),
    ("Version.create", true),
    ("Build.filter", false),
    ("Build.create", true),
    ("Build.update", true),
    ("Category.filter", false),
    ("PlanType.filter", false),
    ("Priority.filter", false),
    ("TestCaseStatus.filter", false),
    ("TestExecutionStatus.filter", false),
    ("TestPlan.filter", false),
    ("TestPlan.create", true),
    ("TestPlan.update", true),
    ("TestPlan.add_case", true),
    ("TestCase.filter", false),
    ("TestCase.create", true),
    ("TestCase.update", true),
    ("TestCase.remove", true),
    ("TestRun.filter", false),
    ("TestRun.create", true),
    ("TestRun.update", true),
    ("TestRun.add_case", true),
    ("TestRun.add_attachment", true),
    ("TestExecution.filter", false),
    ("TestExecution.update", true),
    ("TestExecution.get_comments", false),
    ("TestExecution.get_links", false),
];
/// More of them.
const MORE: [(&str, bool); 4] = [
    ("TestExecution.add_comment", true),
    ("TestExecution.add_link", true),
    ("TestExecution.add_attachment", true),
    ("TestExecution.list_attachments", false),
];

/// Starts a stand-in on a port; 0 stands for any that is free.
///
/// # Errors
///
/// When the port cannot be opened.
pub fn start(port: u16) -> std::io::Result<KiwiSandbox> {
    Standin::start(Kiwi::default(), &[("api", port)])
}

/// Returns whether the body of a request holds a call that changes something.
pub fn changes(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let calls = value.as_array().cloned().unwrap_or_else(|| vec![value]);
    let mut all = CALLS.iter().chain(&MORE);
    all.any(|(method, changes)| *changes && calls.iter().any(|call| call["method"] == *method))
}

/// What tables a row must have, and of which fields no two may have the same.
fn rules(table: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match table {
        "Classification" => (&["name"], &["name"]),
        "Product" => (&["name", "classification"], &["name"]),
        "Version" => (&["product", "value"], &["product", "value"]),
        "Build" => (&["version", "name"], &["version", "name"]),
        "TestPlan" => (&["name", "product", "product_version", "type"], &[]),
        "TestCase" => (&["summary", "category", "priority", "case_status"], &[]),
        "TestRun" => (&["summary", "plan", "build", "manager"], &[]),
        _ => (&[], &[]),
    }
}

/// What a new row has where nobody says it.
fn defaults(table: &str) -> Value {
    match table {
        "Build" => json!({"is_active": true}),
        "TestPlan" => json!({"is_active": true, "text": ""}),
        "TestCase" => json!({"notes": "", "is_automated": false, "plan": [], "create_date": ""}),
        "TestRun" => json!({"notes": "", "start_date": null, "stop_date": null}),
        _ => json!({}),
    }
}

impl Kiwi {
    /// Adds a product, with what comes with one.
    fn product(&mut self, name: &str) -> u64 {
        let id = self
            .tables
            .add("Product", row(json!({"name": name, "classification": 1})));
        self.tables.add(
            "Category",
            row(json!({"name": "--default--", "product": id})),
        );
        self.version(id, "unspecified");
        id
    }

    /// Returns a server on which another product, `Past`, has cases that were run: their numbers are also those that new plans get.
    #[must_use]
    pub fn with_a_past(mut self, cases: u32) -> Self {
        let product = self.product("Past");
        let version = self.tables.all("Version").count();
        let plan = json!({"name": "Past", "product": product, "product_version": version, "type": 1, "is_active": true});
        let plan = self.tables.add("TestPlan", row(plan));
        let run = json!({"summary": "Past", "plan": plan, "build": version, "manager": 1, "notes": "", "stop_date": NOW.0});
        let run = self.tables.add("TestRun", row(run));
        for number in 1..=cases {
            let case = json!({"summary": format!("Past {number}"), "notes": "", "category": product, "priority": 1, "case_status": 2, "plan": []});
            let case = self.tables.add("TestCase", row(case));
            let execution =
                json!({"run": run, "case": case, "status": 4, "build": version, "assignee": null});
            self.tables.add("TestExecution", row(execution));
        }
        self
    }

    fn version(&mut self, product: u64, value: &str) -> u64 {
        let id = self
            .tables
            .add("Version", row(json!({"product": product, "value": value})));
        let build = json!({"name": "unspecified", "version": id, "is_active": true});
        self.tables.add("Build", row(build));
        id
    }

    fn knows(&self, method: &str) -> bool {
        let mut all = CALLS.iter().chain(&MORE);
        all.any(|(known, _)| *known == method) && !self.unknown.contains(method)
    }

    fn call(
        &mut self,
        method: &str,
        parameters: &[Value],
        signed_in: bool,
    ) -> Result<Value, Refused> {
        if !self.knows(method) {
            return Err((-32601, format!("Method not found: \"{method}\"")));
        }
        let text = |at: usize| {
            parameters
                .get(at)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if method == "Auth.login" {
            if (text(0), text(1)) != (USER, PASSWORD) {
                return Err((
                    -32603,
                    "Internal error: Wrong username or password".to_owned(),
                ));
            }
            self.count += 1;
            let session = format!("{SESSION}{}", self.count);
            self.sessions.insert(session.clone());
            return Ok(json!(session));
        }
        if !signed_in && !method.starts_with("system.") && method != "KiwiTCMS.version" {
            let what = format!("Authentication failed when calling \"{method}\"");
            return Err((-32603, what));
        }
        let (table, verb) = method.split_once('.').unwrap_or_default();
        match table {
            "KiwiTCMS" => Ok(json!("12.4")),
            "system" => {
                let all = CALLS.iter().chain(&MORE).map(|(method, _)| *method);
                Ok(all.filter(|it| self.knows(it)).map(Value::from).collect())
            }
            "Auth" => {
                self.sessions.retain(|session| session == PERSON);
                Ok(Value::Null)
            }
            _ => self.on_table(table, verb, parameters),
        }
    }

    fn on_table(
        &mut self,
        table: &str,
        verb: &str,
        parameters: &[Value],
    ) -> Result<Value, Refused> {
        let text = |at: usize| {
            parameters
                .get(at)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let id = |at: usize| {
            parameters
                .get(at)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        let fields = |at: usize| row(parameters.get(at).cloned().unwrap_or_default());
        match (table, verb) {
            ("TestExecution", "get_links") => self.list("Link", &fields(0)),
            (_, "filter") => self.list(table, &fields(0)),
            (_, "create") => self.create(table, &fields(0)),
            (_, "update") => self.update(table, id(0), &fields(1)),
            ("TestCase", "remove") => self.remove(&fields(0)),
            ("TestPlan", "add_case") => self.add_to_plan(id(0), id(1)),
            ("TestRun", "add_case") => self.add_to_run(id(0), id(1)),
            ("TestExecution", "add_comment") => {
                self.there("TestExecution", id(0))?;
                Ok(self.attach(
                    "Comment",
                    json!({"execution": id(0), "comment": escaped(text(1))}),
                ))
            }
            ("TestExecution", "get_comments") => {
                self.there("TestExecution", id(0))?;
                self.list("Comment", &row(json!({"execution": id(0)})))
            }
            ("TestExecution", "add_link") => {
                let link = fields(0);
                if self
                    .tables
                    .get("TestExecution", number(&link, "execution"))
                    .is_none()
                {
                    let what =
                        "Select a valid choice. That choice is not one of the available choices.";
                    return Err(invalid("execution", what));
                }
                Ok(self.attach("Link", Value::Object(link)))
            }
            (of, "add_attachment") => {
                self.there(of, id(0))?;
                self.attach("File", json!({"table": of, "of": id(0), "name": text(1)}));
                Ok(Value::Null)
            }
            (of, "list_attachments") => Ok(self.files(of, id(0))),
            _ => Err(internal("not in the stand-in")),
        }
    }

    fn files(&self, of: &str, id: u64) -> Value {
        let query = row(json!({"table": of, "of": id}));
        let files = self.tables.filter("File", &query).unwrap_or_default();
        let file = |file: &Row| {
            let (id, name) = (&file["id"], file["name"].as_str().unwrap_or_default());
            json!({"pk": id, "url": format!("/uploads/attachments/{name}")})
        };
        files.into_iter().map(file).collect()
    }

    fn there(&self, table: &str, id: u64) -> Result<&Row, Refused> {
        self.tables.get(table, id).ok_or_else(|| absent(table))
    }

    fn attach(&mut self, table: &'static str, value: Value) -> Value {
        let id = self.tables.add(table, row(value));
        self.tables
            .get(table, id)
            .cloned()
            .map(Value::Object)
            .unwrap_or_default()
    }

    fn list(&self, table: &str, query: &Row) -> Result<Value, Refused> {
        let found = self
            .tables
            .filter(table, query)
            .map_err(|it| internal(&it))?;
        Ok(found
            .into_iter()
            .map(|row| self.tables.shown(table, row))
            .collect())
    }

    fn create(&mut self, table: &str, given: &Row) -> Result<Value, Refused> {
        let (required, unique) = rules(table);
        let is_given = |field: &&&str| {
            given
                .get(**field)
                .is_some_and(|it| !it.is_null() && it != "")
        };
        if let Some(field) = required.iter().find(|field| !is_given(field)) {
            return Err(invalid(field, "This field is required."));
        }
        self.checked(table, given)?;
        let same: Row = unique
            .iter()
            .map(|it| {
                (
                    (*it).to_owned(),
                    given.get(*it).cloned().unwrap_or_default(),
                )
            })
            .collect();
        if !unique.is_empty()
            && self
                .tables
                .filter(table, &same)
                .is_ok_and(|it| !it.is_empty())
        {
            let what = format!("{table} with this value already exists.");
            return Err(invalid("__all__", &what));
        }
        let name = |field| given.get(field).and_then(Value::as_str).unwrap_or_default();
        let id = match table {
            "Product" => self.product(name("name")),
            "Version" => self.version(number(given, "product"), name("value")),
            _ => {
                let mut new = row(defaults(table));
                new.extend(
                    given
                        .iter()
                        .map(|(name, value)| (name.clone(), kept(name, value))),
                );
                if table == "TestCase" {
                    new.insert("create_date".to_owned(), json!(self.now()));
                    // It is of a category, which is of a product.
                    new.remove("product");
                }
                let Some((known, _)) = CALLS
                    .iter()
                    .find(|(method, _)| method.starts_with(&format!("{table}.")))
                else {
                    return Err(internal("no such table"));
                };
                self.tables
                    .add(known.split('.').next().unwrap_or_default(), new)
            }
        };
        let mut made = self.tables.get(table, id).cloned().unwrap_or_default();
        if table == "TestCase" {
            // Kiwi leaves out in which plans it is.
            made.remove("plan");
        }
        Ok(Value::Object(made))
    }

    /// Looks whether what a row names is there, and may be named.
    fn checked(&self, table: &str, given: &Row) -> Result<(), Refused> {
        const CHOICE: &str =
            "Select a valid choice. That choice is not one of the available choices.";
        if table == "TestRun" && given.contains_key("build") {
            let build = self.tables.get("Build", number(given, "build"));
            let plan = self.tables.get("TestPlan", number(given, "plan"));
            if plan.is_none() && given.contains_key("plan") {
                return Err(internal("'NoneType' object has no attribute 'product_id'"));
            }
            let is_of = build.is_some_and(|it| it["is_active"] == true)
                && plan.is_none_or(|plan| {
                    build.is_some_and(|it| it["version"] == plan["product_version"])
                });
            if !is_of {
                return Err(invalid("build", CHOICE));
            }
        }
        for (field, other) in [
            ("plan", "TestPlan"),
            ("status", "TestExecutionStatus"),
            ("category", "Category"),
            ("version", "Version"),
            ("product_version", "Version"),
            ("case_status", "TestCaseStatus"),
        ] {
            let named = given
                .get(field)
                .filter(|_| table != "TestCase" || field != "plan");
            if named.is_some_and(|id| {
                self.tables
                    .get(other, id.as_u64().unwrap_or_default())
                    .is_none()
            }) {
                return Err(invalid(field, CHOICE));
            }
        }
        Ok(())
    }

    fn update(&mut self, table: &str, id: u64, values: &Row) -> Result<Value, Refused> {
        self.there(table, id)?;
        if table != "TestRun" || values.contains_key("build") {
            self.checked(table, values)?;
        }
        if let Some(row) = self.tables.get_mut(table, id) {
            row.extend(
                values
                    .iter()
                    .map(|(name, value)| (name.clone(), kept(name, value))),
            );
        }
        let row = self.there(table, id)?;
        Ok(self.tables.shown(table, row))
    }

    fn remove(&mut self, query: &Row) -> Result<Value, Refused> {
        let found = self
            .tables
            .filter("TestCase", query)
            .map_err(|it| internal(&it))?;
        let ids: Vec<u64> = found.into_iter().map(|row| number(row, "id")).collect();
        for id in &ids {
            let of_case = row(json!({"case": id}));
            let executions = self
                .tables
                .filter("TestExecution", &of_case)
                .unwrap_or_default();
            let executions: Vec<u64> = executions.into_iter().map(|it| number(it, "id")).collect();
            for execution in executions {
                self.tables.remove("TestExecution", execution);
            }
            self.tables.remove("TestCase", *id);
        }
        Ok(json!([ids.len(), {}]))
    }

    /// Adds a plan under the product's first version, as a person would; returns its number.
    pub fn plan(&mut self, product: &str, name: &str) -> u64 {
        let found = self
            .tables
            .filter("Product", &row(json!({"name": product})));
        let found = found.ok().and_then(|all| Some(number(all.first()?, "id")));
        let product = found.unwrap_or_else(|| self.product(product));
        let version = self
            .tables
            .filter("Version", &row(json!({"product": product})));
        let version = version
            .ok()
            .and_then(|all| Some(number(all.first()?, "id")));
        let plan = json!({"name": name, "product": product, "product_version": version, "type": 1, "is_active": true, "text": ""});
        self.tables.add("TestPlan", row(plan))
    }

    fn add_to_plan(&mut self, plan: u64, case: u64) -> Result<Value, Refused> {
        self.there("TestPlan", plan)?;
        self.there("TestCase", case)?;
        if let Some(Value::Array(plans)) = self
            .tables
            .get_mut("TestCase", case)
            .and_then(|it| it.get_mut("plan"))
            && !plans.contains(&json!(plan))
        {
            plans.push(json!(plan));
        }
        Ok(Value::Object(self.there("TestCase", case)?.clone()))
    }

    fn add_to_run(&mut self, run: u64, case: u64) -> Result<Value, Refused> {
        let build = self.there("TestRun", run)?["build"].clone();
        let status = number(self.there("TestCase", case)?, "case_status");
        let there = row(json!({"run": run, "case": case}));
        if self
            .tables
            .filter("TestExecution", &there)
            .is_ok_and(|it| it.is_empty())
        {
            if self
                .tables
                .get("TestCaseStatus", status)
                .is_none_or(|it| it["is_confirmed"] != true)
            {
                return Err(internal(&format!("TC-{case} status is not confirmed")));
            }
            let new = json!({"run": run, "case": case, "status": 1, "build": build, "start_date": null, "stop_date": null});
            self.tables.add("TestExecution", row(new));
        }
        let found = self
            .tables
            .filter("TestExecution", &there)
            .unwrap_or_default();
        Ok(found.into_iter().cloned().map(Value::Object).collect())
    }

    fn now(&self) -> String {
        let (day, time) = NOW.0.split_once('T').unwrap_or_default();
        let (hour, rest) = time.split_once(':').unwrap_or_default();
        let hour: i64 = hour.parse().unwrap_or_default();
        format!("{day}T{:02}:{rest}", hour + self.zone)
    }

    /// Makes a call as a person who has signed in.
    pub fn by_hand(&mut self, method: &str, parameters: &Value) -> Result<Value, String> {
        let parameters = parameters.as_array().cloned().unwrap_or_default();
        let answer = self.call(method, &parameters, true);
        answer.map_err(|(_, message)| message)
    }

    fn rpc(&mut self, request: &Request) -> Response {
        self.session_calls = self.session_calls.map(|left| left.saturating_sub(1));
        if self.session_calls == Some(0) {
            self.session_calls = None;
            self.sessions.retain(|session| session == PERSON);
        }
        let value: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let cookie = request.header("cookie").unwrap_or_default();
        let session = cookie.split("sessionid=").nth(1).unwrap_or_default();
        let signed_in = self
            .sessions
            .contains(session.split(';').next().unwrap_or_default());
        let is_batch = value.is_array();
        let calls = value.as_array().cloned().unwrap_or_else(|| vec![value]);
        let mut answers = Vec::new();
        for call in &calls {
            let (method, parameters) = (call["method"].as_str(), call["params"].as_array());
            let none = Vec::new();
            let answer = self.call(
                method.unwrap_or_default(),
                parameters.unwrap_or(&none),
                signed_in,
            );
            // The number 0 is taken for none, and what has none gets no answer.
            if call["id"].as_u64().unwrap_or_default() > 0 {
                let (word, told) = match answer {
                    Ok(result) => ("result", result),
                    Err((code, message)) => ("error", json!({"code": code, "message": message})),
                };
                let said = json!({"jsonrpc": "2.0", "id": call["id"], word: told});
                answers.push(said);
            }
        }
        let says = |it: &Value| it.get("error").map(Value::to_string).unwrap_or_default();
        let is_shut_out = |it: &Value| says(it).contains("Authentication failed");
        let status = if !is_batch && answers.iter().any(is_shut_out) {
            403
        } else {
            200
        };
        let body = if is_batch {
            Value::Array(answers)
        } else {
            answers.pop().unwrap_or_default()
        };
        Response::json(status, &body).with("date", NOW.1)
    }
}

/// Returns a field as it is kept.
fn kept(name: &str, value: &Value) -> Value {
    match value.as_str() {
        Some(text) if name.ends_with("_date") => json!(text.replace(' ', "T")),
        // Its forms cut what surrounds a text.
        Some(text) => json!(escaped(text.trim())),
        None => value.clone(),
    }
}

/// What could be read as HTML is kept as its text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

impl Service for Kiwi {
    fn name(&self) -> &'static str {
        "Kiwi TCMS"
    }

    /// Only the body tells: [`changes`].
    fn effect(&self, head: &Head) -> Effect {
        if head.method == "POST" {
            Effect::Write
        } else {
            Effect::Read
        }
    }

    fn answer(&mut self, request: &Request) -> Response {
        match (request.method.as_str(), request.parts().as_slice()) {
            ("POST", ["json-rpc"]) => self.rpc(request),
            ("GET", ["runs", run]) => {
                let query =
                    row(json!({"table": "TestRun", "of": run.parse::<u64>().unwrap_or_default()}));
                let files = self.tables.filter("File", &query).unwrap_or_default();
                let names = files.into_iter().filter_map(|file| file["name"].as_str());
                let names: Vec<&str> = names.collect();
                Response::html(200, format!("<a>{}</a>", names.join("</a><a>")))
            }
            _ => Response::text(404, "no such page"),
        }
    }

    /// `unknown` names calls that this version does not know, `zone` how many hours its clock is ahead, `session_calls` after how many
    /// requests all sessions end.
    fn behave(&mut self, wishes: &Value) -> Result<(), String> {
        if let Some(unknown) = wishes["unknown"].as_array() {
            self.unknown = unknown
                .iter()
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect();
        }
        self.zone = wishes["zone"].as_i64().unwrap_or(self.zone);
        self.session_calls = wishes["session_calls"].as_u64().or(self.session_calls);
        Ok(())
    }

    fn state(&self) -> Value {
        let tables = [
            "Product",
            "Version",
            "Build",
            "TestPlan",
            "TestCase",
            "TestRun",
            "TestExecution",
            "Comment",
            "Link",
            "File",
        ];
        let all = tables.map(|table| {
            let rows = self
                .tables
                .all(table)
                .map(|row| self.tables.shown(table, row));
            (table.to_owned(), rows.collect())
        });
        Value::Object(all.into_iter().collect())
    }

    fn page(&self) -> String {
        let mut html = Html::default();
        for run in self.tables.all("TestRun") {
            let of_run = row(json!({"run": run["id"]}));
            let executions = self
                .tables
                .filter("TestExecution", &of_run)
                .unwrap_or_default();
            let shown = executions
                .into_iter()
                .map(|it| self.tables.shown("TestExecution", it));
            let text =
                |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
            let line = |it: Value| {
                vec![
                    Html::text(text(&it, "case__summary")),
                    Html::outcome(&text(&it, "status__name")),
                ]
            };
            html.push(&Html::heading(
                2,
                &text(&Value::Object(run.clone()), "summary"),
            ));
            html.push(&Html::table(
                &["Test case", "Status"],
                shown.map(line).collect(),
            ));
        }
        page::page(
            "Kiwi TCMS",
            "Test runs and what their executions say.",
            &html,
        )
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}
