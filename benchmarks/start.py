"""Measure how long a person waits: `swarm --help`, a cold and a warm `swarm run` to the first model call.

Each run is the real command against a scripted model on loopback, which notes when it is asked first; `python -c pass`
is the floor in the same run. Cold is from a stopped stack that has been up before, first is from an empty home.

    python -m benchmarks.start [--rounds 5]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.trees import PROFILES
from swarm.testing import ScriptedModel

_FINISH = {"situation": "", "missing": "", "action": {"kind": "finish", "answer": "ok", "evidence": []}}
_SCRIPT = {
    "default": {
        "decide": [_FINISH],
        "review": [{"criteria": [{"id": "goal", "text": "", "result": "pass", "gap": ""}]}],
    }
}
_SWARM = str(Path(sys.executable).with_name("swarm"))


def main() -> None:
    """Measure and print medians in seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    floor = statistics.median(_seconds([sys.executable, "-c", "pass"]) for _ in range(rounds))
    shown = statistics.median(_seconds([_SWARM, "--help"]) for _ in range(rounds))
    print(f"python -c pass                        {floor:6.2f} s")
    print(f"swarm --help                          {shown:6.2f} s")
    with tempfile.TemporaryDirectory(prefix="sw-") as home:
        os.environ.update(SWARM_HOME=f"{home}/home", SWARM_MODEL="instant", SWARM_PROFILES=PROFILES)
        try:
            print(f"swarm run, empty home, to first call  {_to_first_call(home):6.2f} s")
            warm = statistics.median(_to_first_call(home) for _ in range(rounds))
            print(f"swarm run, warm, to first call        {warm:6.2f} s")
            _seconds([_SWARM, "down"])
            print(f"swarm run, cold, to first call        {_to_first_call(home):6.2f} s")
        finally:
            _seconds([_SWARM, "down"])
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _to_first_call(folder: str) -> float:
    with ScriptedModel(_SCRIPT) as model:
        os.environ["OPENAI_BASE_URL"] = model.base_url
        started = time.time()
        _seconds([_SWARM, "run", "Say ok", "--workspace", folder])
        return model.requests[0].time - started


if __name__ == "__main__":
    main()
