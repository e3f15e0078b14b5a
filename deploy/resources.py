"""What the template says of each function: its alarms, what counts its deferred entries, and who may write its log.

Made from the functions in `serverless.yml`, which includes the file. osls fills in the variables, so one file serves
every stage.
"""

import json
from collections.abc import Iterator
from typing import Any

from deploy.stages import BUILD, described, load

FILE = BUILD / "resources.json"
NAME, NAMESPACE = "${self:service}-${sls:stage}", "${self:service}/${sls:stage}"
LOG_GROUP = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/%s-%s:*"
# By the end of the alarm's name: the metric, and what it means.
ALARMS = {"errors": ("Errors", "{} crashed, or ran out of time or memory.")}
ALARMS_OF_URLS = {
    "answers-5xx": ("Url5xxCount", "Callers of {} get 5xx."),
    "throttles": ("Throttles", "Callers of {} get 429, because all its reserved instances are busy."),
}


def write() -> None:
    """Write the file: a template's resources, and under `logs`, by role, the log groups it may write to."""
    resources: dict[str, Any] = {}
    logs: dict[str, list[Any]] = {}
    for function, told in described()["functions"].items():
        resources |= _filter_and_alarms(function, has_url="url" in told)
        role = told["role"].removeprefix("${").removesuffix(".Arn}")
        logs.setdefault(role, []).append({"Fn::Sub": LOG_GROUP % (NAME, function)})
    FILE.write_text(json.dumps({"template": {"Resources": resources}, "logs": logs}, indent=2))


def _filter_and_alarms(function: str, *, has_url: bool) -> Iterator[tuple[str, Any]]:
    logical_name = function[0].upper() + function[1:].replace("_", "Underscore")  # as osls calls its resources
    # Of every function: the alarm rings whichever defers, one whose role may not use the queue above all.
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
