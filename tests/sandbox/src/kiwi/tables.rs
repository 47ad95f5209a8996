//! What the server holds: tables of rows, with look-ups in the manner of Django's.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A row.
pub(super) type Row = Map<String, Value>;

/// A field of a table that names a row of another.
const REFERENCES: [(&str, &str, &str); 20] = [
    ("Product", "classification", "Classification"),
    ("Version", "product", "Product"),
    ("Build", "version", "Version"),
    ("Category", "product", "Product"),
    ("TestPlan", "product", "Product"),
    ("TestPlan", "product_version", "Version"),
    ("TestPlan", "type", "PlanType"),
    ("TestCase", "category", "Category"),
    ("TestCase", "priority", "Priority"),
    ("TestCase", "case_status", "TestCaseStatus"),
    ("TestCase", "plan", "TestPlan"),
    ("TestRun", "plan", "TestPlan"),
    ("TestRun", "build", "Build"),
    ("TestRun", "manager", "User"),
    ("TestExecution", "run", "TestRun"),
    ("TestExecution", "case", "TestCase"),
    ("TestExecution", "status", "TestExecutionStatus"),
    ("TestExecution", "build", "Build"),
    ("Link", "execution", "TestExecution"),
    ("Comment", "execution", "TestExecution"),
];

/// What a list shows besides the fields of the table itself.
const SHOWN: [(&str, &[&str]); 5] = [
    ("Version", &["product__name"]),
    ("Build", &["version__value"]),
    (
        "TestPlan",
        &["product__name", "product_version__value", "type__name"],
    ),
    (
        "TestCase",
        &["category__name", "priority__value", "case_status__name"],
    ),
    (
        "TestExecution",
        &["case__summary", "status__name", "build__name"],
    ),
];

/// All tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    rows: BTreeMap<&'static str, BTreeMap<u64, Row>>,
    last: BTreeMap<&'static str, u64>,
}

impl Tables {
    /// Adds a row; numbers are given once, also where a row is deleted.
    pub(super) fn add(&mut self, table: &'static str, mut row: Row) -> u64 {
        let last = self.last.entry(table).or_default();
        *last += 1;
        row.insert("id".to_owned(), json!(*last));
        self.rows.entry(table).or_default().insert(*last, row);
        *last
    }

    pub(super) fn get(&self, table: &str, id: u64) -> Option<&Row> {
        self.rows.get(table)?.get(&id)
    }

    pub(super) fn get_mut(&mut self, table: &str, id: u64) -> Option<&mut Row> {
        self.rows.get_mut(table)?.get_mut(&id)
    }

    pub(super) fn all(&self, table: &str) -> impl Iterator<Item = &Row> {
        self.rows.get(table).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn remove(&mut self, table: &str, id: u64) {
        if let Some(rows) = self.rows.get_mut(table) {
            rows.remove(&id);
        }
    }

    /// Returns the rows that fit a query, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// The server's words where it names a field that is not there.
    pub(super) fn filter(&self, table: &str, query: &Row) -> Result<Vec<&Row>, String> {
        let mut found = Vec::new();
        for row in self.all(table) {
            let mut fits = true;
            for (path, wanted) in query {
                fits &= self.fits(table, row, path, wanted)?;
            }
            if fits {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// Returns a row as a list shows it.
    pub(super) fn shown(&self, table: &str, row: &Row) -> Value {
        let mut shown = row.clone();
        shown.retain(|name, _| !(table == "TestCase" && name == "plan"));
        let more = SHOWN.iter().find(|(name, _)| *name == table);
        for path in more.map(|(_, paths)| *paths).unwrap_or_default() {
            let parts: Vec<&str> = path.split("__").collect();
            let value = self.values(table, row, &parts).into_iter().next();
            shown.insert((*path).to_owned(), value.cloned().unwrap_or_default());
        }
        Value::Object(shown)
    }

    fn fits(&self, table: &str, row: &Row, path: &str, wanted: &Value) -> Result<bool, String> {
        let mut parts: Vec<&str> = path.split("__").collect();
        let how = match parts.last() {
            Some(&how @ ("in" | "contains" | "startswith")) => {
                parts.pop();
                how
            }
            _ => "exact",
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found = self.values(table, row, &parts);
        if found.is_empty() && !self.knows(table, &parts) {
            return Err(format!("Cannot resolve keyword '{path}' into field."));
        }
        Ok(found.into_iter().any(|value| match how {
            "in" => wanted.as_array().is_some_and(|all| all.contains(value)),
            "contains" => text(value)
                .to_lowercase()
                .contains(&text(wanted).to_lowercase()),
            "startswith" => {
                let begins = text(wanted).to_lowercase();
                text(value).to_lowercase().starts_with(&begins)
            }
            _ => value == wanted,
        }))
    }

    fn knows(&self, table: &str, parts: &[&str]) -> bool {
        let Some((first, rest)) = parts.split_first() else {
            return true;
        };
        match reference(table, first) {
            Some(other) => self.knows(other, rest),
            None => {
                *first == "pk"
                    || self
                        .all(table)
                        .next()
                        .is_none_or(|row| row.contains_key(*first))
            }
        }
    }

    /// Returns the values to which a path leads: several where a field names several rows.
    fn values<'t>(&'t self, table: &str, row: &'t Row, parts: &[&str]) -> Vec<&'t Value> {
        let Some((first, rest)) = parts.split_first() else {
            return Vec::new();
        };
        let field = if *first == "pk" { "id" } else { first };
        let Some(value) = row.get(field) else {
            return Vec::new();
        };
        let several = value.as_array();
        let several = several.map_or_else(|| vec![value], |all| all.iter().collect());
        let Some(other) = reference(table, first).filter(|_| !rest.is_empty()) else {
            return several;
        };
        let ids = several.into_iter().filter_map(Value::as_u64);
        let rows = ids.filter_map(|id| self.get(other, id));
        rows.flat_map(|row| self.values(other, row, rest)).collect()
    }
}

fn reference(table: &str, field: &str) -> Option<&'static str> {
    let found = REFERENCES.iter().find(|it| it.0 == table && it.1 == field);
    found.map(|(_, _, other)| *other)
}
