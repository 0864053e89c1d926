"""The pages of the internal API, made from the code itself: what `swarm api` prints, and what a model gets."""

import inspect
from collections.abc import Collection

from swarm.sandbox.inside import api


def page() -> str:
    """Return the signatures and descriptions of `swarm.api`."""
    about = inspect.getdoc(api) or ""
    rows = [about, "", "```python", "from swarm import api", ""]
    for function in api.FUNCTIONS:
        signature = str(inspect.signature(function)).replace("'", "")
        rows += [f"api.{function.__name__}{signature}", *(f"    {row}" for row in _doc(function)), ""]
    return "\n".join([*rows[:-1], "```"])


def short(only: Collection[str]) -> str:
    """Return one line for each of these functions: as much as a small model reads."""
    named = [each for each in api.FUNCTIONS if each.__name__ in only]
    return "\n".join(f"- api.{each.__name__}({_names(each)}): {_doc(each)[0]}" for each in named)


def _doc(function: object) -> list[str]:
    return (inspect.getdoc(function) or "").splitlines()


def _names(function: object) -> str:
    assert callable(function)
    return ", ".join(inspect.signature(function).parameters)
