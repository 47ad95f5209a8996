//! The fields of a project's test cases: which of them hold the fingerprint, and what a new case has to have.
//!
//! Labels can be renamed by an administrator; the original names cannot.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::{AllowedValue, Case, Field, NewProperty};

const CONTENT: (&str, &str) = ("ClassIdTestCase", "Automation Content");
const AUTOMATION: (&str, &str) = ("AutomationTestCase", "Automation");
const KIND: (&str, &str) = ("Type", "Type");
const DESCRIPTION: (&str, &str) = ("DescriptionTestCase", "Description");

/// What is known of the fields of test cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CaseFields {
    /// The field of the fingerprint.
    pub(super) content: Option<u64>,
    /// The field of the description, where cases have one among their fields.
    pub(super) description: Option<u64>,
    /// What that field is called in searches.
    pub(super) content_label: String,
    /// What every new case is given, without the fingerprint.
    given: BTreeMap<u64, String>,
    /// Required fields for which nobody gives a value, by label.
    pub(super) lacking: Vec<String>,
}

impl CaseFields {
    /// Returns the fields as the settings of the project tell them.
    pub(super) fn of_settings(fields: &[Field]) -> Self {
        let named = |(original, label): (&str, &str)| {
            fields
                .iter()
                .find(|field| field.original_name.as_deref() == Some(original))
                .or_else(|| {
                    fields
                        .iter()
                        .find(|field| field.label.eq_ignore_ascii_case(label))
                })
        };
        let content = named(CONTENT);
        let mut known = Self {
            content: content.map(|field| field.id),
            description: named(DESCRIPTION).map(|field| field.id),
            content_label: content
                .map_or(CONTENT.1, |field| field.label.as_str())
                .to_owned(),
            ..Self::default()
        };
        if let Some(field) = named(AUTOMATION) {
            // 711 is `Yes` on every site that was ever seen.
            let yes = allowed(field, "Yes").unwrap_or_else(|| "711".to_owned());
            known.given.insert(field.id, yes);
        }
        if let Some((field, value)) =
            named(KIND).and_then(|field| Some((field, allowed(field, "Automation")?)))
        {
            known.given.insert(field.id, value);
        }
        for field in fields.iter().filter(|field| field.required) {
            if known.given.contains_key(&field.id)
                || known.content == Some(field.id)
                || is_text_of_case(field)
            {
                continue;
            }
            match default_of(field) {
                Some(value) => {
                    known.given.insert(field.id, value);
                }
                None => known.lacking.push(field.label.clone()),
            }
        }
        known
    }

    /// Returns the fields that an existing case shows, for accounts that may not read the settings.
    pub(super) fn of_case(case: &Case) -> Self {
        let named = |label: &str| {
            case.properties.iter().find(|p| {
                p.field_name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(label))
            })
        };
        let mut known = Self {
            content: named(CONTENT.1).map(|property| property.field_id),
            description: named(DESCRIPTION.1).map(|property| property.field_id),
            content_label: CONTENT.1.to_owned(),
            ..Self::default()
        };
        if let Some(property) = named(AUTOMATION.1) {
            known.given.insert(property.field_id, "711".to_owned());
        }
        known
    }

    /// Returns the defaults if nothing can be read: enough to search, not to create.
    pub(super) fn unknown() -> Self {
        Self {
            content_label: CONTENT.1.to_owned(),
            ..Self::default()
        }
    }

    /// Returns the properties of a new case; `None` where the field of the fingerprint is not known.
    pub(super) fn properties(&self, fingerprint: &str) -> Option<Vec<NewProperty>> {
        let content = NewProperty {
            field_id: self.content?,
            field_value: fingerprint.to_owned(),
        };
        let given = self.given.iter().map(|(id, value)| NewProperty {
            field_id: *id,
            field_value: value.clone(),
        });
        Some(given.chain([content]).collect())
    }

    /// Returns the properties of a case that a batch creates: the fingerprint travels by itself.
    pub(super) fn described(&self, description: &str) -> Vec<NewProperty> {
        let own = self.description.map(|field_id| NewProperty {
            field_id,
            field_value: description.to_owned(),
        });
        let given = self.given.iter().map(|(id, value)| NewProperty {
            field_id: *id,
            field_value: value.clone(),
        });
        own.into_iter().chain(given).collect()
    }

    /// Returns the fingerprint of a case.
    pub(super) fn fingerprint(&self, case: &Case) -> Option<String> {
        case.properties
            .iter()
            .find(|property| match self.content {
                Some(id) => property.field_id == id,
                None => property.field_name.as_deref() == Some(self.content_label.as_str()),
            })
            .and_then(super::wire::Property::text)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }
}

/// The fields of test runs that results can fill: those that the project made for itself, and its description.
#[derive(Debug, Clone, Default)]
pub(super) struct RunFields(Vec<Field>);

impl RunFields {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        Self(fields)
    }

    /// Returns the properties of a run: of these names and values those for which there is a field, and a value where it has a choice.
    pub(super) fn filled(
        &self,
        values: &[(String, String)],
        description: &str,
    ) -> Vec<NewProperty> {
        let described = description_field(&self.0).filter(|_| !description.is_empty());
        let described = described.map(|field| NewProperty {
            field_id: field.id,
            field_value: description.to_owned(),
        });
        let own = values.iter().filter_map(|(name, value)| {
            let mut fields = self.0.iter().filter(|field| is_own(field));
            let field = fields.find(|field| field.label.eq_ignore_ascii_case(name))?;
            let value = if field.allowed_values.is_empty() {
                value.clone()
            } else {
                allowed(field, value)?
            };
            Some(NewProperty {
                field_id: field.id,
                field_value: value,
            })
        });
        described.into_iter().chain(own).collect()
    }
}

/// Returns whether a field is one that the project made for itself.
fn is_own(field: &Field) -> bool {
    field
        .original_name
        .as_deref()
        .unwrap_or_default()
        .is_empty()
}

fn description_field(fields: &[Field]) -> Option<&Field> {
    fields.iter().find(|field| {
        field.original_name.as_deref() == Some("Description")
            || field.label.eq_ignore_ascii_case("Description")
    })
}

/// Name and description are given with every case and are no properties of it.
fn is_text_of_case(field: &Field) -> bool {
    const TEXTS: [&str; 3] = ["name", "description", "precondition"];
    let name = field.original_name.as_deref().unwrap_or(&field.label);
    TEXTS
        .iter()
        .any(|text| name.eq_ignore_ascii_case(text) || field.label.eq_ignore_ascii_case(text))
}

fn is_usable(value: &AllowedValue) -> bool {
    value.is_active != Some(false)
}

fn allowed(field: &Field, label: &str) -> Option<String> {
    field
        .allowed_values
        .iter()
        .filter(|v| is_usable(v))
        .find(|v| v.label.eq_ignore_ascii_case(label))
        .and_then(value_of)
}

fn value_of(value: &AllowedValue) -> Option<String> {
    text_of(value.value.as_ref()?)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Null => None,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

fn default_of(field: &Field) -> Option<String> {
    field.default_value.as_ref().and_then(text_of).or_else(|| {
        field
            .allowed_values
            .iter()
            .find(|v| v.is_default && is_usable(v))
            .and_then(value_of)
    })
}

/// Returns the property of a suite that takes its environment, where the project knows that one.
pub(super) fn environment(fields: &[Field], name: &str) -> Option<NewProperty> {
    let field = fields
        .iter()
        .find(|field| field.original_name.as_deref() == Some("EnvironmentTestSuite"))?;
    Some(NewProperty {
        field_id: field.id,
        field_value: allowed(field, name)?,
    })
}

/// Returns the property of a suite that takes our mark: suites have no description of their own, only where a project gave
/// them a field for it.
pub(super) fn description(fields: &[Field], text: &str) -> Option<NewProperty> {
    Some(NewProperty {
        field_id: description_field(fields)?.id,
        field_value: text.to_owned(),
    })
}
