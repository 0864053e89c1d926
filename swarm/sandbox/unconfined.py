"""No isolation at all: only where a person has said `--unsafe-no-sandbox`, and every report then says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from swarm.sandbox.cells import Cell, Room, guest_command
from swarm.sandbox.landlock import furnished, private_folder

WARNING = "UNSAFE: code ran without a sandbox (--unsafe-no-sandbox), with every right of the person who started it"


@dataclass(frozen=True)
class Unconfined:
    """A plain process with the limits of time and memory, in a folder of its own."""

    name: str = "none (--unsafe-no-sandbox)"

    @contextmanager
    def cell(self, room: Room) -> Iterator[Cell]:
        """Prepare one run in a temporary folder; nothing keeps the code in it."""
        with private_folder() as root:
            work = furnished(root)
            yield Cell(
                start=lambda channel, _: guest_command(channel),
                folder=str(work),
                home=str(work),
                namespaces=False,
                filter=b"",
                shut=False,
                packages=tuple(map(str, room.packages)),
            )
