"""The environment of a deployed function, whose secrets are in SSM, behind the extension that reads them from there.

Both are stand-ins, in this process. A commit that doesn't know of the extension reads the secrets by boto3.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import aws, events
from local.parameters_extension import extension

SECRETS = {"DATABASE_URL", "AUTH_JWT_SECRET"}


@contextmanager
def environments(*database_urls: str) -> Iterator[list[dict[str, str]]]:
    """Yield the environment for each database."""
    with aws.served() as url:
        ssm = aws.client("ssm", url)
        with extension(ssm, {"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false"}) as running:
            there = {**aws.KEYS, "AWS_ENDPOINT_URL": url, **running.environment()}
            found = []
            for number, database_url in enumerate(database_urls):
                given = events.environment(database_url)
                parameters = {name: f"/bench/{number}/{name}" for name in SECRETS}
                for name, parameter in parameters.items():
                    ssm.put_parameter(Name=parameter, Value=given.pop(name), Type="SecureString", Overwrite=True)
                found.append(given | there | {f"{name}_PARAMETER": at for name, at in parameters.items()})
            yield found
