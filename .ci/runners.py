#!/usr/bin/env python3
"""runners.py PAGE HANDIN FOLDER [NAME...]: runs the examples of the page "Reports and runners" as they stand there.

A section of the page has files, each named on a line of its own before it, and one block of commands. They are put into a folder of their
own and run there; the last command names the report. Each example has three tests: one passes and belongs to case 1001, one fails, one is
left out. Exceptions are what the page itself tells of: a runner that does not write what was left out, or writes it as passed.
With names, these sections are run; `--list` prints those that there are. Reports stay in FOLDER, for readers of their own to count.
"""
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET

ID = re.compile(r"\bTC-(\d+)\b|_TC_(\d+)\b", re.I)
# What does not write what was left out, and what writes it as passed.
UNWRITTEN = {"Rust", "Catch2"}
AS_PASSED = {"Postman, Newman"}


def sections(page):
    for part in re.split(r"^## ", page.read_text(), flags=re.M)[1:]:
        name, body = part.split("\n", 1)
        files, commands, path = {}, [], None
        for text, fence in split(body):
            if fence is None:
                path = text
            elif path:
                files[path], path = fence, None
            elif text == "sh":
                commands = fence.splitlines()
        yield name.strip(), files, commands


def split(body):
    """Gives names of files and fenced blocks in their order."""
    for found in re.finditer(r"^`([^`\n]+)`$|^```(\w+)\n(.*?)^```$", body, re.M | re.S):
        yield (found[1], None) if found[1] else (found[2], found[3])


def junit(path):
    """Counts elements, and nothing else."""
    cases = [case for case in ET.parse(path).iter("testcase")]
    has = lambda case, *names: any(case.find(name) is not None for name in names)
    failed = sum(has(case, "failure", "error") for case in cases)
    left = lambda case: case.get("status") in ("notrun", "disabled", "skipped") or has(case, "skipped")
    skipped = sum(not has(case, "failure", "error") and left(case) for case in cases)
    return {"tests": len(cases), "passed": len(cases) - failed - skipped, "skipped": skipped}


def run(name, files, commands, handin, folder):
    folder.mkdir(parents=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    *steps, last = commands
    report = folder / last.split()[-1]
    # Runners exit with an error where a test fails: what counts is the report.
    ran = [subprocess.run(["bash", "-c", step], cwd=folder, capture_output=True, text=True, timeout=240) for step in steps]
    if not report.exists():
        said = "\n".join(f"$ {step}\n{done.stdout}{done.stderr}" for step, done in zip(steps, ran))
        return f"{name} wrote no {report.name}:\n{said}"
    done = subprocess.run([handin, "verify", "--offline", "--json", "--cases", str(report)], capture_output=True, text=True)
    told = json.loads(done.stdout)["reports"][0] if done.stdout else None
    if not told or told.get("error"):
        return f"{name}: handin does not read {report.name}: {done.stdout}{done.stderr}"
    expected = {"tests": 3, "passed": 1, "skipped": 1}
    if name in UNWRITTEN:
        expected = {"tests": 2, "passed": 1, "skipped": 0}
    if name in AS_PASSED:
        expected = {"tests": 3, "passed": 2, "skipped": 0}
    counted = {what: told[what] for what in expected}
    if counted != expected:
        return f"{name}: {expected} was run, and {counted} read"
    if told["format"] == "junit" and junit(report) != expected:
        return f"{name}: {expected} was run, and {junit(report)} stand in the report"
    ids = {(case["name"], found) for case in told["cases"] for found in ids_of(case)}
    if len(ids) != 1 or {found for _, found in ids} != {"1001"}:
        return f"{name}: case 1001 was named once, and these ids were found: {sorted(ids)}"
    return None


def ids_of(case):
    yield from filter(None, [(case.get("properties") or {}).get("TestCaseId")])
    yield from (found[1] or found[2] for found in ID.finditer(case["name"]))


def serve():
    """Something for Newman to ask."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_port}"


def main():
    page, handin, folder, names = pathlib.Path(sys.argv[1]), os.path.abspath(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:]
    known = {name: (files, commands) for name, files, commands in sections(page)}
    if names == ["--list"]:
        print("\n".join(known))
        return 0
    told = page.read_text().split("The examples of ", 1)[1].split(" are run", 1)[0]
    server, wrong = serve(), 0
    for name in names:
        if name.split(", ")[-1].removesuffix(" in Ruby") not in told:
            raise SystemExit(f"the page does not say that the example of {name} is run")
        files, commands = known[name]
        commands = [command.replace("127.0.0.1:8080", server) for command in commands]
        problem = run(name, files, commands, handin, folder / re.sub(r"\W+", "-", name.lower()))
        wrong += problem is not None
        print(problem or f"{name}: read as it was meant", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
