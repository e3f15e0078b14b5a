"""Google Cloud: one source folder from which each function is deployed by its name, with our files as on AWS."""

import shutil

from deploy.bundle import LOCKS, copy_sources
from deploy.stages import BUILD, ROOT, handlers

FOLDER = BUILD / "gcp"
# functions-framework looks for the function in main.py. Importing only the one that is asked for spares the others'
# imports to its cold start.
MAIN = '''"""Each function under its name, for functions-framework; only the one that is asked for is imported."""

from importlib import import_module

HANDLERS = {handlers}


def __getattr__(name):
    if name not in HANDLERS:
        raise AttributeError(name)
    return getattr(import_module(HANDLERS[name]), name)
'''


def package() -> None:
    """Make the folder, and say how it is deployed."""
    copy_sources(FOLDER)
    shutil.copyfile(LOCKS / "gcp.txt", FOLDER / "requirements.txt")
    (FOLDER / "main.py").write_text(MAIN.format(handlers=handlers()))
    folder = FOLDER.relative_to(ROOT)
    print(f"Packaged: {folder}. Each function is deployed from it by its name:")
    print(
        f"  gcloud functions deploy <function> --gen2 --runtime=python313 --source={folder}"
        " --trigger-http --allow-unauthenticated"
        " --set-env-vars=STAGE=dev,ALLOWED_ORIGINS=https://app.example.com"
        " --set-secrets=DATABASE_URL=database-url:latest,AUTH_JWT_SECRET=auth-jwt-secret:latest"
    )
