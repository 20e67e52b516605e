"""Events of today, made of those in events/."""

import json

from harness import ROOT
from harness.aws import now


def example(name, service):
    """One of events/, of an alarm, as if it were of this moment and of this service of prod."""
    event = json.loads((ROOT / "events" / name).read_text())
    alarm = event.get("alarmData") or event["detail"]
    alarm["state"] = {"value": "ALARM", "reason": "a test", "timestamp": now()}
    for metric in alarm["configuration"]["metrics"]:
        metric["metricStat"]["metric"]["dimensions"] = {"ClusterName": "prod", "ServiceName": service}
    return event | {"time": now()}
