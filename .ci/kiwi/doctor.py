"""Asks a real Kiwi TCMS what handin assumes of it: doctor.py PROGRAM PORT

As an account that may do everything, to which all is as assumed, and as one that may not delete what it makes. Nothing is left at the end.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

program, port = str(Path(sys.argv[1]).resolve()), int(sys.argv[2])
url = f"http://127.0.0.1:{port}/"


def ask(method, *parameters):
    """Makes a call at the server itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(method, parameters, cookie=""):
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        connection.request("POST", "/json-rpc/", json.dumps(call), {"content-type": "application/json", "cookie": cookie})
        return json.loads(connection.getresponse().read())["result"]

    session = post("Auth.login", ["bot", "bot-pass"])
    return post(method, parameters, f"sessionid={session}")


def doctor(folder, user, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "HANDIN_KIWI_URL": url, "HANDIN_KIWI_USER": user, "HANDIN_KIWI_PASSWORD": f"{user}-pass",
                   "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    process = subprocess.run([program, "doctor", "--json", *arguments], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert f"{user}-pass" not in process.stdout + process.stderr, "the password is shown"
    document = json.loads(process.stdout)
    return process.returncode, {fact["id"]: fact["state"] for fact in document["facts"]}, document


with tempfile.TemporaryDirectory() as folder:
    product = f"Probe {uuid.uuid4()}"
    kind = ask("Classification.filter", {"name": "probes"}) or [ask("Classification.create", {"name": "probes"})]
    ask("Product.create", {"name": product, "classification": kind[0]["id"]})
    Path(folder, ".git").mkdir()
    Path(folder, "handin.toml").write_text(f'[kiwi]\nproduct = "{product}"\nplan = "Regression"\ncreate = true\n')
    probe = ("--probe", "kiwi", "--into", product, "--yes")

    def cases():
        return len(ask("TestCase.filter", {"category__product__name": product}))

    code, facts, document = doctor(folder, "bot")
    assert code == 0 and document["services"][0]["would_submit"] and set(facts.values()) == {"not_probed"}, (code, document)
    code, facts, document = doctor(folder, "bot", *probe)
    assert code == 0 and [fact for fact, state in facts.items() if state != "as_expected"] == ["kiwi.runs"], (code, document)
    assert cases() == 0, "the probe left something"
    code, facts, document = doctor(folder, "clerk", *probe)
    assert code == 8 and facts["kiwi.claims"] == "differs" and len(document["probe"]["left"]) == cases() == 2, (code, document)
    code, _, document = doctor(folder, "bot", *probe, "--clean")
    assert code == 0 and cases() == 0, (code, document)
    print("Kiwi TCMS is as handin assumes; what may not be deleted is named, and cleaned later")
