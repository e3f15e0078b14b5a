"""The audited peers: tools that people use instead of our audit log, and the commands that start them."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"

TOOLS = ("continuum", "django", "trigger")

# The names of the peers, and their commands. Each tool has two forms: the form that its documentation suggests, and a
# faster form that the documentation mentions, `tuned`. audited_worker.py describes the arguments.
AUDITED_PEERS: list[tuple[str, list[str]]] = [
    (f"{tool}_{form[0]}" if form else tool, [str(PYTHON), str(HERE / f"audited_{tool}.py"), "prepare", *form])
    for tool in TOOLS
    for form in ([], ["tuned"])
]
