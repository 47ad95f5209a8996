"""Asks a real Kiwi TCMS what handin assumes of it: doctor.py PROGRAM PORT SANDBOX STAND-IN'S-PORT

As an account that may do everything, to which all is as assumed, and as one that may not delete what it makes. What is recorded of it is played
again, and held against the stand-in; and the probe is stopped, killed and cut off at each of its requests. Nothing is left at the end.
"""

import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import passing

program, port, sandbox, standin = str(Path(sys.argv[1]).resolve()), int(sys.argv[2]), str(Path(sys.argv[3]).resolve()), int(sys.argv[4])
real = f"http://127.0.0.1:{port}"


def ask(method, *parameters):
    """Makes a call at the server itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(method, parameters, cookie=""):
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        connection.request("POST", "/json-rpc/", json.dumps(call), {"content-type": "application/json", "cookie": cookie})
        return json.loads(connection.getresponse().read())["result"]

    session = post("Auth.login", ["bot", "bot-pass"])
    return post(method, parameters, f"sessionid={session}")


class Proxy(BaseHTTPRequestHandler):
    """Hands requests on; at one of them something happens, when it has been carried out and is not answered yet."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body, site = self.rfile.read(int(self.headers["content-length"])), self.server
        number = next(site.seen)
        if site.is_gone and number > site.at:
            return self.cut()
        answer, text = passing.hand_on(self, port, body)
        if number == site.at:
            if site.is_gone:
                return self.cut()
            os.kill(site.child.get().pid, site.signal)
        passing.hand_back(self, answer, text)

    def cut(self):
        self.close_connection = True


class Child:
    """A process that is started a moment after its first request may come."""

    def __init__(self):
        self.process, self.is_there = None, threading.Event()

    def put(self, process):
        self.process = process
        self.is_there.set()

    def get(self):
        self.is_there.wait(60)
        return self.process


class Server(passing.Server):
    def __init__(self, at, number=None):
        self.at, self.signal, self.is_gone, self.seen, self.child = at, number, number is None, itertools.count(1), Child()
        super().__init__(Proxy)

    def handle_error(self, *_):
        pass


class Desk:
    """A folder with settings, before a server."""

    def __init__(self, product, user="bot"):
        self.product, self.user, self.folder = product, user, tempfile.mkdtemp()
        Path(self.folder, ".git").mkdir()
        Path(self.folder, "handin.toml").write_text(f'[kiwi]\nproduct = "{product}"\nplan = "Regression"\ncreate = true\nsettle = "1s"\n')

    def start(self, url, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "HANDIN_KIWI_URL": url, "HANDIN_KIWI_USER": self.user,
                       "HANDIN_KIWI_PASSWORD": f"{self.user}-pass", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        return subprocess.Popen([program, "doctor", "--json", *arguments], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process):
        out, err = process.communicate(timeout=300)
        assert f"{self.user}-pass" not in out + err, "the password is shown"
        document = json.loads(out) if out else {"error": err}
        return process.returncode, {fact["id"]: fact["state"] for fact in document.get("facts", [])}, document

    def doctor(self, *arguments, url=real):
        return self.end(self.start(url, *arguments))

    def probe(self, *arguments):
        return ("--probe", "kiwi", "--into", self.product, "--yes", *arguments)


def product():
    name = f"Probe {uuid.uuid4()}"
    kind = ask("Classification.filter", {"name": "probes"}) or [ask("Classification.create", {"name": "probes"})]
    ask("Product.create", {"name": name, "classification": kind[0]["id"]})
    return name


def cases(desk):
    return len(ask("TestCase.filter", {"category__product__name": desk.product}))


def accounts():
    bot = Desk(product())
    code, facts, document = bot.doctor()
    assert code == 0 and document["services"][0]["would_submit"] and set(facts.values()) == {"not_probed"}, (code, document)
    code, facts, document = bot.doctor(*bot.probe())
    assert code == 0 and [fact for fact, state in facts.items() if state != "as_expected"] == ["kiwi.runs"], (code, document)
    assert cases(bot) == 0, "the probe left something"
    clerk = Desk(bot.product, "clerk")
    code, facts, document = clerk.doctor(*clerk.probe())
    assert code == 8 and facts["kiwi.claims"] == "differs" and len(document["probe"]["left"]) == cases(bot) == 2, (code, document)
    code, _, document = bot.doctor(*bot.probe("--clean"))
    assert code == 0 and cases(bot) == 0, (code, document)
    code, _, document = bot.doctor("--probe", "kiwi", "--into", "Nowhere", "--yes")
    assert code == 5 and "no product `Nowhere`" in str(document["error"]), (code, document)


def recordings():
    """What is recorded says nothing of anybody, is played again, and shows where the stand-in is wrong."""
    here, there = Desk(product()), Desk("Shop")
    for look in (False, True):
        for desk, url in ((there, f"http://127.0.0.1:{standin}"), (here, real)):
            code, found, document = desk.doctor(*(() if look else desk.probe()), "--record", "out.jsonl", url=url)
            assert code == 0, (code, document)
        text = Path(here.folder, "out.jsonl").read_text()
        for secret in (here.product, "bot", "127.0.0.1", str(port), "handin doctor", "Regression", "session"):
            assert secret not in text, f"{secret}: {text}"
        files = [str(Path(desk.folder, "out.jsonl")) for desk in (here, there)]
        compared = subprocess.run([sandbox, "replay", files[0], "--against", files[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert compared.returncode == 0, f"the stand-in is not as the server:\n{compared.stdout}"
        if look:
            continue
        replay = subprocess.Popen([sandbox, "replay", files[0]], stdout=subprocess.PIPE, text=True)
        url = replay.stdout.readline().split(" at ")[1].split(";")[0].strip()
        into = replay.stdout.readline().split("'")[1]
        code, again, document = Desk(into).doctor("--probe", "kiwi", "--into", into, "--yes", url=url)
        replay.kill()
        assert code == 0 and again == found, (code, document)


def stopped(at, number):
    """Returns whether there was such a request."""
    desk, name = Desk(product()), f"{signal.Signals(number).name if number else 'gone'} at request {at}"
    with Server(at, number) as proxy:
        limit = () if number else ("--timeout", "4s")
        process = desk.start(proxy.url, *desk.probe(*limit))
        proxy.child.put(process)
        code, _, document = desk.end(process)
        was_there = next(proxy.seen) > at
    left = document.get("probe", {}).get("left", [])
    if number != signal.SIGKILL:
        assert cases(desk) == 0 or left, f"{name}: {cases(desk)} left and not told: {code} {document}"
        assert code in (0, 5, 8, 130) if number else code != 0 or not was_there, f"{name}: {code} {document}"
    code, _, document = desk.doctor(*desk.probe("--clean"))
    assert code == 0 and cases(desk) == 0, f"{name}: {code} {document}"
    code, _, document = desk.doctor(*desk.probe())
    assert code == 0 and cases(desk) == 0, f"{name}: once more: {code} {document}"
    return was_there


accounts()
recordings()
with ThreadPoolExecutor(4) as pool:
    work = [(at, number) for at in range(1, 22) for number in (signal.SIGINT, signal.SIGKILL, None)]
    count = sum(pool.map(lambda it: stopped(*it), work))
assert count > 30, f"only {count} of the requests were there"
print(f"Kiwi TCMS is as handin assumes, and the stand-in is as Kiwi TCMS; a probe stopped in {count} ways leaves nothing; what may not be deleted is named, and cleaned later")
