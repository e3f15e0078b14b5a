"""The history as CSV (RFC 4180), a line at a time, for people who open it in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import orjson

from common.web.encoding import names
from common.web.history import Entry

# What makes a spreadsheet take a cell for a formula, also behind white space (OWASP, "CSV Injection"); the full-width
# forms count in some languages. Where lists are separated by semicolons, a cell may begin after one of those, too.
FORMULA = re.compile(r"(^|[;\t])(?=[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")


def history_csv(pages: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the header, and the lines of each page, whose entries are JSON."""
    yield _lines([names(Entry).values()])
    for page in pages:
        yield _lines([_cell(value) for value in orjson.loads(entry).values()] for entry in page)


def _cell(value: object) -> str:
    """Return a value as a cell that is text and nothing else: an apostrophe keeps a formula from being one."""
    return FORMULA.sub(r"\1'", "" if value is None else str(value))


def _lines(rows: Iterable[Iterable[str]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()
