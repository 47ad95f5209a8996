//! Answers, refusals, and reading what a body must hold.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::http::{Request, Response};

/// A request that is not carried out, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// What a request comes to.
pub(crate) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// Something that is not there, or is no longer.
    pub(crate) fn gone(what: &str) -> Self {
        Self::new(404, format!("{what} does not exist"))
    }

    pub(crate) fn response(&self) -> Response {
        Response::json(self.status, &json!({ "message": self.message }))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(crate) fn ok(value: &Value) -> Answer {
    Ok(Response::json(200, value))
}

#[expect(clippy::unnecessary_wraps, reason = "handlers end with it")]
pub(crate) fn created(value: &Value) -> Answer {
    Ok(Response::json(201, value))
}

/// Returns the JSON object of a body.
pub(crate) fn object(request: &Request) -> Result<Value, Refusal> {
    let value = body(request)?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Refusal::bad("The body is not a JSON object"))
    }
}

/// Returns the JSON of a body, which must be declared as such.
pub(crate) fn body(request: &Request) -> Result<Value, Refusal> {
    let media = request.header("content-type").unwrap_or_default();
    if !media.to_ascii_lowercase().contains("json") {
        return Err(Refusal::new(415, "Unsupported Media Type"));
    }
    request
        .json()
        .map_err(|error| Refusal::bad(format!("The body cannot be read: {error}")))
}

/// Returns a text of an object; absent and null are none.
pub(crate) fn text<'a>(from: &'a Value, name: &str) -> Option<&'a str> {
    from.get(name).and_then(Value::as_str)
}

/// Returns a text that must be there and not blank.
pub(crate) fn needed<'a>(from: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    text(from, name)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| Refusal::bad(format!("'{name}' is required")))
}

/// Returns a name: 1 to 500 characters (swagger: minLength, maxLength).
pub(crate) fn name(from: &Value, key: &str) -> Result<String, Refusal> {
    let name = needed(from, key)?;
    let length = name.chars().count();
    if length > 500 {
        return Err(Refusal::bad(format!(
            "'{key}' has {length} characters, at most 500 are allowed"
        )));
    }
    Ok(name.to_owned())
}

/// Returns a number of a query parameter, or what stands for its absence.
pub(crate) fn number(request: &Request, name: &str, absent: u64) -> Result<u64, Refusal> {
    match request.query(name) {
        None | Some("") => Ok(absent),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::bad(format!("'{name}' is not a number: {text}"))),
    }
}

pub(crate) fn id(text: &str) -> Result<u64, Refusal> {
    text.parse()
        .map_err(|_| Refusal::bad(format!("'{text}' is not an id")))
}

/// Returns whether a query parameter says true.
pub(crate) fn says(request: &Request, name: &str, wanted: &str) -> bool {
    request
        .query(name)
        .is_some_and(|value| value.eq_ignore_ascii_case(wanted))
}

/// Returns a date and time that must be there, with a zone and at most milliseconds.
pub(crate) fn date(from: &Value, name: &str) -> Result<Timestamp, Refusal> {
    let text = needed(from, name)?;
    read_date(text).ok_or_else(|| {
        Refusal::bad(format!(
            "'{name}' must be a date and time with zone and at most milliseconds, not {text}"
        ))
    })
}

pub(crate) fn read_date(text: &str) -> Option<Timestamp> {
    let digits = text.split_once('.').map_or(0, |(_, rest)| {
        rest.chars().take_while(char::is_ascii_digit).count()
    });
    if digits > 3 || !text.contains('T') {
        return None;
    }
    text.parse().ok()
}

/// Returns a page of a list: page numbers count from 1.
pub(crate) fn slice<T>(items: Vec<T>, page: u64, size: u64) -> Vec<T> {
    let skip = page.saturating_sub(1).saturating_mul(size);
    items
        .into_iter()
        .skip(usize::try_from(skip).unwrap_or(usize::MAX))
        .take(usize::try_from(size).unwrap_or(usize::MAX))
        .collect()
}

/// A page as most lists give it: `{page, page_size, total, items}`; sizes go up to 999. Only what is sent is made.
pub(crate) fn page<T>(
    request: &Request,
    items: Vec<T>,
    json: impl FnMut(T) -> Value,
) -> Result<Value, Refusal> {
    let page = number(request, "page", 1)?.max(1);
    let size = number(request, "pageSize", 100)?;
    if size == 0 || size > 999 {
        return Err(Refusal::bad("'pageSize' must be from 1 to 999"));
    }
    let total = items.len();
    let items: Vec<_> = slice(items, page, size).into_iter().map(json).collect();
    Ok(json!({
        "links": [], "page": page, "page_size": size, "total": total, "items": items,
    }))
}
