"""What an endpoint says about its models: windows, outputs and abilities, as each kind of server writes them."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integrations.llm.model_choice import Choice, headers_for
from swarm.llm.profile import Form
from swarm.llm.profiles import ModelFacts
from swarm.proxies import is_loopback

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

_SECONDS = 2.0
_ALL_SECONDS = 6.0
_MOST_BYTES = 8_000_000
# They say nothing about their models' windows, and each question would be a request more.
_SILENT = {"api.openai.com"}
_WINDOWS = (
    *("loaded_context_length", "n_ctx", "max_model_len", "context_length", "context_window", "max_context_length"),
    *("max_context_tokens", "max_input_tokens", "inputTokenLimit", "input_token_limit", "n_ctx_train"),
)
_OUTPUTS = ("max_completion_tokens", "max_output_tokens", "outputTokenLimit", "output_token_limit")
Said = Mapping[str, object]


async def ask_about(choice: Choice, model: str, key: str) -> tuple[ModelFacts, ...]:
    """Return what the endpoint says about a model; nothing where it says nothing, fails, or is slow."""
    from httpx2 import AsyncClient, HTTPError

    if urlsplit(choice.base_url).hostname in _SILENT:
        return ()
    headers = {"authorization": f"Bearer {key or 'none'}", **headers_for(choice.query, key)}
    try:
        async with (
            asyncio.timeout(_ALL_SECONDS),
            AsyncClient(
                headers=headers, params=dict(choice.query), timeout=_SECONDS, trust_env=not is_loopback(choice.base_url)
            ) as client,
        ):
            found = await _ask_all(client, choice.base_url, model)
    except (HTTPError, TimeoutError, OSError, ValueError):
        return ()
    return (found,) if found.model_dump(exclude={"source", "server"}, exclude_none=True) or found.server else ()


async def _ask_all(client: "AsyncClient", base_url: str, model: str) -> ModelFacts:
    """Ask the common listing first, and the servers' own pages only where it does not name the window."""
    listed = await _listed(client, f"{base_url}/models", model)
    found = facts_in(listed)
    root = re.sub(r"/v\d+(?:/openai)?$", "", base_url)
    if listed.get("owned_by") == "llamacpp" and (serving := _serving(await _get(client, f"{root}/props"))):
        return found.model_copy(update={**serving, "server": "llama.cpp"})
    if found.window is not None:
        return found
    studio = await _listed(client, f"{root}/api/v0/models", model)
    if studio:
        return facts_in({**listed, **studio}).model_copy(update={"server": "lmstudio"})
    shown = await _sent(client, f"{root}/api/show", {"model": model})
    return _ollama(shown, await _loaded(client, root, model)) if shown else found


async def _listed(client: "AsyncClient", url: str, model: str) -> Said:
    """Return a model's entry in a listing; one entry alone is the model, whatever it is called."""
    page = await _get(client, url)
    data = page.get("data", page.get("models"))
    entries = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    names = (model, f"models/{model}")
    named = [each for each in entries if each.get("id") in names or each.get("name") in names]
    return named[0] if named else entries[0] if len(entries) == 1 else {}


def facts_in(entry: Said) -> ModelFacts:
    """Read an entry of `/models` as llama.cpp, vLLM, OpenRouter, LM Studio, Groq, Mistral and others write it."""
    meta, top, limits = (_inner(entry, name) for name in ("meta", "top_provider", "limits"))
    windows = [_number(place.get(name)) for place in (top, entry, meta, limits) for name in _WINDOWS]
    outputs = [_number(place.get(name)) for place in (top, entry, meta, limits) for name in _OUTPUTS]
    is_reasoning, form = _abilities(entry)
    return ModelFacts(
        source="endpoint",
        window=next((number for number in windows if number), None),
        output=next((number for number in outputs if number), None),
        reasons=is_reasoning,
        form=form,
        images=_sees(entry),
        server="vllm" if entry.get("owned_by") == "vllm" else "",
    )


def _abilities(entry: Said) -> tuple[bool | None, Form | None]:
    takes = entry.get("supported_parameters")
    if isinstance(takes, list) and takes:
        forms: tuple[tuple[str, Form], ...] = (
            ("tools", "tools"),
            ("structured_outputs", "json_schema"),
            ("response_format", "json_object"),
        )
        form: Form = next((form for name, form in forms if name in takes), "text")
        return (True if "reasoning" in takes else None), form
    able = entry.get("capabilities")
    names = {str(each) for each in able} if isinstance(able, list) else set()
    if isinstance(able, dict):
        names = {str(name) for name, value in able.items() if value is True}
    if names & {"tools", "tool_use", "function_calling"}:
        return (True if names & {"thinking", "reasoning"} else None), "tools"
    return (True if names & {"thinking", "reasoning"} else None), "json_schema" if able else None


def _sees(entry: Said) -> bool | None:
    inputs = _inner(entry, "architecture").get("input_modalities", entry.get("input_modalities"))
    able = entry.get("capabilities")
    if isinstance(inputs, list):
        return "image" in inputs
    if isinstance(able, list | dict) and "vision" in able:
        return able["vision"] is True if isinstance(able, dict) else True
    return True if entry.get("type") == "vlm" else None


def _serving(props: Said) -> dict[str, object]:
    """Read llama.cpp's `/props`: the window of one slot, which is what a request gets."""
    window = _number(_inner(props, "default_generation_settings").get("n_ctx"))
    return {"window": window} if window else {}


def _ollama(shown: Said, loaded: int | None) -> ModelFacts:
    """Read Ollama's `/api/show`: `num_ctx` is what it serves with, `*.context_length` what the model can."""
    info = _inner(shown, "model_info")
    trained = next((_number(value) for name, value in info.items() if name.endswith(".context_length")), None)
    served = re.search(r"^\s*num_ctx\s+(\d+)", str(shown.get("parameters") or ""), re.M)
    facts = facts_in({"capabilities": shown.get("capabilities")})
    window = int(served.group(1)) if served else loaded or trained
    return facts.model_copy(update={"window": window, "server": "ollama"})


async def _loaded(client: "AsyncClient", root: str, model: str) -> int | None:
    """Return the window that Ollama has loaded a model with, if it is loaded."""
    running = (await _get(client, f"{root}/api/ps")).get("models")
    for each in running if isinstance(running, list) else []:
        if isinstance(each, dict) and model in (each.get("name"), each.get("model")):
            return _number(each.get("context_length"))
    return None


async def _get(client: "AsyncClient", url: str) -> Said:
    return _object(await client.get(url))


async def _sent(client: "AsyncClient", url: str, body: Said) -> Said:
    return _object(await client.post(url, json=dict(body)))


def _object(response: "Response") -> Said:
    if response.status_code != 200 or len(response.content) > _MOST_BYTES:
        return {}
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return {"data": value} if isinstance(value, list) else value if isinstance(value, dict) else {}


def _inner(entry: Said, name: str) -> Said:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
