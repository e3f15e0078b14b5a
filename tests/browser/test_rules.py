"""The rules of the dashboard that need no browser (dashboard/test)."""

from tests.node import needs_node, run


def test_the_rules_of_the_dashboard_hold() -> None:
    needs_node()
    code, said = run("make", "-s", "node_modules/.package-lock.json")
    assert code == 0, said
    code, said = run("npm", "test", "--workspace", "dashboard", NO_COLOR="1", TZ="America/New_York")
    assert code == 0, said
