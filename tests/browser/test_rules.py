"""Run the dashboard's tests that need no browser (dashboard/test)."""

from tests.node import needs_node, run


def test_the_unit_tests_of_the_dashboard_pass() -> None:
    needs_node()
    code, output = run("make", "-s", "node_modules/.package-lock.json")
    assert code == 0, output
    code, output = run("npm", "test", "--workspace", "dashboard", NO_COLOR="1", TZ="America/New_York")
    assert code == 0, output
