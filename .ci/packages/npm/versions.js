"use strict";
// Fills in the versions of the npm packages and writes the one of this system: versions.js FOLDER VERSION REPOSITORY SYSTEM
const fs = require("node:fs");
const path = require("node:path");
const [folder, version, repository, system] = process.argv.slice(2);
const systems = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
const file = path.join(folder, "handin/package.json");
const main = JSON.parse(fs.readFileSync(file, "utf8"));
main.version = version;
main.repository = { type: "git", url: `git+${repository}.git` };
main.optionalDependencies = Object.fromEntries(systems.map((name) => [`@handin/${name}`, version]));
delete main.man;
fs.writeFileSync(file, JSON.stringify(main, null, 2));
const [os, cpu] = system.split("-");
const own = {
  name: `@handin/${system}`, version, description: `handin for ${system}`, license: main.license, repository: main.repository,
  os: [os], cpu: [cpu], files: ["bin"], preferUnplugged: true,
};
fs.writeFileSync(path.join(folder, "system/package.json"), JSON.stringify(own, null, 2));
