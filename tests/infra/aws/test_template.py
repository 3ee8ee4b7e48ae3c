"""The template: what it says of the code is so, and nobody is given more than is needed."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from antiphon.infra.aws import checks
from antiphon.infra.aws.flow_files import FLOWS, TEMPLATE, flow, placeholders, with_flows
from antiphon.infra.aws.functions import connect
from antiphon.infra.bench import peer_environment

from .template_reading import of_type
from .test_flows import VALUES

CODE = "antiphon.infra.aws.functions"
FLOW_S = 4  # the flows' own limit of the block


def test_the_flows_in_it_are_the_flows_that_are_kept() -> None:
    text = TEMPLATE.read_text()

    assert with_flows(text) == text
    assert [name for name in FLOWS if f"# flow: {name}\n" not in text] == []


def test_a_flow_that_changed_would_be_written_anew() -> None:
    text = TEMPLATE.read_text()

    assert with_flows(text.replace('"StartAction":"log"', '"StartAction":"end"')) == text


# Where Connect lets media streaming be started. Source: "Start media streaming" of the Amazon
# Connect administrator guide: no agent whisper, no hold.
STREAMING = {
    "contactFlow": "CONTACT_FLOW",
    "queueTransfer": "QUEUE_TRANSFER",
    "agentTransfer": "AGENT_TRANSFER",
    "outboundWhisper": "OUTBOUND_WHISPER",
}


def test_each_flow_is_of_a_type_that_may_stream(template: Any) -> None:
    made = of_type(template, "AWS::Connect::ContactFlow")

    kinds = {name: flow(name)["Metadata"]["type"] for name in FLOWS}
    types = {name: made[f"{name.title().replace('_', '')}Flow"]["Type"] for name in FLOWS}

    assert types == {name: STREAMING[kind] for name, kind in kinds.items()}
    assert len(made) == len(FLOWS)


def test_each_placeholder_of_a_flow_is_given_a_value(template: Any) -> None:
    for resource in of_type(template, "AWS::Connect::ContactFlow").values():
        _, values = resource["Content"]["!Sub"]
        known = set(values) | set(template["Parameters"])
        assert placeholders(resource["Content"]) <= known
    assert set().union(*(placeholders(flow(name)) for name in FLOWS)) == set(VALUES)


def test_each_function_names_a_handler_that_is_there(template: Any) -> None:
    handlers = [one["Handler"] for one in of_type(template, "AWS::Serverless::Function").values()]

    assert len(handlers) == 4
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        assert callable(getattr(importlib.import_module(f"{CODE}.{module}"), name))


def test_the_package_holds_nothing_but_the_functions(template: Any) -> None:
    root = TEMPLATE.parent / template["Globals"]["Function"]["CodeUri"]

    names = {path.name for path in root.iterdir() if path.name != "__pycache__"}

    assert names == {"__init__.py", Path(connect.__path__[0]).name}


def test_each_variable_that_a_function_reads_is_set(template: Any) -> None:
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])

    assert given == {"ANTIPHON_URL", "ANTIPHON_INSTANCE_ARNS", "ANTIPHON_SIGNING_SECRET_ARN"}


def test_the_function_of_a_flow_outlives_the_flows_patience(template: Any) -> None:
    trigger = of_type(template, "AWS::Serverless::Function")["Trigger"]

    assert FLOW_S < trigger["Timeout"] < 8


def test_every_source_is_told_what_failed(template: Any) -> None:
    sources = [
        source["Properties"]
        for one in of_type(template, "AWS::Serverless::Function").values()
        for source in one.get("Events", {}).values()
    ]

    assert [one["FunctionResponseTypes"] for one in sources] == [["ReportBatchItemFailures"]] * 3


def test_audio_is_read_by_one_role_with_its_external_id(template: Any) -> None:
    role = of_type(template, "AWS::IAM::Role")["MediaReader"]

    [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"AWS": {"!Ref": "AntiphonRoleArn"}}
    assert trusted["Condition"] == {"StringEquals": {"sts:ExternalId": {"!Ref": "ExternalId"}}}


def test_text_is_read_by_the_same_role_where_it_is_asked_for(template: Any) -> None:
    reading = template["Resources"]["ContactLensReading"]

    records, key = reading["Properties"]["PolicyDocument"]["Statement"]
    assert reading["Condition"] == "MakesContactLens"
    assert reading["Properties"]["Roles"] == [{"!Ref": "MediaReader"}]
    assert (sorted(records["Action"]), records["Resource"]) == (
        ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"],
        {"!GetAtt": "ContactLensStream.Arn"},
    )
    assert (key["Action"], key["Resource"]) == ("kms:Decrypt", {"!GetAtt": "Key.Arn"})


def wide_open(template: Any) -> list[str]:
    """Return the statements about resources that name any action or any resource."""
    found: list[str] = []
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    for kind in (*kinds, "AWS::SQS::QueuePolicy"):
        for name, one in of_type(template, kind).items():
            documents = [policy["PolicyDocument"] for policy in one.get("Policies", ())]
            documents += [one["PolicyDocument"]] if "PolicyDocument" in one else []
            for statement in (one for document in documents for one in document["Statement"]):
                actions = statement["Action"]
                named = [actions] if isinstance(actions, str) else actions
                if statement["Resource"] == "*" or any("*" in action for action in named):
                    found.append(name)
    return found


def test_no_policy_names_any_action_or_any_resource(template: Any) -> None:
    assert wide_open(template) == []


def test_a_policy_that_does_is_found(template: Any) -> None:
    statement = {"Action": "kinesisvideo:*", "Resource": "arn:x"}
    widened = {
        "Resources": {
            "Wide": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": {"Statement": [statement]}},
            }
        }
    }

    assert wide_open(widened) == ["Wide"]


def test_everything_that_keeps_news_is_encrypted(template: Any) -> None:
    key = {"!GetAtt": "Key.Arn"}
    queues = [one["KmsMasterKeyId"] for one in of_type(template, "AWS::SQS::Queue").values()]
    logs = [one["KmsKeyId"] for one in of_type(template, "AWS::Logs::LogGroup").values()]
    streams = [
        one["StreamEncryption"]["KeyId"]
        for one in of_type(template, "AWS::Kinesis::Stream").values()
    ]

    assert [len(queues), len(logs), len(streams)] == [3, 4, 3]
    assert {str(one) for one in (*queues, *logs, *streams)} == {str(key)}


def test_a_tool_that_is_not_content_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, code in (("cfn-lint", 0), ("sam", 1), ("checkov", 0)):
        (tools / name).write_text(f"#!/bin/sh\necho {name} says so\nexit {code}\n")
        (tools / name).chmod(0o755)

    def python_of(_: str, *, lock: Path) -> Path:
        assert lock.exists()
        return tools / "python"

    monkeypatch.setattr(checks, "python_of", python_of)

    assert checks.problems_of(TEMPLATE) == ["sam validate:\nsam says so"]
    assert checks.main() == 1


def test_the_linter_itself_finds_what_is_wrong(tmp_path: Path) -> None:
    if not checks.are_installed():
        pytest.skip("cfn-lint is not installed: `make template` does it, before the tests in CI")
    spoiled = tmp_path / "template.yaml"
    text = TEMPLATE.read_text()
    spoiled.write_text(text.replace("EnableKeyRotation:", "EnableKeyRotations:"))

    [problem] = checks.problems_of(spoiled, tools=("cfn-lint",))

    assert problem.startswith("cfn-lint:\n")
    assert "'EnableKeyRotations'" in problem


def test_tools_that_are_pinned_otherwise_count_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_environment, "ENVIRONMENTS", tmp_path)
    stamp = tmp_path / checks.TOOLS / "installed"
    stamp.parent.mkdir()

    missing = checks.are_installed()
    stamp.write_text("another lock's")

    assert (missing, checks.are_installed()) == (False, False)


def test_the_tools_are_pinned_with_hashes() -> None:
    lines = (TEMPLATE.parent / "checks.lock").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]

    assert [line for line in packages if "==" not in line or not line.endswith("\\")] == []
    pinned = {line.partition("==")[0] for line in packages}
    assert {"cfn-lint", "aws-sam-cli", "checkov"} <= pinned
