//! Points whose outcome is set without a run, or which are set back.

use serde_json::Value;

use super::Azure;
use super::call::{Call, envelope, id, now, property, text};
use super::outcome::outcome;
use super::refusal::{Answer, Refusal};
use super::world::{LastResult, Point};

/// What a client says of a point.
#[derive(Debug, Clone)]
enum Change {
    Outcome(String),
    Active,
    /// A tester, or nothing that is kept here.
    Other,
}

impl Azure {
    /// Sets points as the `test` area does it: one change for all that the path names.
    pub(super) fn set_points(
        &mut self,
        call: &Call<'_>,
        plan: &str,
        suite: &str,
        points: &str,
    ) -> Answer {
        let suite = self.suite_in(self.plan_in(call, plan)?, suite)?.id;
        let body = call.json()?;
        let change = match text(&body, "outcome") {
            Some(word) => Change::Outcome(outcome(word)?.to_owned()),
            None if property(&body, "resetToActive").and_then(Value::as_bool) == Some(true) => {
                Change::Active
            }
            None => Change::Other,
        };
        let numbers = points.split(',').map(id).collect::<Result<Vec<_>, _>>()?;
        self.change(suite, numbers.into_iter().map(|id| (id, change.clone())))?;
        let numbers = points.split(',').map(id).collect::<Result<Vec<_>, _>>()?;
        let shown = numbers
            .into_iter()
            .map(|number| Ok(self.old_point_json(call, self.point_in(suite, number)?)));
        Ok(envelope(shown.collect::<Result<_, Refusal>>()?))
    }

    /// Sets points as the `testplan` area does it: a change for each.
    pub(super) fn update_points(&mut self, call: &Call<'_>, plan: &str, suite: &str) -> Answer {
        let suite = self.suite_in(self.plan_in(call, plan)?, suite)?.id;
        let body = call.json()?;
        let rows = body.as_array().ok_or_else(|| {
            Refusal::argument("Value cannot be null.\r\nParameter name: testPointUpdateParams")
        })?;
        let changes = rows.iter().map(|row| {
            let number = property(row, "id")
                .and_then(Value::as_i64)
                .ok_or_else(|| Refusal::invalid("testPoint.Id"))?;
            let word = property(row, "results").and_then(|results| property(results, "outcome"));
            let word = word.map(|word| {
                word.as_str()
                    .map_or_else(|| word.to_string(), str::to_owned)
            });
            let is_active = property(row, "isActive").and_then(Value::as_bool) == Some(true);
            let change = match word {
                Some(word) => Change::Outcome(outcome(&word)?.to_owned()),
                None if is_active => Change::Active,
                None => Change::Other,
            };
            Ok((number, change))
        });
        let changes = changes.collect::<Result<Vec<_>, Refusal>>()?;
        self.change(suite, changes.iter().cloned())?;
        let shown = changes
            .iter()
            .map(|(number, _)| self.point_json(call, self.point_in(suite, *number)?));
        Ok(envelope(shown.collect::<Result<_, Refusal>>()?))
    }

    /// Makes all changes, or none.
    fn change(
        &mut self,
        suite: i64,
        changes: impl Iterator<Item = (i64, Change)>,
    ) -> Result<(), Refusal> {
        let changes: Vec<(i64, Change)> = changes.collect();
        for (number, _) in &changes {
            self.point_in(suite, *number)?;
        }
        for (number, change) in changes {
            if let Some(point) = self.world.points.get_mut(&number) {
                apply(point, change);
            }
        }
        Ok(())
    }
}

fn apply(point: &mut Point, change: Change) {
    match change {
        Change::Outcome(outcome) => {
            point.last = Some(LastResult {
                outcome,
                run: 0,
                result: 0,
                milliseconds: 0.0,
                completed: now(),
            });
        }
        Change::Active => point.last = None,
        Change::Other => {}
    }
}
