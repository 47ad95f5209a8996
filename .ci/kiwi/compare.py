"""handin beside Kiwi's own uploader, on one real server: compare.py PROGRAM PORT UPLOADER [TESTS …]

Each hands the same report in twice; `BY` names one of them alone. Requests are counted by a proxy; runs, executions and test cases are the server's own count.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import passing

program, port, uploader = str(Path(sys.argv[1]).resolve()), int(sys.argv[2]), str(Path(sys.argv[3]).resolve())
requests = 0


class Counter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        global requests
        requests += 1
        body = self.rfile.read(int(self.headers["content-length"]))
        passing.hand_back(self, *passing.hand_on(self, port, body))


def ask(method, query):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def post(call, cookie=""):
        value = {"jsonrpc": "2.0", "id": 1, "method": call[0], "params": call[1]}
        connection.request("POST", "/json-rpc/", json.dumps(value), {"content-type": "application/json", "cookie": cookie})
        return json.loads(connection.getresponse().read())["result"]

    session = post(("Auth.login", ["bot", "bot-pass"]))
    return post((method, [query]), f"sessionid={session}")


url = passing.Server(Counter).url
print("| tests | by | time | requests | runs | executions | test cases | seconds | exit |\n|---|---|---|---|---|---|---|---|---|")
for tests in map(int, sys.argv[4:] or ["3", "100", "2000"]):
    for who in os.environ.get("BY", "handin,its own uploader").split(","):
        product = f"Compare {uuid.uuid4()}"
        kind = (ask("Classification.filter", {"name": "compare"}) or [ask("Classification.create", {"name": "compare"})])[0]
        ask("Product.create", {"name": product, "classification": kind["id"]})
        with tempfile.TemporaryDirectory() as folder:
            cases = "".join(f'<testcase classname="shop.Cart" name="test {at}" time="1">{"" if at % 20 else "<failure message=" + chr(34) + "no" + chr(34) + "/>"}</testcase>' for at in range(tests))
            Path(folder, "TEST.xml").write_text(f'<testsuite name="Shop" timestamp="2026-03-01T10:00:00">{cases}</testsuite>')
            Path(folder, "handin.toml").write_text(f'reports = ["TEST.xml"]\n[kiwi]\nurl = "{url}"\nproduct = "{product}"\nplan = "Regression"\ncreate = true\n')
            Path(folder, ".tcms.conf").write_text(f"[tcms]\nurl = {url}/xml-rpc/\nusername = bot\npassword = bot-pass\n")
            environment = {"PATH": os.environ["PATH"], "HOME": folder, "HANDIN_KIWI_URL": url, "HANDIN_KIWI_USER": "bot", "HANDIN_KIWI_PASSWORD": "bot-pass",
                           "TCMS_PRODUCT": product, "TCMS_PRODUCT_VERSION": "1.0", "TCMS_BUILD": "b1", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
            command = [program, "submit"] if who == "handin" else [sys.executable, uploader, "TEST.xml"]
            for when in ("first", "second"):
                requests, begun = 0, time.time()
                done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
                took = time.time() - begun
                runs, executions, made = (len(ask(*it)) for it in (
                    ("TestRun.filter", {"plan__product__name": product}), ("TestExecution.filter", {"run__plan__product__name": product}),
                    ("TestCase.filter", {"category__product__name": product})))
                print(f"| {tests} | {who} | {when} | {requests} | {runs} | {executions} | {made} | {took:.1f} | {done.returncode} |", flush=True)
                if done.returncode:
                    print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
