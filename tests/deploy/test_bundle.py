"""What a function is packaged with."""

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deploy import bundle, imports, stages
from deploy.stages import ROOT, Stopped, handlers
from tests.deploy.conftest import SILENCE, made

UNCHECKED_HASH = 0b01  # PEP 552: by hash, and never compared with the source


def archive(function: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO((bundle.ZIPS / f"{function}.zip").read_bytes()))


def test_packaging_again_elsewhere_gives_the_same_bytes(
    packaged: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiled anew in other folders: nothing of this machine, of the time or of chance is in a zip."""
    before = {function: (bundle.ZIPS / f"{function}.zip").read_bytes() for function in handlers()}
    away = tmp_path / "an other place"
    shutil.copytree(bundle.DEPENDENCIES, away / "dependencies", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dependencies", "sources", "functions"):
        monkeypatch.setattr(bundle, "ZIPS" if name == "functions" else name.upper(), away / name)
    bundle.compile_all(away / "dependencies", bundle.interpreter())
    again = {made.function: made.file.read_bytes() for made in bundle.build()}
    assert {function: content == before[function] for function, content in again.items()} == dict.fromkeys(before, True)


def test_packaging_needs_neither_credentials_nor_a_network(packaged: object) -> None:
    """Once everything is set up: whoever asks the network gets no answer here."""
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), SILENCE)
    ran = made("package", "STAGE=prod", AWS_EC2_METADATA_DISABLED="true", **proxies)
    assert ran.returncode == 0, ran.stderr
    assert "Packaged for prod" in ran.stdout
    assert [line.split()[0] for line in ran.stdout.splitlines() if " MB" in line] == list(handlers())


@pytest.mark.parametrize("function", handlers())
def test_a_zip_holds_what_its_function_imports(packaged: object, function: str) -> None:
    with archive(function) as packed:
        names = set(packed.namelist())
    ours = {name for name in names if name.startswith(("common/", "functions/")) and name.endswith(".py")}
    assert ours == {str(file.relative_to(ROOT)) for file in imports.modules_of(handlers()[function]).values()}
    assert {name.split("/")[1] for name in ours if name.startswith("functions/")} == {"__init__.py", function}
    tops = {name.split("/")[0] for name in names}
    assert {"boto3", "pg8000", "pydantic", "sqlalchemy", "tzdata", "werkzeug"} <= tops
    assert not {"flask", "functions_framework", "gunicorn", "pytest", "alembic", "moto", "uvicorn", "bin"} & tops
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
    assert services == {"sqs", "ssm"}


@pytest.mark.parametrize("function", handlers())
def test_each_module_is_compiled_and_never_compared_with_its_source(packaged: object, function: str) -> None:
    with archive(function) as packed:
        names = packed.namelist()
        compiled = {name: packed.read(name) for name in names if name.endswith(".pyc")}
    assert len(compiled) == sum(name.endswith(".py") for name in names)
    assert {int.from_bytes(content[4:8], "little") for content in compiled.values()} == {UNCHECKED_HASH}
    assert all(b"/var/task/" in content and str(ROOT).encode() not in content for content in compiled.values())


def test_a_handler_that_is_not_there_stops_the_packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else would notice before the first request."""
    monkeypatch.setattr(bundle, "install_dependencies", lambda _: None)
    for handler, module in (
        ("functions/get_availabilty/main.handler", "functions.get_availabilty.main"),
        ("functions/update_availability/edit.handler", "functions.update_availability.edit"),
    ):
        described: Any = {**stages.described(), "functions": {"get_availability": {"handler": handler}}}
        monkeypatch.setattr(stages, "described", lambda described=described: described)
        with pytest.raises(Stopped, match=f"get_availability has its handler in {module}, where there is none"):
            bundle.build()


def test_an_import_that_no_requirement_provides_stops_the_packaging(packaged: object, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("import tqdm")
    with pytest.raises(Stopped, match="No requirement provides what is imported: tqdm"):
        imports.distributions_for([tmp_path / "module.py"], bundle.DEPENDENCIES)


def test_what_is_asked_for_in_a_requirement_comes_along(packaged: object, tmp_path: Path) -> None:
    """`pyjwt[crypto]` brings cryptography, and what that needs; an extra that nobody asked for brings nothing."""
    (tmp_path / "module.py").write_text("import jwt")
    found = [found.name for found in imports.distributions_for([tmp_path / "module.py"], bundle.DEPENDENCIES)]
    assert [name.lower() for name in found] == ["cffi", "cryptography", "pycparser", "pyjwt"]


def test_another_python_is_asked_for_by_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "python_version", lambda: "3.99")
    with pytest.raises(Stopped, match=r"Python 3\.99 isn't here.*\nNext: install it \(as python3\.99\)"):
        bundle.interpreter()
