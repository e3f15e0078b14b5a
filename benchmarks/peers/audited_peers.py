"""The tools that people use instead of our audit log, and the commands that start them (audited_worker.py)."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"

TOOLS = ("continuum", "django", "trigger")

# (name, argv): each tool as its documentation suggests, and in the faster form that the documentation mentions.
AUDITED_PEERS: list[tuple[str, list[str]]] = [
    (f"{tool}_{form[0]}" if form else tool, [str(PYTHON), str(HERE / f"audited_{tool}.py"), "prepare", *form])
    for tool in TOOLS
    for form in ([], ["tuned"])
]
