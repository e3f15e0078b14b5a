"""Reading CSV files, and writing `rejected.csv`.

A row is one line: a quoted value can't contain a line break. So a quote that isn't closed spoils one row, and not all
rows after it. Files are read line by line, and lines have a length limit, so the size of a file doesn't matter.
"""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

MAX_LINE_BYTES = 64 * 1024
REJECTED = "rejected.csv"
DELIMITERS = (",", ";")
MAX_SHOWN_CHARACTERS = 60


class InvalidFile(Exception):
    """A file can't be imported at all. Nothing was changed in the database."""


class InvalidRow(Exception):
    """A row can't be imported. `column` is empty if the whole row is wrong; `code` and `message` are the reason."""

    def __init__(self, column: str, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.column = column


class Columns(NamedTuple):
    """The columns that a file must have, and those that it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.required, *self.optional)


class Row(NamedTuple):
    """A row: the number of its line, and its values by column. A column that the file doesn't have is empty."""

    line: int
    values: Mapping[str, str]


class Rejections:
    """Collects the rows that aren't imported in a temporary database on disk, and counts them by file.

    When the block of the `with` statement ends, they are written to `rejected.csv`, in the order of `names` and lines.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        """Replace the file of an earlier run. Raise `InvalidFile` if it can't be written.

        `names` are the names of all files, in the order in which they are imported.
        """
        self.path = folder / REJECTED
        self.counts: Counter[str] = Counter()
        self._order = ",".join(names)
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("create table rejected (file, line, field, reason)")
        self._database.execute("begin")
        try:
            self.path.write_text("file,line,column,reason\n")
            self._file = self.path.open("a", newline="", encoding="utf-8")
        except OSError as error:
            raise InvalidFile(f"{self.path} can't be written: {error.strerror}. Bad rows go there") from error

    def add(self, file: str, line: int, error: InvalidRow) -> None:
        """Add a row."""
        self.counts[file] += 1
        reason = str(error).encode(errors="backslashreplace").decode()
        self._database.execute("insert into rejected values (?, ?, ?, ?)", (file, line, error.column, reason))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        select = "select * from rejected order by instr(?, file), line"
        with closing(self._database), self._file:
            rows = self._database.execute(select, (self._order,))
            csv.writer(self._file, lineterminator="\n").writerows(rows)


def read_rows(file: BinaryIO, name: str, columns: Columns, rejections: Rejections) -> Iterator[Row]:
    """Yield the rows of a file, and reject those that aren't rows of this file. Blank lines are skipped.

    Raise `InvalidFile` if the first line isn't right.
    """
    lines = _lines(file)
    header, delimiter = _read_header(next(lines, (1, b""))[1], name, columns)
    absent = dict.fromkeys(columns.names, "")
    for number, line in lines:
        try:
            fields = _split(line, delimiter)
            if len(fields) == len(header):
                yield Row(number, {**absent, **dict(zip(header, fields, strict=True))})
            elif fields:
                message = f"the row has {len(fields)} values, and the first line has {len(header)} columns"
                raise InvalidRow("", "invalid_row", message)
        except InvalidRow as error:
            rejections.add(name, number, error)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number; None in place of a line that is longer than `MAX_LINE_BYTES`."""
    for number in count(1):
        line = file.readline(MAX_LINE_BYTES + 1)
        if not line:
            return
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)
        yield number, None


def _split(line: bytes | None, delimiter: str) -> list[str]:
    """Return the values of a line. Bytes that aren't UTF-8 become halves of surrogate pairs, which aren't valid."""
    if line is None:
        raise InvalidRow("", "invalid_row", f"the line is longer than {MAX_LINE_BYTES // 1024} KB")
    text = line.decode(errors="surrogateescape").rstrip("\r\n")
    try:
        return next(csv.reader((text,), delimiter=delimiter, strict=True), [])
    except csv.Error:
        message = "a quote isn't closed on this line, or isn't doubled within a value"
        raise InvalidRow("", "invalid_row", message) from None


def _read_header(line: bytes | None, name: str, columns: Columns) -> tuple[list[str], str]:
    """Return the names of the columns, and the delimiter."""
    expected = f"The first line names the columns: {','.join(columns.required)}"
    if columns.optional:
        expected += f" (and if you have them {', '.join(columns.optional)})"
    if line is not None and not line.strip(b"\xef\xbb\xbf\r\n\t ,;"):
        raise InvalidFile(f"{name} is empty. {expected}")
    first = b"" if line is None else line.removeprefix(b"\xef\xbb\xbf")
    delimiter = max(DELIMITERS, key=lambda each: first.count(each.encode()))
    try:
        header = [field.strip() for field in _split(None if line is None else first, delimiter)]
    except InvalidRow as error:
        raise InvalidFile(f"{name}, line 1: {error}. {expected}") from None
    if b"\t" in first and len(header) == 1:
        raise InvalidFile(f"{name}, line 1: the columns are separated by tabs; separate them by , or ;")
    problems = [f"the column {each} is missing" for each in columns.required if each not in header]
    problems += [f"{quote(each)} isn't a column of this file" for each in header if each not in columns.names]
    problems += [f"the column {each} is there twice" for each in columns.names if header.count(each) > 1]
    if problems:
        raise InvalidFile(f"{name}, line 1: {'; '.join(problems)}. {expected}")
    return header, delimiter


def quote(value: str) -> str:
    """Return a value for a message, quoted and shortened."""
    is_long = len(value) > MAX_SHOWN_CHARACTERS
    return repr(value[:MAX_SHOWN_CHARACTERS] + "…" if is_long else value)
