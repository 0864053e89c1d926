"""The automations: a run that crashed or fell silent is looked at, and resumed if nobody holds it, so many times."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.events.actions import RunDeployment
    from prefect.events.schemas.automations import AutomationCore
    from prefect.events.schemas.events import ResourceSpecification

RESUME = "resume/swarm"
"""The deployment whose runs resume others."""
HEARTBEAT_SECONDS = 30
_SILENT_SECONDS = 3 * HEARTBEAT_SECONDS
# A bare template would be rendered as JSON, which an id is not.
_ROOT = {"__prefect_kind": "jinja", "template": "{{ flow_run.id }}"}
_REPLACED = "swarm: silent runs are crashed"
_ALIVE = "prefect.flow-run.heartbeat"
_ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Partial", "Cancelled", "Crashed")}


async def register_automations(client: "PrefectClient", enabled: bool) -> None:
    """Create or renew the automations; switched off they stay in Prefect's list, for a person to switch on."""
    resume = await client.read_deployment_by_name(RESUME)
    for old in await client.read_automations_by_name(_REPLACED):
        await client.delete_automation(old.id)
    for wanted in (_silence(str(resume.id), enabled), _crash(str(resume.id), enabled)):
        known = await client.read_automations_by_name(wanted.name)
        if not known:
            await client.create_automation(wanted)
        # One that is written anew forgets the heartbeats it has heard, and would never miss them.
        elif _content(known[0]) != _content(wanted):
            await client.update_automation(known[0].id, wanted)


def _content(automation: "AutomationCore") -> object:
    return automation.model_dump(mode="json", include={"description", "enabled", "trigger", "actions"})


def _silence(resume: str, enabled: bool) -> "AutomationCore":
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name="swarm: silent runs are looked at",
        description="A run whose heartbeats cease may have lost its process: it is resumed if nothing holds its lock.",
        enabled=enabled,
        trigger=EventTrigger(
            after={_ALIVE},
            expect={_ALIVE, *_ENDS},
            match_related=_tagged("kind:root"),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=_SILENT_SECONDS),
        ),
        actions=[_looked_at(resume)],
    )


def _crash(resume: str, enabled: bool) -> "AutomationCore":
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    return AutomationCore(
        name="swarm: crashed runs are resumed",
        description="As often as SWARM_AUTO_RESUME says; what was recorded is not done again.",
        enabled=enabled,
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match_related=_tagged("kind:root"),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(seconds=0),
        ),
        actions=[_looked_at(resume)],
    )


def _looked_at(resume: str) -> "RunDeployment":
    from uuid import UUID

    from prefect.events.actions import RunDeployment

    return RunDeployment(deployment_id=UUID(resume), parameters={"flow_run": _ROOT})


def _tagged(tag: str) -> "ResourceSpecification":
    from prefect.events.schemas.events import ResourceSpecification

    return ResourceSpecification.model_validate(
        {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"}
    )
