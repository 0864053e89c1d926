"""Citing: a text that is asked to name its sources does, whatever the model forgot."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from swarm.reports import Observation

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PLACE = re.compile(r"\b(page \d+|lines? \d+)", re.IGNORECASE)
_RANGE = re.compile(r"(.+), (page|line)s? (\d+)(?:-(\d+))?")
_PROSE = (".md", ".markdown", ".txt", ".rst", "")
_ASKED = re.compile(r"\b(sources?|cit(e|es|ed|ation|ations)|references?)\b", re.IGNORECASE)


def with_sources(text: str, path: str, asked: str, seen: Sequence[Observation]) -> str:
    """Return `text`, with a list of the sources read so far if `asked` wants sources and the text leaves any out.

    To a file that is not prose nothing is ever added.
    """
    if PurePosixPath(path).suffix.lower() not in _PROSE:
        return text
    read = dict.fromkeys(place.partition(", ")[0] for past in seen for place in past.evidence)
    if not _ASKED.search(asked) or all(PurePosixPath(uri).name in text for uri in read):
        return text
    listed = "\n".join(f"- {uri}" for uri in read)
    return f"{text.rstrip()}\n\n## Sources\n\n{listed}\n"


def cites(cited: str, place: str) -> bool:
    """Say whether a citation means a place: the same, one within the other, or by the file's name alone."""
    bare = cited.strip().strip("[]")
    uri, _, rest = place.partition(", ")
    if not bare:
        return False
    if place.startswith(bare) or bare == PurePosixPath(uri).name:
        return True
    named, _, where = bare.partition(", ")
    same = named == uri or (not _ADDRESS.match(named) and uri.endswith(f"/{named}"))
    return same and (not where or where == rest or not _PLACE.match(where))


def meant(evidence: Sequence[str], read: Sequence[str], told: Sequence[str]) -> list[str]:
    """Return the places that citations mean: of what the node has read, else of what memory told of.

    A name by which memory knows several sources means none of them.
    """
    found: list[str] = []
    for cited in evidence:
        if own := [place for place in read if cites(cited, place)]:
            found += own
            continue
        places = [place for place in told if cites(cited, place)]
        if len({place.partition(", ")[0] for place in places}) == 1:
            found += places
    return found


def joined(places: Sequence[str]) -> list[str]:
    """Return places in their order, ranges of one file that meet as one, and none of a file that is named whole."""
    ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for place in places:
        if found := _RANGE.fullmatch(place):
            first = int(found[3])
            ranges.setdefault((found[1], found[2]), []).append((first, int(found[4] or first)))
    rows: list[str] = []
    for place in dict.fromkeys(places):
        found = _RANGE.fullmatch(place)
        if found is None:
            rows.append(place)
        elif found[1] not in places:
            rows += _ranges(found[1], found[2], ranges.pop((found[1], found[2]), []))
    return rows


def _ranges(uri: str, unit: str, spans: list[tuple[int, int]]) -> list[str]:
    met: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if met and first <= met[-1][1] + 1:
            met[-1] = (met[-1][0], max(met[-1][1], last))
        else:
            met.append((first, last))
    return [f"{uri}, {unit}s {first}-{last}" if last > first else f"{uri}, {unit} {first}" for first, last in met]


def uncited(evidence: Sequence[str], seen: Sequence[Observation], places: Sequence[str] = ()) -> str:
    """Return the first citation of an address, page or line that nothing was read from; empty if there is none.

    A word that names a source loosely is let pass: it adds nothing to a report.
    """
    known = [*places, *(place for past in seen for place in (*past.evidence, *past.artifacts))]
    for cited in evidence:
        if (_ADDRESS.match(cited) or _PLACE.search(cited)) and not any(cites(cited, place) for place in known):
            return cited
    return ""
