//! The tour's part on qTest, which makes modules, test cases, cycles and suites of what the reports say.

use anyhow::{Result, ensure};
use handin_sandbox::qtest::{QtestSandbox, World};
use serde_json::Value;

use super::{Chapter, Tour, step};

const SETTINGS: &str = r#"
[qtest]
project = "Shop"
module = "Automated"
cycle = "{job}"
suite = "{browser}"
"#;

/// Returns the chapter with a stand-in that runs.
pub(super) fn chapter() -> Result<Chapter> {
    Ok(Chapter {
        local: Box::new(QtestSandbox::start(World::demo())?),
        settings: SETTINGS,
        steps: vec![
            step("What can this account see?", &["projects", "qtest"]),
            step(
                "What would be written?",
                &["submit", "--service", "qtest", "--dry-run"],
            ),
            step(
                "Hand the results in: the test cases are made on the way, below the module of the settings.",
                &["submit", "--service", "qtest"],
            ),
            step("The same again.", &["submit", "--service", "qtest"]),
        ],
    })
}

impl Tour for QtestSandbox {
    fn holds(&self) -> Vec<String> {
        let logs = self.held("test_logs");
        let lines = logs.iter().map(|log| {
            format!(
                "  {:<22} {:<20} {}",
                text(log, "path"),
                text(log, "name"),
                text(log, "status")
            )
        });
        lines.collect()
    }

    fn check(&self) -> Result<()> {
        let logs = self.held("test_logs");
        let runs = self.held("test_runs");
        let new = self.held("test_cases");
        let new = new.iter().filter(|case| automated(case)).count();
        let counts = (new, runs.len(), logs.len());
        ensure!(
            counts == (7, 7, 7),
            "there are {} automated test cases, {} runs and {} logs, not 7 of each",
            counts.0,
            counts.1,
            counts.2
        );
        for (status, expected) in [("Passed", 5), ("Failed", 1), ("Incomplete", 1)] {
            let held = logs.iter().filter(|log| text(log, "status") == status);
            let held = held.count();
            ensure!(held == expected, "{held} logs are {status}, not {expected}");
        }
        Ok(())
    }
}

fn automated(case: &Value) -> bool {
    text(case, "path").starts_with("Automated")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
