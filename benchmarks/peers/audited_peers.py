"""What people would use instead of our audit log, and how each is started; audited_worker.py says how they talk."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"

TOOLS = ("continuum", "django", "trigger")

# (name, argv): each tool as its documentation suggests it first, and then in the faster form that it mentions too.
AUDITED_PEERS: list[tuple[str, list[str]]] = [
    (f"{tool}_{form[0]}" if form else tool, [str(PYTHON), str(HERE / f"audited_{tool}.py"), "prepare", *form])
    for tool in TOOLS
    for form in ([], ["tuned"])
]
