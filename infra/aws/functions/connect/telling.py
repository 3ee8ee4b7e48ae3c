"""One line of JSON for whatever happened, and the counts that alarms watch.

Nothing a person said, no name, no number: ids, codes and counts only.
"""

import json
import os
import sys
import time
from collections.abc import Mapping

NAMESPACE = "Antiphon/Connect"


def tell(event: str, **known: object) -> None:
    """Write a log line."""
    _write({"event": event, **known})


def count(counts: Mapping[str, int]) -> None:
    """Write counts as CloudWatch metrics of this function; those that are none are left out.

    Source: "CloudWatch embedded metric format": a log line that is a metric, without a call.
    """
    told = {name: value for name, value in counts.items() if value}
    if not told:
        return
    metrics = {
        "Namespace": NAMESPACE,
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in told],
    }
    _write(
        {
            "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [metrics]},
            "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
            **told,
        }
    )


def _write(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
