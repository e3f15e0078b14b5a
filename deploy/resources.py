"""The part of the template that depends on the list of functions: alarms, metric filters and roles.

`serverless.yml` includes the file that `write` makes. osls, the deployment tool, fills in the variables, so all stages
use the same file.
"""

import json
from collections.abc import Iterator
from typing import Any

from deploy.stages import BUILD, load, serverless_config

FILE = BUILD / "resources.json"
NAME, NAMESPACE = "${self:service}-${sls:stage}", "${self:service}/${sls:stage}"
ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
# What a role may do, besides writing the logs of its functions and reading their secrets. (If a secret is encrypted
# with the account's key aws/ssm, its readers need no right to decrypt. With another key, they need kms:Decrypt.)
RIGHTS: dict[str, dict[str, list[str]]] = {
    "ReaderRole": {},
    "AppRole": {},
    "WriterRole": {"RetryQueue": ["sqs:SendMessage"]},
    "RepairerRole": {"RetryQueue": ["sqs:ReceiveMessage", "sqs:DeleteMessage"]},
}
# Each key is the end of an alarm's name; the value is the alarm's metric and description.
ALARMS = {"errors": ("Errors", "{} crashed, or ran out of time or memory.")}
ALARMS_OF_URLS = {
    "answers-5xx": ("Url5xxCount", "Callers of {} get 5xx."),
    "throttles": ("Throttles", "Callers of {} get 429, because all its reserved instances are busy."),
}


def write() -> None:
    """Write the resources to `FILE`."""
    resources: dict[str, Any] = {}
    functions = serverless_config()["functions"]
    for name, function in functions.items():
        resources |= _filter_and_alarms(name, has_url="url" in function)
    for role in RIGHTS:
        users = [name for name, function in functions.items() if function["role"] == f"${{{role}.Arn}}"]
        database_url = "databaseReaderUrlParameter" if role == "ReaderRole" else "databaseAppUrlParameter"
        properties = _role(users, (database_url, "authJwtSecretParameter"), RIGHTS[role])
        resources[role] = {"Type": "AWS::IAM::Role", "Properties": properties}
    FILE.write_text(json.dumps({"Resources": resources}, indent=2))


def _role(users: list[str], parameters: tuple[str, ...], rights: dict[str, list[str]]) -> dict[str, Any]:
    secrets = [{"Fn::Sub": ARN % ("ssm", f"parameter${{param:{name}}}")} for name in parameters]
    logs = [{"Fn::Sub": ARN % ("logs", f"log-group:/aws/lambda/{NAME}-{name}:*")} for name in users]
    permissions: list[tuple[Any, Any]] = [
        (["ssm:GetParameter", "ssm:GetParameters"], secrets),  # for the parameters extension, and for the AWS client
        (["logs:CreateLogStream", "logs:PutLogEvents"], logs),
        *((actions, {"Fn::GetAtt": [resource, "Arn"]}) for resource, actions in rights.items()),
    ]
    trust = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in permissions]
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trust}]},
        "Policies": [{"PolicyName": "its-work", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
    }


def _filter_and_alarms(function: str, *, has_url: bool) -> Iterator[tuple[str, Any]]:
    logical_name = function[0].upper() + function[1:].replace("_", "Underscore")  # as osls names its resources
    # Every function has this filter, so that the alarm counts deferred entries of any function that changes slots, also
    # of a function that has no queue.
    deferred = {
        "LogGroupName": {"Ref": f"{logical_name}LogGroup"},
        "FilterPattern": '{ $.message = "audit deferred" }',
        "MetricTransformations": [
            {"MetricNamespace": NAMESPACE, "MetricName": "DeferredChangeSets", "MetricValue": "1"}
        ],
    }
    yield f"{logical_name}Deferred", {"Type": "AWS::Logs::MetricFilter", "Properties": deferred}
    each = load("deploy/alarms.yml")["each"]
    for end, (metric, meaning) in (ALARMS | (ALARMS_OF_URLS if has_url else {})).items():
        alarm = {
            "AlarmName": f"{NAME}-{function}-{end}",
            "AlarmDescription": meaning.format(function),
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": f"{NAME}-{function}"}],
            **each,
        }
        yield f"{logical_name}{metric}Alarm", {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
