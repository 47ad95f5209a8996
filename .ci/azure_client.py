"""Reads back what handin submitted, with Microsoft's own client, and submits with it.

    pip install azure-devops
    python .ci/azure_client.py target/debug/handin target/debug/handin-sandbox

Starts the stand-in, has handin hand a report in, and compares what the official client sees with the report.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from azure.devops.connection import Connection
from azure.devops.v7_1.test.models import RunCreateModel, ShallowReference, TestCaseResult
from msrest.authentication import BasicAuthentication

TOKEN = "sandbox-azure-token"
PORT = 4191
CASES = 1100
REPORT = """<testsuite name="login" timestamp="2026-11-20T10:00:00Z">
{}</testsuite>
"""
TEST = """<testcase classname="shop.LoginTest" name="case {n}" time="0.5"><properties>
<property name="TestCaseId" value="{case}"/></properties>{outcome}</testcase>
"""


def wait_for(url):
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def submit(handin, folder):
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "HANDIN_AZURE_URL": f"http://127.0.0.1:{PORT}/acme",
        "HANDIN_AZURE_TOKEN": TOKEN,
    }
    (folder / ".git").mkdir()
    (folder / "handin.toml").write_text('[azure]\nproject = "Shop"\nplan = "Regression"\nattach_reports = true\n')
    failed = '<failure message="no">at LoginTest</failure>'
    tests = [TEST.format(n=n, case=10001 + n, outcome="" if n % 7 else failed) for n in range(CASES)]
    (folder / "r.xml").write_text(REPORT.format("".join(tests)))
    subprocess.run([handin, "submit", "r.xml"], cwd=folder, env=environment, check=True)


def check(client):
    [run] = [run for run in client.get_test_runs("Shop") if run.name]
    assert run.state == "Completed", run.state
    results = []
    while page := client.get_test_results("Shop", run.id, skip=len(results), top=1000):
        results.extend(page)
    assert len(results) == CASES, len(results)
    for result in results:
        number = int(result.test_case.id) - 10001
        assert result.outcome == ("Passed" if number % 7 else "Failed"), result.outcome
        assert result.automated_test_name == f"shop.LoginTest.case {number}", result.automated_test_name
        assert result.completed_date > result.started_date
    failed = client.get_test_results("Shop", run.id, outcomes=["Failed"])
    assert all(result.error_message == "no" for result in failed)
    [attachment] = client.get_test_run_attachments("Shop", run.id)
    assert attachment.file_name == "r.xml", attachment.file_name
    return len(results)


def submit_with_client(client):
    model = RunCreateModel(name="by the official client", plan=ShallowReference(id="100"), point_ids=[1], automated=True)
    run = client.create_test_run(model, "Shop")
    [result] = client.get_test_results("Shop", run.id)
    update = TestCaseResult(id=result.id, state="Completed", outcome="Passed")
    client.update_test_results([update], "Shop", run.id)
    [result] = client.get_test_results("Shop", run.id)
    assert result.outcome == "Passed", result.outcome


def main(handin, sandbox):
    serve = [sandbox, "serve", "--azure-port", str(PORT), "--qtest-port", "0", "--katalon-port", "0", "--kiwi-port", "0", "--cases", str(CASES)]
    standin = subprocess.Popen(serve, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{PORT}/")
        with tempfile.TemporaryDirectory() as folder:
            submit(Path(handin).resolve(), Path(folder))
        connection = Connection(base_url=f"http://127.0.0.1:{PORT}/acme", creds=BasicAuthentication("", TOKEN))
        client = connection.clients.get_test_client()
        print(f"the official client reads back {check(client)} results")
        submit_with_client(client)
        print("the official client hands in too")
    finally:
        standin.terminate()


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    main(*sys.argv[1:])
