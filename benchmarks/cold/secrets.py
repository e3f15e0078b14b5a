"""The environment of a deployed function. Its secrets are in SSM, and AWS's extension reads them.

SSM and the extension are stand-ins that run in this process. An older commit that doesn't use the extension reads the
secrets with boto3.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import aws, events
from local.parameters_extension import extension

SECRETS = {"DATABASE_URL", "AUTH_JWT_SECRET"}


@contextmanager
def environments(*database_urls: str) -> Iterator[list[dict[str, str]]]:
    """Yield an environment of a deployed function for each database."""
    with aws.run_aws() as url:
        ssm = aws.client("ssm", url)
        with extension(ssm, {"PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED": "false"}) as running:
            shared = {**aws.KEYS, "AWS_ENDPOINT_URL": url, **running.environment()}
            results = []
            for number, database_url in enumerate(database_urls):
                variables = events.environment(database_url)
                parameters = {name: f"/bench/{number}/{name}" for name in SECRETS}
                for name, parameter in parameters.items():
                    ssm.put_parameter(Name=parameter, Value=variables.pop(name), Type="SecureString", Overwrite=True)
                parameter_names = {f"{name}_PARAMETER": parameter for name, parameter in parameters.items()}
                results.append(variables | shared | parameter_names)
            yield results
