"""The command line's frame: the application, what its commands share, and how a failure becomes one line."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from swarm.errors import SwarmError, UsageError, WorkspaceError
from swarm.private import create_private
from swarm.proxies import spare_this_machine
from swarm.terminal import check_folder, drop_streams, open_streams, said_of, say

if TYPE_CHECKING:
    from integrations.records import Records

T = TypeVar("T")

app = typer.Typer(
    name="swarm",
    help="Turn a goal into a tree of work, and do it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Most = 10**12
"""No budget is larger: the engine's records take neither infinity nor integers of more than 64 bits."""
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
RunName = Annotated[str, typer.Argument(help="The run, or the beginning of its name.", metavar="RUN")]


def with_records(ask: "Callable[[Records], Awaitable[T]]") -> "T":
    """Ask the records of the running stack; raises StackError if it is down."""
    from integrations.records import Records
    from swarm import stack
    from swarm.settings import load_settings

    async def asked() -> "T":
        settings = load_settings()
        async with await Records.open(stack.connection(settings)) as records:
            return await ask(records)

    return asyncio.run(asked())


def page(ui_url: str) -> str:
    """Return the address of a page of Prefect's as a person is to get it: one that logs the browser in."""
    from swarm import stack
    from swarm.settings import load_settings

    return stack.page_link(load_settings(), ui_url)


def main() -> None:
    """Run the command line; a person's mistake is one line and exit code 2, a failure one line and exit code 1."""
    open_streams()
    create_private()
    try:
        check_folder()
        spare_this_machine()
        # What a command asks for with `typer.Exit` comes back as a number, it is not raised.
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (UsageError, WorkspaceError) as error:
        say(f"swarm: {error}")
        sys.exit(2)
    except SwarmError as error:
        say(f"swarm: {error}")
        sys.exit(1)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        drop_streams()  # whoever read has had enough
        sys.exit(1)
    except OSError as error:
        drop_streams()
        say(f"swarm: {said_of(error)}")
        sys.exit(1)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        say(f"swarm: {error.format_message()}")  # click's own usage errors
        sys.exit(2)
