"""What is known of a model, and where it is known from."""

from pathlib import Path

import pytest

from swarm.errors import UsageError
from swarm.llm.profile import Profile
from swarm.llm.profiles import THOUGHTS, ModelFacts, profile_of


def told(window: int | None = None, **more: object) -> ModelFacts:
    return ModelFacts.model_validate({"source": "endpoint", "window": window, **more})


@pytest.mark.parametrize(
    ("model", "window", "form", "reasons", "hands"),
    [
        ("gpt-4.1-mini", 1_047_576, "tools", False, "full"),
        ("openai/gpt-5.2-2026-01-01", 400_000, "tools", True, "full"),
        ("gpt-5-chat-latest", 128_000, "tools", False, "full"),
        ("o3-mini", 200_000, "tools", True, "full"),
        ("anthropic/claude-sonnet-4.5", 200_000, "tools", False, "full"),
        ("models/gemini-2.5-pro", 1_048_576, "tools", True, "full"),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", 40_960, "tools", False, "full"),
        ("Qwen3-235B-A22B-Thinking-2507", 40_960, "tools", True, "full"),
        ("qwen2.5-coder:1.5b", 32_768, "json_schema", False, "small"),
        ("qwen2.5-coder-1.5b-instruct", 8_192, "json_schema", False, "small"),
        ("llama3.2", 131_072, "json_schema", False, "small"),
        ("meta-llama/Llama-3.3-70B-Instruct", 131_072, "tools", False, "full"),
        ("deepseek-r1:1.5b", 131_072, "json_schema", True, "small"),
        ("/models/SmolLM2-135M-Instruct.gguf", 8_192, "json_schema", False, "small"),
        ("nobody-knows-7b", 32_768, "json_schema", False, "full"),
        ("nobody-knows-3b", 32_768, "json_schema", False, "small"),
    ],
)
def test_a_family_is_known_by_its_longest_name(model: str, window: int, form: str, reasons: bool, hands: str) -> None:
    """With a provider before it, a tag behind it, in any case; the size in the name says which hands it has."""
    profile = profile_of(model)
    assert (profile.window, profile.form, profile.reasons, profile.hands) == (window, form, reasons, hands)
    assert profile.turns == (12 if hands == "small" else 60)


def test_an_unknown_model_gets_the_careful_default() -> None:
    """32,768 in, 4,096 out, each value with its origin."""
    profile = profile_of("nobody-knows-me")
    assert (profile.window, profile.output, profile.room) == (32_768, 4_096, 0)
    assert set(profile.origin.values()) == {"default"}
    assert profile.origin.keys() == Profile.model_fields.keys() - {"model", "origin"}


def test_a_model_that_reasons_has_room_for_thoughts_within_its_maximum() -> None:
    """The table counts thoughts in a completion; the profile does not."""
    profile = profile_of("o3")
    assert profile.output + profile.room == 100_000 and profile.room == THOUGHTS
    assert profile.completion_tokens(500) == 500 + THOUGHTS
    assert profile.completion_tokens(10**6) == 100_000
    assert profile_of("gpt-4.1").completion_tokens(500) == 500


def test_a_file_comes_first_and_an_endpoint_fills_what_nobody_says(tmp_path: Path) -> None:
    """The user, the table, the endpoint, the default: each value says which."""
    path = tmp_path / "profiles.yaml"
    path.write_text("gpt-4.1: {turns: 9}\nme/special*: {window: 50000, hands: small}\n")
    profile = profile_of("gpt-4.1", path, told(images=False))
    assert (profile.turns, profile.window, profile.images) == (9, 1_047_576, True)
    assert profile.origin["turns"] == "SWARM_PROFILES: gpt-4.1" and profile.origin["window"] == "table: gpt-4.1"
    special = profile_of("me/special-one", path, told(8_192, output=1_000, images=True))
    assert (special.window, special.hands, special.output, special.images) == (50_000, "small", 1_000, True)
    assert special.origin["output"] == "endpoint"


def test_less_than_the_table_says_wins_and_more_does_not() -> None:
    """A server may be started with less; the table knows what the model can."""
    assert profile_of("llama-3.3-70b", None, told(8_192)).origin["window"] == "endpoint"
    assert profile_of("llama-3.3-70b", None, told(8_192)).window == 8_192
    assert profile_of("qwen2.5-7b", None, told(1_000_000)).window == 32_768
    assert profile_of("nobody", None, told(1_000_000)).window == 1_000_000


def test_what_was_refused_holds_whoever_says_otherwise(tmp_path: Path) -> None:
    """A window that was named in a refusal, a form that was not taken; never less than a model could have."""
    path = tmp_path / "profiles.yaml"
    path.write_text("m: {window: 50000, form: tools}\n")
    refused = ModelFacts(source="refusal", window=8_192, form="json_object")
    profile = profile_of("m", path, told(20_000), refused)
    assert (profile.window, profile.form) == (8_192, "json_object")
    assert profile.output <= profile.window // 2
    assert profile_of("m", None, ModelFacts(source="refusal", window=12)).window == 32_768


def test_a_small_window_leaves_half_of_it_to_the_prompt() -> None:
    """Also where the model thinks."""
    profile = profile_of("qwen3-8b", None, told(8_192))
    assert profile.output + profile.room <= 4_096 and profile.origin["output"] == "half the window"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- a list", "the file is not usable"),
        ("m: {window: 3}", "m.window is not usable"),
        ("m: {form: telepathy}", "m.form is not usable"),
        ("m: {widow: 3}", "m.widow is not usable"),
        ("m: [", "is not YAML"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, content: str, fault: str) -> None:
    """The variable, the file and the place of the fault."""
    path = tmp_path / "profiles.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match="SWARM_PROFILES=") as caught:
        profile_of("m", path)
    assert fault in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UsageError, match=r"none\.yaml cannot be read"):
        profile_of("m", tmp_path / "none.yaml")
