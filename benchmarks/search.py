"""Measure the search: quality and speed of every strategy over test collections, against bm25s and plain vectors.

A collection is a folder with `corpus.jsonl` ({"_id", "title", "text"}), `queries.jsonl` ({"_id", "text"}) and
`qrels.tsv` (query, document, grade, with or without a header); FOLDER is one, or holds several. They are put into the
catalogue of a database of its own, cut into passages as everything is, and searched through the strategies that
`swarm memory search` has; a document counts where its best passage stands.

    python -m benchmarks.search FOLDER [--strategies hybrid,graph] [--json FILE]
    python -m benchmarks.search --scale 100000
"""

import argparse
import asyncio
import json
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.databases import database
from benchmarks.measures import memory_mb, percentiles
from integrations.embeddings import choose_embedder
from swarm.chunks import chunks
from swarm.embedding import Embedder
from swarm.memory import folders, links
from swarm.memory.catalogue import Catalogue
from swarm.memory.records import Document
from swarm.memory.strategies import STRATEGIES, choose
from swarm.memory.vectors import embed_pending
from swarm.passages import Passage
from swarm.settings import load_settings

_DEPTH = 100
_PASSAGES = 300
"""Passages that are asked for, so that a hundred documents are among them."""
Ranking = list[str]


@dataclass(frozen=True)
class Collection:
    """A test collection: texts by id, queries that have a judgement, and the grades."""

    name: str
    corpus: dict[str, tuple[str, str]]
    queries: dict[str, str]
    grades: dict[str, dict[str, float]]


def load(folder: Path) -> Collection:
    """Read a collection; raises SystemExit with the line that is wrong."""
    grades: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) == 4:  # the TREC form has a column more
            parts = [parts[0], parts[2], parts[3]]
        if len(parts) != 3:
            raise SystemExit(f"{folder / 'qrels.tsv'}: {line!r} is not QUERY, DOCUMENT, GRADE with tabs between them")
        if parts[2].replace(".", "", 1).lstrip("-").isdecimal() and float(parts[2]) > 0:
            grades[parts[0]][parts[1]] = float(parts[2])
    corpus = {_id(row): (row.get("title") or "", row.get("text") or "") for row in _rows(folder / "corpus.jsonl")}
    queries = {_id(row): row["text"] for row in _rows(folder / "queries.jsonl") if _id(row) in grades}
    return Collection(folder.name, corpus, queries, grades)


def ndcg(ranking: Sequence[str], grades: Mapping[str, float], depth: int = 10) -> float:
    """Return the normalised discounted cumulative gain (Järvelin and Kekäläinen 2002), with linear gain."""
    gains = [grades.get(name, 0.0) for name in ranking[:depth]]
    ideal = sorted(grades.values(), reverse=True)[:depth]
    return _discounted(gains) / (_discounted(ideal) or 1.0)


def recall(ranking: Sequence[str], grades: Mapping[str, float]) -> float:
    """Return how much of what is relevant is among the first hundred."""
    return len(set(ranking[:_DEPTH]) & grades.keys()) / len(grades)


async def measure(collection: Collection, strategies: Sequence[str]) -> list[dict[str, object]]:
    """Put a collection into a catalogue of its own and return one row for each system."""
    embedder = choose_embedder(load_settings())
    assert embedder is not None, "unset SWARM_EMBEDDINGS=none: there is nothing to compare"
    async with database() as pool:
        catalogue = Catalogue(pool)
        before, begun = memory_mb(), time.perf_counter()
        count = await enter(catalogue, collection)
        entered = time.perf_counter() - begun
        begun = time.perf_counter()
        await links.refresh(pool)
        await folders.refresh(pool)
        linked = time.perf_counter() - begun
        begun = time.perf_counter()
        await embed_pending(pool, embedder)
        embedded = time.perf_counter() - begun
        print(
            f"\n{collection.name}: {len(collection.corpus):,} documents, {count:,} passages,"
            f" {len(collection.queries)} queries\n"
            f"  entered in {entered:.1f} s, linked in {linked:.1f} s, embedded in {embedded:.1f} s"
            f" ({count / embedded:.0f} passages a second)"
        )
        rows = [await _system("bm25s", *_plain_words(collection), collection)]
        rows.append(await _system("plain vectors", *await _plain_vectors(collection, embedder), collection))
        rows += [await _system(name, _asked(choose(name, catalogue, embedder)), 0.0, collection) for name in strategies]
        print(f"  memory of this process: {before:.0f} MB before, {memory_mb():.0f} MB after")
    return rows


async def enter(catalogue: Catalogue, collection: Collection) -> int:
    """Put a collection into the catalogue; returns how many passages it has."""
    documents = [
        Document(
            uri=f"bench:/{collection.name}/{name}",
            where="database",
            title=title,
            passages=tuple(
                Passage(uri="", title=title, where="database", text=piece.text, lines=piece.lines)
                for piece in chunks(text or title)
            ),
        )
        for name, (title, text) in collection.corpus.items()
    ]
    return (await catalogue.put([each for each in documents if each.passages])).added


def _asked(search: Callable[[str, int], Awaitable[list[Passage]]]) -> Callable[[str], Awaitable[Ranking]]:
    async def ask(query: str) -> Ranking:
        found = await search(query, _PASSAGES)
        return list(dict.fromkeys(passage.uri.split("/", 2)[2] for passage in found))

    return ask


def _plain_words(collection: Collection) -> tuple[Callable[[str], Awaitable[Ranking]], float]:
    """Return bm25s as it comes, with English stems and stop words, over whole documents."""
    import bm25s
    from Stemmer import Stemmer

    begun = time.perf_counter()
    names, stemmer = list(collection.corpus), Stemmer("english")
    texts = [f"{title} {text}" for title, text in collection.corpus.values()]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)

    async def ask(query: str) -> Ranking:
        told = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, show_progress=False)
        found, _ = index.retrieve(told, k=min(_DEPTH, len(names)), show_progress=False)
        return [names[int(at)] for at in found[0]]

    return ask, time.perf_counter() - begun


async def _plain_vectors(
    collection: Collection, embedder: Embedder
) -> tuple[Callable[[str], Awaitable[Ranking]], float]:
    """Return the exact nearest of whole documents, each as one vector."""
    begun = time.perf_counter()
    names = list(collection.corpus)
    made = await embedder([f"{title}\n{text}".strip() for title, text in collection.corpus.values()])
    matrix = np.array(made, dtype=np.float32)
    seconds = time.perf_counter() - begun

    async def ask(query: str) -> Ranking:
        scores = matrix @ np.array((await embedder([query]))[0], dtype=np.float32)
        return [names[int(at)] for at in np.argsort(-scores)[:_DEPTH]]

    return ask, seconds


async def _system(
    name: str, ask: Callable[[str], Awaitable[Ranking]], seconds: float, collection: Collection
) -> dict[str, object]:
    qualities, recalls, times = [], [], []
    for key, query in collection.queries.items():
        begun = time.perf_counter()
        ranking = await ask(query)
        times.append(time.perf_counter() - begun)
        qualities.append(ndcg(ranking, collection.grades[key]))
        recalls.append(recall(ranking, collection.grades[key]))
    middle, high = percentiles(times)
    row = {
        "collection": collection.name,
        "system": name,
        "ndcg10": round(float(np.mean(qualities)), 4),
        "recall100": round(float(np.mean(recalls)), 4),
        "queries_per_second": round(len(times) / sum(times), 1),
        "p50_ms": round(1000 * middle, 1),
        "p95_ms": round(1000 * high, 1),
        "index_seconds": round(seconds, 1),
    }
    print(
        f"  {name:14} nDCG@10 {row['ndcg10']:.3f}  recall@100 {row['recall100']:.3f}"
        f"  {row['queries_per_second']:7.1f} queries/s  p50 {row['p50_ms']:6.1f} ms  p95 {row['p95_ms']:6.1f} ms",
        flush=True,
    )
    return row


def _id(row: dict[str, str]) -> str:
    return str(row["_id"])


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path} cannot be read: {error}") from None


def main() -> None:
    """Measure the collections that are given, or the growth with made-up ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--scale", type=int, default=0, help="passages to grow to, instead of collections")
    parser.add_argument("--json", type=Path, help="also write the rows to a file")
    given = parser.parse_args()
    rows: list[dict[str, object]] = []
    if given.scale:
        from benchmarks.search_scale import grow

        rows += asyncio.run(grow(given.scale))
    elif given.folder is None:
        parser.error("give a folder of collections, or --scale")
    else:
        folders = sorted({path.parent for path in given.folder.rglob("corpus.jsonl")})
        if not folders:
            parser.error(f"{given.folder} holds no corpus.jsonl")
        for folder in folders:
            rows += asyncio.run(measure(load(folder), given.strategies.split(",")))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
