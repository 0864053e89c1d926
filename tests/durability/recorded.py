"""The figures that `python -m tests.durability` writes down, and that the README quotes."""

from pathlib import Path

from pydantic import BaseModel

PAGE = Path(__file__).parent.parent.parent / "docs" / "durability.json"
STACK = "stack"
"""The name under which what befell the stack is counted."""


class Figure(BaseModel):
    """How many points of a shape there are, how many of them were played, and in how many something was lost."""

    points: int
    scenarios: int
    lost: int


class Figures(BaseModel):
    """All of them."""

    shapes: dict[str, Figure]
    points: int
    scenarios: int
    lost: int

    @property
    def sentence(self) -> str:
        """What the README says of them."""
        return f"{self.scenarios} of {self.points} scenarios run, {self.lost} lost"


def of(shapes: dict[str, Figure]) -> Figures:
    """Sum up the figures of all shapes."""
    every = shapes.values()
    return Figures(
        shapes=shapes,
        points=sum(each.points for each in every),
        scenarios=sum(each.scenarios for each in every),
        lost=sum(each.lost for each in every),
    )


def read_figures() -> Figures:
    """Read what was written down last."""
    return Figures.model_validate_json(PAGE.read_bytes())


def write_figures(figures: Figures) -> None:
    """Write the figures down."""
    PAGE.write_text(figures.model_dump_json(indent=1) + "\n", encoding="utf-8")
