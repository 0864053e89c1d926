"""A meter says no before a cap is passed, whatever the order of calls."""

from contextlib import ExitStack, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from swarm.budgets import Meter
from swarm.errors import BudgetExhausted
from swarm.nodes import Lease, Limits, Node
from swarm.usage import Usage

_CAPS = {"0": Lease(calls=12, tokens=900, usd=1.0), "0.1": Lease(calls=5, tokens=400, usd=0.5), "0.2": Lease(calls=9)}
_PATHS = st.sampled_from(["0", "0.1", "0.1.1", "0.1.r1", "0.2", "0.10"])


def _meter() -> Meter:
    meter = Meter()
    for path, lease in _CAPS.items():
        meter.open(Node(goal="g", path=path, lease=lease))
    return meter


class Calls(RuleBasedStateMachine):
    """Calls begin and end in any order, at any node, and cost at most their estimate, or fail and cost nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = _meter()
        self.open: list[tuple[ExitStack, Usage]] = []

    @rule(path=_PATHS, tokens=st.integers(0, 300), usd=st.floats(0, 0.4))
    def begin(self, path: str, tokens: int, usd: float) -> None:
        stack, estimate = ExitStack(), Usage(calls=1, tokens_in=tokens, usd=usd)
        with suppress(BudgetExhausted):
            bill = stack.enter_context(self.meter.reserve(path, estimate))
            bill.final = estimate if tokens % 2 else None
            self.open.append((stack, estimate))

    @rule(which=st.integers(0, 9), part=st.sampled_from([0.0, 0.5, 1.0]), path=_PATHS)
    def call(self, which: int, part: float, path: str) -> None:
        estimate = Usage(calls=1, tokens_in=which * 30, usd=which / 20)
        with suppress(BudgetExhausted), self.meter.reserve(path, estimate) as bill:
            bill.final = Usage(calls=1, tokens_in=int(estimate.tokens_in * part), usd=(estimate.usd or 0) * part)

    @rule(which=st.integers(0, 9))
    def end(self, which: int) -> None:
        if self.open:
            self.open.pop(which % len(self.open))[0].close()

    @invariant()
    def nothing_is_over_its_cap(self) -> None:
        for path, cap in _CAPS.items():
            used = self.meter.used(path)
            assert cap.calls is None or used.calls <= cap.calls
            assert cap.tokens is None or used.tokens <= cap.tokens
            assert cap.usd is None or (used.usd or 0) <= cap.usd

    @invariant()
    def what_is_held_is_what_is_open(self) -> None:
        held = sum(self.meter.reserved.values(), Usage())
        assert held.calls == len(self.open)
        assert held.tokens == sum(estimate.tokens for _, estimate in self.open)


TestCallsInAnyOrder = Calls.TestCase
TestCallsInAnyOrder.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@given(st.integers(1, 30), st.integers(0, 40))
def test_calls_at_once_hold_their_estimates(cap: int, wanted: int) -> None:
    """Of many calls that start before any has ended, exactly as many are let through as the cap allows."""
    meter = Meter(leases={"0": Lease(calls=cap)})
    with ExitStack() as stack:
        let = 0
        for _ in range(wanted):
            try:
                stack.enter_context(meter.reserve("0.1", Usage(calls=1)))
            except BudgetExhausted:
                continue
            let += 1
        assert let == min(cap, wanted)
    assert meter.used("0").calls == 0, "a call that brought nothing costs nothing"


def test_a_failed_call_gives_its_estimate_back() -> None:
    """A call that raises leaves the budget as it was."""
    meter = Meter(leases={"0": Lease(calls=1)})
    with pytest.raises(OSError), meter.reserve("0", Usage(calls=1)):
        raise OSError
    with meter.reserve("0", Usage(calls=1)) as bill:
        bill.final = Usage(calls=1)
    with pytest.raises(BudgetExhausted, match="the run may spend 1 calls; the next call could reach 2"):
        meter.reserve("0", Usage(calls=1)).__enter__()


def test_a_child_is_bounded_by_its_own_lease_and_by_all_above_it() -> None:
    """0.1 is out of budget; its child is too, its sibling 0.10 is not."""
    meter = Meter(spent={"0.1.2": Usage(tokens_in=1_234_000)}, leases={"0.1": Lease(tokens=1_234_567), "0": Lease()})
    estimate = Usage(calls=1, tokens_in=900)
    with pytest.raises(BudgetExhausted, match=r"node 0\.1 may spend 1,234,567 tokens; .* reach 1,234,900"):
        meter.reserve("0.1.7", estimate).__enter__()
    with meter.reserve("0.10", estimate), meter.reserve("0", estimate):
        pass


def test_where_money_is_bounded_an_unknown_price_is_refused() -> None:
    """A cap that could not be kept is never pretended: neither the call nor what was spent may be unpriced."""
    meter = Meter(leases={"0": Lease(usd=2.0)})
    with pytest.raises(BudgetExhausted, match="price is unknown: give it in SWARM_PRICES"):
        meter.reserve("0", Usage(calls=1, usd=None)).__enter__()
    with meter.reserve("0.1", Usage(calls=1, usd=0.1)) as bill:
        bill.final = Usage(calls=1, usd=None)
    with pytest.raises(BudgetExhausted, match="price is unknown"):
        meter.reserve("0", Usage(calls=1, usd=0.1)).__enter__()


def test_where_money_is_not_bounded_an_unknown_price_is_let_through() -> None:
    """Any OpenAI-compatible server works without a price table."""
    with Meter(leases={"0": Lease(calls=1)}).reserve("0", Usage(calls=1, usd=None)) as bill:
        bill.final = Usage(calls=1, usd=None)


def test_what_is_left_counts_what_is_under_way() -> None:
    """A split shares out what the parent has neither spent nor promised; never less than nothing."""
    node = Node(goal="g", lease=Lease(calls=10, tokens=100, usd=1.0))
    meter = Meter(spent={"0.1": Usage(calls=3, tokens_in=90, usd=0.25)})
    meter.open(node)
    with meter.reserve("0", Usage(calls=1, tokens_out=10, usd=0.25)):
        assert meter.left(node) == Lease(calls=6, tokens=0, usd=0.5)
    assert Meter(spent={"0": Usage(calls=99)}).left(node).calls == 0
    assert meter.left(Node(goal="g")) == Lease()


def test_a_run_has_no_more_nodes_than_it_may() -> None:
    """The root counts; a claim that does not fit takes nothing."""
    meter, node = Meter(), Node(goal="g", limits=Limits(nodes=4))
    with pytest.raises(BudgetExhausted, match="4 nodes and has 1"):
        meter.claim_nodes(node, 4)
    meter.claim_nodes(node, 3)
    with pytest.raises(BudgetExhausted):
        meter.claim_nodes(node, 1)


def test_money_is_the_same_in_whatever_order_it_was_spent() -> None:
    """The last digit of a sum of floats depends on its order; a replay spends in another one than its source."""
    spent = {f"0.{n}": Usage(calls=1, usd=usd) for n, usd in enumerate((0.1, 0.2, 0.3, 1e-7, 0.7))}
    one, other = Meter(spent=spent), Meter(spent=dict(reversed(spent.items())))
    assert one.used("0").usd == other.used("0").usd == 1.3000001
