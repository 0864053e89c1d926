"""References: the files, folders, patterns and addresses that a goal names, and the files it wants written."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from swarm.file_names import composed
from swarm.nodes import Noun

_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
_QUOTED = re.compile(
    r"`([^`\n]{1,200})`|\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|«([^»\n]{1,200})»|(?<!\w)'([^'\n]{1,200})'(?!\w)"
)
_TOKEN = re.compile(r"\S+")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$|\.[a-z]\d$|\.7z$")
_NOT_FILES = re.compile(
    r"(?i)^(e\.g|i\.e|etc|vs|a\.m|p\.m|u\.s|[\d.,]+)$|^(www\.|\.)|\.(com|org|net|io|dev|eu|de|gov|edu)$"
)
_PATTERN = re.compile(r"[*?]|\[[^\]]+\]")
_TO = frozenset(
    ("to", "into", "as", "named", "called", "file", "create", "write", "save", "make", "produce", "generate", "output")
)
_IN = frozenset(("in", "at", "under", "within", "inside"))
_WRITES = re.compile(
    r"(?i)\b(write|save|store|put|create|make|produce|generate|record|collect|list|draft|compose|summari[sz]e|describe"
    r"|document|translate|convert|export|extract|note|print|build|output|count|sort|report)\w*\b"
)
_QUESTION = re.compile(r"(?i)^\s*(which|what|who|when|where|why|how|is|are|does|do|did|has|have|can)\b")
_EDITS = re.compile(
    r"(?i)\b(renam|replac|fix|updat|edit|chang|remov|delet|insert|append|add|rewrit|reformat|format|correct|renumber"
    r"|translat|sort|clean|refactor|convert|mend|capitali[sz]|indent|sort)(e|es|ed|ing|s)?\b"
)
_FOLDER_WORDS = frozenset(("folder", "directory", "dir"))
_HERE = re.compile(
    r"(?i)\b(these|those|all|the|each|every)( of)?( the)? (\w+ )?files\b|\beach file\b|\bevery file\b"
    r"|\b(this|the current|current|my|the) (folder|directory|workspace|project|repo)\b|\bfiles (here|in here)\b"
)
_KINDS = {
    **{"pdf": (".pdf",), "csv": (".csv",), "tsv": (".tsv",), "json": (".json",), "yaml": (".yaml", ".yml")},
    **{"markdown": (".md", ".markdown"), "text": (".txt", ".md", ".rst"), "html": (".html", ".htm"), "log": (".log",)},
    **{"python": (".py",), "javascript": (".js", ".mjs"), "typescript": (".ts",), "xml": (".xml",), "toml": (".toml",)},
    **{"excel": (".xlsx",), "spreadsheet": (".xlsx", ".csv"), "word": (".docx",), "txt": (".txt",), "md": (".md",)},
}
_PROGRAMS = frozenset("python python3 node npm npx make pytest bash sh git cat go cargo uv pip curl".split())  # noqa: SIM905
_MOST = 200
_ENDING = 4
"""Letters of a file's ending: what is longer, or has capitals, is the name of something in a module."""


class References(Noun):
    """What a goal names: files and folders that are there, addresses, files to be written, and what is not there."""

    files: tuple[str, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    """Files of which a definition is named, as `package.module.Class`, with its name in the file."""
    folders: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class _Word(Noun):
    """A word of the goal that may be a path; `before` are the words that lead up to it, in small letters."""

    text: str
    before: tuple[str, ...]
    after: str
    quoted: bool = False


def references(goal: str, files: Sequence[str]) -> References:
    """Find what a goal names; `files` are the paths in the workspace, relative, with `/`."""
    addresses = [found.rstrip(".,;:!?)]}'\"") for found in _ADDRESS.findall(goal)]
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents} - {"."}
    named = _Named(goal, tuple(files), frozenset(folders))
    for word in _words(_ADDRESS.sub(" ", goal)):
        named.take(word)
    named.take_kinds()
    return References(
        files=_first(named.files),
        sections=tuple(dict.fromkeys(named.sections))[:_MOST],
        folders=_first(named.folders),
        addresses=_first(addresses),
        outputs=_first(named.outputs),
        missing=_first(named.missing),
    )


def is_path(text: str) -> bool:
    """Say whether a word looks like the path of a file, by its ending."""
    return bool(_SUFFIX.search(text)) and not _NOT_FILES.search(text) and "://" not in text and len(text) <= 200


def resolved(text: str, files: Sequence[str]) -> tuple[str, str] | None:
    """Return the file of a dotted name and what is named in it: `a.b.C` is C in a/b.py, src/a/b.py or a/b/__init__.py.

    None for what is no such name, or has no file here.
    """
    parts = text.removesuffix("()").split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        return None
    for length in range(len(parts), 0, -1):
        stem, name = "/".join(parts[:length]), ".".join(parts[length:])
        if length == 1 and (len(parts) > 2 or (name.islower() and len(name) <= _ENDING)):
            return None  # `app.js` is no `js` in app.py
        ends = (f"{stem}.py", f"{stem}/__init__.py")
        below = ("", "src/") if length == 1 else ("", "/")
        there = [file for file in files for end in ends if any(_ends(file, before, end) for before in below)]
        if there:
            return min(there, key=lambda file: (file.count("/"), file)), name
    return None


def _ends(file: str, before: str, end: str) -> bool:
    return file.endswith(f"/{end}") if before == "/" else file == f"{before}{end}"


class _Named:
    """What was found so far, in the order of the goal."""

    def __init__(self, goal: str, there: tuple[str, ...], folders: frozenset[str]) -> None:
        self._goal, self._there, self._folders = goal, there, folders
        self._asks = bool(_QUESTION.match(goal))
        self.files: list[str] = []
        self.sections: list[tuple[str, str]] = []
        self.folders: list[str] = []
        self.outputs: list[str] = []
        self.missing: list[str] = []

    def take(self, word: _Word) -> None:
        """Sort one word in."""
        text = word.text.removeprefix("./").rstrip("/") or word.text
        if _PATTERN.search(text) and (matched := self._matching(text)):
            self.files += matched
        elif found := self._file(text, word):
            self.files.append(found)
            if self._is_written(word, there=True):
                self.outputs.append(found)
        elif text in self._folders and self._means_folder(word):
            self.folders.append(text)
        elif dotted := resolved(text, self._there):
            module, name = dotted
            self.files += [] if name else [module]
            self.sections += [(module, name)] if name else []
        elif is_path(text) and not text.startswith("/"):
            (self.outputs if self._is_written(word, there=False) else self.missing).append(text)

    def take_kinds(self) -> None:
        """Take files by kind, `the PDF`, `all CSV files`, or all, `these files`, where no file or folder is named."""
        if self.files or self.folders or self.sections:
            return
        for kind, endings in _KINDS.items():
            if re.search(
                rf"(?i)\b(the|all|each|every|these|two|three|of|any|my) (\w+ )?{kind}( files?)?\b|\b{kind} files\b",
                self._goal,
            ):
                self.files += [name for name in self._there if name.lower().endswith(endings)]
        if not self.files and _HERE.search(self._goal):
            self.files += [name for name in self._there if name not in self.outputs]
        self.files = [name for name in self.files if name not in self.outputs]

    def _file(self, text: str, word: _Word) -> str:
        """Return the file that is meant: the path itself, or the only, or the first, file of that name."""
        if text in self._there:
            return text
        plain = composed(text).casefold()
        known = {name: composed(name).casefold() for name in self._there}
        same = [name for name, each in known.items() if each == plain or each.endswith(f"/{plain}")]
        if not same and text.isupper() and len(text) > 3:  # README means README.md
            same = [name for name in self._there if PurePosixPath(name).stem == text and "/" not in name]
        looks = is_path(text) or "/" in text or word.quoted or text[:1].isupper()
        return min(same, key=lambda name: (name.count("/"), name)) if same and looks else ""

    def _matching(self, pattern: str) -> list[str]:
        if not any(each.isalpha() for each in pattern):  # `1000 * 1000` names nothing, nor does `**`
            return []
        spread = pattern.replace("**/", "*")
        wide = "/" in pattern
        return [name for name in self._there if fnmatchcase(name if wide else PurePosixPath(name).name, spread)]

    def _means_folder(self, word: _Word) -> bool:
        """A plain word is a folder's name only where something says so."""
        if "/" in word.text or word.quoted:
            return True
        before = word.before[-1:] and word.before[-1]
        return before in (*_IN, "from", *_FOLDER_WORDS) or word.after in _FOLDER_WORDS

    def _is_written(self, word: _Word, there: bool) -> bool:
        """Say whether a file is to be written: after `to`, `into` and the like, or, if there, by a verb of change."""
        near = [each for each in word.before[-3:] if each not in ("the", "a", "an", "new", "file", "it", "them")]
        last = (word.before[-1:] and word.before[-1]) or ""
        if there:
            writes = last in ("to", "into") and bool(
                re.search(r"(?i)\b(add|append|write|save|insert)\w*\b", self._goal)
            )
            return writes or (bool(_EDITS.search(self._goal)) and not self._asks and not self._has_other_output(word))
        if self._asks and not re.search(r"(?i)\b(write|save|put|store)\b", self._goal):
            return False
        if last in _IN or (near and near[-1] in _IN):
            return bool(_WRITES.search(self._goal))
        return any(each in _TO for each in word.before[-4:]) or bool(_WRITES.match(self._goal) and near[-1:] == [])

    def _has_other_output(self, word: _Word) -> bool:
        """Say whether the goal names a file that is not there, to which a change of this one would go."""
        others = (each.text.removeprefix("./") for each in _words(self._goal))
        return any(is_path(other) and other != word.text and not self._known(other) for other in others)

    def _known(self, text: str) -> bool:
        return any(name == text or name.endswith(f"/{text}") for name in self._there)


def _words(goal: str) -> Iterator[_Word]:
    """Yield quoted words, then plain ones, with what stands around them."""
    spans: list[tuple[int, int]] = []
    for found in _QUOTED.finditer(goal):
        text = next(group for group in found.groups() if group is not None).strip()
        if text and (" " not in text or (is_path(text) and not _is_command(text))):
            spans.append(found.span())
            yield _word(goal, text, found.span(), quoted=True)
    for found in _TOKEN.finditer(goal):
        if any(first <= found.start() < last for first, last in spans):
            continue
        text = re.sub(r"'s$", "", found[0].strip("()[]{}<>\"'`“”«».,;:!?…")) or ""
        if found[0].lstrip("(\"'`").startswith("./") or found[0].lstrip("(\"'`").startswith("."):
            text = found[0].lstrip("(\"'`").rstrip("()[]{}<>\"'`.,;:!?")
        if _PATTERN.search(found[0]):
            text = found[0].strip("(){}<>\"'`.,;:!")
        if text:
            yield _word(goal, text, found.span())


def _is_command(text: str) -> bool:
    """Say whether quoted words are a command and no file's name: each of its words may be a file then."""
    words = text.split()
    return words[0] in _PROGRAMS or sum(map(is_path, words)) > 1 or any(word.startswith("-") for word in words)


def _word(goal: str, text: str, span: tuple[int, int], quoted: bool = False) -> _Word:
    plain = [each.strip("()[]{}<>\"'`.,;!?").casefold() for each in goal[: span[0]].split()]
    after = goal[span[1] :].split()
    return _Word(
        text=text, before=tuple(plain[-6:]), after=after[0].strip(".,;:!?").casefold() if after else "", quoted=quoted
    )


def _first(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST]
