//! Results of many runs at once, by id or by what they are about: a POST that only looks.

use serde_json::{Value, json};

use super::Azure;
use super::call::{Call, property, text};
use super::refusal::{Answer, Refusal};
use super::run::{ResultRow, Run};
use crate::http::Response;

impl Azure {
    /// Answers the results that a query names. Azure: it comes back as it was sent, with the results in it (docs: Test Results
    /// – Query).
    pub(super) fn query_results(&self, call: &Call<'_>) -> Answer {
        let project = call.project(&self.world)?.name.clone();
        let body = call.json()?;
        let named = property(&body, "results").and_then(Value::as_array);
        let filter = property(&body, "resultsFilter").filter(|filter| !filter.is_null());
        if named.is_none() && filter.is_none() {
            return Err(Refusal::argument(
                "Value cannot be null.\r\nParameter name: query.ResultsFilter",
            ));
        }
        let wanted = named.map(|rows| rows.iter().filter_map(identity).collect::<Vec<_>>());
        let found: Vec<Value> = self
            .runs
            .values()
            .filter(|run| run.project == project)
            .flat_map(|run| run.results.values().map(move |row| (run, row)))
            .filter(|(run, row)| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| wanted.contains(&(run.id, row.id)))
            })
            .filter(|(run, row)| filter.is_none_or(|filter| fits(filter, run, row)))
            .map(|(run, row)| run.result_json(&call.base, row))
            .collect();
        let mut answer = json!({
            "fields": property(&body, "fields").cloned().unwrap_or_else(|| json!([])),
            "results": found,
        });
        if let (Some(filter), Some(object)) = (filter, answer.as_object_mut()) {
            object.insert("resultsFilter".to_owned(), filter.clone());
        }
        Ok(Response::json(200, &answer))
    }
}

/// Returns the run and the id of a result that a query names.
fn identity(row: &Value) -> Option<(i64, i64)> {
    let run = super::call::reference(property(row, "testRun"))?;
    Some((run, property(row, "id")?.as_i64()?))
}

fn fits(filter: &Value, run: &Run, row: &ResultRow) -> bool {
    let number = |name: &str| {
        property(filter, name)
            .and_then(Value::as_i64)
            .filter(|id| *id > 0)
    };
    let points: Vec<i64> = property(filter, "testPointIds")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    let case = super::call::reference(row.fields.get("testCase"));
    let name = text(filter, "automatedTestName").filter(|name| !name.is_empty());
    number("testPlanId").is_none_or(|plan| run.plan == Some(plan))
        && number("testCaseId").is_none_or(|wanted| case == Some(wanted))
        && (points.is_empty() || row.point.is_some_and(|point| points.contains(&point)))
        && name.is_none_or(|name| row.text("automatedTestName") == name)
}
