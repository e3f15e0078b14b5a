"""What moto lacks of AWS, as far as a deployment needs it: function URLs in CloudFormation, and layers of others."""

from types import SimpleNamespace
from typing import Any

from moto.awslambda.utils import get_backend
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import JsonRESTError


class FunctionUrl(CloudFormationModel):
    """`AWS::Lambda::Url`: moto makes such URLs, but not from a template."""

    __module__ = "moto.awslambda.models"  # by which moto tells the service
    gateway = ""

    def __init__(self, function: str, configuration: Any) -> None:
        self.function = function
        self.configuration = configuration
        configuration.url = f"{self.gateway}/{configuration.function.function_name}/"

    @property
    def physical_resource_id(self) -> str:
        """How CloudFormation knows it: by its function."""
        return self.function

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the property that names it: none does."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """Return its type in a template."""
        return "AWS::Lambda::Url"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether a template may ask for an attribute."""
        return attr == "FunctionUrl"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return an attribute."""
        return str(self.configuration.url)

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> "FunctionUrl":
        """Make one."""
        told = cloudformation_json["Properties"]
        function = told["TargetFunctionArn"]
        return cls(function, get_backend(account_id, region_name).create_function_url_config(function, told))

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "FunctionUrl", new_resource_name: str, cloudformation_json: Any, *_: Any
    ) -> "FunctionUrl":
        """Change one."""
        original_resource.configuration.update(cloudformation_json["Properties"])
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Remove one, unless its function is gone already, and it with it."""
        try:
            function = cloudformation_json["Properties"]["TargetFunctionArn"]
            get_backend(account_id, region_name).delete_function_url_config(function)
        except JsonRESTError:
            pass


def layer_of_any_account(_backend: Any, arn: str) -> Any:
    """Return a layer by its ARN: moto knows those of one account, and AWS publishes its own from others."""
    return SimpleNamespace(arn=arn, code_size=0)
