"""What the nodes of one run share in a process: settings, course, meter, workspace and a chat that is metered."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from swarm import kept, points, runs
from swarm.budgets import Meter
from swarm.carried import carried, is_carried
from swarm.errors import Diverged, UsageError
from swarm.holding import Hold
from swarm.ledger import totals
from swarm.llm.profile import Profile
from swarm.nodes import Node
from swarm.outages import patiently
from swarm.pools import close_pool, database_url, pool
from swarm.run.folders import check_folders, check_run_name
from swarm.run.outgoing import Seen
from swarm.runs import Course, Retry, is_within
from swarm.sandbox.warm import close_warm
from swarm.settings import Role, Settings, load_settings
from swarm.text.redaction import redact_logs
from swarm.usage import Usage
from swarm.workspace import Workspace, check_workspace
from tasks.asking import Asking

_OPEN: dict[str, "Run"] = {}
_ELSEWHERE = (
    "the settings this run was started with (model, keys, grants, --web) are not in {home}, the home of the worker that"
    " went on with it: the worker's own were used; give all workers of a database one SWARM_HOME"
)


@dataclass
class Progress:
    """How many nodes have reported, and the artifact that shows it."""

    ended: int = 0
    artifact: UUID | None = None
    shown: float = 0.0


@dataclass
class Run:
    """One run in one process. `attempt` counts the starts of its root, whose flow run is `flow_run`."""

    id: str
    settings: Settings
    course: Course
    meter: Meter
    workspace: Workspace
    chat: Asking
    words: str = ""
    """The goal and the context that its person has given."""
    warnings: tuple[str, ...] = ()
    """What its person should know of how it was worked on."""
    hold: Hold | None = None
    attempt: int = 1
    flow_run: str = ""
    ending: set[str] = field(default_factory=set)
    """Paths of nodes that were ended because a sibling was enough."""
    progress: Progress = field(default_factory=Progress)
    packages: set[str] = field(default_factory=set)
    """What a person has allowed to be installed, by name, in this process."""
    seen: Seen = field(default_factory=Seen)
    addresses: set[str] = field(default_factory=set)
    """What a person has allowed to be asked for on the web, in this process."""

    def spare(self, node: Node) -> None:
        """Note that a node will be ended because a sibling was enough."""
        self.ending.add(node.path)

    def is_spared(self, path: str) -> bool:
        """Whether a node, or one above it, was ended because a sibling was enough."""
        return any(is_within(path, at) for at in self.ending)

    async def profile(self, path: str, role: Role) -> Profile:
        """Return what the model of a node takes and gives, as it is known now; keep it as a fact of the node."""
        return await self.chat.profile(path, role)

    def retries_of(self, node: Node, made_of: str) -> tuple[Retry, ...]:
        """Return the retries of a node that is still made of the same."""
        return tuple(each for each in self.course.retries if (each.node, each.made_of) == (node.id, made_of))


async def open_run(node: Node) -> Run:
    """Return the run a node belongs to; its root opened it, or, elsewhere, whichever node came first."""
    if node.run not in _OPEN:
        _OPEN.setdefault(node.run, await _opened(node))
    return _OPEN[node.run]


async def take_run(node: Node, attempt: int, flow_run: str) -> Run:
    """Open a run for its root, and hold it until `close_run`.

    Raises RunHeld if another process does, UsageError for folders that the owner has not named.
    """
    points.record_in(load_settings().swarm_home / "runs" / check_run_name(node.run) / "points")
    hold = Hold(database_url(), node.run)
    await hold.take()
    try:
        await runs.enter(await patiently(pool), Course(run=node.run), node.goal, node.workspace)
        run = await _opened(node)
    except BaseException:
        await hold.release()
        raise
    run.hold, run.attempt, run.flow_run = hold, attempt, flow_run
    _OPEN[node.run] = run
    return run


async def close_run(run: str) -> None:
    """Forget a run that has ended in this process."""
    ended = _OPEN.pop(run, None)
    if ended is not None and ended.hold is not None:
        await ended.hold.release()
    if not _OPEN:
        close_warm()
        await close_pool()


async def reach_out(node: Node) -> Run:
    """Return the run for a step that touches the world; raises Diverged in a replay, where no step may."""
    run = await open_run(node)
    if run.course.is_strict:
        raise Diverged(f"node {node.path} does what is not on the tape; code or prompts have changed since")
    return run


async def _opened(node: Node) -> Run:
    """Open a run; raises UsageError for folders that the owner has not named."""
    redact_logs()
    database = await patiently(pool)
    started = await runs.start_of(database, check_run_name(node.run))
    await _check_folders(node, started)
    settings, course = carried(node.run), await runs.course_of(database, node.run)
    spent = await _spent(course)
    meter = Meter(spent=spent, nodes=1 + await kept.claimed_nodes(database, node.run))
    words = " ".join([started.goal or node.goal, *node.inputs])
    workspace = await _workspace(settings, course, node, words)
    warnings = (_ELSEWHERE.format(home=settings.swarm_home),) if started.named and not is_carried(node.run) else ()
    return Run(node.run, settings, course, meter, workspace, Asking(course, settings, meter), words, warnings)


async def _check_folders(node: Node, started: runs.Start) -> None:
    """Raise UsageError for a node that would use other folders, or do something else, than the owner has named."""
    settings = load_settings()
    if started.named is None:
        return
    if started.named and not node.parent and started.goal not in (None, node.goal):
        raise UsageError(f"run {node.run} was started with another goal; give a new one a run of its own")
    named = started.named or await runs.shared_paths(await patiently(pool), settings)
    check_folders(node, named, settings.swarm_home)


async def _spent(course: Course) -> dict[str, Usage]:
    """Return what was spent before, by path; in a replay all that its source spent on what is read from there."""
    own = await totals(await patiently(pool), course.run)
    if course.mode == "live" or course.source is None:
        return own
    theirs = await totals(await patiently(pool), course.source)
    read = {path: usage for path, usage in theirs.items() if course.may_be_taped(path)}
    return read | {path: read.get(path, Usage()) + usage for path, usage in own.items()}


async def _workspace(settings: Settings, course: Course, node: Node, words: str) -> Workspace:
    """Return the folder a run works in; a fork reads what it has not got itself from where its source worked."""
    homes = settings.swarm_home / "runs"
    folder = check_workspace(Path(node.workspace or homes / node.run / "workspace"))
    return Workspace(folder, homes / node.run, words, await _below(homes, course.source), settings.swarm_home)


async def _below(homes: Path, source: str | None) -> Workspace | None:
    """Return where a source has worked, and where its own source has."""
    if source is None:
        return None
    database = await patiently(pool)
    place = await runs.workspace_of(database, source)
    further = await _below(homes, (await runs.course_of(database, source)).source)
    return Workspace(Path(place or homes / source / "workspace"), homes / source, "", further)
