"""The docs that are made of code are up to date. `python -m tests.test_docs` writes them."""

import json
from pathlib import Path

from swarm.history import HISTORY
from swarm.settings import Settings
from swarm.snapshots import Snapshot

_PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
_SCHEMAS = _PAGE.parent / "schemas"
_HEAD = """# Settings

All settings are environment variables. A run takes those of the shell it was started in with it; what it needs of them
is kept in a private file under `SWARM_HOME`, so that a retry uses the same. This page is made by `tests/test_docs.py`.

| variable | default | what it sets |
|---|---|---|
"""


def _settings_page() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or field.default_factory or field.default == () else f"`{field.default}`"
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |\n")
    return _HEAD + "".join(rows)


def _schemas() -> dict[Path, str]:
    found = {"history": HISTORY.json_schema(), "snapshot": Snapshot.model_json_schema()}
    return {_SCHEMAS / f"{name}.json": json.dumps(schema, indent=1) + "\n" for name, schema in found.items()}


def test_the_published_schemas_are_those_of_the_code() -> None:
    """`swarm history --json` and `swarm snapshot` print what docs/schemas promises."""
    assert {path: path.read_text(encoding="utf-8") for path in _SCHEMAS.glob("*.json")} == _schemas()


def test_every_setting_is_in_the_docs_as_the_code_has_it() -> None:
    """The page of settings says what the settings class says."""
    assert _PAGE.read_text(encoding="utf-8") == _settings_page()


if __name__ == "__main__":
    _PAGE.write_text(_settings_page(), encoding="utf-8")
    for path, text in _schemas().items():
        path.write_text(text, encoding="utf-8")
