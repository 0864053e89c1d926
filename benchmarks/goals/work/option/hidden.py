"""What docs/options.md wishes of --top, as a user sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_TOP = Path(__file__).parent
_DATA = "date,category,amount\n" + "".join(
    f"2024-05-01,{row}\n"
    for row in ("rent,900", "food,100", "Fun,30", "books,30", "tax,-500", "Other,400", "gifts,5", "food,20.25")
)
Spend = Callable[..., tuple[int, str, str]]


@pytest.fixture
def spend(tmp_path: Path) -> Spend:
    """Run the tool in a folder with one file."""
    (tmp_path / "a.csv").write_text(_DATA, encoding="utf-8")

    def run(*arguments: str, **env: str) -> tuple[int, str, str]:
        whole = {name: value for name, value in os.environ.items() if not name.startswith("SPEND_")}
        command = [sys.executable, "-m", "spend", *arguments]
        env = whole | {"PYTHONPATH": str(_TOP)} | env
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


def _csv(spend: Spend, *arguments: str, **env: str) -> list[str]:
    return spend("--format", "csv", *arguments, "a.csv", **env)[1].split()[1:]


def test_others_are_summed_up_last(spend: Spend) -> None:
    """The user's own category of that name is part of the row, whatever the order."""
    assert _csv(spend, "--top", "2") == ["rent,900.00", "food,120.25", "other,-35.00"]
    assert _csv(spend, "--top=2", "--sort", "name") == ["food,120.25", "rent,900.00", "other,-35.00"]
    assert _csv(spend, "--top", "1") == ["rent,900.00", "other,85.25"]


def test_equal_amounts_go_by_name(spend: Spend) -> None:
    """Without regard to case."""
    assert _csv(spend, "--top", "3")[2:] == ["books,30.00", "other,-65.00"]


def test_the_largest_is_the_amount_itself(spend: Spend) -> None:
    """A large refund is small."""
    rows = ["rent,900.00", "food,120.25", "books,30.00", "Fun,30.00", "gifts,5.00", "other,-100.00"]
    assert _csv(spend, "--top", "5") == rows
    assert _csv(spend, "--top", "6") == [*rows[:5], "tax,-500.00", "other,400.00"]


def test_few_categories_are_all_shown(spend: Spend) -> None:
    """Then the user's own is an ordinary one."""
    assert _csv(spend, "--top", "7") == _csv(spend) and "Other,400.00" in _csv(spend)
    assert _csv(spend, "--top", "0007") == _csv(spend, "--top", "99999999999999999999") == _csv(spend)


def test_json_counts_what_is_summed_up(spend: Spend, tmp_path: Path) -> None:
    """Only in the last row, and only where something is."""
    found = json.loads(spend("--format", "json", "--top", "2", "a.csv")[1])
    assert found["rows"][-1] == {"category": "other", "amount": "-35.00", "categories": 5}
    assert found["total"] == "985.25" and all("categories" not in row for row in found["rows"][:-1])
    found = json.loads(spend("--format", "json", "--top", "7", "a.csv")[1])
    assert all("categories" not in row for row in found["rows"])


def test_the_table(spend: Spend) -> None:
    """The total is of everything."""
    assert spend("--top", "1", "a.csv")[1].splitlines() == [
        "rent   900.00 EUR",
        "other   85.25 EUR",
        "-----------------",
        "total  985.25 EUR",
    ]


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "x", "+2", "1_0", " 2", "00", "²", "1e3"])
def test_bad_values_are_refused(spend: Spend, wrong: str) -> None:
    """With one line that names the place."""
    told = f"{wrong!r} is not a whole number above 0\n"
    assert spend(f"--top={wrong}", "a.csv") == (2, "", f"spend: --top: {told}")
    assert spend("a.csv", SPEND_TOP=wrong) == (2, "", f"spend: SPEND_TOP: {told}")


def test_places(spend: Spend, tmp_path: Path) -> None:
    """Flag, environment, file; an empty value is none, but for the flag's."""
    assert len(_csv(spend, SPEND_TOP="3")) == 4
    (tmp_path / "spend.ini").write_text("[spend]\ntop = 1\n", encoding="utf-8")
    assert len(_csv(spend)) == 2 and len(_csv(spend, SPEND_TOP="2")) == 3
    assert len(_csv(spend, "--top", "3", SPEND_TOP="2")) == 4
    assert len(_csv(spend, SPEND_TOP="")) == 2
    assert spend("--top=", "a.csv")[0] == 2
    (tmp_path / "spend.ini").write_text("[spend]\ntop = none\n", encoding="utf-8")
    assert spend("a.csv")[2] == "spend: spend.ini: top: 'none' is not a whole number above 0\n"
    (tmp_path / "spend.ini").write_text("[spend]\ntop =\n", encoding="utf-8")
    assert len(_csv(spend)) == 7


def test_help(spend: Spend) -> None:
    """It names the option."""
    assert "--top" in spend("--help")[1]
