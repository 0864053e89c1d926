"""Shell lines: whether the exit code of one is an answer, as that of a search that finds nothing, or a failure."""

import shlex

_ANSWERING = ("grep", "egrep", "fgrep", "rg", "diff", "cmp", "test", "[")
"""Programs that say no by exit code 1, and that something went wrong by a greater one."""
_CHANGES_CODES = ("set", "trap", "if", "while", "until", "for", "case", "function", "!")


def answers_no(line: str, code: int) -> bool:
    """Say whether the exit code of a shell line is the no of its last program: `grep` without a match, a `diff`.

    Only where nothing else in the line can have ended with it.
    """
    if code != 1:
        return False
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&\n()<>")
    lexer.whitespace, lexer.commenters = " \t\r", ""
    try:
        tokens = list(lexer)
    except ValueError:  # an open quote, a here-document
        return False
    while tokens and not tokens[-1].strip(";\n"):
        tokens.pop()
    ends = [at for at, token in enumerate(tokens) if token.strip(";\n") == ""]
    statement = tokens[ends[-1] + 1 if ends else 0 :]
    if any(token in _CHANGES_CODES for token in tokens) or any("(" in each or "||" in each for each in statement):
        return False
    parts = _split(statement, "&&")
    if any(part[:1] != ["cd"] for part in parts[:-1]):
        return False
    last = _split(parts[-1], "|")[-1]
    return bool(last) and (last[0] in _ANSWERING or last[:2] == ["git", "grep"] or last[:2] == ["git", "diff"])


def _split(tokens: list[str], mark: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == mark:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
