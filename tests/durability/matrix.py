"""The matrix: a shape played whole, then once for every point of it, several at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.durability.comparing import differences
from tests.durability.outcomes import Outcome
from tests.durability.playing import Ground, play
from tests.durability.shapes import Shape

AT_ONCE = 5


@dataclass(frozen=True)
class Loss:
    """A scenario that did not end as it should: where it was killed, and in what it differs."""

    run: str
    point: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        return f"run {self.run}, killed {self.point}: " + "; ".join(self.differences)


async def kills(
    shape: Shape, ground: Ground, whole: Outcome, points: Sequence[str], tell: Callable[[str], None] = lambda line: None
) -> list[Loss]:
    """Play a shape once for each point, killed there, and return where something was lost."""
    places, lost = asyncio.Semaphore(AT_ONCE), []

    async def one(point: str) -> None:
        async with places:
            killed = await play(shape, ground, point)
        found = differences(shape, whole, killed)
        if found:
            lost.append(Loss(killed.run, point, tuple(found)))
            tell(str(lost[-1]))

    await asyncio.gather(*(one(point) for point in points))
    return lost


def sample(points: Sequence[str], every: int) -> list[str]:
    """Return every so many of the points, the same in each run."""
    return sorted(points)[every // 2 :: every]
