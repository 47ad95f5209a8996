#!/usr/bin/env python3
"""formats.py --bin handin FOLDER...: counts reports with readers of its own, and compares with what handin counts.

Each format is counted here in the simplest way that its documentation gives, with Python's JSON and XML, and by nothing that handin
shares. Compared are the number of tests, of those that passed, of those that were skipped, and of attempts where the format has them.
Exit status 1 where a report is counted otherwise.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET


def count(words, attempts=None):
    kinds = collections.Counter(words)
    total = sum(kinds.values())
    found = {"tests": total, "passed": kinds["p"], "skipped": kinds["s"]}
    if attempts is not None:
        found["attempts"] = attempts
    return found


def playwright(path):
    words, attempts = [], 0

    def suite(node):
        nonlocal attempts
        for spec in node.get("specs", []):
            for test in spec["tests"]:
                ran = test["results"]
                attempts += max(1, len(ran))
                words.append({"expected": "p", "flaky": "p", "skipped": "s"}.get(test["status"], "f"))
        for inner in node.get("suites", []):
            suite(inner)

    for node in json.load(open(path))["suites"]:
        suite(node)
    return count(words, attempts)


def jest(path):
    words, attempts = [], 0
    for file in json.load(open(path))["testResults"]:
        for test in file["assertionResults"]:
            words.append({"passed": "p", "failed": "f"}.get(test["status"], "s"))
            vitest = len(test["failureMessages"]) if test["status"] == "passed" and "invocations" not in test else 0
            attempts += max(test.get("invocations", 1), 1 + vitest)
    return count(words, attempts)


def mochawesome(path):
    words = []

    def suite(node):
        for test in node["tests"]:
            words.append("p" if test["pass"] else "f" if test["fail"] else "s")
        for inner in node["suites"]:
            suite(inner)

    for node in filter(None, json.load(open(path))["results"]):
        suite(node)
    return count(words)


def ctrf(path):
    words, attempts = [], 0
    for test in json.load(open(path))["results"]["tests"]:
        status = test["status"]
        todo = status == "other" and test.get("rawStatus") in ("todo", "xfailed")
        marks = {mark.get("type") for mark in (test.get("extra") or {}).get("annotations") or []}
        if status == "passed" and test.get("rawStatus") == "passed" and "fail" in marks:
            status = "failed"
        words.append("p" if status == "passed" else "s" if status in ("skipped", "pending") or todo else "f")
        attempts += 1 + max(test.get("retries") or 0, len(test.get("retryAttempts") or []))
    return count(words, attempts)


def cucumber(path):
    words, before = [], []
    for feature in json.load(open(path)):
        for element in feature.get("elements", []):
            ran = [step for part in ("before", "steps", "after") for step in element.get(part, [])]
            if element.get("type") == "background":
                before = [step for step in ran if "result" in step]
                continue
            states = {step.get("result", {}).get("status") for step in before + ran}
            before = []
            if element.get("status"):
                states = {element["status"]}
            if states == {"passed"}:
                words.append("p")
            elif states <= {"passed", "skipped"} and "skipped" in states:
                words.append("s")
            else:
                words.append("f")
    return count(words)


def messages(path):
    started, results, cases, retried = {}, collections.defaultdict(set), {}, set()
    attempts, ended, steps = collections.Counter(), {}, {}
    for line in open(path):
        ((name, value),) = json.loads(line).items()
        if name == "testCase":
            cases[value["id"]] = None
            steps[value["id"]] = len(value["testSteps"])
        elif name == "testCaseStarted":
            started[value["id"]] = value["testCaseId"]
            attempts[value["testCaseId"]] += 1
            ended[value["testCaseId"]] = value["id"]
        elif name == "testStepFinished":
            results[value["testCaseStartedId"]].add(value["testStepResult"]["status"])
    words = []
    for case in cases:
        states = results[ended.get(case)]
        words.append("p" if states == {"PASSED"} else "s" if states and states <= {"PASSED", "SKIPPED"} else "f")
    return count(words, sum(max(1, attempts[case]) for case in cases))


def go(path):
    words, open_tests = [], collections.defaultdict(list)
    for line in open(path):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        test, action, package = event.get("Test"), event["Action"], event.get("Package")
        if test and action == "run":
            open_tests[package].append(test)
        if action in ("pass", "fail", "skip", "bench"):
            word = {"pass": "p", "bench": "p", "skip": "s"}.get(action, "f")
            if test:
                words.append(word)
                if test in open_tests[package]:
                    open_tests[package].remove(test)
            else:
                words += [word] * len(open_tests.pop(package, ()))
    words += ["f" for tests in open_tests.values() for _ in tests]
    return count(words)


def robot(path):
    """Robot's own sums, which know of teardowns."""
    stats = ET.parse(path).findall("statistics/total/stat")
    stat = stats[-1]
    passed, failed, skipped = (int(stat.get(name, 0)) for name in ("pass", "fail", "skip"))
    return {"tests": passed + failed + skipped, "passed": passed, "skipped": skipped}


def allure(path):
    tests = collections.defaultdict(list)
    for file in path.glob("*-result.json"):
        result = json.load(open(file))
        tests[result.get("historyId") or result["uuid"]].append(result)
    words, attempts = [], 0
    for tries in tests.values():
        last = max(tries, key=lambda result: result.get("start", 0))
        status = last.get("status")
        steps = [step.get("status") for step in last.get("steps") or [] if "status" in step or not step.get("attachments")]
        if status == "passed" and (None in steps or "skipped" in steps):
            status = "broken" if None in steps else "skipped"
        if status is None and last.get("stage") == "pending":
            status = "skipped"
        words.append({"passed": "p", "skipped": "s"}.get(status, "f"))
        attempts += len(tries)
    return count(words, attempts)


def tap(path):
    """Leaves alone: a line that is deeper than the next at its level or above belongs to the subtests of that one."""
    points, yaml = [], None
    for line in open(path, errors="replace"):
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        if yaml is not None:
            if text == "..." and indent <= yaml:
                yaml = None
            continue
        if text == "---":
            yaml = indent
        found = re.match(r"(not )?ok\b(?!:)(.*)", text)
        if found:
            points.append((indent, not found[1], found[2]))
    words = []
    todo = lambda name: re.search(r"(?<!\\)# *(skip|todo)\b", name, re.I)
    for index, (indent, is_ok, rest) in enumerate(points):
        # What is deeper right before it, or behind it where braces say so, is inside.
        beside = points[index + 1:] if rest.endswith("{") else reversed(points[:index])
        inner = []
        for point in beside:
            if point[0] <= indent:
                break
            inner.append(point)
        braces = inner and any(point[2].endswith("{") for point in points if point[0] == indent)
        if braces and not rest.endswith("{"):
            inner = []
        if inner and (is_ok or any(not ok and not todo(name) for _, ok, name in inner)):
            continue
        words.append("s" if todo(rest) else "p" if is_ok else "f")
    return count(words)


def opentest(path):
    """Of both forms: what is no container, or, where nothing says what it is, what holds nothing."""
    local = lambda node: node.tag.rsplit("}")[-1]
    own = lambda node, name: next((inner for part in node for inner in [part, *part] if local(inner) == name), None)
    ends = {"SUCCESSFUL": "p", "SKIPPED": "s", "ABORTED": "s"}
    started, words = {}, []
    # JUnit writes control characters of names as they are.
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "?", path.read_text(errors="replace"))
    for node in ET.fromstring(text).iter():
        kind = own(node, "type")
        kind = kind.text if kind is not None else None
        if local(node) == "started":
            started[node.get("id")] = kind
        elif local(node) == "finished" and started.get(node.get("id")) != "CONTAINER":
            words.append(ends.get(own(node, "result").get("status"), "f"))
        elif local(node) in ("root", "child") and kind != "CONTAINER" and (kind or own(node, "child") is None):
            result = own(node, "result")
            words.append(ends.get(result.get("status"), "f") if result is not None else "f")
    return count(words)


def tosca(path):
    words = []
    for entry in ET.parse(path).iter("executionEntry"):
        said = {node.text for node in entry.iter("result")}
        words.append("f" if said & {"Failed", "Error"} else "p" if "Passed" in said else "s")
    return count(words)


READERS = {
    "allure": allure, "ctrf": ctrf, "cucumber": cucumber, "cucumber_messages": messages, "go": go, "jest": jest,
    "mochawesome": mochawesome, "open_test_reporting": opentest, "playwright": playwright, "robot": robot, "tap": tap,
    "tosca": tosca,
}


def reports(folders):
    for folder in folders:
        results = {file.parent for file in folder.rglob("*-result.json")}
        yield from sorted(results)
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.parent not in results and file.suffix in (".json", ".ndjson", ".tap", ".xml"):
                yield file


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    wrong, tried, left = 0, collections.Counter(), []
    for path in reports(options.folders):
        done = subprocess.run([options.bin, "verify", "--offline", "--json", str(path)], capture_output=True, text=True, timeout=60)
        told = json.loads(done.stdout)["reports"] if done.stdout else []
        told = told[0] if told else {"error": {"message": "not found"}}
        reader = READERS.get(told.get("format"))
        if reader is None:
            left.append(f"{path}: {(told.get('error') or {}).get('message', told.get('format'))}")
            continue
        try:
            own = reader(path)
        except ET.ParseError as error:
            left.append(f"{path}: its own reader does not take it: {error}")
            continue
        tried[told["format"]] += 1
        other = {name: (value, told[name]) for name, value in own.items() if told[name] != value}
        if other:
            wrong += 1
            print(f"{path}: " + ", ".join(f"{name} {mine} and not {theirs}" for name, (mine, theirs) in other.items()))
    for line in left:
        print(f"not compared: {line}")
    print(f"{sum(tried.values()) - wrong} of {sum(tried.values())} reports are counted alike: " + ", ".join(f"{name} {number}" for name, number in sorted(tried.items())))
    return 1 if wrong or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
