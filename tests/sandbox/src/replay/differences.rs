//! Where two recordings of the same experiments differ: in statuses, and in what is in the answers, and of which kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Recorded, Recording, calls, member};

/// What was seen of one kind of request.
#[derive(Debug, Default)]
struct Seen {
    statuses: BTreeSet<u64>,
    /// The kinds of value by the place in the answer: `answer.value[].id`. Only of good answers.
    kinds: BTreeMap<String, BTreeSet<&'static str>>,
}

/// Returns where the answers of a stand-in differ from those of a service, a line each. What only one of the two was asked is left out, and so is
/// what the stand-in does not say: nobody has to read it.
pub fn differences(service: &Recording, standin: &Recording) -> Vec<String> {
    let (service, standin) = (seen(&service.exchanges), seen(&standin.exchanges));
    let mut lines = Vec::new();
    for (request, ours) in &standin {
        let Some(theirs) = service.get(request) else {
            continue;
        };
        for status in ours.statuses.difference(&theirs.statuses) {
            lines.push(format!(
                "{request}: status {status}, which the service never answered"
            ));
        }
        for (place, kinds) in &ours.kinds {
            match theirs.kinds.get(place) {
                None if theirs.kinds.is_empty() => {}
                // What is above a member that a list without items does not have cannot be told.
                None if is_unseen(place, &theirs.kinds) => {}
                None => lines.push(format!(
                    "{request}: `{place}`, which the service does not say"
                )),
                Some(known) if kinds.is_subset(known) || only_null(known) || only_null(kinds) => {}
                Some(known) => lines.push(format!(
                    "{request}: `{place}` is {}; the service says {}",
                    words(kinds),
                    words(known)
                )),
            }
        }
    }
    lines
}

fn only_null(kinds: &BTreeSet<&'static str>) -> bool {
    kinds.iter().all(|kind| *kind == "null")
}

fn words(kinds: &BTreeSet<&'static str>) -> String {
    kinds.iter().copied().collect::<Vec<_>>().join(" or ")
}

/// Returns whether a place is in a list of which no item was seen, or below a value that was never there.
fn is_unseen(place: &str, kinds: &BTreeMap<String, BTreeSet<&'static str>>) -> bool {
    let cuts = place
        .char_indices()
        .rev()
        .filter(|(at, c)| *at > 0 && (*c == '.' || *c == '['));
    let mut above = cuts.filter_map(|(at, _)| place.get(..at));
    let nearest = above.find(|above| kinds.contains_key(*above));
    let Some(nearest) = nearest else { return false };
    let is_list = place
        .get(nearest.len()..)
        .is_some_and(|rest| rest.starts_with("[]"));
    is_list || kinds.get(nearest).is_some_and(only_null)
}

fn seen(exchanges: &[Recorded]) -> BTreeMap<String, Seen> {
    let mut all: BTreeMap<String, Seen> = BTreeMap::new();
    for exchange in exchanges {
        let (answer, called) = (&exchange.answer, calls(&exchange.sent));
        let mut note_one = |called: &[&str], body: &Value| {
            let asked = [&[&*request(exchange)], called].concat().join(" ");
            let one = all.entry(asked).or_default();
            let Some(status) = member(answer, "status").as_u64() else {
                return;
            };
            one.statuses.insert(status);
            if status < 300 {
                note("", body, &mut one.kinds);
            }
        };
        let body = member(answer, "body");
        match (exchange.sent.as_array(), body.as_array()) {
            // The calls of a batch are answered in their order.
            (Some(_), Some(answers)) if !called.is_empty() => {
                for (name, answer) in called.iter().zip(answers) {
                    note_one(&[name], answer);
                }
            }
            _ => note_one(&called, body),
        }
    }
    all
}

/// Returns what is asked, without whom and what it is about: placeholders and numbers are `*`.
fn request(exchange: &Recorded) -> String {
    let is_name = |part: &String| part.starts_with('<') || part.parse::<u64>().is_ok();
    let parts = exchange
        .path
        .iter()
        .map(|part| if is_name(part) { "*" } else { part.as_str() });
    // Below which path the service is nobody's business.
    let parts: Vec<&str> = parts.skip_while(|part| *part == "*").collect();
    format!("{} /{}", exchange.method, parts.join("/"))
}

fn note(place: &str, value: &Value, kinds: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    if !place.is_empty() {
        kinds.entry(place.to_owned()).or_default().insert(kind);
    }
    match value {
        Value::Array(values) => values
            .iter()
            .for_each(|value| note(&format!("{place}[]"), value, kinds)),
        Value::Object(members) => {
            for (name, value) in members {
                // A name that was replaced is somebody's own.
                let name = if name.starts_with('<') { "*" } else { name };
                note(&format!("{place}.{name}"), value, kinds);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
