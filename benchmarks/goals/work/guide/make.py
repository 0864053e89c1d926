"""Write docs/: 500 kB in which the commands stand in several forms, some only in passing, some gone since."""

import random
from pathlib import Path

NOUNS = ("node", "pool", "image", "route", "secret", "volume", "alert", "quota")
VERBS = {
    "list": "lists all {0}s that the caller may see",
    "show": "shows one {0} with its history",
    "create": "creates a {0} from a file or from options",
    "drain": "moves the work of a {0} elsewhere and marks it as empty",
    "verify": "compares a {0} with its declaration and prints what differs",
    "export": "writes a {0} to a file that create takes",
    "rotate": "replaces a {0} step by step, without downtime",
    "purge": "deletes a {0} and all that belongs to it",
}
_LEFT_OUT = {("quota", "drain"), ("alert", "rotate"), ("route", "purge"), ("secret", "drain"), ("image", "drain")}
COMMANDS = [(noun, verb) for noun in NOUNS for verb in VERBS if (noun, verb) not in _LEFT_OUT]
REMOVED = {
    "fleet host list": "fleet node list",
    "fleet host evacuate": "fleet node drain",
    "fleet bucket create": "fleet volume create",
    "fleet secret reveal": "fleet secret show",
    "fleet route flush": "fleet route verify",
}
_OPTIONS = ("--wait", "--limit", "--format", "--region", "--grace", "--retries", "--depth", "--batch")
_VALUES = {
    "--wait": ("30s", "2m", "5m", "90s"),
    "--limit": ("20", "50", "100", "500"),
    "--format": ("table", "json", "yaml"),
    "--region": ("all", "home", "nearest"),
    "--grace": ("10s", "45s", "3m"),
    "--retries": ("0", "3", "5"),
    "--depth": ("1", "2", "unlimited"),
    "--batch": ("1", "5", "25"),
}
_SUBJECTS = [
    "operators",
    "schedulers",
    "agents",
    "tenants",
    "controllers",
    "replicas",
    "gateways",
    "auditors",
    "planners",
    "collectors",
]
_ACTIONS = [
    "watch",
    "record",
    "compare",
    "delay",
    "prefer",
    "reject",
    "share",
    "store",
    "announce",
    "repeat",
    "measure",
    "confirm",
]
_OBJECTS = [
    "leases",
    "heartbeats",
    "manifests",
    "windows",
    "labels",
    "snapshots",
    "claims",
    "ledgers",
    "digests",
    "budgets",
    "zones",
    "tickets",
]
_ENDS = (
    "before the next round begins",
    "as long as the quorum holds",
    "unless a freeze is in force",
    "which the audit log shows",
    "in the order of their age",
    "once per region",
    "even after a restart",
    "whenever the clock drifts",
)


def facts() -> dict[str, tuple[dict[str, str], bool]]:
    """Return each command with the defaults of its options, and whether it needs the admin role."""
    chance, found = random.Random(41), {}
    for noun, verb in COMMANDS:
        options = chance.sample(_OPTIONS, chance.randint(1, 3))
        found[f"fleet {noun} {verb}"] = ({o: chance.choice(_VALUES[o]) for o in options}, chance.random() < 0.3)
    return found


def make(folder: Path) -> None:
    """Write the documentation into a workspace."""
    chance, known = random.Random(7), list(facts().items())
    chance.shuffle(known)
    for number in range(32):
        mine = known[number::32]
        form = (_as_reference, _as_table, _in_passing)[number % 3]
        text = [f"# Part {number + 1}: {chance.choice(_OBJECTS)} and {chance.choice(_SUBJECTS)}\n"]
        for name, fact in mine:
            text += [_prose(chance, 24), form(name, fact)]
        place = folder / "docs" / f"part-{number + 1:02d}.md"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("\n\n".join([*text, _prose(chance, 60)]) + "\n", encoding="utf-8")
    rows = [f"- `{old}` is gone; use `{new}`." for old, new in REMOVED.items()]
    early = [*_old_uses(chance), _prose(chance, 30)]
    chance.shuffle(rows)
    changes = ["# Changes", "## 4.0", *rows[:3], _prose(chance, 10), "## 3.9", _prose(chance, 20), *rows[3:]]
    (folder / "docs" / "changes.md").write_text("\n\n".join(changes) + "\n", encoding="utf-8")
    (folder / "docs" / "tutorial-v3.md").write_text("\n\n".join(early) + "\n", encoding="utf-8")
    _fill(folder / "docs", chance)


def _fill(docs: Path, chance: random.Random) -> None:
    """Write background of no use to the goal until there are 500 kB."""
    number = 1
    while sum(path.stat().st_size for path in docs.iterdir()) < 500_000:
        text = f"# Background {number}\n\n" + "\n\n".join(_prose(chance, 25) for _ in range(6))
        (docs / f"background-{number:02d}.md").write_text(text + "\n", encoding="utf-8")
        number += 1


def _old_uses(chance: random.Random) -> list[str]:
    told = ["# A first hour with fleet 3", "This page is kept for those who still run version 3."]
    for old in REMOVED:
        told += [_prose(chance, 6), f"Now try it:\n\n    {old} --wait 1m\n"]
    return told


def _as_reference(name: str, fact: tuple[dict[str, str], bool]) -> str:
    options = "\n".join(f"`{option} VALUE`\n: default `{value}`" for option, value in fact[0].items())
    role = "Needs the admin role." if fact[1] else "Any role may run it."
    return f"## {name}\n\n{_does(name)}. {role}\n\n{options}"


def _as_table(name: str, fact: tuple[dict[str, str], bool]) -> str:
    rows = "\n".join(f"| `{name}` | `{option}` | `{value}` |" for option, value in fact[0].items())
    role = "admin" if fact[1] else "any"
    return f"| command | option | default |\n|---|---|---|\n{rows}\n\n`{name}` (role: {role}): {_does(name)}."


def _in_passing(name: str, fact: tuple[dict[str, str], bool]) -> str:
    options = ", and ".join(f"{option} is {value} unless you say otherwise" for option, value in fact[0].items())
    role = "Only an admin can do that." if fact[1] else "You need no special role for that."
    return f"On the evening shift somebody usually types\n\n    $ {name}\n\nwhich {_does(name)}; {options}. {role}"


def _does(name: str) -> str:
    _, noun, verb = name.split()
    return VERBS[verb].format(noun)


def _prose(chance: random.Random, sentences: int) -> str:
    told = []
    for _ in range(sentences):
        subject, other = chance.sample(_SUBJECTS, 2)
        told.append(
            f"{subject.capitalize()} {chance.choice(_ACTIONS)} the {chance.choice(_OBJECTS)} of {other} "
            f"{chance.choice(_ENDS)}."
        )
    return " ".join(told)
