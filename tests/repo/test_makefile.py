"""`make format`, which no other test runs."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.hosts import ROOT


def test_make_format_formats_even_if_the_linter_reports_errors(tmp_path: Path) -> None:
    for file in ("Makefile", "pyproject.toml", "requirements/dev.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / file, tmp_path / file)
    os.utime(tmp_path / "requirements/dev.txt", (0, 0))  # older than .venv, so that make doesn't create .venv again
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    module = tmp_path / "module.py"
    module.write_text('"""A module."""\nVALUE  =  undefined\n')
    process = subprocess.run(["make", "-s", "format"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert module.read_text() == '"""A module."""\n\nVALUE = undefined\n'
    assert (process.returncode, "F821" in process.stdout) == (2, True)
