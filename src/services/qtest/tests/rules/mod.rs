//! The rules by which reports become objects on qTest, one test each, named after the rule.

mod cases;
mod cycles;
mod project;
mod runs;

use handin_sandbox::qtest::{QtestSandbox, World};
use serde_json::Value;

use super::bench::{Bench, Job, job, passed};

/// Sends a request as a person at the keyboard might.
fn by_hand(sandbox: &QtestSandbox, method: &str, path: &str, body: &Value) {
    let agent = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let response = agent
        .request(
            method.parse().unwrap(),
            format!(
                "{}/api/v3/projects/{}{path}",
                sandbox.url(),
                project(sandbox)
            ),
        )
        .bearer_auth(sandbox.token())
        .json(body)
        .send()
        .unwrap();
    assert!(
        response.status().is_success(),
        "{method} {path}: {}",
        response.text().unwrap()
    );
}

fn project(sandbox: &QtestSandbox) -> u64 {
    sandbox.state()["projects"][0]["id"].as_u64().unwrap()
}

fn one() -> Job {
    job("1", &[passed("shop.web.CartTest", "adds")])
}

/// The same tests in the next CI build.
fn again(jobs: &[Job]) -> Vec<Job> {
    let mut jobs = jobs.to_vec();
    for job in &mut jobs {
        job.build = "2";
        job.began = "2026-03-02T10:00:00Z";
    }
    jobs
}

fn id(held: &Value) -> u64 {
    held["id"].as_u64().unwrap()
}

fn world(
    seed: impl FnOnce(handin_sandbox::qtest::Seed<'_>) -> handin_sandbox::qtest::Seed<'_>,
) -> Bench {
    Bench::new(World::new().project("Shop", seed))
}
