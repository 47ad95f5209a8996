// Microsoft's own client for Node and a reporter of Playwright's against the stand-in: azure.mjs ORGANISATION TOKEN
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const [organisation, token] = process.argv.slice(2);
const azure = require("azure-devops-node-api");
const connection = new azure.WebApi(organisation, azure.getPersonalAccessTokenHandler(token));
const tests = await connection.getTestApi();
const items = await connection.getWorkItemTrackingApi();
const plans = await connection.getTestPlanApi();

// What is there.
const project = "Shop";
const [plan] = await plans.getTestPlans(project);
assert.equal(plan.name, "Regression");
let suite, points;
for (const one of await plans.getTestSuitesForPlan(project, plan.id)) {
  const there = await tests.getPoints(project, plan.id, one.id);
  if (there.length > (points?.length ?? 1)) [suite, points] = [one.id, there];
}
const point = await tests.getPoint(project, plan.id, suite, points[0].id);
assert.equal(point.id, points[0].id, "one point, no list");
const cases = await items.getWorkItems(points.map((it) => Number(it.testCase.id)));
assert.deepEqual(new Set(cases.map((it) => it.fields["System.WorkItemType"])), new Set(["Test Case"]));

// A run, as a client makes one.
const run = await tests.createTestRun({ name: "by the client for Node", plan: { id: String(plan.id) }, pointIds: [points[0].id], automated: true }, project);
const [made] = await tests.getTestResults(project, run.id);
await tests.updateTestResults([{ id: made.id, state: "Completed", outcome: "Passed" }], project, run.id);
await tests.updateTestRun({ state: "Completed" }, project, run.id);
const [result] = await tests.getTestResults(project, run.id);
assert.equal(result.outcome, "Passed");
const day = 24 * 3600 * 1000;
const found = await tests.queryTestRuns(project, new Date(Date.now() - day), new Date(Date.now() + day));
assert.ok(found.some((it) => it.id === run.id), "RFC 1123 dates are read");
await tests.updateTestPoints({ outcome: "Failed" }, project, plan.id, suite, String(points[1].id));
const [changed] = await tests.getPoint(project, plan.id, suite, points[1].id, undefined).then((it) => [it]);
assert.equal(changed.outcome, "Failed");
console.log("azure-devops-node-api looks, hands in and reads back");

// The reporter, as Playwright calls it.
const { default: Reporter } = require("@alex_neo/playwright-azure-reporter");
for (const mode of ["testResult", "testRun"]) {
  const before = new Set((await tests.getTestRuns(project)).map((it) => it.id));
  const reporter = new Reporter({ orgUrl: organisation, token, projectName: project, planId: plan.id, testRunTitle: `by Playwright, ${mode}`, publishTestResultsMode: mode, logging: true });
  await reporter.onBegin();
  const number = points[0].testCase.id;
  const test = { id: "1", title: `[${number}] signs in`, titlePath: () => ["", "chromium", "a.spec.ts", `[${number}] signs in`], annotations: [], location: { file: "a.spec.ts", line: 1, column: 1 }, parent: { title: "" }, outcome: () => "expected", expectedStatus: "passed", retries: 0, results: [] };
  const answer = { status: "passed", duration: 1500, startTime: new Date(), errors: [], attachments: [], retry: 0, steps: [], stdout: [], stderr: [], workerIndex: 0 };
  await reporter.onTestEnd(test, answer);
  await reporter.onEnd();
  const [fresh] = (await tests.getTestRuns(project)).filter((it) => !before.has(it.id));
  assert.ok(fresh, "it made a run");
  const results = await tests.getTestResults(project, fresh.id);
  assert.equal(results.length, 1, `${mode}: ${results.length} results`);
  assert.equal(results[0].outcome, "Passed", mode);
  console.log(`playwright-azure-reporter leaves one result by ${mode}`);
}
