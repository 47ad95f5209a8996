"""A client that was generated from qTest's own description hands in to the stand-in and reads back: qtest.py SITE TOKEN

    pip install qtest-swagger-client
"""

import sys
import time
from datetime import datetime, timezone

import swagger_client as qtest

configuration = qtest.Configuration()
configuration.host, token = sys.argv[1], sys.argv[2]
configuration.api_key["Authorization"] = token
configuration.api_key_prefix["Authorization"] = "bearer"
client = qtest.ApiClient(configuration)

[project] = [it for it in qtest.ProjectApi(client).get_projects() if it.name == "Shop"]
fields = qtest.FieldApi(client).get_fields(project.id, "test-runs")
assert any(field.label == "Status" for field in fields), fields
cycle = qtest.TestCycleApi(client).create_cycle(project.id, qtest.TestCycleResource(name="by the client"), parent_id=0, parent_type="root")
suite = qtest.TestSuiteApi(client).create_test_suite(project.id, qtest.TestSuiteWithCustomFieldResource(name="chrome", properties=[]), parent_id=cycle.id, parent_type="test-cycle")
cycles = qtest.TestCycleApi(client).get_test_cycles(project.id)
assert cycle.id in [it.id for it in cycles]

now = datetime.now(timezone.utc).replace(microsecond=0)
logs = [
    qtest.AutomationTestLogResource(name=name, status=status, automation_content=f"shop.{name}", exe_start_date=now, exe_end_date=now, note="")
    for name, status in [("signs in", "PASS"), ("pays", "FAIL")]
]
request = qtest.AutomationRequest(test_suite=suite.id, execution_date=now, test_logs=logs)
job = qtest.TestLogApi(client).submit_automation_test_logs(project.id, request, "automation", 0)
for _ in range(100):
    job = qtest.TestLogApi(client).track(job.id)
    if job.state in ("SUCCESS", "FAILED"):
        break
    time.sleep(0.1)
assert job.state == "SUCCESS", job
runs = qtest.TestRunApi(client).get_of(project.id, parent_id=suite.id, parent_type="test-suite")
items = runs.items if hasattr(runs, "items") and not isinstance(runs, dict) else runs["items"]
assert len(items) == 2, runs
print("qtest-swagger-client makes a cycle and a suite, hands in two results and reads them back")
