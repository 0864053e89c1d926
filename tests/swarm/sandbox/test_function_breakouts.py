"""What hostile functions try in warm sandboxes, in each language; each attempt has a control run without a sandbox."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from pydantic import JsonValue

from swarm.errors import FunctionRefused
from swarm.sandbox.bubblewrap import Bubblewrap, binaries
from swarm.sandbox.calling import Answered, Called, call
from swarm.sandbox.cells import Backend, Room
from swarm.sandbox.host import Guest
from swarm.sandbox.landlock import Landlock, is_there
from swarm.sandbox.languages import language
from swarm.sandbox.limits import Limits
from swarm.sandbox.unconfined import Unconfined
from tests.swarm.sandbox.baits import laid_out, state
from tests.swarm.sandbox.function_breakouts import ALL

BACKENDS = [Bubblewrap(binary) for binary in binaries()[:1]] + [Landlock()] * is_there()


@pytest.fixture
def baits(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Things worth reaching."""
    with laid_out(tmp_path / "outside") as found:
        yield found


@pytest.fixture(params=BACKENDS, ids=lambda backend: str(backend.name))
def backend(request: pytest.FixtureRequest) -> Backend:
    """Each way to isolate, in turn."""
    chosen: Backend = request.param
    return chosen


@pytest_asyncio.fixture
async def guest(backend: Backend) -> AsyncIterator[Guest]:
    """One warm sandbox."""
    async with Guest(backend, Room(preload=("swarm.sandbox.inside.called",))) as found:
        yield found


async def refuse(name: str, _: Mapping[str, JsonValue]) -> JsonValue:
    """Answer nothing."""
    raise FunctionRefused(f"{name} is not granted")


async def tried(guest: Guest, code: str, name: str = "python", **arguments: JsonValue) -> Answered:
    """Call a function `f` once."""
    return await call(guest, Called(language(name), code, "f", arguments, limits=Limits(wall_seconds=10)), refuse)


PLAIN = {
    "python": "def f(x):\n    return {'twice': 2 * x}\n",
    "javascript": "const f = ({x}) => ({twice: 2 * x})\n",
    "bash": 'f() { x=${1//[^0-9]/}; echo "{\\"twice\\": $((2 * x))}"; }\n',
}


@pytest.mark.parametrize("name", PLAIN)
async def test_an_honest_function_works_where_the_others_are_kept_in(name: str, guest: Guest, backend: Backend) -> None:
    """In each language and twice in the same sandbox; else what follows would prove nothing."""
    if name == "bash" and backend.name == "landlock":
        pytest.skip("bash needs more than one process, which Landlock alone does not allow")
    for x in (4, 21):
        assert (await tried(guest, PLAIN[name], name, x=x)).value == {"twice": 2 * x}


@pytest.mark.parametrize(("name", "what"), ALL)
async def test_a_function_cannot(name: str, what: str, baits: dict[str, str], backend: Backend) -> None:
    """It cannot do what the attempt says, and nothing outside has changed."""
    if name == "javascript" and not shutil.which("node", path="/usr/bin:/bin:/usr/local/bin"):
        pytest.skip("there is no Node here")
    if name == "bash" and backend.name == "landlock":
        pytest.skip("bash needs more than one process, which Landlock alone does not allow")
    async with Guest(backend, Room(preload=("swarm.sandbox.inside.called",))) as guest:
        answered = await tried(guest, ALL[name, what].code, name, baits=dict(baits))
    assert "ESCAPED" not in str(answered.value), answered
    assert "ESCAPED" not in answered.stdout + answered.stderr
    assert answered.kind in ("ok", "exception"), answered
    assert psutil.Process(int(baits["victim"])).status() != psutil.STATUS_ZOMBIE
    assert state(baits) == (["canary", "socket", "spare"], "untouched")


@pytest.mark.parametrize(("name", "what"), [key for key, attempt in ALL.items() if attempt.outside == "always"])
async def test_outside_the_sandbox_a_function_can(name: str, what: str, baits: dict[str, str]) -> None:
    """The same function gets through where nothing confines it, so the attempt bites."""
    if name == "javascript" and not shutil.which("node", path="/usr/bin:/bin:/usr/local/bin"):
        pytest.skip("there is no Node here")
    async with Guest(Unconfined(), Room(preload=("swarm.sandbox.inside.called",))) as guest:
        answered = await tried(guest, ALL[name, what].code, name, baits=dict(baits))
    assert "ESCAPED" in str(answered.value), answered


LEAVES = {
    "a file": ("open('/tmp/left', 'w').write('x')", "import os\nreturn os.path.exists('/tmp/left')"),
    "a file in its folder": ("open('left', 'w').write('x')", "import os\nreturn os.listdir('.') != []"),
    "a module": ("import sys\nsys.modules['json'].left = 1", "import json\nreturn hasattr(json, 'left')"),
    "a variable": ("import os\nos.environ['LEFT'] = 'x'", "import os\nreturn 'LEFT' in os.environ"),
    "a thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
        "import threading\nreturn threading.active_count() > 1",
    ),
    "shared memory": (
        "import os\nif os.access('/dev/shm', os.W_OK): open('/dev/shm/left', 'w').write('x')",
        "import os\nreturn os.path.exists('/dev/shm/left')",
    ),
    "a working directory": ("import os\nos.mkdir('d'); os.chdir('d')", "import os\nreturn os.getcwd().endswith('/d')"),
    "a deep tree": (
        "import os\nfor _ in range(1500):\n    os.mkdir('d'); os.chdir('d')",
        "import os\nreturn os.path.exists('d')",
    ),
    "a folder without rights": (
        "import os\nos.mkdir('d'); os.mkdir('d/e')\nos.chmod('d', 0)",
        "import os\nreturn os.path.exists('d')",
    ),
}


@pytest.mark.parametrize("what", LEAVES)
async def test_a_call_leaves_nothing_for_the_next(what: str, guest: Guest) -> None:
    """What one call has left behind, the next one in the same sandbox does not find."""
    leave, look = (f"def f():\n    {body.replace(chr(10), chr(10) + '    ')}\n" for body in LEAVES[what])
    first = await tried(guest, leave)
    assert first.kind in ("ok", "exception"), first
    if not guest.is_fit:
        return  # it could not be cleaned, and is never used again
    second = await tried(guest, look)
    assert (second.ok, second.value) == (True, False), second


async def test_a_process_left_behind_is_gone_with_the_call(guest: Guest, backend: Backend) -> None:
    """A daemon that has left its session does not see the next call."""
    if backend.name == "landlock":
        pytest.skip("there are no second processes there")
    code = """
import os, time
def f():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(16):
                try: os.close(number)
                except OSError: pass
            time.sleep(60)
        os._exit(0)
    return 1
"""
    assert (await tried(guest, code)).value == 1
    look = "import os\ndef f():\n    return sorted(name for name in os.listdir('/proc') if name.isdigit())[:-1]\n"
    assert (await tried(guest, look)).value == ["1"]


FORGED = {
    "a wrong number of bytes": "import os\ndef f():\n    os.write(3, b'xx' * 100 + b'\\n')\n    return 1\n",
    "no JSON": "import os\ndef f():\n    os.write(3, b'{\"result\": NaN}\\n')\n    return 1\n",
    "an endless line": "import os\ndef f():\n    while True: os.write(3, b'x' * 65536)\n",
    "deep nesting": "def f():\n    v = []\n    for _ in range(900): v = [v]\n    return v\n",
    "half a surrogate": "def f():\n    return '\\ud800'\n",
    "a huge number": "def f():\n    import sys\n    sys.set_int_max_str_digits(0)\n    return 10 ** 5000\n",
    "infinity": "import os\ndef f():\n    os.write(3, b'{\"result\": 1e999}\\n')\n",
    "a NUL": "def f():\n    return 'a\\0b'\n",
    "a huge result": "def f():\n    return 'x' * 10_000_000\n",
    "an early end": "import os\ndef f():\n    os._exit(0)\n",
    "a status": "import sys\ndef f():\n    sys.exit(0)\n",
    "a closed channel": "import os\ndef f():\n    os.close(3)\n    return 1\n",
    "a list": "import os\ndef f():\n    os.write(3, b'[1]\\n')\n    return 1\n",
}


@pytest.mark.parametrize("what", FORGED)
async def test_what_is_no_sound_result_is_an_error(what: str, guest: Guest) -> None:
    """Whatever the code writes where its result belongs, the host reads it as from an enemy."""
    answered = await tried(guest, FORGED[what])
    assert not answered.ok, answered
    assert answered.value is None


async def test_code_cannot_say_how_it_ended(guest: Guest) -> None:
    """A result that was written before the process is killed does not make the call a success."""
    code = "import os\ndef f():\n    os.write(3, b'{\"result\": 1}\\n')\n    os.kill(os.getpid(), 11)\n"
    answered = await tried(guest, code)
    assert (answered.ok, answered.kind) == (False, "crash")
    slow = "import os, time\ndef f():\n    os.write(3, b'{\"result\": 1}\\n')\n    time.sleep(60)\n"
    limits = Limits(wall_seconds=1)
    answered = await call(guest, Called(language("python"), slow, "f", {}, limits=limits), refuse)
    assert (answered.ok, answered.kind) == (False, "timeout")


async def test_questions_are_counted_and_checked(guest: Guest) -> None:
    """A flood of questions ends at the limit, and what is no question is answered with an error."""
    code = """
from swarm import api
def f():
    said = []
    for at in range(150):
        try: api.retrieve('x')
        except api.ApiError as error: said.append(str(error))
    return [len(said), said[0], said[-1]]
"""
    answered = await tried(guest, code)
    assert answered.value == [150, "retrieve is not granted", "a function may ask the swarm 100 times a call"]
    odd = "from swarm import api\ndef f():\n    return api.ask(5, {})\n"
    assert "ask with a name" in (await tried(guest, odd)).message


@pytest.mark.skipif(
    os.geteuid() != 0 or not binaries(), reason="this is an ordinary user already, or has no bubblewrap"
)
def test_all_of_this_holds_for_an_ordinary_user() -> None:
    """The attempts of this file and of programs, made by a host that is not root: all are made, none gets out."""
    files = [
        str(Path(__file__).with_name(name)) for name in ("test_function_breakouts.py", "test_sandbox_breakouts.py")
    ]
    with tempfile.TemporaryDirectory(prefix="sw") as folder:  # the path of a socket may not be long
        become = [
            "--unshare-user",
            "--uid",
            "1000",
            "--gid",
            "1000",
            "--dev-bind",
            "/",
            "/",
            "--setenv",
            "HOME",
            folder,
        ]
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={folder}/t", *files]
        done = subprocess.run([binaries()[-1], *become, *tests], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]
