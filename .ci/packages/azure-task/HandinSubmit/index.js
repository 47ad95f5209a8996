"use strict";
// Runs the program that the task brings along, with the job's own token where the step was given none.
const path = require("node:path");
const tl = require("azure-pipelines-task-lib/task");

const programs = { "linux-x64": "handin", "linux-arm64": "handin", "darwin-x64": "handin", "darwin-arm64": "handin", "win32-x64": "handin.exe" };

async function run() {
  const system = `${process.platform}-${process.arch}`;
  const program = path.join(__dirname, "bin", system, programs[system] ?? "handin");
  if (!tl.exist(program)) throw new Error(`this task brings no handin for ${system}; nothing was submitted`);

  const tool = tl.tool(program).arg("submit");
  const service = tl.getInput("service");
  const shard = tl.getInput("shard");
  if (service) tool.arg(["--service", service]);
  if (shard) tool.arg(["--shard", shard]);
  tool.arg(tl.getDelimitedInput("arguments", "\n"));
  tool.arg(tl.getDelimitedInput("reports", "\n"));

  const env = { ...process.env };
  const own = tl.getEndpointAuthorizationParameter("SYSTEMVSSCONNECTION", "AccessToken", true);
  if (!env.SYSTEM_ACCESSTOKEN && own) env.SYSTEM_ACCESSTOKEN = own;
  const cwd = tl.getPathInput("workingDirectory") || tl.getVariable("System.DefaultWorkingDirectory") || process.cwd();
  const code = await tool.execAsync({ cwd, env, ignoreReturnCode: true });
  // Its own annotations say what happened; here only whether the step has failed.
  tl.setResult(code === 0 ? tl.TaskResult.Succeeded : tl.TaskResult.Failed, code === 0 ? "" : `handin ended with ${code}`, true);
}

run().catch((error) => tl.setResult(tl.TaskResult.Failed, error.message, true));
