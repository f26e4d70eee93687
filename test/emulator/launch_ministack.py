"""
MiniStack with two changes. The one CloudFormation type of the application that it lacks is there: its Route 53 has health checks by
API only. And a new `rate(…)` rule fires ten seconds after it was made, then at its rate: nobody waits for first minutes in this suite.
"""

import sys
import time

from ministack.app import main
from ministack.core.responses import new_uuid
from ministack.services import eventbridge, route53
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

FIRST_FIRING_SECONDS = 10


def create(logical_id, props, stack_name):
    check = {"id": new_uuid(), "caller_reference": f"{stack_name}/{logical_id}/{new_uuid()}", "config": props["HealthCheckConfig"], "version": 1}
    route53._health_checks[check["id"]] = check
    route53._hc_caller_refs[check["caller_reference"]] = check["id"]
    return check["id"], {"HealthCheckId": check["id"]}


def delete(physical_id, props):
    check = route53._health_checks.pop(physical_id, None)
    if check is not None:
        route53._hc_caller_refs.pop(check["caller_reference"], None)


def tick_soon(tick):
    def soon():
        for key, rule in list(eventbridge._rules._data.items()):
            interval = eventbridge._parse_rate_seconds(rule.get("ScheduleExpression", ""))
            if interval is not None and key not in eventbridge._rule_last_fired:
                eventbridge._rule_last_fired[key] = rule.get("CreationTime", time.time()) - interval + FIRST_FIRING_SECONDS
        tick()

    return soon


_RESOURCE_HANDLERS["AWS::Route53::HealthCheck"] = {"create": create, "delete": delete}
eventbridge._tick_scheduled_rules = tick_soon(eventbridge._tick_scheduled_rules)
sys.exit(main())
