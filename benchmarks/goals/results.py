"""Print what came of goals that a person, or a model at the desk, has answered: nobody can play them again unasked.

    python -m benchmarks.goals.results

The figures stand in work/results.yaml, each as the run or the desk printed it.
"""

from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "work" / "results.yaml"


def main() -> None:
    """Print who answered, a line for each run, and the notes."""
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    print(f"answered by {told['answered_by']}, {told['day']}, {told['machine']}\n")
    print(f"{'goal':10} {'agent':16} solved  calls  tokens in    out  cached  wall s  note")
    for row in told["runs"]:
        share = row["cached"] / max(1, row["tokens_in"])
        figures = f"{row['calls']:6} {row['tokens_in']:10,} {row['tokens_out']:6,} {share:7.0%} {row['seconds']:7.0f}"
        solved = "yes" if row["solved"] else "no"
        print(f"{row['goal']:10} {row['agent']:16} {solved:6} {figures}  {row.get('note', '')}".rstrip())
    print(f"\n{told['reading'].strip()}")


if __name__ == "__main__":
    main()
