"use strict";
// Starts the program that the optional package for this system brought along, and ends as it does.
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const path = require("node:path");

function program(name) {
  const own = `@handin/${process.platform}-${process.arch}`;
  const file = process.platform === "win32" ? `${name}.exe` : name;
  try {
    return path.join(path.dirname(require.resolve(`${own}/package.json`)), "bin", file);
  } catch {
    console.error(`error: the package \`${own}\` is not installed, so there is no ${name} for this system; nothing was done`);
    console.error("hint: install without `--omit=optional` and `--no-optional`");
    process.exit(1);
  }
}

module.exports = function run(name) {
  const child = spawn(program(name), process.argv.slice(2), { stdio: "inherit" });
  // A terminal sends Ctrl-C to both; a CI that cancels a step sends SIGTERM to this process alone. Either way the program says how it ends.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`error: ${name} cannot be started: ${error.message}; nothing was done`);
    process.exit(1);
  });
  child.on("close", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};
