// What Katalon's own reporter left at the stand-in: testops.mjs SERVER TOKEN PROJECT COUNT
import assert from "node:assert/strict";

const [server, token, project, count] = process.argv.slice(2);
const headers = { authorization: `Basic ${Buffer.from(`:${token}`).toString("base64")}` };
let executions = [];
for (let tries = 0; tries < 100; tries += 1) {
  const page = await (await fetch(`${server}/api/v1/executions?projectId=${project}`, { headers })).json();
  executions = page.content;
  if (executions.length === Number(count) && executions.every((it) => it.executionStage === "COMPLETED")) break;
  await new Promise((done) => setTimeout(done, 200));
}
assert.equal(executions.length, Number(count));
for (const execution of executions) {
  const { totalTests, totalPassedTests, totalFailedTests, totalSkippedTests, duration, startTime } = execution;
  assert.deepEqual([totalTests, totalPassedTests, totalFailedTests, totalSkippedTests], [3, 1, 1, 1]);
  assert.ok(duration < 60_000 && startTime > "2026", `a skipped test has no start: ${startTime}, ${duration} ms`);
}
console.log(`${count} executions with one test of each kind`);
