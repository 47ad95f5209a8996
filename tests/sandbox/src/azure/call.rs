//! A request taken apart: organisation or collection, project, and the rest of the path.

use serde_json::{Map, Value, json};

use super::refusal::{Answer, Refusal};
use super::world::{Project, World};
use crate::http::{Request, Response};

/// A request as the handlers get it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    /// The organisation's URL as the client wrote it, without a slash at the end.
    pub(crate) base: String,
    /// What stood where the project's name belongs.
    pub(crate) project: Option<String>,
    /// What follows `_apis`, in lower case.
    pub(crate) tail: Vec<String>,
}

impl<'a> Call<'a> {
    /// Takes a request apart; `None` when its path has no `_apis`.
    pub(crate) fn new(world: &World, request: &'a Request) -> Option<Self> {
        let at = request
            .segments
            .iter()
            .position(|part| part.eq_ignore_ascii_case("_apis"))?;
        let (before, after) = request.segments.split_at(at);
        // An organisation, or `tfs` and a collection, come before the project; either may be missing.
        let virtual_folder = usize::from(
            before
                .first()
                .is_some_and(|part| part.eq_ignore_ascii_case("tfs")),
        );
        let first = before.get(virtual_folder);
        let begins_with_project =
            virtual_folder == 0 && first.is_some_and(|part| world.project_named(part).is_some());
        let scope = if begins_with_project {
            0
        } else {
            (virtual_folder + 1).min(before.len())
        };
        let host = request.header("host").unwrap_or("127.0.0.1");
        let path: String = before
            .iter()
            .take(scope)
            .flat_map(|part| ["/", part.as_str()])
            .collect();
        Some(Self {
            request,
            base: format!("http://{host}{path}"),
            project: before.get(scope).cloned(),
            tail: after
                .iter()
                .skip(1)
                .map(|part| part.to_ascii_lowercase())
                .collect(),
        })
    }

    /// Returns what follows `_apis`, to match on.
    pub(crate) fn parts(&self) -> Vec<&str> {
        self.tail.iter().map(String::as_str).collect()
    }

    /// Returns the project that the path names.
    pub(crate) fn project<'w>(&self, world: &'w World) -> Result<&'w Project, Refusal> {
        let Some(name) = &self.project else {
            return Err(Refusal::no_resource(
                &self.request.method,
                &self.request.path,
            ));
        };
        world.project_named(name).ok_or_else(|| {
            let message = format!(
                "TF200016: The following project does not exist: {name}. Verify that the name of the project is correct and \
                 that the project exists on the specified Azure DevOps Server."
            );
            Refusal::new(404, "ProjectDoesNotExistWithNameException", message)
        })
    }

    /// Returns a query parameter; an empty one counts as missing.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request
            .query_ignoring_case(name)
            .filter(|value| !value.is_empty())
    }

    /// Returns whether a query parameter says `true`.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns a query parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        self.query(name)
            .map(|text| text.trim().parse().map_err(|_| Refusal::invalid(name)))
            .transpose()
    }

    /// Returns a query parameter that is a list of ids, separated by commas.
    pub(crate) fn ids(&self, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let parse = |text: &str| text.trim().parse().map_err(|_| Refusal::invalid(name));
        self.query(name)
            .map(|text| text.split(',').map(parse).collect())
            .transpose()
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        self.request.json().map_err(|error| {
            Refusal::new(
                400,
                "VssPropertyValidationException",
                format!("TF400898: The request body is not valid JSON: {error}."),
            )
        })
    }

    /// Returns one page of a list whose token of continuation is a number of entries, in the header the service uses.
    pub(crate) fn page<T>(
        &self,
        entries: &[T],
        size: usize,
        to_json: impl Fn(&T) -> Result<Value, Refusal>,
    ) -> Answer {
        let start = self.number("continuationToken")?.unwrap_or(0);
        let end = (start + size.max(1)).min(entries.len());
        let page = entries.get(start..end).unwrap_or_default();
        let response = envelope(page.iter().map(to_json).collect::<Result<_, _>>()?);
        Ok(if end < entries.len() {
            response.with("x-ms-continuationtoken", end.to_string())
        } else {
            response
        })
    }
}

/// Returns a list as the service wraps it.
pub(crate) fn envelope(value: Vec<Value>) -> Response {
    let mut list = Map::new();
    list.insert("count".to_owned(), json!(value.len()));
    list.insert("value".to_owned(), Value::Array(value));
    Response::json(200, &Value::Object(list))
}

/// Returns the time as the service writes it.
pub(crate) fn now() -> String {
    crate::time::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// Returns an id in a path.
pub(crate) fn id(text: &str) -> Result<i64, Refusal> {
    text.parse()
        .map_err(|_| Refusal::argument(format!("The value '{text}' is not an id.")))
}

/// Returns an id that stands in a reference as text, or as a number.
pub(crate) fn reference(value: Option<&Value>) -> Option<i64> {
    let id = property(value?, "id")?;
    id.as_i64().or_else(|| id.as_str()?.trim().parse().ok())
}

/// Returns a property whatever the letter case of its name, as the service reads it.
pub(crate) fn property<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| {
        object
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Returns a property that is text.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    property(value, name).and_then(Value::as_str)
}
