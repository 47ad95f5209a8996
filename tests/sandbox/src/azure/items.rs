//! Work items: looked up by id, by query and by category, and changed by JSON patch.

use serde_json::{Map, Value, json};

use super::Azure;
use super::call::{Call, envelope, id, now, property, reference, text};
use super::refusal::{Answer, Refusal};
use super::wiql;
use super::world::{AUTOMATED_TEST_NAME, AUTOMATION_STATUS, WorkItem};
use crate::http::Response;

/// Azure: at most 200 work items per call (docs: Work Items – Get Work Items Batch).
const BATCH: usize = 200;
/// Azure: a query that finds more is refused (VS402337).
const QUERY: usize = 20_000;

impl Azure {
    /// Answers what the `wit` area tells.
    pub(super) fn work_items(&mut self, call: &Call<'_>) -> Answer {
        if call.project.is_some() {
            call.project(&self.world)?;
        }
        match (call.request.method.as_str(), call.parts().as_slice()) {
            ("POST", ["wit", "workitemsbatch"]) => self.items_batch(call),
            ("POST", ["wit", "wiql"]) => self.query_items(call),
            ("GET" | "HEAD", ["wit", "workitemtypecategories"]) => {
                Ok(envelope(vec![self.category(call)?]))
            }
            ("GET" | "HEAD", ["wit", "workitemtypecategories", name]) => {
                if *name == "microsoft.testcasecategory" {
                    return Ok(Response::json(200, &self.category(call)?));
                }
                let message =
                    format!("VS402309: The work item type category '{name}' does not exist.");
                Err(Refusal::new(
                    404,
                    "WorkItemTypeCategoryNotFoundException",
                    message,
                ))
            }
            ("GET" | "HEAD", ["wit", "workitems"]) => self.items_list(call),
            ("GET" | "HEAD", ["wit", "workitems", number]) => {
                let item = self.item(id(number)?)?;
                Ok(Response::json(200, &item_json(&call.base, item, None)))
            }
            ("POST", ["wit", "workitems", kind]) => self.create_item(call, kind),
            ("PATCH", ["wit", "workitems", number]) => self.patch_item(call, id(number)?),
            (method, _) => Err(Refusal::no_resource(method, &call.request.path)),
        }
    }

    fn item(&self, number: i64) -> Result<&WorkItem, Refusal> {
        self.world.items.get(&number).ok_or_else(|| no_item(number))
    }

    fn items_batch(&self, call: &Call<'_>) -> Answer {
        let body = call.json()?;
        let ids: Vec<i64> = property(&body, "ids")
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
            .ok_or_else(|| Refusal::argument("TF401346: The ids are missing."))?;
        let fields: Option<Vec<&str>> = property(&body, "fields")
            .and_then(Value::as_array)
            .map(|fields| fields.iter().filter_map(Value::as_str).collect());
        let omit = property(&body, "errorPolicy").is_some_and(omits);
        self.items_of(call, &ids, fields.as_deref(), omit)
    }

    /// Answers the work items that the query names (docs: Work Items – List).
    fn items_list(&self, call: &Call<'_>) -> Answer {
        let ids = call
            .ids("ids")?
            .ok_or_else(|| Refusal::argument("TF401346: The ids are missing."))?;
        let fields: Option<Vec<&str>> = call
            .query("fields")
            .map(|fields| fields.split(',').map(str::trim).collect());
        let omit = call
            .query("errorPolicy")
            .is_some_and(|policy| omits(&json!(policy)));
        self.items_of(call, &ids, fields.as_deref(), omit)
    }

    fn items_of(
        &self,
        call: &Call<'_>,
        ids: &[i64],
        fields: Option<&[&str]>,
        omit: bool,
    ) -> Answer {
        if ids.len() > BATCH {
            let message = format!(
                "VS402337: The number of work items ({}) exceeds the limit of {BATCH}.",
                ids.len()
            );
            return Err(Refusal::new(400, "VssPropertyValidationException", message));
        }
        let found = ids.iter().map(|number| match self.world.items.get(number) {
            Some(item) => Ok(item_json(&call.base, item, fields)),
            None if omit => Ok(Value::Null),
            None => Err(no_item(*number)),
        });
        Ok(envelope(found.collect::<Result<_, _>>()?))
    }

    fn query_items(&self, call: &Call<'_>) -> Answer {
        let body = call.json()?;
        let query = text(&body, "query")
            .ok_or_else(|| Refusal::argument("TF51005: The query is missing."))?;
        let project = call
            .project
            .as_deref()
            .and_then(|name| self.world.project_named(name));
        let names = wiql::Names {
            project,
            world: &self.world,
        };
        let condition = wiql::parse(query).map_err(|problem| {
            let message = format!("TF51005: The query references something that does not parse. The error is caused by «{problem}».");
            Refusal::new(400, "WorkItemTrackingQueryException", message)
        })?;
        let found: Vec<i64> = self
            .world
            .items
            .values()
            .filter(|item| condition.holds(item, &names) && !self.unqueried.contains(&item.id))
            .map(|item| item.id)
            .collect();
        if found.len() > QUERY {
            let message = format!(
                "VS402337: The number of work items returned exceeds the size limit of {QUERY}."
            );
            return Err(Refusal::new(
                400,
                "WorkItemTrackingQueryResultSizeLimitExceededException",
                message,
            ));
        }
        let top = call.number("$top")?.unwrap_or(QUERY);
        let items = found
            .iter()
            .take(top)
            .map(|id| json!({ "id": id, "url": item_url(&call.base, *id) }));
        let column = json!({ "name": "ID", "referenceName": "System.Id", "url": format!("{}/_apis/wit/fields/System.Id", call.base) });
        Ok(Response::json(
            200,
            &json!({
                "asOf": now(),
                "columns": [column],
                "queryResultType": "workItem",
                "queryType": "flat",
                "workItems": items.collect::<Vec<_>>(),
            }),
        ))
    }

    fn category(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        let project = call.project(&self.world)?;
        let url = format!(
            "{}/{}/_apis/wit/workItemTypes/{}",
            call.base, project.id, project.case_type
        );
        let kind = json!({ "name": project.case_type, "url": url });
        Ok(json!({
            "name": "Test Case Category",
            "referenceName": "Microsoft.TestCaseCategory",
            "defaultWorkItemType": kind,
            "workItemTypes": [kind],
            "url": format!("{}/{}/_apis/wit/workItemTypeCategories/Microsoft.TestCaseCategory", call.base, project.id),
        }))
    }

    /// Creates a work item (docs: Work Items – Create): the type stands in the path, behind a dollar sign.
    fn create_item(&mut self, call: &Call<'_>, kind: &str) -> Answer {
        let project = call.project(&self.world)?.clone();
        let kind = kind.strip_prefix('$').unwrap_or_default();
        if !project.case_type.eq_ignore_ascii_case(kind) {
            let message = format!(
                "VS402323: Work item type {kind} does not exist in project {} or you do not have permission to access it.",
                project.name
            );
            return Err(Refusal::new(404, "WorkItemTypeNotFoundException", message));
        }
        check_media(call)?;
        let operations = call.json()?;
        let mut fields = Map::new();
        for operation in operations.as_array().ok_or_else(no_patch)? {
            apply(&mut fields, operation)?;
        }
        let title = fields.get("System.Title").and_then(Value::as_str);
        let title = title.unwrap_or_default().to_owned();
        if title.is_empty() || title.chars().count() > 255 {
            let message = "TF401320: Rule Error for field Title. The field 'Title' is empty, or longer than 255 characters.";
            return Err(Refusal::new(400, "RuleValidationException", message));
        }
        let id = self
            .world
            .work_item(&project.name, &project.case_type, &title);
        let mut item = self.world.items.remove(&id).ok_or_else(|| no_item(id))?;
        item.fields.extend(fields);
        check_rules(&item)?;
        let answer = Response::json(200, &item_json(&call.base, &item, None));
        if !call.flag("validateOnly") {
            self.world.items.insert(id, item);
            self.unqueried.clear();
        }
        Ok(answer)
    }

    /// Adds cases to a suite (docs: Suite Test Case – Add): each gets a point in every configuration that is named, else in the suite's own.
    /// One that is in it already is refused, and the others with it.
    pub(super) fn add_cases(&mut self, call: &Call<'_>, plan: &str, suite: &str) -> Answer {
        let suite = self.suite_in(self.plan_in(call, plan)?, suite)?.id;
        let project = call.project(&self.world)?.name.clone();
        let body = call.json()?;
        let entries = body
            .as_array()
            .ok_or_else(|| Refusal::argument("The test cases are missing."))?;
        let usual = self
            .world
            .configurations
            .iter()
            .find(|known| known.active && known.project == project);
        let usual = usual.map_or(0, |known| known.id);
        let mut wanted = Vec::new();
        for entry in entries {
            let case = reference(property(entry, "workItem"))
                .ok_or_else(|| Refusal::argument("The id of a test case is missing."))?;
            self.item(case)?;
            let mut points = self.world.points.values();
            if points.any(|point| point.suite == suite && point.case == case) {
                let message = format!("Duplicate test case found: {case} is in the suite already.");
                return Err(Refusal::new(
                    400,
                    "TestManagementValidationException",
                    message,
                ));
            }
            let assigned = property(entry, "pointAssignments").and_then(Value::as_array);
            let assigned = assigned.into_iter().flatten();
            let mut configurations: Vec<i64> = assigned
                .filter_map(|it| property(it, "configurationId")?.as_i64())
                .collect();
            if configurations.is_empty() {
                configurations.push(usual);
            }
            wanted.push((case, configurations));
        }
        let mut answers = Vec::new();
        for (case, configurations) in wanted {
            let mut points = Vec::new();
            for configuration in configurations {
                points.push(json!({
                    "id": self.world.point(suite, case, configuration),
                    "configurationId": configuration,
                    "configurationName": self.world.configuration_name(configuration),
                }));
            }
            answers.push(json!({ "workItem": { "id": case }, "pointAssignments": points }));
        }
        Ok(envelope(answers))
    }

    /// Deletes a test case, with its points (docs: Test Cases – Delete).
    pub(super) fn delete_case(&mut self, call: &Call<'_>, case: &str) -> Answer {
        call.project(&self.world)?;
        let case = id(case)?;
        self.item(case)?;
        self.world.items.remove(&case);
        self.world.points.retain(|_, point| point.case != case);
        Ok(Response::empty(204))
    }

    fn patch_item(&mut self, call: &Call<'_>, number: i64) -> Answer {
        check_media(call)?;
        let mut changed = self.item(number)?.clone();
        let operations = call.json()?;
        for operation in operations.as_array().ok_or_else(no_patch)? {
            apply(&mut changed.fields, operation)?;
        }
        check_rules(&changed)?;
        changed.revision += 1;
        changed
            .fields
            .insert("System.Rev".to_owned(), json!(changed.revision));
        let answer = Response::json(200, &item_json(&call.base, &changed, None));
        if !call.flag("validateOnly") {
            self.world.items.insert(number, changed);
        }
        Ok(answer)
    }
}

/// Azure: a patch has a media type of its own, and any other is refused.
fn check_media(call: &Call<'_>) -> Result<(), Refusal> {
    let media = call.request.header("content-type").unwrap_or_default();
    if !media
        .to_ascii_lowercase()
        .starts_with("application/json-patch+json")
    {
        let message = format!(
            "VS402625: The request's content type '{media}' is not supported; use application/json-patch+json."
        );
        return Err(Refusal::new(
            415,
            "VssRequestContentTypeNotSupportedException",
            message,
        ));
    }
    Ok(())
}

fn apply(fields: &mut Map<String, Value>, operation: &Value) -> Result<(), Refusal> {
    let field = text(operation, "path")
        .and_then(|path| path.strip_prefix("/fields/"))
        .ok_or_else(no_patch)?;
    let value = property(operation, "value");
    match (
        text(operation, "op")
            .unwrap_or_default()
            .to_ascii_lowercase()
            .as_str(),
        value,
    ) {
        ("add" | "replace", Some(value)) => {
            fields.insert(field.to_owned(), value.clone());
        }
        ("remove", _) => {
            fields.remove(field);
        }
        ("test", Some(value)) if fields.get(field) != Some(value) => {
            let message = format!("VS403351: Test Operation for path '/fields/{field}' failed.");
            return Err(Refusal::new(
                412,
                "TestPatchOperationFailedException",
                message,
            ));
        }
        ("test", Some(_)) => {}
        _ => return Err(no_patch()),
    }
    Ok(())
}

/// Azure: a case is automated by a test; the status alone is refused by the rules of the process.
fn check_rules(item: &WorkItem) -> Result<(), Refusal> {
    if item.text(AUTOMATION_STATUS) == "Automated" && item.text(AUTOMATED_TEST_NAME).is_empty() {
        let message = "TF401320: Rule Error for field Automation status. The field 'Automation status' contains the value 'Automated' that \
                       is not in the list of supported values.";
        return Err(Refusal::new(400, "RuleValidationException", message));
    }
    // Azure: a field of one line has at most 255 characters (docs: Work item fields).
    for field in [
        AUTOMATED_TEST_NAME,
        "Microsoft.VSTS.TCM.AutomatedTestStorage",
    ] {
        let text = item.text(field);
        if text.chars().count() > 255 || text.contains(char::is_control) {
            let message = format!(
                "TF401320: Rule Error for field {field}. The value is not valid: it is one line of at most 255 characters."
            );
            return Err(Refusal::new(400, "RuleValidationException", message));
        }
    }
    Ok(())
}

/// Azure: the policy is a word, or its number as the vendor's own clients send it: `Fail` is 1, `Omit` is 2.
fn omits(policy: &Value) -> bool {
    policy.as_i64() == Some(2)
        || policy
            .as_str()
            .is_some_and(|text| text == "2" || text.eq_ignore_ascii_case("omit"))
}

fn no_patch() -> Refusal {
    Refusal::new(
        400,
        "VssPropertyValidationException",
        "You must pass a valid patch document in the body of the request.",
    )
}

fn no_item(number: i64) -> Refusal {
    let message = format!(
        "TF401232: Work item {number} does not exist, or you do not have permissions to read it."
    );
    Refusal::new(404, "WorkItemUnauthorizedAccessException", message)
}

fn item_json(base: &str, item: &WorkItem, fields: Option<&[&str]>) -> Value {
    let wanted = |name: &str| {
        fields.is_none_or(|fields| fields.iter().any(|field| field.eq_ignore_ascii_case(name)))
    };
    let shown: Map<String, Value> = item
        .fields
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    json!({ "id": item.id, "rev": item.revision, "fields": shown, "url": item_url(base, item.id) })
}

fn item_url(base: &str, id: i64) -> String {
    format!("{base}/_apis/wit/workItems/{id}")
}
