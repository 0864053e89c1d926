"""Display URL: an address shows where it leads, never what opens it."""

import pytest

from swarm.text.display_url import display_url, is_secret_name, mask_urls


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://anna:hunter2@host.example/a", "https://***@host.example/a"),
        ("postgresql://u:p%40ss@h:5432/d", "postgresql://***@h:5432/d"),
        ("https://h/x?token=abc&page=2", "https://h/x?token=***&page=2"),
        ("https://h/x?page=2&api_key=abc#access_token=def", "https://h/x?page=2&api_key=***#access_token=***"),
        ("https://s3/x?X-Amz-Signature=abc&X-Amz-Date=1", "https://s3/x?X-Amz-Signature=***&X-Amz-Date=1"),
        ("https://blob/x?sv=2024&sig=abc%2Fd", "https://blob/x?sv=2024&sig=***"),
        ("https://h/x?keyword=cats&tokens=3", "https://h/x?keyword=cats&tokens=3"),
        ("read https://h/x?key=abc lines 2-3", "read https://h/x?key=*** lines 2-3"),
    ],
)
def test_passwords_and_keys_are_masked(url: str, shown: str) -> None:
    """By the names that services give them; other parameters stay, and so does a text around an address."""
    assert mask_urls(url) == shown and display_url(url) == shown


def test_an_address_is_one_line_and_not_endless() -> None:
    """It stands in the middle of a sentence."""
    assert display_url("http://h/\n\u202ea") == "http://h/??a"
    assert len(display_url("http://h/" + "a" * 999)) == 200


def test_names_of_secrets() -> None:
    """As settings, queries and headers have them."""
    assert all(map(is_secret_name, ("key", "apiKey", "client-secret", "X-Goog-Credential", "pwd", "session_id[token]")))
    assert not any(map(is_secret_name, ("monkey", "author", "passage", "assignment", "keynote")))
