"""The commands of the Makefile that no other test runs."""

import shutil
import subprocess
from pathlib import Path

from tests.hosts import ROOT


def test_make_format_formats_though_the_linter_complains(tmp_path: Path) -> None:
    for file in ("Makefile", "pyproject.toml", "requirements/dev.txt"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy2(ROOT / file, tmp_path / file)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    module = tmp_path / "module.py"
    module.write_text('"""A module."""\nVALUE  =  undefined\n')
    done = subprocess.run(["make", "-s", "format"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert module.read_text() == '"""A module."""\n\nVALUE = undefined\n'
    assert (done.returncode, "F821" in done.stdout) == (2, True)
