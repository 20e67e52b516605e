"""Current events, made from the files in events/."""

import json

from harness import ROOT
from harness.aws import now


def example(name, service):
    """An alarm from events/, dated now, about this service of the cluster prod."""
    event = json.loads((ROOT / "events" / name).read_text())
    alarm = event.get("alarmData") or event["detail"]
    alarm["state"] = {"value": "ALARM", "reason": "a test", "timestamp": now()}
    for metric in alarm["configuration"]["metrics"]:
        metric["metricStat"]["metric"]["dimensions"] = {"ClusterName": "prod", "ServiceName": service}
    return event | {"time": now()}
