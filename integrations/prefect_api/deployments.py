"""Deployments: those whose folders a run over the API would be refused, found before their schedule comes."""

from typing import TYPE_CHECKING

from pydantic import ValidationError

from swarm.errors import UsageError
from swarm.nodes import Node
from swarm.run.folders import check_folders
from swarm.runs import shared_paths
from swarm.settings import Settings

if TYPE_CHECKING:
    from integrations.records import Records


async def find_refused(records: "Records", settings: Settings) -> dict[str, str]:
    """Return why runs of a deployment would be refused, by its name; settings as the worker has them."""
    named = await shared_paths(records.pool, settings)
    refused = {}
    for record in await records.runs.deployments():
        try:
            node = Node.model_validate(record["parameters"].get("node", {"goal": "?"}))
            check_folders(node, named, settings.swarm_home)
        except UsageError as error:
            refused[str(record["name"])] = str(error)
        except ValidationError:  # the run itself says what is wrong with it
            continue
    return refused
