"""Citing: a text that is asked to name its sources does, whatever the model forgot."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from swarm.reports import Observation

_ASKED = re.compile(r"\b(sources?|cit(e|es|ed|ation|ations)|references?)\b", re.IGNORECASE)


def with_sources(text: str, asked: str, seen: Sequence[Observation]) -> str:
    """Return `text`, with a list of the sources read so far if `asked` wants sources and the text leaves any out."""
    read = dict.fromkeys(place.partition(", ")[0] for past in seen for place in past.evidence)
    if not _ASKED.search(asked) or all(PurePosixPath(uri).name in text for uri in read):
        return text
    listed = "\n".join(f"- {uri}" for uri in read)
    return f"{text.rstrip()}\n\n## Sources\n\n{listed}\n"
