//! The page that shows a person what the stand-in holds.

use super::{Azure, Point, Run, WorkItem};
use crate::page::{Html, page as whole};

/// More rows than these are left out of the page; the JSON has them all.
const ROWS: usize = 300;

/// Returns the page.
pub(super) fn page(azure: &Azure) -> String {
    let mut body = Html::default();
    body.push(&Html::heading(2, "Runs"));
    body.push(&runs(azure));
    for (age, run) in azure.runs.values().rev().enumerate() {
        let folded = format!("Results of run {}: {}", run.id, run.name);
        let show = if age == 0 {
            Html::unfolded
        } else {
            Html::folded
        };
        body.push(&show(&folded, &results(run)));
    }
    for plan in &azure.world.plans {
        body.push(&Html::heading(
            2,
            &format!("{} / {} (plan {})", plan.project, plan.name, plan.id),
        ));
        body.push(&points(azure, plan.id));
    }
    let about = format!(
        "Stand-in of {}, organisation {}. Nothing here leaves this machine.",
        "Azure DevOps Test Plans", azure.world.organisation
    );
    whole("Azure DevOps Test Plans", &about, &body)
}

fn runs(azure: &Azure) -> Html {
    let rows = azure.runs.values().rev().take(ROWS).map(|run| {
        let counts: Vec<String> = run
            .statistics()
            .iter()
            .map(|((_, outcome), count)| format!("{count} {outcome}"))
            .collect();
        vec![
            Html::text(run.id.to_string()),
            Html::text(&run.name),
            Html::outcome(&run.state),
            Html::text(run.plan.map_or("none".to_owned(), |plan| {
                format!("{} ({plan})", azure.world.plan_name(plan))
            })),
            Html::text(run.results.len().to_string()),
            Html::text(counts.join(", ")),
            Html::text(run.attachments.len().to_string()),
        ]
    });
    Html::table(
        &[
            "Run", "Name", "State", "Plan", "Results", "Outcomes", "Files",
        ],
        rows.collect(),
    )
}

fn results(run: &Run) -> Html {
    let rows = run.results.values().take(ROWS).map(|row| {
        let files: Vec<&str> = row
            .attachments
            .iter()
            .map(|file| file.file_name.as_str())
            .collect();
        let milliseconds = row
            .fields
            .get("durationInMs")
            .and_then(serde_json::Value::as_f64);
        vec![
            Html::text(row.id.to_string()),
            Html::text(row.text("testCaseTitle")),
            Html::outcome(row.outcome()),
            Html::text(milliseconds.map_or(String::new(), |taken| format!("{taken:.0} ms"))),
            Html::text(row.text("errorMessage")),
            Html::text(row.text("comment")),
            Html::text(files.join(", ")),
        ]
    });
    let mut html = Html::table(
        &[
            "Result", "Title", "Outcome", "Duration", "Error", "Comment", "Files",
        ],
        rows.collect(),
    );
    html.push(&rest(run.results.len()));
    html
}

fn points(azure: &Azure, plan: i64) -> Html {
    let here: Vec<&Point> = azure
        .world
        .points
        .values()
        .filter(|point| point.plan == plan)
        .collect();
    let rows = here.iter().take(ROWS).map(|point| {
        vec![
            Html::text(point.id.to_string()),
            Html::text(azure.suite_name(point.suite)),
            Html::text(point.case.to_string()),
            Html::text(
                azure
                    .world
                    .items
                    .get(&point.case)
                    .map_or("", WorkItem::title),
            ),
            Html::text(azure.world.configuration_name(point.configuration)),
            Html::outcome(point.last.as_ref().map_or("", |last| &last.outcome)),
            Html::text(
                point
                    .last
                    .as_ref()
                    .map_or(String::new(), |last| last.run.to_string()),
            ),
        ]
    });
    let mut html = Html::table(
        &[
            "Point",
            "Suite",
            "Case",
            "Title",
            "Configuration",
            "Last outcome",
            "Run",
        ],
        rows.collect(),
    );
    html.push(&rest(here.len()));
    html
}

fn rest(all: usize) -> Html {
    if all > ROWS {
        Html::paragraph(&format!("{} more are in the state as JSON.", all - ROWS))
    } else {
        Html::default()
    }
}
