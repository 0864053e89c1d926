"""`python -m swarm.testing SCRIPT | --desk FOLDER [--port N]`: serve a script, or a desk, until interrupted."""

import argparse
import sys
import threading
from pathlib import Path

from swarm.errors import UsageError
from swarm.testing.desk import Desk
from swarm.testing.manners import Manners
from swarm.testing.server import ScriptedModel


def main() -> int:
    """Serve what the command line names; its base URL is the one line on standard output."""
    parser = argparse.ArgumentParser(prog="python -m swarm.testing", description="Serve a scripted model.")
    parser.add_argument("script", type=Path, nargs="?", help="a YAML or Python file of answers")
    parser.add_argument("--desk", type=Path, metavar="FOLDER", help="where requests wait for answers given by hand")
    parser.add_argument("--form", choices=("tools", "json_schema", "json_object", "text"), default="tools")
    parser.add_argument("--port", type=int, default=0, help="a free one when left out")
    arguments = parser.parse_args()
    if (arguments.script is None) == (arguments.desk is None):
        parser.error("name a script, or a folder with --desk")
    try:
        if arguments.desk is not None:
            # A large window, and a cache as the large providers have it.
            manners = Manners(form=arguments.form, cache=True, window=200_000, output=32_000)
            served = ScriptedModel(Desk(arguments.desk).open(), arguments.port, manners=manners)
        else:
            served = ScriptedModel(arguments.script, arguments.port)
        with served as model:
            sys.stdout.write(f"{model.base_url}\n")
            sys.stdout.flush()
            sys.stderr.write(f"export OPENAI_BASE_URL={model.base_url}; ends with Ctrl-C\n")
            threading.Event().wait()
    except KeyboardInterrupt:
        return 130
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"port {arguments.port} cannot be used: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
