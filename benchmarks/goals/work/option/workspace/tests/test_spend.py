"""The command line, as a user sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

_TOP = Path(__file__).parent.parent
_MAY = """date,category,amount
2024-05-01,rent,900.00
2024-05-03,food,120.50
2024-05-09,Fun,30
2024-05-09,books,30.00
2024-05-11,food,-20.50
"""


@pytest.fixture
def spend(tmp_path):
    (tmp_path / "may.csv").write_text(_MAY, encoding="utf-8")

    def run(*arguments, **env):
        whole = {name: value for name, value in os.environ.items() if not name.startswith("SPEND_")}
        done = subprocess.run(
            [sys.executable, "-m", "spend", *arguments],
            cwd=tmp_path,
            env=whole | {"PYTHONPATH": str(_TOP)} | env,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_table(spend):
    assert spend("may.csv")[1].splitlines() == [
        "rent     900.00 EUR",
        "food     100.00 EUR",
        "books     30.00 EUR",
        "Fun       30.00 EUR",
        "-------------------",
        "total  1,060.00 EUR",
    ]


def test_csv_by_name(spend):
    assert spend("--format", "csv", "--sort=name", "may.csv")[1].split() == [
        "category,amount", "books,30.00", "food,100.00", "Fun,30.00", "rent,900.00",
    ]  # fmt: skip


def test_json(spend):
    found = json.loads(spend("--format=json", "may.csv", "may.csv")[1])
    assert found["total"] == "2120.00" and found["rows"][0] == {"category": "rent", "amount": "1800.00"}


def test_a_flag_goes_before_the_environment_and_that_before_the_file(spend, tmp_path):
    (tmp_path / "spend.ini").write_text("[spend]\nformat = json\ncurrency = CHF\n", encoding="utf-8")
    assert spend("may.csv")[1].startswith("{")
    assert spend("may.csv", SPEND_FORMAT="csv")[1].startswith("category")
    assert "CHF" in spend("--format", "text", "may.csv", SPEND_FORMAT="csv")[1]


def test_what_is_wrong_is_one_line(spend):
    assert spend("may.csv", SPEND_SORT="size") == (2, "", "spend: SPEND_SORT: 'size' is none of amount, name\n")
    assert spend("--top-most", "may.csv")[0] == 2
    assert spend("--sort")[2] == "spend: --sort needs a value\n"
    assert spend("--help")[0] == 0
