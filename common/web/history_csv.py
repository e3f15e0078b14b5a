"""The history as CSV (RFC 4180), for spreadsheets. The lines are made page by page, when the answer is read."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import orjson

from common.web.encoding import names
from common.web.history import Entry

# Spreadsheets read a cell as a formula if it begins with one of these characters, also after white space (OWASP, "CSV
# Injection"). In some languages, the full-width forms of the characters also begin a formula, and a semicolon begins a
# new cell.
FORMULA = re.compile(r"(^|[;\t])(?=[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")


def history_csv(pages: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the header line, then the lines of each page; the entries of the pages are JSON."""
    yield _lines([names(Entry).values()])
    for page in pages:
        yield _lines([_cell(value) for value in orjson.loads(entry).values()] for entry in page)


def _cell(value: object) -> str:
    """Return a value as the text of a cell, with an apostrophe before a formula, so that it is read as text."""
    return FORMULA.sub(r"\1'", "" if value is None else str(value))


def _lines(rows: Iterable[Iterable[str]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
