//! The tour's part on Azure DevOps Test Plans.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use handin_sandbox::azure::{AzureSandbox, World};

use super::{Chapter, Tour, step};

const SETTINGS: &str = r#"
[azure]
project = "Shop"
plan = "Regression"

[[azure.configurations]]
when = { browser = "Chrome*" }
use = "Windows 10 + Chrome"

[cases.azure]
"shop.LoginTest › valid user" = [1001]
"shop.LoginTest › wrong password" = [1002]
"#;

/// What the points must show at the end. The skipped test leaves its point alone, and the case with two points got its
/// result in the configuration that ran.
const EXPECTED: [(i64, &str); 5] = [
    (1, "Passed"),
    (2, "Failed"),
    (4, "Passed"),
    (5, "Passed"),
    (6, "Passed"),
];

/// Returns the chapter with a stand-in that runs.
pub(super) fn chapter() -> Result<Chapter> {
    Ok(Chapter {
        local: Box::new(AzureSandbox::start(World::demo())?),
        settings: SETTINGS,
        steps: vec![
            step(
                "Which login counts, and where does it come from?",
                &["login", "--list"],
            ),
            step(
                "Are the reports readable? No service is asked.",
                &["verify", "--offline", "reports/*.xml"],
            ),
            step("What can this account see?", &["projects", "azure"]),
            step("And in this project?", &["projects", "azure", "Shop"]),
            step(
                "Which case is which test? Two are in the settings; here is another.",
                &[
                    "map",
                    "set",
                    "--service",
                    "azure",
                    "shop.PriceTest > is rounded to cents",
                    "1005",
                ],
            ),
            step(
                "The rest by their titles, as far as that is beyond doubt.",
                &["map", "suggest", "--service", "azure", "--apply"],
            ),
            step("All together.", &["map", "list", "--service", "azure"]),
            step(
                "What would be written? This only looks.",
                &["submit", "--service", "azure", "--dry-run"],
            ),
            step("Hand the results in.", &["submit", "--service", "azure"]),
            step(
                "The same again, as a retried pipeline does: nothing is written twice.",
                &["submit", "--service", "azure"],
            ),
        ],
    })
}

impl Tour for AzureSandbox {
    fn holds(&self) -> Vec<String> {
        let runs = self.look(|azure| {
            let lines = azure.runs().values().map(|run| {
                format!(
                    "  run {}  {}  {}  {} results",
                    run.id,
                    run.state,
                    run.name,
                    run.results.len()
                )
            });
            lines.collect::<Vec<_>>()
        });
        let points = self.points().into_iter().map(|(id, point)| {
            let outcome = point.outcome.as_deref().unwrap_or("-");
            format!(
                "  point {id:<3} case {:<5} {:<22} {outcome}",
                point.case, point.configuration
            )
        });
        runs.into_iter().chain(points).collect()
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.run_count() == 1,
            "there are {} runs, not one",
            self.run_count()
        );
        let expected: BTreeMap<i64, String> = EXPECTED
            .iter()
            .map(|(id, outcome)| (*id, (*outcome).to_owned()))
            .collect();
        ensure!(
            self.outcomes() == expected,
            "the points show {:?}",
            self.outcomes()
        );
        let doubled = self
            .points()
            .values()
            .any(|point| point.outcomes.len() > 1 || point.pending > 0);
        ensure!(
            !doubled,
            "a point has more than one result, or one that was never filled in"
        );
        Ok(())
    }
}
