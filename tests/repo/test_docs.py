"""The documentation is correct: commands, links and files exist, and the SQL recipes run."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.builders import add_tutor, monday, slots
from tests.hosts import ROOT, Api

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        ROOT / "client" / "README.md",
        ROOT / "dashboard" / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.yml"),
    ]
)
FOLDERS = ("benchmarks", "client", "common", "deploy", "docs", "functions", "local", "migrations", "tests")
RECIPES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_links_and_files_of_a_page_exist(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"(?:^|[`|] ?|run: )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert commands - targets == set()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    files = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w/-]+(?:\.(?:py|md|yml|sql|json))?)`", text)
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_recipes_return_what_the_page_says(api: Api, engine: Engine) -> None:
    tutor, day = add_tutor(engine), monday()
    body = {"tutorId": str(tutor.id), "date": day.isoformat(), "timeSlots": slots("09:00", "10:00")}
    assert api.update(tutor.token, **body).status == 200
    with engine.begin() as connection:
        book = "insert into bookings values (:tutor, gen_random_uuid(), gen_random_uuid(), :date, '10:00', 'CONFIRMED')"
        connection.execute(text(book), {"tutor": tutor.id, "date": day})
        skip = "update tutor_days set version = 3 where tutor_id = :tutor"
        connection.execute(text(skip), {"tutor": tutor.id})
        answers = [
            connection.execute(text(recipe.replace(":'tutor'", f"'{tutor.id}'").replace("2029-10-01", str(day)))).all()
            for recipe in RECIPES
            if recipe.startswith("select")
        ]
    offered, changed, missing, locks = answers
    assert [(row.start_time.hour, row.status) for row in offered] == [(9, None), (10, "CONFIRMED")]
    assert [(row.action, row.date, row.source) for row in changed] == [("ADDED", day, "recorded")] * 2
    assert [(row.date, row.version, row.missing_versions) for row in missing] == [(day, 3, [2, 3])]
    assert {row.granted for row in locks} == {True}  # the locks of this transaction
