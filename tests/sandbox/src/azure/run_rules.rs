//! What a run may look like: its texts, its dates, and the limits of a query for runs.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::call::{Call, property, text};
use super::refusal::Refusal;

/// Azure: a query for runs spans at most 7 days (docs: Runs – Query).
const WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Azure: at most 10 ids per filter of a query for runs (docs: Runs – Query).
const IDS: usize = 10;
/// Azure: a comment holds 1000 characters (docs: Runs – Create).
pub(super) const COMMENT: usize = 1000;
const TAGS: usize = 5;

/// Names in a request to create a run, and the names under which the service answers them.
pub(super) const CREATE: [(&str, &str); 10] = [
    ("comment", "comment"),
    ("errorMessage", "errorMessage"),
    ("startDate", "startedDate"),
    ("completeDate", "completedDate"),
    ("dueDate", "dueDate"),
    ("releaseUri", "releaseUri"),
    ("releaseEnvironmentUri", "releaseEnvironmentUri"),
    ("iteration", "iteration"),
    ("tags", "tags"),
    ("pipelineReference", "pipelineReference"),
];
/// Azure: the dates have other names in an update than at the creation.
pub(super) const UPDATE: [(&str, &str); 9] = [
    ("comment", "comment"),
    ("errorMessage", "errorMessage"),
    ("startedDate", "startedDate"),
    ("completedDate", "completedDate"),
    ("dueDate", "dueDate"),
    ("releaseUri", "releaseUri"),
    ("iteration", "iteration"),
    ("substate", "substate"),
    ("tags", "tags"),
];

pub(super) fn fields(body: &Value, names: &[(&str, &str)]) -> Result<Map<String, Value>, Refusal> {
    let mut found = Map::new();
    for (sent, answered) in names {
        let Some(value) = property(body, sent).filter(|value| !value.is_null()) else {
            continue;
        };
        if answered.ends_with("Date") {
            date(value, answered)?;
        }
        found.insert((*answered).to_owned(), value.clone());
    }
    check_interval(&found)?;
    Ok(found)
}

/// Returns a date that the service understands.
pub(super) fn date(value: &Value, name: &str) -> Result<Timestamp, Refusal> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::invalid(name))
}

/// Refuses an end before the start.
pub(super) fn check_interval(fields: &Map<String, Value>) -> Result<(), Refusal> {
    let (Some(start), Some(end)) = (fields.get("startedDate"), fields.get("completedDate")) else {
        return Ok(());
    };
    if date(end, "completedDate")? < date(start, "startedDate")? {
        return Err(Refusal::argument(
            "CompletedDate should be greater than StartedDate.",
        ));
    }
    Ok(())
}

pub(super) fn check_texts(body: &Value, longest_name: usize) -> Result<(), Refusal> {
    let too_long = |name: &str, limit: usize| {
        text(body, name).is_some_and(|text| text.chars().count() > limit)
    };
    if too_long("name", longest_name) {
        return Err(Refusal::argument(format!(
            "The name of a test run holds at most {longest_name} characters."
        )));
    }
    if too_long("comment", COMMENT) {
        return Err(Refusal::argument(format!(
            "The comment of a test run holds at most {COMMENT} characters."
        )));
    }
    let Some(tags) = property(body, "tags").and_then(Value::as_array) else {
        return Ok(());
    };
    let legal = |tag: &Value| {
        let name = text(tag, "name").unwrap_or_default();
        !name.is_empty()
            && name.len() < 30
            && name.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    if tags.len() > TAGS || !tags.iter().all(legal) {
        return Err(Refusal::argument(
            "A test run has at most 5 tags; a tag is alphanumeric and shorter than 30 characters.",
        ));
    }
    Ok(())
}

/// Azure: in a query a date may also be written as in a header, as the vendor's own client does it.
fn asked_date(text: &str, name: &str) -> Result<Timestamp, Refusal> {
    date(&json!(text), name).or_else(|refusal| {
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .map_err(|_| refusal)
    })
}

/// Returns the window of a query for runs: both ends or none, and 7 days at most.
pub(super) fn window(call: &Call<'_>) -> Result<Option<(Timestamp, Timestamp)>, Refusal> {
    let end = |name: &str| {
        call.query(name)
            .map(|text| asked_date(text, name))
            .transpose()
    };
    match (end("minLastUpdatedDate")?, end("maxLastUpdatedDate")?) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if to >= from && to.duration_since(from) <= WINDOW => {
            Ok(Some((from, to)))
        }
        _ => Err(Refusal::argument(
            "The window from minLastUpdatedDate to maxLastUpdatedDate is at most 7 days.",
        )),
    }
}

pub(super) fn few(call: &Call<'_>, name: &str) -> Result<Option<Vec<i64>>, Refusal> {
    let ids = call.ids(name)?;
    if ids.as_ref().is_some_and(|ids| ids.len() > IDS) {
        return Err(Refusal::argument(format!(
            "{name} takes at most {IDS} ids."
        )));
    }
    Ok(ids)
}
