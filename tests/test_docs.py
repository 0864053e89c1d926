"""The docs that are made of code are up to date. `python tests/test_docs.py` writes them."""

from pathlib import Path

from swarm.settings import Settings

_PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
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


def test_every_setting_is_in_the_docs_as_the_code_has_it() -> None:
    """The page of settings says what the settings class says."""
    assert _PAGE.read_text(encoding="utf-8") == _settings_page()


if __name__ == "__main__":
    _PAGE.write_text(_settings_page(), encoding="utf-8")
