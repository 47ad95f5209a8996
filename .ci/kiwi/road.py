"""Submits to a real Kiwi TCMS through proxies that break one write after the other in every way: road.py PROGRAM PORT

After at most four calls each thing stands there once, no code has lied, and no claim is left. The last line sums up.
"""

import base64
import http.client
import itertools
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import passing

program, port = str(Path(sys.argv[1]).resolve()), int(sys.argv[2])
direct = f"http://127.0.0.1:{port}"
WRITES = (".create", ".update", ".add_", ".remove")
PLAIN = {"adds": ("", "PASSED"), "removes": ('<failure message="expected 1, was 2"/>', "FAILED"), "later": ("<skipped/>", "WAIVED")}
LOCKED = {"code": -32603, "message": "Internal error: database is locked"}
counts = {"broken writes": 0, "calls": 0, "killed": 0, "left claims": 0}


class Proxy(BaseHTTPRequestHandler):
    """Hands requests on, but for one write."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.hand_on(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        calls = json.loads(body)
        methods = [call["method"] for call in (calls if isinstance(calls, list) else [calls])]
        fault, site = None, self.server
        if any(word in methods[0] for word in WRITES):
            with site.lock:
                site.seen += 1
                fault = site.fault if site.seen == site.at else None
                person = site.person and site.person[0] in methods[0] and site.person[1]
                site.person = None if person else site.person
            if person:
                person()
        broken_off = json.dumps([{"jsonrpc": "2.0", "id": call["id"], "error": LOCKED} for call in calls]).encode() if fault else b""
        if fault == "refuse":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        if fault == "close before":
            return self.cut()
        if fault == "503 before":
            return self.answer(503, b"busy", "text/plain")
        if fault == "broken off before":
            return self.answer(200, broken_off, "application/json")
        if fault == "no such method":
            error = {"code": -32601, "message": f'Method not found: "{methods[0]}"'}
            return self.answer(200, broken_off.replace(json.dumps(LOCKED).encode(), json.dumps(error).encode()), "application/json")
        if fault == "sign-in page":
            return self.answer(200, b"<html><title>Sign in</title></html>", "text/html")
        self.hand_on(body, fault, broken_off)

    def hand_on(self, body, fault=None, broken_off=b""):
        gone = {"cookie": "sessionid=gone"} if fault == "session gone" else {}
        answer, text = passing.hand_on(self, port, body, gone)
        if fault == "close after":
            return self.cut()
        if fault == "503 after":
            return self.answer(503, b"busy", "text/plain")
        if fault == "broken off after":
            return self.answer(200, broken_off, "application/json")
        if fault == "stall":
            time.sleep(20)
            return self.cut()
        extra = {name: answer.headers[name] for name in ("date", "set-cookie", "location") if answer.headers[name]}
        sent = text[: len(text) // 2] if fault == "truncate" else text
        self.answer(answer.status, text, answer.headers["content-type"], sent, extra)

    def answer(self, status, text, kind, sent=None, extra=None):
        self.send_response_only(status)
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text if sent is None else sent)
        if sent is not None and sent != text:
            self.cut()

    def cut(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


class Server(passing.Server):
    def __init__(self, fault=None, at=0):
        self.fault, self.at, self.seen, self.lock = fault, at, 0, threading.Lock()
        self.person = None  # A write, and what somebody does right before it.
        super().__init__(Proxy)


session = {}


def ask(*calls):
    """Makes calls at the server itself; what another broke off is asked once more."""
    for attempt in itertools.count():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

        def post(value, cookie=""):
            connection.request("POST", "/json-rpc/", json.dumps(value), {"content-type": "application/json", "cookie": cookie})
            return json.loads(connection.getresponse().read())

        if "id" not in session:
            answer = post({"jsonrpc": "2.0", "id": 1, "method": "Auth.login", "params": ["bot", "bot-pass"]})
            if "result" not in answer:
                continue
            session["id"] = answer["result"]
        batch = [{"jsonrpc": "2.0", "id": at, "method": method, "params": params} for at, (method, params) in enumerate(calls, 1)]
        answers = sorted(post(batch, f"sessionid={session['id']}"), key=lambda it: it["id"])
        errors = [answer["error"] for answer in answers if "error" in answer]
        if not errors:
            return [answer["result"] for answer in answers]
        assert attempt < 20 and "locked" in errors[0]["message"], errors
        time.sleep(random.random())


class Site:
    """A product of its own, and a folder with reports and settings."""

    def __init__(self, url, extra="", tests=PLAIN):
        self.folder, self.url, self.product = tempfile.mkdtemp(), url, f"Road {uuid.uuid4()}"
        Path(self.folder, ".git").mkdir()
        kind = ask(("Classification.filter", [{"name": "road"}]))[0] or ask(("Classification.create", [{"name": "road"}]))
        self.id = ask(("Product.create", [{"name": self.product, "classification": kind[0]["id"]}]))[0]["id"]
        self.settings = f'reports = ["out/*.xml"]\n[kiwi]\nurl = "{url}"\nproduct = "{self.product}"\nplan = "Regression"\ncreate = true\nsettle = "3s"\n{extra}'
        Path(self.folder, "handin.toml").write_text(self.settings)
        self.report(tests)

    def report(self, tests, name="TEST"):
        self.tests = tests
        Path(self.folder, "out").mkdir(exist_ok=True)
        cases = "".join(f'<testcase classname="shop.Cart" name="{test}" time="1">{inner}</testcase>' for test, (inner, _) in tests.items())
        Path(self.folder, f"out/{name}.xml").write_text(f'<testsuite name="Shop" timestamp="2026-03-01T10:00:00Z">{cases}</testsuite>')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *arguments, command="submit", user="bot", password="bot-pass", **extra):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "HANDIN_KIWI_URL": self.url, "HANDIN_KIWI_USER": user,
                       "HANDIN_KIWI_PASSWORD": password, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", **extra}
        counts["calls"] += 1
        return subprocess.Popen([program, command, "--json", *arguments], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self, *arguments, **extra):
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=560)
        assert "bot-pass" not in out + err, "the password is shown"
        return process.returncode, out, err

    def until_done(self, name, *arguments, journal=True, **extra):
        """Repeats until it is done: at most four calls, none of which says something that is not so."""
        for _ in range(4):
            code, out, err = self.call(*arguments, **extra)
            assert code in (0, 1, 4, 6, 7, 8), f"{name}: {code}\n{out}\n{err}"
            if code == 0:
                return out
            if not journal:
                shutil.rmtree(f"{self.folder}/.handin", ignore_errors=True)
        raise AssertionError(f"{name}: {code} after four calls\n{out}\n{err}")

    def expect(self, name, runs=1, tests=None, told="", comments=None, cases=None, killed=False):
        tests = self.tests if tests is None else tests
        of_run = {"run__plan__product__name": self.product}
        found, executions, all_cases, plans = ask(
            ("TestRun.filter", [{"plan__product__name": self.product}]), ("TestExecution.filter", [of_run]),
            ("TestCase.filter", [{"category__product__name": self.product}]), ("TestPlan.filter", [{"product__name": self.product, "is_active": True}]))
        claims = [it for it in all_cases if (it["notes"] or "").startswith("handin-claim-")]
        said = ask(*[("TestExecution.get_comments", [it["id"]]) for it in executions]) if executions else []
        statuses = {it["case__summary"].split(" › ")[-1]: it["status__name"] for it in executions}
        wanted = {test: status for test, (_, status) in tests.items()}
        spoken = sum(status != "PASSED" for status in wanted.values()) * runs if comments is None else comments
        made = len(all_cases) - len(claims)
        if claims and (killed or "could not be taken back" in told):
            counts["left claims"] += len(claims)
            claims = []  # It was said, or whoever made it was killed before anybody could say it.
        seen = (len(found), statuses, len(executions), sum(map(len, said)), made, len(plans), claims)
        assert seen == (runs, wanted, len(tests) * runs, spoken, len(tests) if cases is None else cases, 1, []), f"{name}: {seen}"
        return found


def broken(fault, at, journal):
    name = f"{fault} at write {at}{'' if journal else ', journal lost'}"
    with Server(fault, at) as proxy, Site(proxy.url) as site:
        limit = ["--timeout", "12s"] if fault == "stall" else []
        out = site.until_done(name, *limit, journal=journal)
        if proxy.seen < at:
            return  # There were fewer writes.
        if fault == "stall":
            site.until_done(name, journal=journal)
        site.expect(name, told=out)
        counts["broken writes"] += 1


def killed(number):
    journal = number % 2 == 0
    with Site(direct) as site:
        process = site.start()
        time.sleep(random.Random(number).uniform(0.3, 4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if not journal:
            shutil.rmtree(f"{site.folder}/.handin", ignore_errors=True)
        site.until_done(f"killed {number}")
        site.expect(f"killed {number}, journal {'kept' if journal else 'lost'}", killed=True)
        counts["killed"] += 1


def away():
    with Server() as proxy:
        url = proxy.url
    with Site(url) as site:
        code, _, err = site.call("--timeout", "10s")
        assert code == 6, f"the server is away: {code} {err}"


def twins():
    with Site(direct, "# twins\n") as one, Site(direct) as two:
        two.report(PLAIN)
        for site in (one, two):
            Path(site.folder, "handin.toml").write_text(one.settings.replace('"3s"', '"30s"'))
        all_four = [site.start() for site in (one, two, one, two)]
        codes = [it.wait(timeout=560) for it in all_four]
        assert codes == [0, 0, 0, 0], codes
        one.expect("four at the same moment")


def shards():
    with Site(direct) as first:
        sites = [first] + [Site(direct) for _ in range(3)]
        settings = first.settings.replace('"3s"', '"30s"')
        every = {}
        for at, site in enumerate(sites, 1):
            Path(site.folder, "handin.toml").write_text(settings)
            site.report({f"{test} {at}": outcome for test, outcome in PLAIN.items()})
            every |= site.tests
        all_four = [site.start("--shard", f"{at}/4", "--key", "ci-7") for at, site in enumerate(sites, 1)]
        codes = [it.wait(timeout=560) for it in all_four]
        assert codes == [0, 0, 0, 0], codes
        [run] = first.expect("four shards", tests=every)
        assert run["stop_date"], "four shards: the run was not ended"
        for site in sites[1:]:
            site.__exit__()


def rerun():
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "77", "GITHUB_JOB": "test", "GITHUB_REPOSITORY": "o/r", "GITHUB_SERVER_URL": "https://github.example"}
    with Site(direct) as site:
        site.until_done("first attempt", "--shard", "1/1", GITHUB_RUN_ATTEMPT="1", **ci)
        site.expect("first attempt")
        site.report({**PLAIN, "removes": ("", "PASSED")})
        site.until_done("second attempt", "--shard", "1/1", GITHUB_RUN_ATTEMPT="2", **ci)
        # What was said of the first attempt stays: the failure, and the skipped test twice.
        site.expect("second attempt", comments=3)


def closed():
    """Parts of a number that nobody knows, and a job of its own that closes what they opened."""
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "78", "GITHUB_REPOSITORY": "o/r", "GITHUB_SERVER_URL": "https://github.example"}
    with Site(direct) as site:
        parts = site.tests
        for test, outcome in parts.items():
            site.report({test: outcome})
            site.until_done("an open part", "out/TEST.xml", "--open", GITHUB_JOB="test", **ci)
        [run] = site.expect("open parts", tests=parts)
        assert not run["stop_date"], "open parts: the run was ended"
        for state in ("done", "known"):
            got, out, err = site.call("--close", GITHUB_JOB="complete", **ci)
            assert got == 0 and f'"state": "{state}"' in out, f"closing: {got}\n{out}\n{err}"
        [run] = site.expect("closed parts", tests=parts)
        assert run["stop_date"], "closed parts: the run was not ended"


def each():
    with Site(direct) as site:
        os.remove(f"{site.folder}/out/TEST.xml")
        tests = {f"test {number}": ("", "PASSED") for number in range(4)}
        for number in range(200):
            one = dict(list(tests.items())[number % 2 :: 2])
            site.report(one, f"TEST-{number:03}")
            path = Path(site.folder, f"out/TEST-{number:03}.xml")
            path.write_text(path.read_text().replace("<testsuite ", f'<testsuite id="{number}" '))
        site.until_done("200 reports", "--each", "--jobs", "8")
        site.until_done("200 reports again", "--each", "--jobs", "8")
        runs, executions, cases = ask(
            ("TestRun.filter", [{"plan__product__name": site.product}]), ("TestExecution.filter", [{"run__plan__product__name": site.product}]),
            ("TestCase.filter", [{"category__product__name": site.product}]))
        assert (len(runs), len(executions), len(cases)) == (200, 400, 4), (len(runs), len(executions), len(cases))


def attached():
    with Site(direct) as site:
        Path(site.folder, "out/screen shot.png").write_bytes(os.urandom(200_000))
        report = Path(site.folder, "out/TEST.xml")
        text = report.read_text()
        report.write_text(text.replace('<failure message="expected 1, was 2"/>', '<failure message="expected 1, was 2"/><system-out>[[ATTACHMENT|screen shot.png]]</system-out>'))
        for _ in range(2):
            out = site.until_done("a file", "--attach", "all")
            shutil.rmtree(f"{site.folder}/.handin", ignore_errors=True)
        [run] = site.expect("a file")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", f"/runs/{run['id']}/", headers={"cookie": f"sessionid={session['id']}"})
        page = connection.getresponse().read().decode()
        assert page.count("screen_shot.png</a>") == 1, f"a file: {page.count('screen_shot.png</a>')} of it\n{out}"


def refused():
    """What is wrong with settings and accounts: its code, and a word of its message."""
    with Site(direct) as site, Site(direct) as other:
        def said(name, code, word, *arguments, **extra):
            got, out, err = site.call(*arguments, **extra)
            assert got == code and word in out + err, f"{name}: {got}\n{out}\n{err}"

        said("wrong password", 4, "sign in", password="wrong")
        said("no such product", 5, "no product", "--set", 'kiwi.product=Nothing')
        other.until_done("another product's plan")
        [plan] = ask(("TestPlan.filter", [{"product__name": other.product}]))[0]
        said("another product's plan", 5, "another product", "--set", f"kiwi.plan={plan['id']}")
        said("no such status", 5, "no execution status", "--set", 'kiwi.statuses.failed=NOPE')
        said("a status that passes", 5, "counts as passed", "--set", 'kiwi.statuses.failed=PASSED')
        try:
            ask(("Product.create", [{"name": site.product, "classification": 1}]))
            raise RuntimeError("the server takes two products of one name")
        except AssertionError as error:
            assert "already exists" in str(error), f"two products of one name: {error}"
        twice = {"name": "Twice", "product": other.id, "product_version": plan["product_version"], "type": plan["type"], "text": "", "is_active": True}
        ask(("TestPlan.create", [twice]), ("TestPlan.create", [twice]))
        got, out, err = other.call("--plan", "Twice")
        assert got == 5 and "several test plans" in out + err, f"plans of one name: {got}\n{out}\n{err}"
        got, out, err = other.call("--close", "--key", "nothing")
        assert got == 5 and "no open run" in out + err, f"nothing to close: {got}\n{out}\n{err}"
        # Kiwi: a run takes no build that is not active.
        [build] = ask(("Build.filter", [{"version__product": other.id}]))[0]
        ask(("Build.update", [build["id"], {"is_active": False}]))
        got, out, err = other.call("--again")
        assert got == 8 and "valid choice" in out, f"a validation error: {got}\n{out}\n{err}"
    with Server("no such method", 6) as proxy, Site(proxy.url) as site:
        got, out, err = site.call()
        assert got == 8 and "Method not found" in out, f"an older server: {got}\n{out}\n{err}"
        site.until_done("a newer server")
        site.expect("a newer server")
    with Server("no such method", 1) as proxy, Site(proxy.url) as site:
        got, out, err = site.call()
        assert got == 6 and "Method not found" in out + err, f"a claim that is not taken: {got}\n{out}\n{err}"
        site.until_done("a claim that is taken")
        site.expect("a claim that is taken")


def deleted():
    """A person deletes a case while it is written to: it is told, and the same command completes it."""
    for write in ("TestRun.create", "TestExecution.update"):
        with Server() as proxy, Site(proxy.url) as site:
            query = {"category__product__name": site.product, "summary__contains": "adds"}
            proxy.person = (write, lambda: ask(("TestCase.remove", [query])))
            got, out, err = site.call()
            assert got == 8 and '"repeat": true' in out and "does not exist" in out, f"deleted before {write}: {got}\n{out}\n{err}"
            site.until_done(f"deleted before {write}")
            site.expect(f"deleted before {write}")


def forbidden():
    """An account that may make no test cases is told so, once a test; one that may completes it."""
    with Site(direct) as site:
        got, out, err = site.call(user="guest", password="guest-pass")
        missing = json.loads(out)["submissions"][0]["missing"]
        assert got == 8 and len(missing) == 3 and all("may not call" in it for it in missing), f"forbidden: {got}\n{out}\n{err}"
        site.until_done("allowed")
        site.expect("allowed")


def main():
    begun = time.time()
    with Server() as proxy, Site(proxy.url) as site:
        site.until_done("without a fault")
        writes = proxy.seen
        site.expect("without a fault")
        code, out, err = site.call(command="verify")
        assert code == 0, f"verify: {code} {out} {err}"
    everywhere = ["close before", "close after", "truncate", "broken off after"]
    here_and_there = ["refuse", "503 before", "503 after", "sign-in page", "broken off before", "session gone", "stall"]
    work = [(broken, fault, at, True) for fault in everywhere for at in range(1, writes + 1)]
    work += [(broken, "close after", at, False) for at in range(1, writes + 1)]
    work += [(broken, fault, at, True) for number, fault in enumerate(here_and_there) for at in range(1 + number % 4, writes + 1, 4)]
    work += [(killed, number) for number in range(8)]
    work = [(each,), (twins,), (shards,), (rerun,), (closed,), (deleted,), (forbidden,), (away,), (attached,), (refused,)] + work
    chosen = os.environ.get("HANDIN_KIWI_ROAD")
    work = [it for it in work if not chosen or it[0].__name__ in chosen.split(",")]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(*it) for it in work]:
            done.result()
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"Kiwi TCMS: {told}, twins, shards, parts that are closed later, re-runs, 200 reports, files, refusals: 0 doubled, 0 lost, 0 lying codes, {time.time() - begun:.0f} s")


main()
