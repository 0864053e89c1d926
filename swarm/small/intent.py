"""The intent of a goal: which kind of work it asks for, by its own words, and the files it reads and writes."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from swarm.nodes import Criterion, Noun
from swarm.tree.briefing import Briefing
from swarm.tree.references import references

Kind = Literal["summary", "text", "source", "program", "answer", "function"]
"""A summary of what was read, another text, a file of code, the result of a program, an answer, a saved function."""

CHOICES: dict[Kind, str] = {
    "program": "a result that a program finds exactly: a number, a count, a list, a sorted or converted file",
    "text": "a text in the model's own words: a letter, a poem, an explanation, a translation",
    "answer": "a short answer from what was read or from general knowledge",
}
"""What a small model chooses among where the goal's words do not decide."""

_CODE = frozenset(
    (*(".py", ".js", ".mjs", ".ts", ".sh", ".bash", ".html", ".htm", ".css", ".sql", ".c", ".h", ".cpp", ".java"),)
    + (".go", ".rs", ".rb", ".php", ".pl", ".r", ".lua", ".svg", ".tex", ".bat", ".ps1", ".kt", ".swift")
)
_DATA = frozenset((".json", ".jsonl", ".csv", ".tsv", ".xml", ".yaml", ".yml", ".toml", ".ini", ".xlsx", ".ics"))
_FUNCTION = re.compile(
    r"(?i)\b(write|make|build|create|add|save|learn|teach)\b.{0,40}\bfunctions?\b.*\b(later|again|save|reuse|library|for me to call)\b"
    r"|\bfunction\b.{0,60}\b(for later|to the library|can call)\b"
)
_SUMMARY = re.compile(
    r"(?i)\b(summar\w+|overview|digest|key (points|facts)|main (points|ideas|facts)|tl;?dr|gist|recap|condense\w*|brief(ing)?"
    r" (on|of|about)|takeaways|highlights)\b"
)
_EXACT = re.compile(
    r"(?i)\b(comput\w+|calculat\w+|count\w*|how (many|much|often|long|old|far)|sums?|total\w*|averages?|mean|median|maxim\w+|minim\w+"
    r"|sort\w*|dedup\w+|duplicates?|unique|convert\w*|extract\w*|filter\w*|group\w*|merge\w*|join|split\w*|renam\w+|replac\w+"
    r"|number(ed)? the|reverse\w*|primes?|fibonacci|factori\w+|divis\w+|percent\w*|weekdays?|leap year|days?\b.*\b(between|from|until)"
    r"|search\w*|mention\w*|contain\w*|occur\w*|longest|shortest|largest|smallest|most (frequent|common)|frequen\w+|matrix|square\w*"
    r"|(list|find|collect|get|show) (all|every|each|the|any)\b|todos?|line numbers?|e-?mail addresses|table of contents|histogram"
    r"|random\w*|encode|decode|hash|sha\d+|base64|hexadecimal|binary|roman numeral|gcd|lcm|simulat\w+|roll|anagrams?|palindromes?)\b"
)
_PROSE = re.compile(
    r"(?i)\b(haiku|poem|limerick|sonnet|story|tale|letter|e-?mail (to|that|saying|about|in)|essay|article|blog|speech|slogan|tagline|joke"
    r"|song|lyrics|invitation|announcement|press release|cover letter|translat\w+|rewrit\w+|rephras\w+|paraphras\w+|explain\w*"
    r"|describ\w+|introduc\w+|propos\w+|advice|recommend\w*|opinion|review|documentation|readme|tutorial|guide|faq|dialogue|checklist|recipe"
    r"|agenda|plan|ideas?|names? for|description|compare|comparison|pros and cons|minutes|memo|note to|thank[- ]you)\b"
)
_SCRIPT = re.compile(r"(?i)\b(script|program|code|web ?page|html page|stylesheet|module|class|unit tests?|game)\b")
_REPLACES = re.compile(r"(?i)\b(renam\w+|replac\w+|substitut\w+|sort\w*|number the)\b")
_SHOWN = re.compile(r"(?i)\b(how|steps?|method|working|explain|derivation|program|code|show your)\b")
_CITED = re.compile(r"(?i)\b(sources?|cit(e|es|ed|ing|ations?)|references?)\b")


class Intent(Noun):
    """What kind of work it is, which files it writes, and which of those that are there it works on."""

    kind: Kind
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


def files_of(goal: str, briefing: Briefing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files that a goal works on and those it writes; `briefing` says what is there."""
    named = references(goal, briefing.files)
    below = [f for folder in named.folders for f in briefing.files if f.startswith(f"{folder}/")]
    given = [each.place for each in briefing.materials if each.digest]
    inputs = tuple(dict.fromkeys((*named.files, *below, *given)))
    return inputs, named.outputs


def kind_by_words(goal: str, inputs: Sequence[str], outputs: Sequence[str]) -> Kind | None:
    """Return what a goal's own words settle; None where they leave it open."""
    endings = {PurePosixPath(each).suffix.lower() for each in outputs}
    if _FUNCTION.search(goal) and not endings:
        return "function"
    if endings & _CODE:
        changes = any(each in inputs for each in outputs) and _REPLACES.search(goal)
        return "program" if changes else "source"
    if endings & _DATA:
        return "program"
    if _SUMMARY.search(goal):
        return "summary" if inputs else "text"
    exact, prose = _EXACT.search(goal), _PROSE.search(goal)
    if exact and prose:
        return "program" if exact.start() < prose.start() else _written(outputs)
    if exact:
        return "program"
    if prose:
        return _written(outputs)
    return "answer" if not outputs and not inputs and goal.rstrip().endswith("?") else None


def _written(outputs: Sequence[str]) -> Kind:
    return "text" if outputs else "answer"


def criteria_of(intent: Intent) -> tuple[Criterion, ...]:
    """Return what a machine can check of a goal: each file that it names is there, and not empty."""
    return tuple(
        Criterion(id=f"file-{at}", text=f"{path} is written and not empty", check="file", spec=path)
        for at, path in enumerate(intent.outputs, 1)
    )


def wants_sources(goal: str) -> bool:
    """Say whether a goal asks for sources to be named."""
    return bool(_CITED.search(goal))


def wants_method(goal: str) -> bool:
    """Say whether a goal asks how a result came about."""
    return bool(_SHOWN.search(goal))


def is_code_file(path: str) -> bool:
    """Say whether a file of this name holds code, by its ending."""
    return PurePosixPath(path).suffix.lower() in _CODE
