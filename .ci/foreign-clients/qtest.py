"""A client that was generated from qTest's own description signs in, hands in and reads back: qtest.py SITE TOKEN

    pip install qtest-swagger-client

Only its own calls are made, and what comes back is only what its own types make of it.
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

status = qtest.LoginApi(client).token_status()
assert status.expiration is not None, status
[project] = [it for it in qtest.ProjectApi(client).get_projects() if it.name == "Shop"]
project = qtest.ProjectApi(client).get_project(project.id)
fields = qtest.FieldApi(client).get_fields(project.id, "test-cases")
content = next(field for field in fields if field.original_name == "ClassIdTestCase")
statuses = qtest.TestRunApi(client).get_status_valuable(project.id)
assert {"Passed", "Failed"} <= {it.name for it in statuses}, statuses

# A module with a case, and a cycle with a suite.
module = qtest.ModuleApi(client).create_module(project.id, qtest.ModuleResource(name="by the client"))
case = qtest.TestCaseWithCustomFieldResource(name="signs in", parent_id=module.id, properties=[qtest.PropertyResource(field_id=content.id, field_value="shop.signs in")])
case = qtest.TestCaseApi(client).create_test_case(project.id, case)
qtest.TestCaseApi(client).approve_test_case(project.id, case.id)
case = qtest.TestCaseApi(client).get_test_case(project.id, str(case.id))
assert case.version == "1.0", case
cycle = qtest.TestCycleApi(client).create_cycle(project.id, qtest.TestCycleResource(name="by the client"), parent_id=0, parent_type="root")
suite = qtest.TestSuiteWithCustomFieldResource(name="chrome", properties=[])
suite = qtest.TestSuiteApi(client).create_test_suite(project.id, suite, parent_id=cycle.id, parent_type="test-cycle")
assert cycle.id in [it.id for it in qtest.TestCycleApi(client).get_test_cycles(project.id)]

# Results of a case that is there, and of one that is not.
now = datetime.now(timezone.utc).replace(microsecond=0)
logs = [
    qtest.AutomationTestLogResource(name=name, status=status, automation_content=f"shop.{name}", exe_start_date=now, exe_end_date=now)
    for name, status in [("signs in", "PASS"), ("pays", "FAIL")]
]
request = qtest.AutomationRequest(test_suite=str(suite.id), parent_module=str(module.id), execution_date=now, test_logs=logs)
job = qtest.TestLogApi(client).submit_automation_test_logs(project.id, request, "automation", 0)
for _ in range(100):
    job = qtest.TestLogApi(client).track(job.id)
    if job.state in ("SUCCESS", "FAILED"):
        break
    time.sleep(0.1)
assert job.state == "SUCCESS", job
runs = qtest.TestRunApi(client).get_of(project.id, parent_id=suite.id, parent_type="test-suite")
assert runs.total == len(runs.items) == 2, runs
assert case.id in [run.test_case_id for run in runs.items], runs
told = []
for run in runs.items:
    log = qtest.TestLogApi(client).get_last_run_log(project.id, run.id)
    told.append((log.status.name, log.exe_start_date))
assert sorted(told) == [("Failed", now), ("Passed", now)], told
found = qtest.ArtifactSearchParams(object_type="test-cases", fields=["id"], query="'Automation Content' = 'shop.pays'")
assert qtest.SearchApi(client).search_artifact(project.id, found)["total"] == 1
print("qtest-swagger-client makes a module, a case, a cycle and a suite, hands in two results and reads them back")
