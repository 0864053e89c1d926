"""The package of an office document: its parts as XML, found by their relations; names without their namespaces.

Strict and transitional documents differ in nothing else that matters here.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lxml import etree  # type: ignore[import-untyped]

Element = Any
"""Of lxml, which has no types."""


class Relation(NamedTuple):
    """What a part refers to: the last word of its kind, and a part's name or an address."""

    kind: str
    target: str
    is_outside: bool


class Package:
    """An archive of parts."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = {name.lstrip("/").casefold(): name for name in self._archive.namelist()}

    def has(self, part: str) -> bool:
        """Say whether there is a part of that name."""
        return part.casefold() in self._names

    def bytes(self, part: str) -> bytes:
        """Return a part as it is; raises KeyError if there is none."""
        return self._archive.read(self._names[part.casefold()])

    def xml(self, part: str) -> Element | None:
        """Return the root of a part; None if it is not there or no XML."""
        try:
            return parsed(self.bytes(part))
        except (KeyError, etree.XMLSyntaxError):
            return None

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what a part refers to, by its id; of the package itself for an empty name."""
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found = {}
        for each in root if root is not None else ():
            target, is_outside = each.get("Target", ""), each.get("TargetMode") == "External"
            if not is_outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[each.get("Id", "")] = Relation(each.get("Type", "").rsplit("/", 1)[-1], target, is_outside)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """Return the parts of one kind that a part refers to."""
        return [each.target for each in self.relations(part).values() if each.kind == kind and not each.is_outside]

    def main(self) -> str:
        """Return the name of the document itself; raises ValueError if there is none."""
        found = [part for part in self.related("", "officeDocument") if self.has(part)]
        if not found:
            raise ValueError("it has no main part")
        return found[0]


def parsed(body: bytes) -> Element:
    """Return the root of an XML text, no entity of which is resolved and nothing of which is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    return etree.fromstring(body, parser)


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """Return an attribute, whatever its namespace."""
    if element is None:
        return default
    found = [value for key, value in element.items() if key.rsplit("}", 1)[-1] == name]
    return str(found[0]) if found else default


def child(element: Element | None, *names: str) -> Element | None:
    """Return the first child of that name, and of it the first of the next name; None if there is none."""
    for name in names:
        element = next((each for each in element if local(each) == name), None) if element is not None else None
    return element


def children(element: Element | None, name: str) -> list[Element]:
    """Return the children of that name."""
    return [each for each in element if local(each) == name] if element is not None else []


def below(element: Element | None, *names: str) -> Iterator[Element]:
    """Yield the elements of those names below one, in order."""
    return (each for each in (element.iter() if element is not None else ()) if local(each) in names)


def texts(element: Element | None, name: str = "t") -> str:
    """Return the text of all elements of that name below one."""
    return "".join(each.text or "" for each in below(element, name))


def on_one_line(parts: Iterable[str]) -> str:
    """Return texts with one space between their words."""
    return " ".join(" ".join(parts).split())
