"""Shell lines: an exit code that answers is told from one that fails."""

import pytest

from swarm.text.shell import answers_no


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("grep -rn needle src", True),
        ("python run.py; grep 'a|b;c' out.txt | head", False),
        ("python run.py; cat out.txt | grep 'a|b;c'", True),
        ("cd src && grep x *.py", True),
        ("pytest -q && grep x log.txt", False),
        ("set -e; false; grep x a", False),
        ("diff a b", True),
        ("diff <(sort a) <(sort b)", False),
        ("git diff --exit-code\n", True),
        ("python - <<'E'\nprint(1)\nE\ngrep x a", True),
        ("grep x a || exit 1", False),
        ("test -f done.txt", True),
        ("pytest -q", False),
        ("echo 'open", False),
    ],
)
def test_a_search_that_finds_nothing_has_not_failed(line: str, answers: bool) -> None:
    """Only where the last program alone can have said no, and only by exit code 1."""
    assert answers_no(line, 1) is answers and not answers_no(line, 2) and not answers_no(line, 0)
