//! The tour's part on Katalon TestOps, which needs no mapping: every test goes in.

use anyhow::{Context as _, Result, ensure};
use handin_sandbox::katalon::{KatalonSandbox, World};
use serde_json::Value;

use super::{Chapter, Tour, step};

const SETTINGS: &str = r#"
[katalon]
team = "QA"
project = "Shop"
"#;

/// What the execution must count at the end: tests, passed, failed, skipped.
const EXPECTED: [(&str, u64); 4] = [
    ("totalTests", 7),
    ("totalPassedTests", 5),
    ("totalFailedTests", 1),
    ("totalSkippedTests", 1),
];

/// Returns the chapter with a stand-in that runs.
pub(super) fn chapter() -> Result<Chapter> {
    Ok(Chapter {
        local: Box::new(KatalonSandbox::start(World::demo())?),
        settings: SETTINGS,
        steps: vec![
            step("What can this account see?", &["projects", "katalon"]),
            step(
                "What would be written?",
                &["submit", "--service", "katalon", "--dry-run"],
            ),
            step("Hand the results in.", &["submit", "--service", "katalon"]),
            step("The same again.", &["submit", "--service", "katalon"]),
        ],
    })
}

impl Tour for KatalonSandbox {
    fn holds(&self) -> Vec<String> {
        let executions = self.executions();
        let mut lines = Vec::new();
        for execution in &executions {
            let order = execution.get("order").unwrap_or(&Value::Null);
            lines.push(format!(
                "  execution {order}  {}  {}",
                text(execution, "project"),
                text(execution, "status")
            ));
            for result in execution
                .get("results")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                lines.push(format!(
                    "  {:<8} {:<20} {}",
                    text(result, "suite"),
                    text(result, "name"),
                    text(result, "status")
                ));
            }
        }
        lines
    }

    fn check(&self) -> Result<()> {
        let executions = self.executions();
        ensure!(
            executions.len() == 1,
            "there are {} executions, not one",
            executions.len()
        );
        let execution = executions.first().context("there is no execution")?;
        for (name, expected) in EXPECTED {
            let found = execution.get(name).and_then(Value::as_u64);
            ensure!(
                found == Some(expected),
                "{name} is {found:?}, not {expected}"
            );
        }
        Ok(())
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
