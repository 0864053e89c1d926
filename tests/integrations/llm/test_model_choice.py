"""Which models the settings choose."""

from pathlib import Path
from typing import Any

import pytest

from integrations.llm.model_choice import OPENAI_MODEL, OPENAI_URL, Choice, check_prices, choose
from swarm.errors import UsageError
from swarm.settings import Settings
from swarm.testing import ScriptedModel
from tests.integrations.conftest import Site


def chosen(**values: Any) -> Choice:
    return choose(Settings(**{"openai_api_key": None, "openai_base_url": None, "swarm_model": None} | values))


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "SWARM_MODEL"):
        monkeypatch.delenv(name, raising=False)


def test_without_key_and_url_the_embedded_model_is_chosen() -> None:
    """No key, no network: still a model, and one line says why."""
    choice = chosen()
    assert choice.embedded and choice.decide == "qwen2.5-coder-1.5b-instruct" and "OPENAI_API_KEY" in choice.why


def test_a_model_name_that_is_not_used_is_said() -> None:
    """SWARM_MODEL without a key does nothing, which a person should read."""
    assert "SWARM_MODEL=gpt-9 is not used" in chosen(swarm_model="gpt-9").why


def test_a_key_alone_chooses_the_default_model() -> None:
    """OpenAI's own endpoint, one model for all roles."""
    choice = chosen(openai_api_key="sk-x")
    assert (choice.base_url, choice.decide, choice.embedded) == (OPENAI_URL, OPENAI_MODEL, False)


def test_each_role_may_have_its_own_model() -> None:
    """SWARM_MODEL_WRITE wins over SWARM_MODEL for writing only."""
    choice = chosen(openai_api_key="sk-x", swarm_model="m", swarm_model_write="w")
    assert [choice.model(role) for role in ("decide", "write", "review")] == ["m", "w", "m"]


def test_a_base_url_without_a_model_asks_for_the_list() -> None:
    """The first model listed is taken; a slash at the end does not matter."""
    with ScriptedModel({"model": "local-one"}) as model:
        choice = chosen(openai_base_url=model.base_url + "/")
    assert choice.review == "local-one" and "lists" in choice.why


def test_a_base_url_that_lists_nothing_asks_for_swarm_model(site: Site) -> None:
    """Not reachable, or no such page: the variable to set is named."""
    with pytest.raises(UsageError, match="answered 404: set SWARM_MODEL"):
        chosen(openai_base_url=site.url("/nothing"))
    with ScriptedModel({}) as model:
        closed = model.base_url
    with pytest.raises(UsageError, match=r"could not be reached: set SWARM_MODEL"):
        chosen(openai_base_url=closed)


@pytest.mark.parametrize("url", ["ftp://host/v1", "localhost:8000", "http://", "http://host:port/v1", "sk-oops"])
def test_a_base_url_that_is_not_http_is_a_usage_error(url: str) -> None:
    """One line with the variable, its value and the form it should have."""
    with pytest.raises(UsageError, match="OPENAI_BASE_URL="):
        chosen(openai_base_url=url)


def test_a_cap_in_money_needs_a_known_price(tmp_path: Path) -> None:
    """A model without a price is refused by name, until a file of prices has it."""
    settings = Settings(openai_base_url="http://127.0.0.1:9/v1", swarm_model="nobody-knows-me")
    with pytest.raises(UsageError, match="no price is known for nobody-knows-me"):
        check_prices(choose(settings), None)
    prices = tmp_path / "prices.yaml"
    prices.write_text("nobody-knows-me: {in: 1, out: 2}")
    check_prices(choose(settings), prices)
