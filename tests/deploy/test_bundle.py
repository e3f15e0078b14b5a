"""The content of the functions' zips, and the version of Python that compiles the functions."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from deploy import bundle, stages
from deploy.stages import ROOT, Stopped, artifacts, load
from tests.deploy.conftest import UNREACHABLE, run_make

UNCHECKED_HASH = 0b01  # PEP 552: Python doesn't compare the bytecode with its source
ARTIFACTS = sorted(set(artifacts().values()))


def archive(name: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO((bundle.ZIPS / f"{name}.zip").read_bytes()))


def test_packaging_again_in_another_folder_gives_the_same_bytes(
    packaged: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip contains no paths of this machine, no times and no random values."""
    before = {name: (bundle.ZIPS / f"{name}.zip").read_bytes() for name in ARTIFACTS}
    away = tmp_path / "another folder"
    shutil.copytree(bundle.DEPENDENCIES, away / "dependencies", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dependencies", "sources", "functions"):
        monkeypatch.setattr(bundle, "ZIPS" if name == "functions" else name.upper(), away / name)
    for name in ARTIFACTS:
        bundle.compile_all(away / "dependencies" / name, bundle.interpreter())
    again = {zipped.name: zipped.file.read_bytes() for zipped in bundle.build()}
    assert {name: content == before[name] for name, content in again.items()} == dict.fromkeys(before, True)


def test_a_zip_is_made_again_only_if_a_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An incomplete zip is made again, too. Links to the old zip keep its content."""
    for name in ("SOURCES", "ZIPS"):
        monkeypatch.setattr(bundle, name, tmp_path / name)
        (tmp_path / name).mkdir()
    (tmp_path / "empty").mkdir()
    (bundle.SOURCES / "module.py").write_text("old")

    def make() -> Path:
        return bundle._bundle("functions", tmp_path / "empty").file

    os.link(make(), tmp_path / "old.zip")
    assert make().samefile(tmp_path / "old.zip")
    (bundle.SOURCES / "module.py").write_text("new")
    make()
    with archive("functions") as new, zipfile.ZipFile(tmp_path / "old.zip") as old:
        assert (new.read("module.py"), old.read("module.py")) == (b"new", b"old")
    (bundle.ZIPS / "functions.ready").unlink()
    (bundle.ZIPS / "functions.zip").write_bytes(b"half of a zip")
    make()
    with archive("functions") as again:
        assert again.read("module.py") == b"new"


def test_packaging_needs_neither_credentials_nor_a_network(packaged: object) -> None:
    """Only the first packaging needs a network: the fixture did it. In this test, the proxy can't be reached."""
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), UNREACHABLE)
    ran = run_make("package", "STAGE=prod", AWS_EC2_METADATA_DISABLED="true", **proxies)
    assert ran.returncode == 0, ran.stderr
    assert "Packaged for prod" in ran.stdout
    assert [line.split()[0] for line in ran.stdout.splitlines() if " MB" in line] == ARTIFACTS


@pytest.mark.parametrize("name", ARTIFACTS)
def test_a_zip_has_our_modules_and_the_packages_of_its_lock_file(packaged: object, name: str) -> None:
    with archive(name) as packed:
        names = set(packed.namelist())
    ours = {name for name in names if name.startswith(("common/", "functions/", "deploy/")) and name.endswith(".py")}
    assert [name for name in names if name.endswith("examples.json")] == []
    sources = [file for part in ("common", "functions") for file in (ROOT / part).rglob("*.py")]
    assert ours == {*(str(file.relative_to(ROOT)) for file in sources), *bundle.CHECKS}
    distributions = {name.split("/")[0].partition("-")[0] for name in names if name.endswith(".dist-info/METADATA")}
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
    assert {distribution.lower().replace("_", "-") for distribution in distributions} == set(locked)
    tops = {name.split("/")[0] for name in names}
    assert {"boto3", "pg8000", "pydantic", "sqlalchemy", "tzdata", "werkzeug"} <= tops
    assert not {"flask", "functions_framework", "gunicorn", "pytest", "alembic", "moto", "uvicorn", "bin"} & tops
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
    assert services == {"sqs", "ssm"}


@pytest.mark.parametrize("name", ARTIFACTS)
def test_each_module_is_compiled_and_not_compared_with_its_source(packaged: object, name: str) -> None:
    with archive(name) as packed:
        names = packed.namelist()
        compiled = {name: packed.read(name) for name in names if name.endswith(".pyc")}
    assert len(compiled) == sum(name.endswith(".py") for name in names)
    assert {int.from_bytes(content[4:8], "little") for content in compiled.values()} == {UNCHECKED_HASH}
    assert all(b"/var/task/" in content and str(ROOT).encode() not in content for content in compiled.values())


def test_a_function_may_have_its_own_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = {"heavy": {"package": {"artifact": ".build/functions/heavy.zip"}}, "light": {}}
    monkeypatch.setattr(stages, "serverless_config", lambda: {**load("serverless.yml"), "functions": functions})
    assert artifacts() == {"heavy": "heavy", "light": "functions"}


def test_a_handler_that_does_not_exist_stops_the_packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this check, the error would appear only at the first request."""
    monkeypatch.setattr(bundle, "install_dependencies", lambda *_: None)
    for handler in ("functions/get_availabilty/main.handler", "functions/update_availability/edit.handler"):
        config: Any = {**stages.serverless_config(), "functions": {"get_availability": {"handler": handler}}}
        monkeypatch.setattr(stages, "serverless_config", lambda config=config: config)
        with pytest.raises(Stopped, match=f"get_availability names the handler {handler}, which doesn't exist"):
            bundle.build()


def test_the_error_names_a_function_that_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise most tests would end with a KeyError, because they list the functions."""
    functions: dict[str, Any] = {"ping_tutor": {"description": "The time zone of a tutor."}}
    monkeypatch.setattr(stages, "serverless_config", lambda: {"functions": functions})
    with pytest.raises(Stopped, match=r"serverless\.yml: ping_tutor has no handler"):
        stages.handlers()
    functions["ping_tutor"] = {"handler": "functions/get_availability/main.handler"}
    with pytest.raises(Stopped, match="there is no function ping_tutor with the decorator @endpoint"):
        stages.declarations()


FIND = """
import os, sys
from deploy import bundle
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    os.listdir(os.environ["PYENV_ROOT"])
except PermissionError:
    print(bundle._find_python("3.99"))
"""


def test_the_search_for_python_ignores_an_unreadable_folder(tmp_path: Path) -> None:
    """After `su`, PYENV_ROOT and the home directory may be another user's.

    Root can read every folder. So if the test runs as root, the process first becomes the user nobody.
    """
    unreadable = tmp_path / "unreadable"
    unreadable.mkdir(mode=0)
    changes = {"PYENV_ROOT": str(unreadable), "HOME": str(unreadable)}
    ran = subprocess.run(
        [sys.executable, "-c", FIND], cwd=ROOT, env={**os.environ, **changes}, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("None\n", "")


def test_a_file_that_cannot_be_run_is_not_used_as_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "versions" / "3.99.1" / "bin" / "python3.99"
    file.parent.mkdir(parents=True)
    file.write_text("#!/nowhere/python\n")
    file.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert bundle._find_python("3.99") is None
    file.write_text("#!/bin/sh\necho 3.99\n")
    assert bundle._find_python("3.99") == str(file)


def test_the_error_names_the_version_of_a_missing_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "python_version", lambda: "3.99")
    with pytest.raises(Stopped, match=r"Python 3\.99 is missing.*\nNext: install it \(as python3\.99\)"):
        bundle.interpreter()


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"allowedOrigins": [], "asksForConfirmation": True}, "params of dev has unknown names: asksForConfirmation"),
        ({}, "params of dev has no allowedOrigins"),
        (
            {"allowedOrigins": [], "authAdminClaim": "app_metadata/role"},
            r"^serverless\.yml: params of dev: authAdminClaim: use a JSON Pointer \(RFC 6901\), such as /",
        ),
        ({"allowedOrigins": [], "authAudienceClaim": "azp"}, "params of dev: authAudienceClaim: use a JSON Pointer"),
        ({"allowedOrigins": [], "authAudience": ","}, "params of dev: authAudience: name at least one audience"),
        ({"allowedOrigins": [], "authJwksUrl": "auth.example/keys"}, "params of dev: authJwksUrl: use a URL"),
        (
            {"allowedOrigins": [], "authAdminValue": True},
            'authAdminValue: use a text in quotes, such as authAdminValue: "…"',
        ),
        ({"allowedOrigins": [], "authIssuer": None}, "params of dev: authIssuer: use a text in quotes"),
        ({"allowedOrigins": [], "authAudience": ["a", "b"]}, "params of dev: authAudience: use a text in quotes"),
    ],
)
def test_the_error_names_a_parameter_that_is_missing_or_wrong_or_that_nothing_uses(
    monkeypatch: pytest.MonkeyPatch, stage: dict[str, Any], message: str
) -> None:
    """Otherwise a parameter with a wrong name would have no effect, and a wrong value would stop all functions."""
    config = stages.serverless_config()
    params = {"default": config["params"]["default"], "dev": stage}
    monkeypatch.setattr(stages, "serverless_config", lambda: {**config, "params": params})
    with pytest.raises(Stopped, match=message):
        stages.stage_named("dev")
