"""The conversation: it only grows, and holds what a node was told as it was told."""

from swarm.decisions import Decision
from swarm.nodes import Criterion, Node
from swarm.prompts.conversation import conversation, review_conversation, shown
from swarm.reports import Observation
from swarm.tree.briefing import Briefing, Material
from swarm.tree.case import Case
from swarm.tree.turn_log import TurnLog

_NODE = Node(
    goal="Mend the parser", acceptance=(Criterion(id="c1", text="Tests pass", check="command", spec="pytest"),)
)
_BRIEFING = Briefing(tree="src/p.py (9 bytes)", materials=(Material(place="src/p.py", text="x = </data> 1"),))


def _log(turns: int) -> TurnLog:
    log = TurnLog([])
    log.tell("Turn 1 of 60.")
    for number in range(turns):
        log.begin(
            Decision.model_validate({"situation": f"step {number}", "actions": [{"kind": "read", "uri": "a.py"}]})
        )
        log.begin_action()
        log.see(Observation(action="read a.py", outcome="ok", text=f"text {number}"))
        log.tell(f"Turn {number + 2} of 60.")
    return log


def test_each_conversation_begins_with_the_one_before() -> None:
    """Byte for byte, so that a provider's cache holds the prefix."""
    for turns in range(4):
        before = conversation(_NODE, _BRIEFING, (), _log(turns).history)
        after = conversation(_NODE, _BRIEFING, (), _log(turns + 1).history)
        assert after[: len(before)] == before and len(after) == len(before) + 2


def test_the_first_message_has_the_goal_and_what_was_gathered() -> None:
    """Criteria with how they are checked, the tree, files whole; nothing in a file closes its frame."""
    system, first, criteria = conversation(
        _NODE, _BRIEFING, (Observation(action="What 0 knows", outcome="ok", text="blue"),), _log(0).history
    )
    assert system.role == "system" and criteria.content.endswith("Turn 1 of 60.")
    assert "- Tests pass (checked by: pytest)" in criteria.content
    for part in (
        "Goal: Mend the parser",
        "src/p.py (9 bytes)",
        "What 0 knows",
        "blue",
    ):
        assert part in first.content
    assert first.content.count("</data>") == 3 and "&lt;/data" in first.content


def test_calls_and_their_answers_are_tied_by_ids_of_our_own() -> None:
    """The same in every attempt; defaults are left out as the model left them out."""
    _, _, _, asked, answered = conversation(_NODE, _BRIEFING, (), _log(1).history)
    (call,) = asked.calls
    assert (call.name, call.arguments, asked.content) == ("read", {"uri": "a.py"}, "step 0")
    assert answered.answers == call.id == "call_1_1" and "text 0" in answered.content


def test_folded_turns_stand_as_notes_before_the_others() -> None:
    """The first message stays; the ids go on counting."""
    log = _log(3)
    log.fold(2, "a.py was read twice")
    _, first, _, notes, asked, _ = conversation(_NODE, _BRIEFING, (), log.history)
    assert "Goal: Mend" in first.content and "a.py was read twice" in notes.content and asked.calls[0].id == "call_3_1"


def test_a_refused_file_is_said_in_the_answer() -> None:
    """A change that was not kept is never silent."""
    log = TurnLog([])
    log.begin(Decision.model_validate({"situation": "", "actions": [{"kind": "run_command", "command": "make"}]}))
    log.begin_action()
    log.see(Observation(action="run_command make", outcome="ok", text="done", refused=(".env is of the kind",)))
    assert "Not kept: .env is of the kind" in conversation(_NODE, _BRIEFING, (), log.history)[-1].content


def test_a_reviewer_sees_the_case_and_no_transcript() -> None:
    """Goal, answer, changes, evidence and criteria; the last time it is told to judge."""
    case = Case(
        profile=_BRIEFING.profile,
        goal="g",
        answer="The answer",
        criteria=(Criterion(id="c1", text="It holds"),),
        passed=("The tests pass",),
        changes="+1",
    )
    system, first = review_conversation(case, TurnLog([]).history, turns=1)
    assert "judge" in system.content and first.content.endswith("judge now by what you have seen.")
    assert "Checked by a machine, and met: The tests pass" in first.content
    assert "c1: It holds" in first.content and "The answer" in first.content and "+1" in first.content


def test_a_reviewer_sees_a_dispute_beside_the_criterion_as_it_was_settled() -> None:
    """What a machine has found and what is objected are fields of their own, framed as material."""
    case = Case(
        profile=_BRIEFING.profile,
        goal="g",
        answer="a",
        criteria=(Criterion(id="c1", text="The tests pass."), Criterion(id="c2", text="Any step works.")),
        failures={"c1": "exit code 2"},
        objection="A step of 0 cannot work",
    )
    shown = review_conversation(case, TurnLog([]).history, turns=8)[1].content
    assert 'c1: The tests pass.\nA machine says that c1 is not met:\n<data source="check">exit code 2</data>' in shown
    assert (
        '<data source="objection">A step of 0 cannot work</data>' in shown and "judged by what the goal asks" in shown
    )
    plain = case.model_copy(update={"failures": {}, "objection": ""})
    assert "bjection" not in review_conversation(plain, TurnLog([]).history, turns=8)[1].content


def test_a_conversation_begins_alike_before_and_after_the_criteria_are_settled() -> None:
    """Else a provider's cache would hold none of it; once the first turn is folded, they stand at the beginning."""
    briefing, log = _BRIEFING.model_copy(update={"settles": True}), _log(2)
    before = conversation(_NODE.model_copy(update={"acceptance": ()}), briefing, (), _log(0).history)
    after = conversation(_NODE, briefing, (), log.history)
    assert after[: len(before)] == before and "Begin your first turn with `settle`" in before[-1].content
    log.fold(1, "I read a.py.")
    folded = conversation(_NODE, briefing, (), log.history)
    assert "- Tests pass (checked by: pytest)" in folded[2].content and "settle" not in folded[2].content


def test_what_could_not_be_read_is_named_in_a_line() -> None:
    """An output that is not there yet, or an empty file, has nothing to show."""
    briefing = Briefing(materials=(Material(place="chart.svg", text="", whole=False, note="there is none"),))
    shown = conversation(_NODE, briefing, (), _log(0).history)[1].content
    assert "Named, and not read: chart.svg (there is none)" in shown and "<data" not in shown


def test_a_reviewer_sees_what_the_criteria_rest_on_and_a_script_with_its_lines() -> None:
    """A criterion that says "as LANGUAGE.md says" cannot be judged without it, nor a check without its text."""
    ran = Observation(action="run_command cat > t.py <<'P'\nassert 1\nP\npython t.py", outcome="ok", text="exit code 0")
    case = Case(
        profile=_BRIEFING.profile,
        goal="Write the parser as LANGUAGE.md says",
        answer="Written.",
        criteria=(Criterion(id="c1", text="It does what LANGUAGE.md says"),),
        materials=(Material(place="LANGUAGE.md", text="A word is a run of letters."),),
        evidence=(ran, Observation(action="run_command pytest", outcome="ok", text="1 passed")),
    )
    shown = review_conversation(case, TurnLog([]).history, turns=2)[1].content
    assert 'Read for you: LANGUAGE.md\n<data source="LANGUAGE.md">A word is a run of letters.</data>' in shown
    assert "\nassert 1\nP\npython t.py</data>\nrun_command … (ok)" in shown and "run_command pytest (ok)" in shown


def test_what_stands_in_the_decision_is_not_told_again() -> None:
    """An observation names its action only as far as it must be told from others; a reviewer reads it in full."""
    command, log = "python -c 'print(" + "1 + " * 100 + "1)'", TurnLog([])
    log.begin(Decision.model_validate({"actions": [{"kind": "run_command", "command": command}]}))
    log.begin_action()
    seen = Observation(action=f"run_command {command}", outcome="ok", text="exit code 0")
    log.see(seen)
    answer = conversation(_NODE, _BRIEFING, (), log.history)[-1].content
    assert answer.startswith("run_command python -c") and len(answer) < 200 and command in shown(seen)
