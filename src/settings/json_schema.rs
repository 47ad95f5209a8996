//! The JSON schema of `handin.toml`, for editors: made from the rows that the file is read by.

use serde_json::{Map, Value, json};

use super::keys::keys;
use super::schema::is_of_the_machine;
use crate::keys::{Key, Shape};
use crate::model::ServiceName;

/// Returns the schema of the settings file. It is closed: an unknown key is an error, as it is for the program.
pub fn json_schema() -> Value {
    let mut root = section("");
    let profile = section("");
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        let profiles = json!({
            "type": "object",
            "description": "Profiles: each overrides the same keys, and is chosen by `--profile` or `HANDIN_PROFILE`.",
            "additionalProperties": profile,
        });
        properties.insert("profile".to_owned(), profiles);
    }
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), "handin.toml".into());
    schema.insert(
        "description".to_owned(),
        "The settings of handin, which submits test results. Commit them with the tests, without secrets.".into(),
    );
    if let Value::Object(root) = root {
        schema.extend(root);
    }
    Value::Object(schema)
}

/// Returns the schema of the settings below a name; those at the root for the empty one.
fn section(prefix: &str) -> Value {
    let mut properties = Map::new();
    for key in keys().filter(|key| !is_of_the_machine(key.path)) {
        let Some(rest) = below(prefix, key.path) else {
            continue;
        };
        match rest.split_once('.') {
            None => properties.insert(rest.to_owned(), setting(key)),
            Some((name, _)) if properties.contains_key(name) => None,
            Some((name, _)) => {
                let inner = if prefix.is_empty() {
                    name.to_owned()
                } else {
                    format!("{prefix}.{name}")
                };
                properties.insert(name.to_owned(), section(&inner))
            }
        };
    }
    if prefix == "cases" {
        for service in ServiceName::ALL {
            properties.insert(service.word().to_owned(), mappings(service));
        }
    }
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn below<'a>(prefix: &str, path: &'a str) -> Option<&'a str> {
    if prefix.is_empty() {
        Some(path)
    } else {
        path.strip_prefix(prefix)?.strip_prefix('.')
    }
}

/// Returns the schema of one setting: what it may hold, what it does, its default.
fn setting(key: &Key) -> Value {
    let mut schema = shape(key.shape);
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), key.doc.into());
        if let Some(default) = key.default.and_then(|text| default(key.shape, text)) {
            object.insert("default".to_owned(), default);
        }
    }
    schema
}

/// Returns a default as JSON has it.
fn default(shape: Shape, text: &str) -> Option<Value> {
    match shape {
        Shape::Switch | Shape::Count(..) | Shape::Texts | Shape::IdsOrNames => {
            serde_json::from_str(text).ok()
        }
        Shape::Text | Shape::IdOrName | Shape::Length | Shape::Word(_) => Some(text.into()),
        Shape::Rows => None,
    }
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": "string"}),
        Shape::IdOrName => json!({"type": ["string", "integer"]}),
        Shape::Texts => json!({"anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}},
        ]}),
        Shape::IdsOrNames => json!({"anyOf": [
            {"type": ["string", "integer"]},
            {"type": "array", "items": {"type": ["string", "integer"]}},
        ]}),
        Shape::Switch => json!({"type": "boolean"}),
        Shape::Count(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Shape::Length => json!({"anyOf": [
            {"type": "string"},
            {"type": "integer", "minimum": 0, "description": "Seconds."},
        ]}),
        Shape::Word(words) => json!({"type": "string", "enum": words}),
        Shape::Rows => json!({"type": "array", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["when", "use"],
            "properties": {
                "when": {
                    "type": "object",
                    "description": "Names of properties, and a glob for the value of each. All must match.",
                    "minProperties": 1,
                    "additionalProperties": {"type": ["string", "integer"]},
                },
                "use": {"type": ["string", "integer"], "description": "What to use then: an id or a name."},
            },
        }}),
    }
}

/// Returns the schema of the explicit mappings to one service.
fn mappings(service: ServiceName) -> Value {
    json!({
        "type": "object",
        "description": format!(
            "What each test is on {}: its key (`class › name`; ` > ` may stand for ` › `), and the id of its case, or several.",
            service.title()
        ),
        "additionalProperties": {"anyOf": [
            {"type": ["string", "integer"]},
            {"type": "array", "minItems": 1, "items": {"type": ["string", "integer"]}},
        ]},
    })
}
