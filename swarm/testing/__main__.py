"""`python -m swarm.testing SCRIPT [--port N]`: serve a script until interrupted."""

import argparse
import sys
import threading
from pathlib import Path

from swarm.errors import UsageError
from swarm.testing.server import ScriptedModel


def main() -> int:
    """Serve the script named on the command line; its base URL is the one line on standard output."""
    parser = argparse.ArgumentParser(prog="python -m swarm.testing", description="Serve a scripted model.")
    parser.add_argument("script", type=Path, help="a YAML or Python file of answers")
    parser.add_argument("--port", type=int, default=0, help="a free one when left out")
    arguments = parser.parse_args()
    try:
        with ScriptedModel(arguments.script, arguments.port) as model:
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
