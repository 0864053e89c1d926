"""Prices: what tokens of a model cost, from a small table that a person can override."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from swarm.errors import UsageError

_BUILT_IN = Path(__file__).with_name("prices.yaml")
_MILLION = 1_000_000


class Price(BaseModel):
    """US dollars per million tokens read (`in`) and written (`out`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: float = Field(ge=0, allow_inf_nan=False, alias="in")
    written: float = Field(ge=0, allow_inf_nan=False, alias="out")


def cost(model: str, tokens_in: int, tokens_out: int, override: Path | None = None) -> float | None:
    """Return US dollars, or None where no price is known; raises UsageError for a bad `override`."""
    price = find_price(model, override)
    return None if price is None else (tokens_in * price.read + tokens_out * price.written) / _MILLION


def find_price(model: str, override: Path | None = None) -> Price | None:
    """Return the price under the longest name that `model` begins with; the override file is asked first."""
    for path in (override, _BUILT_IN):
        table = _read(path) if path else {}
        # "gpt-5" must not price "gpt-5.4": a dated or tagged name goes on with a dash, colon or at-sign.
        names = [n for n in table if model == n or model.startswith((f"{n}-", f"{n}:", f"{n}@"))]
        names += [n for n in table if n.endswith("*") and model.startswith(n[:-1])]
        if names:
            return table[max(names, key=len)]
    return None


@cache
def _read(path: Path) -> dict[str, Price]:
    import yaml

    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(dict[str, Price]).validate_python(table or {})
    except OSError as error:
        raise UsageError(f"SWARM_PRICES={path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UsageError(
            f"SWARM_PRICES={path} is not YAML; write lines like `my-model: {{in: 0.5, out: 1.5}}`"
        ) from None
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UsageError(f"SWARM_PRICES={path}: {place or 'the file'} is not usable: {fault['msg']}") from None
