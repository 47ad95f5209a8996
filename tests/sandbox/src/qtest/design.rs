//! Test cases: their versions, steps and the values of their fields.

use serde_json::{Value, json};

use super::model::{Case, Field, Step, Values, Version};
use super::render::Detail;
use super::reply::{Answer, Refusal, body, id, name, number, object, ok, says, slice, text};
use super::site::{Desk, Quirk};
use crate::http::Request;

/// Where test cases go that name no module (swagger: POST test-cases).
const DEFAULT_MODULE: &str = "Created via API";

impl Desk<'_> {
    /// Pages of 20 unless `size` says otherwise (swagger: GET test-cases).
    pub(crate) fn list_cases(&self, request: &Request) -> Answer {
        let parent = number(request, "parentId", 0)?;
        if parent != 0 {
            self.module(parent)?;
        }
        let size = number(request, "size", 20)?;
        if size == 0 || size > 999 {
            return Err(Refusal::bad("'size' must be from 1 to 999"));
        }
        let detail = Detail {
            steps: says(request, "expandSteps", "true"),
            without_properties: says(request, "expandProps", "false"),
        };
        let cases: Vec<_> = self
            .project
            .cases
            .values()
            .filter(|case| parent == 0 || case.module == parent)
            .filter(|case| self.listed(case.card.made))
            .filter_map(|case| Some((case, case.latest()?)))
            .collect();
        let cases = slice(cases, number(request, "page", 1)?, size).into_iter();
        ok(&cases
            .map(|(case, version)| self.case_json(case, version, detail))
            .collect())
    }

    /// Returns a case by its id or its pid.
    pub(crate) fn case(&self, key: &str) -> Result<&Case, Refusal> {
        let case = if key.starts_with("TC-") {
            self.project
                .cases
                .values()
                .find(|case| case.card.pid == key)
        } else {
            self.project.cases.get(&id(key)?)
        };
        case.ok_or_else(|| Refusal::gone("Test Case"))
    }

    pub(crate) fn show_case(&self, key: &str, request: &Request) -> Answer {
        let case = self.case(key)?;
        let version = match number(request, "versionId", 0)? {
            0 => case.latest(),
            id => case.version(id),
        };
        let version = version.ok_or_else(|| Refusal::gone("Test Case Version"))?;
        // The OpenAPI document leaves steps out unless `expand` asks for them. A client that others wrote asks for nothing and reads them, and
        // shows an answer of a site that has them.
        let detail = Detail {
            steps: true,
            ..Detail::default()
        };
        ok(&self.case_json(case, version, detail))
    }

    /// All approved versions, and the newest if it is none (swagger: GET versions).
    pub(crate) fn list_versions(&self, key: &str) -> Answer {
        let case = self.case(key)?;
        let newest = case.latest().map(|version| version.id);
        let versions: Vec<_> = case
            .versions
            .iter()
            .filter(|version| version.approved() || Some(version.id) == newest)
            .map(|version| {
                self.case_json(
                    case,
                    version,
                    Detail {
                        steps: true,
                        ..Detail::default()
                    },
                )
            })
            .collect();
        ok(&json!(versions))
    }

    pub(crate) fn show_version(&self, key: &str, version: &str) -> Answer {
        let case = self.case(key)?;
        let version = case
            .version(id(version)?)
            .ok_or_else(|| Refusal::gone("Test Case Version"))?;
        ok(&self.case_json(
            case,
            version,
            Detail {
                steps: true,
                ..Detail::default()
            },
        ))
    }

    pub(crate) fn list_steps(&self, key: &str, version: Option<&str>) -> Answer {
        let case = self.case(key)?;
        let version = match version {
            Some(version) => case.version(id(version)?),
            None => case.latest(),
        };
        let version = version.ok_or_else(|| Refusal::gone("Test Case Version"))?;
        ok(&self.steps_json(&version.steps))
    }

    pub(crate) fn create_case(&mut self, request: &Request) -> Answer {
        self.may("test-cases")?;
        let body = object(request)?;
        let case_name = name(&body, "name")?;
        let module = match body.get("parent_id").and_then(Value::as_u64) {
            Some(id) if id > 0 => self.module(id)?.card.id,
            _ => self.module_named(DEFAULT_MODULE, None),
        };
        let mut values = self.project.defaults("test-cases");
        self.set_values("test-cases", &mut values, body.get("properties"))?;
        self.require_values("test-cases", &values)?;
        let first = Version {
            id: 0,
            major: 0,
            minor: 1,
            name: case_name,
            description: text(&body, "description").unwrap_or_default().to_owned(),
            precondition: text(&body, "precondition").unwrap_or_default().to_owned(),
            steps: read_steps(body.get("test_steps"))?,
            values,
        };
        let id = self.add_case(module, first);
        self.answer_case(id)
    }

    fn answer_case(&self, id: u64) -> Answer {
        let case = self.case(&id.to_string())?;
        let version = case
            .latest()
            .ok_or_else(|| Refusal::gone("Test Case Version"))?;
        ok(&self.case_json(
            case,
            version,
            Detail {
                steps: true,
                ..Detail::default()
            },
        ))
    }

    /// What is changed becomes a new version that waits to be approved.
    pub(crate) fn change_case(&mut self, key: &str, request: &Request) -> Answer {
        self.may("test-cases")?;
        let body = object(request)?;
        let id = self.case(key)?.card.id;
        self.change_case_to(id, &body)?;
        self.answer_case(id)
    }

    fn change_case_to(&mut self, id: u64, body: &Value) -> Result<(), Refusal> {
        let case = self.case(&id.to_string())?;
        let mut version = case
            .latest()
            .cloned()
            .ok_or_else(|| Refusal::gone("Test Case Version"))?;
        if body.get("name").is_some() {
            version.name = name(body, "name")?;
        }
        if let Some(description) = text(body, "description") {
            description.clone_into(&mut version.description);
        }
        if let Some(precondition) = text(body, "precondition") {
            precondition.clone_into(&mut version.precondition);
        }
        if body.get("test_steps").is_some_and(|steps| !steps.is_null()) {
            version.steps = read_steps(body.get("test_steps"))?;
        }
        let mut values = version.values.clone();
        self.set_values("test-cases", &mut values, body.get("properties"))?;
        version.values = values;
        let module = body
            .get("parent_id")
            .and_then(Value::as_u64)
            .filter(|id| *id > 0);
        if let Some(module) = module {
            self.module(module)?;
        }
        self.add_version(id, version);
        if let (Some(module), Some(case)) = (module, self.project.cases.get_mut(&id)) {
            case.module = module;
        }
        Ok(())
    }

    /// Adds a draft to a case's versions.
    pub(crate) fn add_version(&mut self, case: u64, mut version: Version) {
        version.id = self.clerk.number();
        if self.options.has(Quirk::UpdatesApprove) {
            version.major += 1;
        } else {
            version.minor += 1;
        }
        for step in version.steps.iter_mut().filter(|step| step.id == 0) {
            step.id = self.clerk.number();
        }
        if let Some(case) = self.project.cases.get_mut(&case) {
            version.name.clone_into(&mut case.card.name);
            case.versions.push(version);
            Self::touch(self.clerk, &mut case.card);
        }
    }

    /// Several cases at once: `[{id, …}]`.
    pub(crate) fn change_cases(&mut self, request: &Request) -> Answer {
        self.may("test-cases")?;
        let body = body(request)?;
        let changes = body.as_array().cloned().unwrap_or_default();
        let ids: Vec<_> = changes
            .iter()
            .filter_map(|change| change.get("id").and_then(Value::as_u64))
            .collect();
        if ids.len() != changes.len() {
            return Err(Refusal::bad("Each test case needs its 'id'"));
        }
        for (id, change) in ids.iter().zip(&changes) {
            self.change_case_to(*id, change)?;
        }
        let cases: Vec<_> = ids
            .iter()
            .filter_map(|id| self.project.cases.get(id))
            .filter_map(|case| Some(self.case_json(case, case.latest()?, Detail::default())))
            .collect();
        ok(&json!(cases))
    }

    /// The draft becomes the next whole version (swagger: PUT approve).
    pub(crate) fn approve_case(&mut self, key: &str) -> Answer {
        self.may("test-cases")?;
        let case_id = self.case(key)?.card.id;
        let number = self.clerk.number();
        if let Some(case) = self.project.cases.get_mut(&case_id)
            && let Some(draft) = case.latest().filter(|version| !version.approved()).cloned()
        {
            let major = draft.major + 1;
            case.versions.push(Version {
                id: number,
                major,
                minor: 0,
                ..draft
            });
            Self::touch(self.clerk, &mut case.card);
        }
        self.answer_case(case_id)
    }

    pub(crate) fn delete_case(&mut self, key: &str) -> Answer {
        self.may("test-cases")?;
        let id = self.case(key)?.card.id;
        self.project.cases.remove(&id);
        Ok(crate::http::Response::empty(200))
    }

    /// Sets values from `properties`: an unknown field is ignored, a wrong value refused.
    pub(crate) fn set_values(
        &self,
        kind: &str,
        values: &mut Values,
        properties: Option<&Value>,
    ) -> Result<(), Refusal> {
        let fields = self
            .project
            .fields
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for property in properties
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
        {
            let id = property.get("field_id").and_then(Value::as_u64);
            let Some(field) = fields.iter().find(|field| Some(field.id) == id) else {
                continue;
            };
            let value = plain(property.get("field_value"));
            check_value(field, &value)?;
            values.insert(field.id, value);
        }
        Ok(())
    }

    pub(crate) fn require_values(&self, kind: &str, values: &Values) -> Result<(), Refusal> {
        let fields = self
            .project
            .fields
            .get(kind)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let missing = fields
            .iter()
            .find(|field| field.required && values.get(&field.id).is_none_or(String::is_empty));
        missing.map_or(Ok(()), |field| {
            Err(Refusal::bad(format!("Field '{}' is required", field.label)))
        })
    }

    /// Refuses what the user has no right to.
    pub(crate) fn may(&self, kind: &str) -> Result<(), Refusal> {
        if self
            .options
            .forbidden
            .iter()
            .any(|forbidden| forbidden == kind)
        {
            return Err(Refusal::new(403, "No permission"));
        }
        Ok(())
    }
}

fn check_value(field: &Field, value: &str) -> Result<(), Refusal> {
    let fits = field.allowed.is_empty()
        || value.is_empty()
        || field
            .allowed
            .iter()
            .any(|allowed| allowed.value.to_string() == value);
    if fits {
        Ok(())
    } else {
        Err(Refusal::bad(format!(
            "Value '{value}' is not valid for field '{}'",
            field.label
        )))
    }
}

/// Returns a JSON value as the text it is kept as.
pub(crate) fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Steps of a test case are numbered from 1; those without a number keep their place.
fn read_steps(steps: Option<&Value>) -> Result<Vec<Step>, Refusal> {
    let mut read = Vec::new();
    for (index, step) in steps
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let description = text(step, "description")
            .ok_or_else(|| Refusal::bad("A test step needs a 'description'"))?;
        let order = step
            .get("order")
            .and_then(Value::as_u64)
            .unwrap_or(index as u64 + 1);
        read.push((
            order,
            Step {
                id: 0,
                description: description.to_owned(),
                expected: text(step, "expected").unwrap_or_default().to_owned(),
            },
        ));
    }
    read.sort_by_key(|(order, _)| *order);
    Ok(read.into_iter().map(|(_, step)| step).collect())
}
