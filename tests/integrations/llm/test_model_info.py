"""What endpoints say about their models is heard; whatever goes wrong with it is not."""

from pathlib import Path
from typing import Any

import pytest

from tests.integrations.llm.conftest import completion, odd, request


def listing(**entry: Any) -> dict[str, Any]:
    return {"/v1/models": {"object": "list", "data": [{"id": "other"}, {"id": "m", "object": "model", **entry}]}}


OLLAMA = {
    "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
    "parameters": 'stop "<|eot|>"\nnum_ctx    16384',
    "capabilities": ["completion", "tools", "vision"],
}


@pytest.mark.parametrize(
    ("pages", "known"),
    [
        (listing(max_model_len=16_384, owned_by="vllm"), {"window": 16_384}),
        (listing(owned_by="llamacpp", meta={"n_ctx_train": 32_768}), {"window": 32_768}),
        (listing(owned_by="llamacpp", meta={"n_ctx_train": 32_768, "n_ctx": 4_096}), {"window": 4_096}),
        (
            listing(owned_by="llamacpp", meta={"n_ctx_train": 32_768})
            | {"/props": {"default_generation_settings": {"n_ctx": 8_192}}},
            {"window": 8_192},
        ),
        (
            listing(
                context_length=200_000,
                top_provider={"context_length": 100_000, "max_completion_tokens": 7_000},
                supported_parameters=["tools", "max_tokens"],
                architecture={"input_modalities": ["text", "image"]},
            ),
            {"window": 100_000, "output": 7_000, "form": "tools", "images": True},
        ),
        (listing(context_length=20_000, supported_parameters=["response_format"]), {"window": 20_000, "form": "json_object"}),
        (listing(context_window=20_000, max_completion_tokens=1_000), {"window": 20_000, "output": 1_000}),
        (listing(max_context_length=20_000, capabilities={"function_calling": True, "vision": False}), {"form": "tools"}),
        (
            listing()
            | {"/api/v0/models": {"data": [{"id": "m", "max_context_length": 32_768, "loaded_context_length": 4_096, "type": "vlm"}]}},
            {"window": 4_096, "images": True},
        ),
        (listing() | {"/api/show": OLLAMA}, {"window": 16_384, "form": "tools", "images": True}),
        (listing() | {"/api/show": {**OLLAMA, "parameters": ""}}, {"window": 131_072}),
        (
            listing()
            | {"/api/show": {**OLLAMA, "parameters": ""}, "/api/ps": {"models": [{"name": "m", "context_length": 4_096}]}},
            {"window": 4_096},
        ),
        ({"/v1/models": {"data": [{"id": "/models/one.gguf", "max_model_len": 9_000}]}}, {"window": 9_000}),
    ],
    ids=range(13),
)  # fmt: skip
async def test_an_endpoint_is_heard(pages: dict[str, Any], known: dict[str, Any]) -> None:
    """As vLLM, llama.cpp, OpenRouter, Groq, Mistral, LM Studio and Ollama write it; each value says that it is theirs."""
    with odd(lambda body, n: (200, completion()), pages) as there:
        profile = await there.ask().profile("decide")
    assert {name: getattr(profile, name) for name in known} == known
    assert {profile.origin[name] for name in known} == {"endpoint"}


@pytest.mark.parametrize(
    "pages",
    [
        {},
        {"/v1/models": ["nothing", 1, None]},
        {"/v1/models": {"data": "m"}},
        listing(context_length="long", max_model_len=-1, meta=[], top_provider=None, capabilities=7),
        listing(context_length=3, max_completion_tokens=True),
        listing() | {"/api/show": {"model_info": [], "parameters": 5}},
    ],
    ids=range(6),
)
async def test_what_makes_no_sense_is_not_heard(pages: dict[str, Any]) -> None:
    """The careful default stays."""
    with odd(lambda body, n: (200, completion()), pages) as there:
        profile = await there.ask().profile("decide")
    assert (profile.window, profile.output) == (32_768, 4_096)
    assert {profile.origin["window"], profile.origin["output"]} == {"default"}


async def test_it_is_asked_once_and_not_about_what_a_replay_may_not_ask() -> None:
    """Three calls and their estimates: one listing."""
    with odd(lambda body, n: (200, completion()), listing(max_model_len=9_000)) as there:
        ask = there.ask()
        assert (await ask.profile("decide", asks=False)).window == 32_768
        assert there.paths == []
        for _ in range(3):
            await ask.estimate(request())
            await ask(request())
        assert there.paths.count("/v1/models") == 1


async def test_an_endpoint_that_is_down_is_not_waited_for() -> None:
    """The profile is there all the same."""
    with odd(lambda body, n: (200, completion())) as there:
        ask = there.ask()
    assert (await ask.profile("decide")).window == 32_768


async def test_what_an_endpoint_says_bounds_what_it_is_asked(tmp_path: Path) -> None:
    """A reasoning model behind Ollama, which ignores the newer name of the limit, is asked with the older one."""
    profiles = tmp_path / "p.yaml"
    profiles.write_text("m: {reasons: true, output: 12000}\n")
    with odd(lambda body, n: (200, completion()), listing() | {"/api/show": OLLAMA}) as there:
        ask = there.ask(swarm_profiles=profiles)
        most = await ask.estimate(request(max_tokens=9_000))
        await ask(request(max_tokens=9_000))
        assert there.asked[0]["max_tokens"] == most.tokens_out == 12_000
