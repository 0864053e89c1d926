"""Runs `main.py` of the working directory as `__main__`; given to the sandboxed interpreter as text, stdlib only.

`python -I -S main.py` would do, but for what people expect: `exit()`, modules that lie beside the script, lines that
are out when the run is cut short, and a status of its own for an uncaught exception.
"""

import _thread
import os
import site
import sys

UNCAUGHT = 101
_THREAD_STACK = 1 << 20  # the default, 8 MB a thread, would eat the memory limit


def launch() -> None:
    """Run the script and end the process."""
    site.setquit()
    site.sethelper()
    _thread.stack_size(_THREAD_STACK)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    folder = os.getcwd()  # noqa: PTH109 - importing pathlib would cost each run milliseconds
    path = folder + "/main.py"
    sys.path.insert(0, folder)
    sys.argv[:] = [path]
    main = sys.modules["__main__"] = type(sys)("__main__")
    main.__dict__.update(__file__=path, __builtins__=sys.modules["builtins"])
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, main.__dict__)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - shown as the interpreter shows it, less our own frame
        trace = error.__traceback__
        sys.__excepthook__(type(error), error.with_traceback(trace.tb_next if trace else None), None)
        sys.exit(UNCAUGHT)


if __name__ == "__main__":
    launch()
