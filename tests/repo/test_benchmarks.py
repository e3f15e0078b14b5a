"""The code of the benchmarks that works with another commit, and the texts of results.md."""

from types import SimpleNamespace

import pytest

from benchmarks import handlers, report
from benchmarks.contenders import OURS
from benchmarks.goals import GOALS
from benchmarks.imports import IMPORT, MEMORY, SECONDS
from benchmarks.questions import shared_fields
from benchmarks.races import CALCULATION, SUBTRACTION
from benchmarks.turns import Race
from tests.hosts import ROOT


@pytest.mark.parametrize("name", ["is_direct_connection", "is_direct_connection".removesuffix("_connection")])
def test_prepared_statements_are_disabled_in_older_commits_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = type("OneFlushConnection", (), {name: None})
    monkeypatch.setattr("importlib.import_module", lambda _: SimpleNamespace(OneFlushConnection=connection))
    handlers.disable_prepared_statements()
    assert getattr(connection, name) is False


def test_a_worker_ends_if_connections_lack_the_attribute(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = type("OneFlushConnection", (), {"is_renamed": None})
    monkeypatch.setattr("importlib.import_module", lambda _: SimpleNamespace(OneFlushConnection=connection))
    with pytest.raises(SystemExit, match="OneFlushConnection has no is_direct_connection"):
        handlers.disable_prepared_statements()


def test_answers_are_compared_without_the_fields_that_one_of_them_lacks() -> None:
    old = {"days": [{"date": "2027-01-04", "note": "ill"}], "old": 1}
    new = {"days": [{"date": "2027-01-04", "note": "ill", "notes": "ill"}]}
    assert shared_fields(old, new) == shared_fields(new, old) == {"days": [{"date": "2027-01-04", "note": "ill"}]}
    longer = {"days": [*new["days"], {"date": "2027-01-05"}]}
    assert shared_fields(old, longer) != shared_fields(longer, old)


def test_the_results_have_the_texts_of_the_report() -> None:
    page = (ROOT / "benchmarks" / "results.md").read_text()
    texts = [
        report.HOW_TO_READ,
        *report.NOTES.values(),
        *(f"* **{name}**: {text}." for name, text in report.CONTENDERS.items()),
        *(f"| {goal.text} " for goal in GOALS),
    ]
    assert [text for text in texts if text not in page] == []


def test_new_results_of_a_race_replace_the_old_ones_on_the_page() -> None:
    def import_races(figure: float) -> list[Race]:
        return [Race(IMPORT, column, {OURS: [figure]}) for column in (SECONDS, MEMORY)]

    def page(figure: float) -> str:
        others = [Race(CALCULATION, SUBTRACTION, {OURS: [40.0]}), Race("Last", "all", {OURS: [1.0]})]
        return report.format_results([others[0], *import_races(figure), others[1]], ["A full run."], {})

    updated = report.update_page(page(100), import_races(1000))
    assert updated == page(1000)
    assert report.update_page(updated, import_races(100)) == page(100)
