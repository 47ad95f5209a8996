"""Runs the example pipelines: every shell step of each, as its CI would run it, against the stand-ins.

    python .ci/pipelines.py target/debug

The steps are taken from the files as they stand. What a CI system would give them is given: its variables, its secrets, its way of naming
a value, and a release to download, packed by `.ci/pack`. The tests that run are four, one of which fails. Then each job is run once
more, as if somebody had retried it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs/pipelines"
TARGET = "x86_64-unknown-linux-musl"
CASES = {1001: "pass", 1002: "fail", 1003: "pass", 1004: "pass"}
SETTINGS = """
[azure]
project = "Shop"
plan = "Regression"
[qtest]
project = "Shop"
module = "Automated"
"""
RUN_TESTS = """#!/usr/bin/env python3
import os, sys
index, count = (sys.argv + ["--shard", "1/1"])[2].split("/") if len(sys.argv) > 2 else ("1", "1")
failed = False
os.makedirs("out", exist_ok=True)
with open(f"out/TEST-{index}.xml", "w") as report:
    report.write('<testsuite name="Shop" timestamp="2026-01-01T10:00:00Z">')
    for at, (case, outcome) in enumerate(CASES.items()):
        if at % int(count) == int(index) - 1:
            failed |= outcome == "fail"
            failure = '<failure message="no"/>' if outcome == "fail" else ""
            report.write(f'<testcase classname="shop.Test" name="case {case}" time="1">{failure}<properties>'
                         f'<property name="TestCaseId" value="{case if SERVICE == "azure" else ""}"/></properties></testcase>')
    report.write("</testsuite>")
sys.exit(1 if failed else 0)
"""
CURL = """#!/usr/bin/env bash
# Downloads from the folder of the release instead of the network.
for argument; do
    case "$argument" in https://github.com/*/handin/releases/download/v0.1.0/*) cp "$RELEASE/${argument##*/}" . || exit 22 ;; esac
done
"""


class Sandbox:
    """The stand-ins, for one pipeline."""

    def __init__(self, program):
        ports = ["--azure-port", "0", "--qtest-port", "0", "--katalon-port", "0", "--kiwi-port", "0"]
        self.process = subprocess.Popen([program, "serve", *ports], stdout=subprocess.PIPE, text=True)
        self.variables = {}
        for line in self.process.stdout:
            if found := re.match(r"\s*export (\w+)=(.*)", line):
                self.variables[found[1]] = found[2]
            if line.startswith("Stop"):
                break

    def held(self, service):
        """Returns how often each case has a result, and in how many runs."""
        address = re.match(r"http://[^/]+", self.variables[f"HANDIN_{service.upper()}_URL"])[0]
        state = json.load(urllib.request.urlopen(f"{address}/__state", timeout=10))
        if service == "azure":
            points = {point["case"]: point["outcomes"] for point in state["points"] if point["case"] in CASES}
            return sorted(len(outcomes) for outcomes in points.values()), len(state["runs"])
        [project] = [project for project in state["projects"] if project["name"] == "Shop"]
        logs = Counter(log["name"] for log in project["test_logs"])
        return sorted(logs.values()), len([cycle for cycle in project["test_cycles"] if "Kept by handin" in cycle["description"]])

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Entra:
    """Whoever gives out tokens: the CI that of a job, the machine and Microsoft Entra one that the stand-in takes."""

    def __init__(self, token):
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path.split("?")[0])
                self.rfile.read(int(self.headers.get("content-length") or 0))
                answer = {"access_token": token, "expires_in": 3600, "value": "e30.e30.job", "oidcToken": "e30.e30.job"}
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def variables(self, read):
        """Returns what each CI, and the machine, has in the environment of a job."""
        here = f"http://127.0.0.1:{self.server.server_port}"
        own = {
            github: {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{here}/job?v=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "job-key"},
            azure: {"SYSTEM_OIDCREQUESTURI": f"{here}/job", "SYSTEM_COLLECTIONURI": here},
            gitlab: {"HANDIN_OIDC_TOKEN": "e30.e30.job"},
            jenkins: {"AZURE_POD_IDENTITY_AUTHORITY_HOST": here},
        }
        return {"AZURE_AUTHORITY_HOST": here, **own[read]}


class Job:
    """One job on a runner of its own: a folder, the environment, the program's place."""

    def __init__(self, name, service, sandbox, given):
        self.name, self.folder = name, Path(tempfile.mkdtemp())
        work = self.folder / "work"
        (work / ".git").mkdir(parents=True)
        (work / "handin.toml").write_text(SETTINGS)
        head, _, rest = RUN_TESTS.partition("\n")
        self.program("work/run-tests", f"{head}\nCASES = {CASES}\nSERVICE = '{service}'\n{rest}")
        self.program("bin/curl", CURL)
        (self.folder / "temp").mkdir()
        self.variables = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "RELEASE": str(ROOT / "target/pack"),
            f"HANDIN_{service.upper()}_URL": sandbox.variables[f"HANDIN_{service.upper()}_URL"],
            **{name: value.replace("{temp}", f"{self.folder}/temp") for name, value in given.items()},
        }

    def program(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self, script, more=None, codes=(0,)):
        output, path = self.folder / "temp/output", self.folder / "temp/path"
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_PATH": str(path)}
        answer = subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder / "work", env={**self.variables, **files, **(more or {})},
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        told = answer.stdout + answer.stderr
        if answer.returncode not in codes:
            raise SystemExit(f"{self.name}: exit code {answer.returncode}\n{script}\n{told}")
        added = re.findall(r"##vso\[task\.prependpath\](.+)", told) + (path.read_text().split() if path.exists() else [])
        self.variables["PATH"] = ":".join([*added, self.variables["PATH"]])
        return told, dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.exists() else {}

    def done(self):
        shutil.rmtree(self.folder)


def replaced(text, values):
    """Puts in what the CI system would put in, and refuses what is left over."""
    for pattern, value in values.items():
        text = text.replace(pattern, value)
    assert "${{" not in text and not re.search(r"\$\([A-Z]", text), f"not replaced: {text}"
    return text


def shares(shards):
    return range(1, shards + 1)


def github(example, sandbox, jobs_given):
    """Yields for each job of a workflow: its name, its variables, and its steps (script, variables)."""
    document = YAML(typ="safe").load((EXAMPLES / example).read_text())
    [job] = document["jobs"].values()
    matrix = job.get("strategy", {}).get("matrix", {}).get("shard", [1])
    for shard in matrix:
        values = {"${{ matrix.shard }}": str(shard), "${{ secrets.AZURE_DEVOPS_TOKEN }}": sandbox.variables["HANDIN_AZURE_TOKEN"],
                  "${{ github.token }}": ""}
        around = {name: replaced(value, values) for part in (document, job) for name, value in part.get("env", {}).items()}
        steps = [(replaced(step["run"], values), {n: replaced(v, values) for n, v in step.get("env", {}).items()})
                 for step in job["steps"] if "run" in step]
        yield f"{example} {shard}/{len(matrix)}", {**jobs_given, **around}, steps


def azure(example, sandbox, jobs_given):
    document = YAML(typ="safe").load((EXAMPLES / example).read_text())
    [job] = document["jobs"]
    count = int(job.get("strategy", {}).get("parallel", 1))
    for shard in shares(count):
        own = {"$(System.JobPositionInPhase)": str(shard), "$(System.TotalJobsInPhase)": str(count)}
        named = {n: replaced(v, own) for part in (document, job) for n, v in part.get("variables", {}).items()}
        values = {**own, **{f"$({n})": v for n, v in named.items()}, "$(System.AccessToken)": sandbox.variables["HANDIN_AZURE_TOKEN"]}
        steps = [(replaced(step["bash"], values), {n: replaced(v, values) for n, v in step.get("env", {}).items()}) for step in job["steps"]]
        yield f"{example} {shard}/{count}", {**jobs_given, **named}, steps


def gitlab(example, sandbox, jobs_given):
    job = YAML(typ="safe").load((EXAMPLES / example).read_text())["test"]
    count = job.get("parallel", 1)
    for shard in shares(count):
        parts = {"CI_NODE_INDEX": str(shard), "CI_NODE_TOTAL": str(count), "HANDIN_QTEST_TOKEN": sandbox.variables["HANDIN_QTEST_TOKEN"]}
        script = "\n".join(job["before_script"] + job["script"])
        yield f"{example} {shard}/{count}", {**jobs_given, **job["variables"], **parts}, [(script, {})]


def jenkins(example, sandbox, jobs_given):
    text = (EXAMPLES / example).read_text()
    [values] = re.findall(r"values (.*)", text) or ["'1'"]
    install = f'cd "$HOME/temp" && tar -xzf "$RELEASE/handin-{TARGET}.tar.gz" && install handin-{TARGET}/handin ../bin/'
    scripts = [a or b for a, b in re.findall(r"\bsh (?:'''(.*?)'''|'([^'].*?)'$)", text, re.MULTILINE)]
    assert len(scripts) == 2, scripts
    token = {"HANDIN_AZURE_TOKEN": sandbox.variables["HANDIN_AZURE_TOKEN"]}
    for shard in re.findall(r"'(\w+)'", values):
        around = dict(re.findall(r"withEnv\(\['(\w+)=(.*)'\]\)", text))
        yield f"{example} {shard}", {**jobs_given, "SHARD": shard, **around}, [(install, {}), (scripts[0], {}), (scripts[1], {} if around else token)]


GITHUB = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_RUN_ID": "9001", "GITHUB_RUN_NUMBER": "12", "GITHUB_RUN_ATTEMPT": "1",
          "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/shop", "GITHUB_REF_NAME": "main", "GITHUB_SHA": "c0ffee",
          "GITHUB_JOB": "test", "RUNNER_TEMP": "{temp}", "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64"}
AZURE = {"TF_BUILD": "True", "BUILD_BUILDID": "4711", "BUILD_BUILDNUMBER": "20260101.1", "SYSTEM_TEAMPROJECT": "Shop", "SYSTEM_JOBATTEMPT": "1",
         "BUILD_SOURCEBRANCHNAME": "main", "BUILD_SOURCEVERSION": "c0ffee", "SYSTEM_JOBNAME": "test", "AGENT_TEMPDIRECTORY": "{temp}"}
GITLAB = {"GITLAB_CI": "true", "CI": "true", "CI_PIPELINE_ID": "77", "CI_PIPELINE_IID": "7", "CI_PIPELINE_URL": "https://gitlab.example/acme/shop/7",
          "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHA": "c0ffee", "CI_JOB_NAME": "test"}
JENKINS = {"JENKINS_URL": "https://jenkins.example/", "BUILD_TAG": "jenkins-shop-12", "BUILD_NUMBER": "12", "BUILD_URL": "https://jenkins.example/job/shop/12/",
           "BRANCH_NAME": "main", "GIT_COMMIT": "c0ffee", "JOB_NAME": "shop"}
PIPELINES = [
    ("github-actions.yml", github, GITHUB, "azure"), ("github-actions-shards.yml", github, GITHUB, "azure"),
    ("azure-pipelines.yml", azure, AZURE, "azure"), ("azure-pipelines-shards.yml", azure, AZURE, "azure"),
    ("gitlab-ci.yml", gitlab, GITLAB, "qtest"), ("gitlab-ci-shards.yml", gitlab, GITLAB, "qtest"),
    ("Jenkinsfile", jenkins, JENKINS, "azure"), ("Jenkinsfile-shards", jenkins, JENKINS, "azure"),
]
# No secret is given to these.
WITHOUT_SECRETS = [
    ("github-actions-federation.yml", github, GITHUB), ("azure-pipelines-federation.yml", azure, AZURE),
    ("gitlab-ci-federation.yml", gitlab, GITLAB), ("Jenkinsfile-managed-identity", jenkins, JENKINS),
]


def run_pipeline(sandbox_program, example, read, given, service, is_secret=True):
    sandbox = Sandbox(sandbox_program)
    entra = Entra(sandbox.variables["HANDIN_AZURE_TOKEN"])
    if not is_secret:
        sandbox.variables |= {"HANDIN_AZURE_TOKEN": "no-token-of-the-service", "HANDIN_QTEST_TOKEN": "no-token-of-the-service"}
        given = {**given, **entra.variables(read)}
    try:
        if read is azure and is_secret:
            given = {**given, "SYSTEM_COLLECTIONURI": sandbox.variables["HANDIN_AZURE_URL"]}
        for attempt in ("first", "retried"):
            for name, variables, steps in read(example, sandbox, given):
                job = Job(f"{name}, {attempt}", service, sandbox, variables)
                for script, more in steps:
                    # A failing test fails its step, and nothing else may fail.
                    job.run(script, more, (0, 1) if "run-tests" in script else (0,))
                job.done()
            counts, runs = sandbox.held(service)
            assert (counts, runs) == ([1, 1, 1, 1], 1), f"{example}, {attempt}: {counts} results in {runs} runs"
        assert is_secret or entra.asked, f"{example}: nobody was asked for a token"
        print(f"{example}: 4 results once, and once after a retry of every job", flush=True)
    finally:
        sandbox.stop()


def run_action(sandbox_program):
    """The composite action, with each of its inputs."""
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text())
    sandbox = Sandbox(sandbox_program)
    inputs = {name: value.get("default", "") for name, value in action["inputs"].items()}
    inputs |= {"service": "azure", "reports": "out/**/*.xml", "shard": "1/1", "arguments": "--run-name\nfrom the action"}
    try:
        job = Job("action.yml", "azure", sandbox, {**GITHUB, "GITHUB_ACTION_PATH": str(ROOT), "HANDIN_AZURE_TOKEN": sandbox.variables["HANDIN_AZURE_TOKEN"]})
        job.run("./run-tests", codes=(1,))
        outputs = {}
        for step in action["runs"]["steps"]:
            values = {f"${{{{ inputs.{name} }}}}": value for name, value in inputs.items()}
            values |= {"${{ github.action_repository }}": "acme/handin", "${{ github.token }}": ""}
            values |= {f"${{{{ steps.install.outputs.{name} }}}}": value for name, value in outputs.items()}
            outputs = job.run(step["run"], {name: replaced(value, values) for name, value in step["env"].items()})[1]
        assert (outputs["exit_code"], outputs["state"]) == ("0", "done") and "/acme/Shop/" in outputs["url"], outputs
        assert sandbox.held("azure") == ([1, 1, 1, 1], 1), sandbox.held("azure")
        job.done()
        print("action.yml: 4 results once")
    finally:
        sandbox.stop()


def main(build):
    program = Path(build).resolve()
    subprocess.run(["bash", ".ci/pack", TARGET, str(program)], cwd=ROOT, check=True)
    archive = f"handin-{TARGET}.tar.gz"
    subprocess.run(f"sha256sum {archive} > SHA256SUMS", shell=True, cwd=ROOT / "target/pack", check=True)
    for example, read, given, service in PIPELINES:
        run_pipeline(program / "handin-sandbox", example, read, given, service)
    for example, read, given in WITHOUT_SECRETS:
        run_pipeline(program / "handin-sandbox", example, read, given, "azure", is_secret=False)
    run_action(program / "handin-sandbox")


main(*sys.argv[1:])
