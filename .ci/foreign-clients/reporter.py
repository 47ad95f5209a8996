"""A reporter for qTest that others wrote makes a run of a case by hand and logs on it: reporter.py SITE USER PASSWORD

    pip install qtest-reporter
"""

import sys

from qtest_reporter.api.login import Login
from qtest_reporter.api.project import Project
from qtest_reporter.api.test_case import Test_Case
from qtest_reporter.api.test_cycle import Test_Cycle
from qtest_reporter.api.test_log import Test_Log
from qtest_reporter.api.test_run import Test_Run
from qtest_reporter.api.test_suite import Test_Suite
from qtest_reporter.qtest import Qtest

site = Qtest(*sys.argv[1:])


def read(answer, status=200):
    assert answer["status_code"] == status, answer
    return answer["resopnse"]


assert "expiration" in read(Login(site).status)
[project] = [it["id"] for it in read(Project(site).get_projects(user_id=None)) if it["name"] == "Shop"]
case = next(it for it in read(Test_Case(site).get_all_test_cases(project)) if it["name"] == "Cancel an order")
root = read(Test_Cycle(site).get_project_test_cycles(project))
cycle = next(it["id"] for it in root if it["name"] == "Regression")
# It takes the status of a cycle that it made for another than qTest's documents give, and says nothing: it is there all the same.
Test_Cycle(site).post_create_test_cycle(project, cycle, "by the reporter")
[cycle] = [it["id"] for it in read(Test_Cycle(site).get_sub_test_cycles(project, cycle)) if it["name"] == "by the reporter"]
suite = read(Test_Suite(site).post_create_test_suite(project, cycle, "chrome", "by the reporter"))["id"]
run = read(Test_Run(site).post_add_new_test_run(project, suite, case["id"]), 201)["id"]
log = read(Test_Log(site).post_submit_test_run_result(project, run, "failed", "by the reporter"), 201)
assert log["status"]["name"] == "Failed" and len(log["test_step_logs"]) == 2, log
[there] = read(Test_Run(site).get_test_runs(project, suite))["items"]
assert there["id"] == run and there["testCaseId"] == case["id"], there
print("qtest-reporter makes a cycle, a suite and a run, and logs on it")
