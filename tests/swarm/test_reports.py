"""Reports are read by people and by parents."""

from swarm.reports import CriterionResult, Dropped, Report, Verdict
from swarm.usage import Usage


def test_a_report_reads_as_markdown_with_only_the_parts_it_has() -> None:
    """Status and answer always, a heading only where something stands under it."""
    bare = Report(node="n", path="0", status="done", answer="42")
    assert bare.markdown() == "**done**\n\n42"
    full = bare.model_copy(
        update={"artifacts": ("a.md",), "dropped": (Dropped(what="b", tried="no key", suggested_next="set one"),)}
    )
    assert full.markdown() == "**done**\n\n42\n\n### Files\n- a.md\n\n### Dropped\n- b: no key set one"
    met = bare.model_copy(update={"criteria": (CriterionResult(id="c1", text="It runs", result="fail", gap="no"),)})
    assert met.markdown() == "**done**\n\n42\n\n### Criteria\n- fail: It runs (no)"


def test_a_report_without_an_answer_shows_its_summary() -> None:
    """A person who looks at a failed run reads why."""
    assert "the model is down" in Report(node="n", path="0", status="failed", summary="the model is down").markdown()


def test_gaps_name_each_failed_criterion_and_what_it_lacks() -> None:
    """What passed is not mentioned; a failure without a reason is still one."""
    verdict = Verdict(
        result="needs_more",
        criteria=(
            CriterionResult(id="c1", text="short", result="pass"),
            CriterionResult(id="c2", text="cites sources", result="fail", gap="none is named"),
            CriterionResult(id="c3", result="fail"),
        ),
    )
    assert verdict.gaps == "cites sources: none is named; c3: not met"


def test_an_unknown_price_stays_unknown_in_a_sum() -> None:
    """A sum with a hole in it is never shown as the whole."""
    known, unknown = Usage(calls=1, tokens_in=5, tokens_out=2, usd=0.5), Usage(calls=1, tokens_in=1, usd=None)
    assert (known + unknown) == Usage(calls=2, tokens_in=6, tokens_out=2, usd=None)
    assert (known + known).usd == 1.0 and known.tokens == 7


def test_a_dispute_is_one_short_clause_and_no_sentence_ends_twice() -> None:
    """The criterion's text stays as it was settled."""
    failed = CriterionResult(id="c1", text="The tests pass.", result="fail", gap="Two fail.")
    assert (
        Verdict(result="needs_more", criteria=(failed, failed)).gaps
        == "The tests pass: Two fail; The tests pass: Two fail"
    )
    disputed = CriterionResult(
        id="c1", text="The tests pass.", result="pass", machine="exit code 2: " + "x" * 900, objection="It has no tests"
    )
    told = Report(node="n", path="0", status="done", answer="a", criteria=(disputed,)).markdown()
    line = next(row for row in told.splitlines() if row.startswith("- pass"))
    assert line.startswith("- pass: The tests pass. (a machine found: exit code 2: xxx")
    assert line.endswith("; objection: It has no tests)") and len(line) < 220
