"""Secret content: keys whose form gives them away, in files that are no source code."""

import pytest

from swarm.run.secret_content import LARGEST, secret_in

_TOKENS = {
    "AWS": "AKIA" + "QWERTYUIOPASDFGH",
    "GitHub": "ghp_" + "a1B2c3D4e5F6" * 3,
    "Slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "Stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "Google": "AIza" + "SyD4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T",
    "private key": "-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB",
}


@pytest.mark.parametrize("kind", list(_TOKENS))
def test_a_key_is_known_by_its_form(kind: str) -> None:
    """In settings, notes and what has no ending; not in code, whose tests are full of them."""
    for name in ("app.ini", "notes.txt", "config"):
        assert kind in secret_in(name, f"a: 1\nkey: {_TOKENS[kind]}\n".encode())
    assert secret_in("test_app.py", _TOKENS[kind].encode()) == ""


@pytest.mark.parametrize(
    "text",
    ["AKIAIOSFODNN7EXAMPLE", "ghp_" + "x" * 36, "-----BEGIN PUBLIC KEY-----", "sk-short", "a" * (LARGEST + 1), ""],
)
def test_examples_and_other_texts_are_no_keys(text: str) -> None:
    """Nor what only looks random."""
    assert (
        secret_in("notes.txt", text.encode()) == ""
        and secret_in("notes.txt", b"d41d8cd98f00b204e9800998ecf8427e") == ""
    )
