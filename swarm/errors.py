"""Every error the swarm raises on purpose, as one tree.

SwarmError
├── UsageError            a person's mistake: one clear line, exit code 2
├── StackError            the local stack (Postgres, Prefect server, worker) is not in order
├── ModelError            the model endpoint
│   ├── ModelRefused      it said no: wrong key, unknown model, bad request; never retried
│   │   └── ContextExceeded  prompt and answer do not fit its window, which it may have named
│   ├── ModelUnavailable  it stayed down, slow or rate-limited through all retries
│   ├── InvalidOutput     it answered, but no rung of the output ladder yielded a valid answer
│   └── RepeatedFailure   three calls of a node in a row failed alike; a fourth would too
├── SourceError           retrieval
│   ├── SourceNotFound    there is nothing under that address
│   ├── SourceRefused     we do not fetch that: private address, outside the granted folders, too large
│   ├── SourceUnreadable  it is there, but is not what it claims: not a PDF, no text layer, unknown charset
│   └── SourceUnavailable the other side failed through all retries
├── SandboxUnavailable    this platform cannot isolate untrusted code; nothing was run
│   └── LayerUnavailable  it can, but mounts no copy-on-write layer over a workspace
├── WorkspaceError        a path outside the workspace, or one that cannot be written
├── BudgetExhausted       a hard cap was reached; nothing more was spent
├── FunctionError         the function library
│   ├── FunctionNotFound  no function has that name, or no such version
│   ├── FunctionRefused   it may not be called or saved: a grant, a quarantine, a limit, somebody else's record
│   ├── BadArguments      the arguments do not fit its schema
│   ├── FunctionFailed    it was called and did not return what it promises; says with what
│   ├── FunctionConflict  somebody else has saved a newer version in between
│   └── PackagesUnavailable its packages cannot be installed
├── RunHeld               another process has this run
└── Diverged              a replay asked for something that is not on the tape
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swarm.usage import Usage


class SwarmError(Exception):
    """The root of the tree; its message is one line for a person: what, which value, what to do."""


class UsageError(SwarmError):
    """A person's mistake; exit code 2."""


class StackError(SwarmError):
    """The local stack is not in order."""


class ModelError(SwarmError):
    """The model endpoint failed."""


class ModelRefused(ModelError):
    """The endpoint refused the request for good (401, 403, 404, 400)."""


class ModelUnavailable(ModelError):
    """The endpoint stayed unreachable, slow or rate-limited through all retries."""


class ContextExceeded(ModelRefused):
    """The prompt does not fit the model's window, which is `window` tokens where the endpoint said so."""

    def __init__(self, message: str, window: int | None = None) -> None:
        super().__init__(message)
        self.window = window


class InvalidOutput(ModelError):
    """No rung of the output ladder yielded a valid answer; `usage` is what an answer cost that said it."""

    usage: "Usage | None" = None


class RepeatedFailure(ModelError):
    """Calls in a row failed alike; the message says how."""


class SourceError(SwarmError):
    """A source could not be retrieved."""


class SourceNotFound(SourceError):
    """There is nothing under that address."""


class SourceRefused(SourceError):
    """The swarm does not fetch that, by policy or by size."""


class SourceUnreadable(SourceError):
    """The source is there but is not what it claims to be."""


class SourceUnavailable(SourceError):
    """The other side failed through all retries."""


class SandboxUnavailable(SwarmError):
    """This platform cannot isolate untrusted code; nothing was run."""


class LayerUnavailable(SandboxUnavailable):
    """No copy-on-write layer can be mounted over a workspace here; a private copy does instead."""


class WorkspaceError(SwarmError):
    """A path outside the workspace, or one that cannot be written."""


class BudgetExhausted(SwarmError):
    """A hard cap was reached before the call; nothing more was spent."""


class FunctionError(SwarmError):
    """Something about a function of the library."""


class FunctionNotFound(FunctionError):
    """No function has that name, or there is no such version of it."""


class FunctionRefused(FunctionError):
    """It may not be called or saved: a missing grant, a quarantine, a limit, or somebody else's record."""


class BadArguments(FunctionError):
    """The arguments do not fit the function's schema; it was not called."""


class FunctionFailed(FunctionError):
    """It was called and did not return what it promises."""


class FunctionConflict(FunctionError):
    """A newer version was saved in between; what was tested against the old one must be tested again."""


class PackagesUnavailable(FunctionError):
    """The packages a function needs cannot be installed."""


class RunHeld(SwarmError):
    """Another process works on this run, or is bringing it back."""


class Diverged(SwarmError):
    """A replay asked for something that is not on the tape: code or prompts have changed since."""
