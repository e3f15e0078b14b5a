"""The audited peers: tools that people use instead of our audit log, with their commands (audited_worker.py)."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"

TOOLS = ("continuum", "django", "trigger")

# (name, argv). Each tool has two forms: as its documentation suggests, and `tuned`, a faster form that this
# documentation mentions.
AUDITED_PEERS: list[tuple[str, list[str]]] = [
    (f"{tool}_{form[0]}" if form else tool, [str(PYTHON), str(HERE / f"audited_{tool}.py"), "prepare", *form])
    for tool in TOOLS
    for form in ([], ["tuned"])
]
