"""Additions to moto that deployments need: function URLs in CloudFormation, layers of other accounts, and `Invoke`."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import JsonRESTError


class FunctionUrl(CloudFormationModel):
    """The resource `AWS::Lambda::Url`. moto has function URLs, but not as a resource of CloudFormation."""

    __module__ = "moto.awslambda.models"  # moto reads the AWS service from this name
    gateway = ""

    def __init__(self, function: str, configuration: Any) -> None:
        self.function = function
        self.configuration = configuration
        configuration.url = f"{self.gateway}/{configuration.function.function_name}/"

    @property
    def physical_resource_id(self) -> str:
        """Return the id of the URL in CloudFormation, which is the function's id."""
        return self.function

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the name of the property with the resource's name. A URL has no such property."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Return the type of a URL in a template."""
        return "AWS::Lambda::Url"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return whether a URL has this attribute."""
        return attr == "FunctionUrl"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the address of the URL, its only attribute."""
        return str(self.configuration.url)

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> "FunctionUrl":
        """Create a URL."""
        properties = cloudformation_json["Properties"]
        function = properties["TargetFunctionArn"]
        return cls(function, get_backend(account_id, region_name).create_function_url_config(function, properties))

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "FunctionUrl", new_resource_name: str, cloudformation_json: Any, *_: Any
    ) -> "FunctionUrl":
        """Change a URL."""
        original_resource.configuration.update(cloudformation_json["Properties"])
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Remove a URL. Do nothing if it was already removed with its function."""
        try:
            function = cloudformation_json["Properties"]["TargetFunctionArn"]
            # If the function was already removed, this is a reference that moto couldn't replace by the ARN.
            if isinstance(function, str):
                get_backend(account_id, region_name).delete_function_url_config(function)
        except JsonRESTError:
            pass


def layer_of_any_account(_backend: Any, arn: str) -> Any:
    """Return an empty layer with this ARN.

    This replaces moto's search, which finds only layers of the account itself. AWS's layers belong to other accounts.
    """
    return SimpleNamespace(arn=arn, code_size=0)


def invoke_with(invoke: Callable[[str, Any], Any]) -> Callable[..., bytes]:
    """Return a replacement for moto's `Invoke`, which would need Docker; `invoke` takes a function's name and an event.

    If `invoke` raises an error, the answer is a function's error, as on AWS.
    """

    def replacement(
        _backend: Any, function: str, _qualifier: Any, body: Any, _headers: Any, response_headers: dict[str, str]
    ) -> bytes:
        try:
            return json.dumps(invoke(function, json.loads(body))).encode()
        except Exception as error:  # whatever the function raised
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorMessage": str(error), "errorType": type(error).__name__}).encode()

    return replacement
