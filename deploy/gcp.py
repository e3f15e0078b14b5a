"""Experimental: one source folder for Google Cloud, from which you deploy each function by its name."""

import shutil

from deploy.bundle import LOCKS, copy_sources
from deploy.stages import BUILD, ROOT, handlers

FOLDER = BUILD / "gcp"
# functions-framework looks for the function in main.py. For a short cold start, main.py imports only this function.
MAIN = '''"""Each function under its name, for functions-framework. A function is imported when it is used."""

from importlib import import_module

MODULES = {modules}


def __getattr__(name):
    if name not in MODULES:
        raise AttributeError(name)
    return getattr(import_module(MODULES[name]), name)
'''


def package() -> None:
    """Make the folder, and print how to deploy from it."""
    copy_sources(FOLDER)
    shutil.copyfile(LOCKS / "gcp.txt", FOLDER / "requirements.txt")
    (FOLDER / "main.py").write_text(MAIN.format(modules=handlers()))
    folder = FOLDER.relative_to(ROOT)
    print("Google Cloud is experimental: there is no schedule, no retry queue and no alarms (docs/operations.md).")
    print(f"Packaged: {folder}. Deploy each function from it by its name:")
    print(
        f"  gcloud functions deploy <function> --gen2 --runtime=python313 --source={folder}"
        " --trigger-http --allow-unauthenticated"
        " --set-env-vars=STAGE=dev,ALLOWED_ORIGINS=https://<your web app>"
        " --set-secrets=DATABASE_URL=database-url:latest,AUTH_JWT_SECRET=auth-jwt-secret:latest"
    )
