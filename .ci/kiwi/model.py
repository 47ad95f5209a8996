"""Asks the stand-in and a real Kiwi TCMS the same, at random, and compares what they answer: model.py REAL_PORT STANDIN_PORT [ROUNDS [SEED]]

Ids differ, so each is replaced by the number of the thing among those of its kind that the round made. What is compared of an answer is
whether it is one, the words of an error, and the fields that handin reads.
"""

import http.client
import json
import random
import re
import sys
import uuid

ports = {"real": int(sys.argv[1]), "stand-in": int(sys.argv[2])}
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 40
chance = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
READ = ("id", "name", "value", "username", "notes", "summary", "status", "case", "run", "plan", "build", "version", "product", "product_version", "is_active", "is_confirmed",
        "weight", "comment", "url", "execution", "start_date", "stop_date", "status__name", "case__summary", "case_status", "case_status__name", "category__name",
        "product_version__value", "version__value", "is_defect")
OF = {"status": "TestExecutionStatus", "case": "TestCase", "run": "TestRun", "plan": "TestPlan", "build": "Build", "version": "Version", "product": "Product",
      "product_version": "Version", "execution": "TestExecution", "case_status": "TestCaseStatus"}
# What some answers hold and others do not: what handin reads of them is in lists.
LISTED = ("status__name", "case__summary", "case_status__name", "category__name", "product_version__value", "version__value")


class Server:
    def __init__(self, port):
        self.port, self.session, self.ids = port, None, {}
        self.session = self.post([("Auth.login", ["bot", "bot-pass"])])[0]["result"]

    def post(self, calls):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        batch = [{"jsonrpc": "2.0", "id": at, "method": method, "params": params} for at, (method, params) in enumerate(calls, 1)]
        headers = {"content-type": "application/json", "cookie": f"sessionid={self.session}"}
        connection.request("POST", "/json-rpc/", json.dumps(batch), headers)
        return sorted(json.loads(connection.getresponse().read()), key=lambda it: it["id"])

    def name(self, kind, id):
        """Returns an id by the order in which things of its kind came up."""
        known = self.ids.setdefault(kind, {})
        return f"{kind} {known.setdefault(id, len(known))}"

    def id(self, kind, number):
        for id, at in self.ids.get(kind, {}).items():
            if at == number:
                return id
        return 999_999_999


def plain(server, kind, value):
    if isinstance(value, list):
        return [plain(server, kind, one) for one in sorted(value, key=lambda it: it.get("id", 0) if isinstance(it, dict) else 0)]
    if not isinstance(value, dict):
        return value
    shown = {}
    for field in READ:
        if field in value:
            of = kind if field == "id" else OF.get(field)
            one = value[field]
            shown[field] = server.name(of, one) if of and isinstance(one, int) else one
    return shown


def words(error):
    """Returns what an error says, without what only names the place of it."""
    message = re.sub(r"\d+", "N", error["message"])
    for what in ("does not exist", "valid choice", "is required", "already exists", "not confirmed", "Wrong username", "Authentication failed", "Method not found", "Cannot resolve"):
        if what in message:
            return error["code"], what
    return error["code"], message


def a_call():
    """Returns a call: its method, the kind of what it answers, and a function that makes its parameters for a server."""
    pick = chance.randrange
    text = chance.choice(["plain", "a & b", "<b>bold</b>", "Grün › \"quoted\" 'so'", "two\nlines", ""])
    number = {kind: pick(5) for kind in ("Version", "Build", "TestPlan", "TestCase", "TestRun", "TestExecution")}
    status, date = pick(9), chance.choice(["2026-03-01 10:00:00", "2025-12-31 23:59:59"])
    calls = [
        ("Version.create", "Version", lambda it: [{"product": it.product, "value": f"v{pick_name}"}]),
        ("Build.create", "Build", lambda it: [{"version": it.id("Version", number["Version"]), "name": f"b{pick_name}"}]),
        ("TestPlan.create", "TestPlan", lambda it: [{"name": f"p{pick_name}", "product": it.product, "product_version": it.id("Version", 0), "type": it.type, "text": ""}]),
        ("TestCase.create", "TestCase", lambda it: [{"summary": f"c {text}" if text else "", "notes": text, "product": it.product, "category": it.category, "priority": it.priority,
                                                      "case_status": it.id("TestCaseStatus", pick_status), "is_automated": True}]),
        ("TestRun.create", "TestRun", lambda it: [{"summary": f"r {text}", "plan": it.id("TestPlan", number["TestPlan"]), "build": it.id("Build", number["Build"]), "manager": it.user,
                                                    "notes": text}]),
        ("TestRun.update", "TestRun", lambda it: [it.id("TestRun", number["TestRun"]), {"notes": f"n {text}", "stop_date": date}]),
        ("TestRun.add_case", "TestExecution", lambda it: [it.id("TestRun", number["TestRun"]), it.id("TestCase", number["TestCase"])]),
        ("TestPlan.add_case", "TestCase", lambda it: [it.id("TestPlan", number["TestPlan"]), it.id("TestCase", number["TestCase"])]),
        ("TestExecution.update", "TestExecution", lambda it: [it.id("TestExecution", number["TestExecution"]), {"status": it.id("TestExecutionStatus", status), "start_date": date}]),
        ("TestExecution.add_comment", "Comment", lambda it: [it.id("TestExecution", number["TestExecution"]), f"said {text}"]),
        ("TestExecution.get_comments", "Comment", lambda it: [it.id("TestExecution", number["TestExecution"])]),
        ("TestExecution.add_link", "Link", lambda it: [{"execution": it.id("TestExecution", number["TestExecution"]), "url": "https://ci.example/7?a=1", "name": "Build", "is_defect": False}]),
        ("TestExecution.get_links", "Link", lambda it: [{"execution__run": it.id("TestRun", number["TestRun"])}]),
        ("TestCase.remove", "None", lambda it: [{"pk": it.id("TestCase", number["TestCase"])}]),
        ("TestPlan.update", "TestPlan", lambda it: [it.id("TestPlan", number["TestPlan"]), {"is_active": False}]),
        ("TestCase.filter", "TestCase", lambda it: [{"category__product": it.product, "notes__startswith": chance_text}]),
        ("TestCase.filter", "TestCase", lambda it: [{"plan": it.id("TestPlan", number["TestPlan"])}]),
        ("TestCase.filter", "TestCase", lambda it: [{"pk__in": [it.id("TestCase", at) for at in range(3)]}]),
        ("TestRun.filter", "TestRun", lambda it: [{"plan__product": it.product, "notes__contains": chance_text}]),
        ("TestExecution.filter", "TestExecution", lambda it: [{"run__plan__product": it.product}]),
        ("TestExecution.filter", "TestExecution", lambda it: [{"run": it.id("TestRun", number["TestRun"])}]),
        ("TestPlan.filter", "TestPlan", lambda it: [{"product": it.product, "is_active": True, "product_version__value": "unspecified"}]),
        ("Build.filter", "Build", lambda it: [{"version__product": it.product, "version__value": "unspecified", "name": f"b{pick_name}"}]),
        ("Version.filter", "Version", lambda it: [{"product": it.product}]),
        ("Product.filter", "Product", lambda it: [{"nothing": 1}]),
        ("Nothing.filter", "None", lambda it: [{}]),
    ]
    pick_name, pick_status, chance_text = pick(4), pick(3), chance.choice(["", "a", "two", "N"])
    return calls[pick(len(calls))]


def seeded(server, name):
    """Makes a product, and learns what a round refers to."""
    kinds = server.post([("Classification.filter", [{"name": "model"}])])[0]["result"] or [server.post([("Classification.create", [{"name": "model"}])])[0]["result"]]
    server.product = server.post([("Product.create", [{"name": name, "classification": kinds[0]["id"]}])])[0]["result"]["id"]
    lists = server.post([("Category.filter", [{"product": server.product}]), ("Priority.filter", [{"is_active": True}]), ("PlanType.filter", [{}]), ("User.filter", [{"username": "bot"}]),
                         ("TestCaseStatus.filter", [{}]), ("TestExecutionStatus.filter", [{}]), ("Version.filter", [{"product": server.product}]),
                         ("Build.filter", [{"version__product": server.product}])])
    rows = [answer["result"] for answer in lists]
    server.ids = {}
    server.category, server.priority, server.type, server.user = (rows[at][0]["id"] for at in range(4))
    named = {row["name"]: row["id"] for row in rows[4] + rows[5]}
    for name in ("PROPOSED", "CONFIRMED", "DISABLED"):
        server.name("TestCaseStatus", named[name])
    for name in ("IDLE", "RUNNING", "PAUSED", "PASSED", "FAILED", "BLOCKED", "ERROR", "WAIVED"):
        server.name("TestExecutionStatus", named[name])
    server.name("Version", rows[6][0]["id"])
    server.name("Build", rows[7][0]["id"])
    server.name("Product", server.product)


servers = {name: Server(port) for name, port in ports.items()}
made, answered = 0, 0
for number in range(rounds):
    product = f"Model {uuid.uuid4()}"
    for server in servers.values():
        seeded(server, product)
    story = []
    for _ in range(40):
        method, kind, parameters = a_call()
        seen = {}
        for name, server in servers.items():
            answer = server.post([(method, parameters(server))])[0]
            said = words(answer["error"]) if "error" in answer else plain(server, kind, answer["result"])
            seen[name] = None if kind == "None" and "error" not in answer else said
        made += 1
        answered += not isinstance(seen["real"], tuple)
        story.append(f"{method}{parameters(servers['real'])}\n  real      {seen['real']}\n  stand-in  {seen['stand-in']}")
        here, there = seen["real"], seen["stand-in"]
        if method.split(".")[1] in ("create", "update", "add_case"):
            # Their answers hold more or less than a list does.
            def common(one, other):
                if isinstance(one, list):
                    return [common(*both) for both in zip(one, other)] if len(one) == len(other) else one
                return {field: one[field] for field in one if field in other and field not in LISTED} if isinstance(one, dict) and isinstance(other, dict) else one

            here, there = common(here, there), common(there, here)
        assert here == there, "\n".join(story[-6:])
print(f"Kiwi TCMS and its stand-in answer the same: {made} calls in {rounds} rounds, {answered} of them done, the others refused in the same words")
