"""The drivers with real processes: what the client says, what it prints, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from harness.errors import DriverError, UsageError
from harness.model.call import Outcome
from harness.run.drivers.command import Command
from harness.run.drivers.driver import Driver, Given
from harness.run.drivers.http import Http
from harness.run.drivers.process import OUTPUT_BYTES
from harness.run.drivers.python import Python
from harness.run.drivers.session import Session
from tests.e2e.processes import gone, pid_in

GIVEN = Given(
    base_url="http://127.0.0.1:9",
    credentials={"api_key": "sk_test_1"},
    env={"SHOP_BASE_URL": "http://127.0.0.1:9", "SHOP_API_KEY": "sk_test_1"},
    timeout_s=2.5,
)


def calling(driver: Driver, *names: str) -> list[Outcome]:
    """Start, make these calls one after another, stop."""

    async def going() -> list[Outcome]:
        try:
            await driver.start(GIVEN)
            return [await driver.call(name) for name in names]
        finally:
            await driver.stop()

    return asyncio.run(asyncio.wait_for(going(), 20))


def cutting(driver: Driver, *, after_s: float = 0.3) -> Outcome:
    """Start, make a call that does not end, cut it."""

    async def going() -> Outcome:
        try:
            await driver.start(GIVEN)
            asked = asyncio.ensure_future(driver.call("hang"))
            await asyncio.sleep(after_s)
            await driver.cut()
            return await asyncio.wait_for(asked, 5)
        finally:
            await driver.stop()

    return asyncio.run(asyncio.wait_for(going(), 20))


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Writes a module `shop` into the current directory."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        (tmp_path / "shop.py").write_text(text)
        return "shop"

    return write


class TestPython:
    def test_a_function_gets_what_its_signature_asks_for(self, client: Callable[[str], str]) -> None:
        client(
            "def some(base_url, timeout=1): return [base_url, timeout]\n"
            "def everything(**all): return sorted(all)\n"
            "def nothing(): return None\n"
            "def who(call, name, credentials, env, /): return [call, name, credentials['api_key'], len(env)]\n"
        )
        assert calling(Python("shop:some"), "read")[0].value == ["http://127.0.0.1:9", 2.5]
        assert calling(Python("shop:everything"), "read")[0].value == [
            *("base_url", "call", "credentials", "env", "name", "number", "timeout")
        ]
        assert calling(Python("shop:nothing"), "read")[0].ok
        assert calling(Python("shop:who"), "read")[0].value == ["read", "read", "sk_test_1", 2]

    def test_modules_are_compiled_once_where_python_is_told_to_write_no_bytecode(
        self, client: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        client(
            "import os, other\ndef cached(): return other.__cached__\ndef told(): return dict(os.environ)\n"
        )
        (tmp_path / "other.py").write_text("")
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        cached = str(calling(Python("shop:cached"), "read")[0].value)
        assert Path(cached).exists()
        assert not Path(cached).is_relative_to(tmp_path)
        told = calling(Python("shop:told"), "read")[0].value
        assert isinstance(told, dict)
        assert told["PYTHONDONTWRITEBYTECODE"] == "1"

    def test_its_state_lives_between_calls(self, client: Callable[[str], str]) -> None:
        client("seen = []\ndef read(call):\n    seen.append(call)\n    return len(seen)\n")
        assert [outcome.value for outcome in calling(Python("shop:read"), "a", "b", "c")] == [1, 2, 3]

    def test_an_async_function_keeps_its_loop(self, client: Callable[[str], str]) -> None:
        client(
            "import asyncio\nloops = set()\n"
            "async def read():\n"
            "    await asyncio.sleep(0)\n    loops.add(asyncio.get_running_loop())\n    return len(loops)\n"
        )
        assert [outcome.value for outcome in calling(Python("shop:read"), "a", "b")] == [1, 1]

    def test_an_exception_is_a_failure_with_its_type(self, client: Callable[[str], str]) -> None:
        client("def read(): raise ValueError('no customer')\n")
        outcome = calling(Python("shop:read"), "read")[0]
        assert (outcome.ok, outcome.error, outcome.ending) == (False, "ValueError: no customer", "ended")
        assert "Traceback" in outcome.stderr

    def test_leaving_by_exit_is_a_failure_too(self, client: Callable[[str], str]) -> None:
        client("import sys\ndef read(): sys.exit(3)\n")
        first, second = calling(Python("shop:read"), "a", "b")
        assert first.error == second.error == "SystemExit: 3"

    def test_it_may_say_itself_that_it_failed(self, client: Callable[[str], str]) -> None:
        client("def read(): return {'ok': False, 'error': 'declined'}\n")
        outcome = calling(Python("shop:read"), "read")[0]
        assert (outcome.ok, outcome.error) == (False, "declined")

    def test_what_it_prints_is_evidence_of_that_call(self, client: Callable[[str], str]) -> None:
        client(
            "import sys, os\n"
            "def read(call):\n"
            "    print('{\"raised\": 1}', call)\n    print('warned', call, file=sys.stderr)\n"
            "    os.write(1, b'raw \\xff\\n')\n"
        )
        first, second = calling(Python("shop:read"), "a", "b")
        assert first.ok
        assert sorted(first.stdout.splitlines()) == ["raw \ufffd", '{"raised": 1} a']
        assert second.stderr == "warned b\n"

    def test_what_json_cannot_carry_is_still_a_success(self, client: Callable[[str], str]) -> None:
        client("def read(): return {1, 2}\n")
        assert calling(Python("shop:read"), "read")[0].value == "<set>"

    def test_its_times_are_those_of_the_function_alone(self, client: Callable[[str], str]) -> None:
        client("import time\ntime.sleep(0.5)\ndef read(): time.sleep(0.1)\n")
        outcome = calling(Python("shop:read"), "read")[0]
        assert 0.1 <= outcome.ended_s - outcome.began_s < 0.4

    @pytest.mark.parametrize(
        ("target", "reason"),
        [
            ("shops:read", "shops:read: no module 'shops' in .*; did you mean 'shop'"),
            ("shop:reed", "module 'shop' has no 'reed'; did you mean 'read'"),
            ("shop:Client.red", "Client has no 'red'; did you mean 'read'"),
            ("shop:number", "'number' is not a function, but of type int"),
            ("shop:strange", "asks for 'colour'; it may ask for base_url"),
            ("broken:read", "ZeroDivisionError"),
        ],
    )
    def test_what_cannot_be_started_is_said_at_once(
        self, client: Callable[[str], str], tmp_path: Path, target: str, reason: str
    ) -> None:
        client("number = 1\ndef read(): pass\ndef strange(colour): pass\nclass Client:\n    read = read\n")
        (tmp_path / "broken.py").write_text("1 / 0\n")
        with pytest.raises(DriverError, match=reason) as caught:
            calling(Python(target), "read")
        assert ("Traceback" in str(caught.value)) == (target == "broken:read")

    def test_a_module_that_fails_is_shown_from_its_own_lines_on(
        self, client: Callable[[str], str], tmp_path: Path
    ) -> None:
        client("import broken\n")
        (tmp_path / "broken.py").write_text("import not_installed_anywhere\n")
        with pytest.raises(DriverError) as caught:
            calling(Python("shop:read"), "read")
        files = [line.strip() for line in str(caught.value).splitlines() if line.startswith("  File")]
        assert files == [
            f'File "{tmp_path}/shop.py", line 1, in <module>',
            f'File "{tmp_path}/broken.py", line 1, in <module>',
        ]
        assert "no module 'broken'" not in str(caught.value)

    def test_a_worker_that_dies_is_reported(self, client: Callable[[str], str]) -> None:
        client("import os\ndef read():\n    print('last words', flush=True)\n    os._exit(7)\n")
        outcome = calling(Python("shop:read"), "read")[0]
        assert (outcome.ok, outcome.ending, outcome.stdout) == (False, "died", "last words\n")
        assert "status 7" in str(outcome.error)

    def test_a_hanging_function_is_cut_with_its_children(
        self, client: Callable[[str], str], tmp_path: Path
    ) -> None:
        client(
            "import subprocess, time, pathlib\n"
            "def read():\n"
            "    child = subprocess.Popen(['sleep', '600'])\n"
            "    pathlib.Path('pid').write_text(str(child.pid))\n"
            "    print('so far', flush=True)\n    time.sleep(600)\n"
        )
        outcome = cutting(Python("shop:read"), after_s=0.8)
        assert (outcome.ok, outcome.ending, outcome.stdout) == (False, "cut", "so far\n")
        assert gone(pid_in(tmp_path / "pid"))

    def test_a_function_that_ignores_signals_is_ended_all_the_same(
        self, client: Callable[[str], str], tmp_path: Path
    ) -> None:
        client(
            "import os, pathlib, signal, time\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "pathlib.Path('pid').write_text(str(os.getpid()))\n"
            "def read(): time.sleep(600)\n"
        )
        assert cutting(Python("shop:read")).ending == "cut"
        assert gone(pid_in(tmp_path / "pid"))

    def test_modules_named_like_ours_are_the_clients(
        self, client: Callable[[str], str], tmp_path: Path
    ) -> None:
        client("import session, command\ndef read(): return [session.mine, command.mine]\n")
        for name in ("session", "command"):
            (tmp_path / f"{name}.py").write_text("mine = True\n")
        assert calling(Python("shop:read"), "read")[0].value == [True, True]


class TestCommand:
    def test_its_exit_status_decides(self) -> None:
        assert calling(Command("true"), "read")[0].ok
        outcome = calling(Command("echo it broke >&2; exit 3"), "read")[0]
        assert (outcome.ok, outcome.error, outcome.ending) == (False, "exit status 3: it broke", "ended")

    def test_its_last_line_decides_over_the_exit_status(self) -> None:
        said = """echo talk; echo '{"ok": false, "error_type": "Timeout", "error": "5 s", "value": [1]}'; exit 0"""
        outcome = calling(Command(said), "read")[0]
        assert (outcome.ok, outcome.error, outcome.value) == (False, "Timeout: 5 s", [1])
        assert calling(Command("""echo '{"ok": true}'; exit 1"""), "read")[0].ok

    @pytest.mark.parametrize("line", ['{"ok": "yes"}', "[1", "{}", "17", "null", '{"ok": true} and more'])
    def test_a_last_line_that_is_no_such_object_does_not_decide(self, line: str) -> None:
        assert calling(Command(f"echo '{line}'"), "read")[0].ok
        assert not calling(Command(f"echo '{line}'; exit 1"), "read")[0].ok

    def test_it_runs_in_a_shell_with_the_environment_of_its_lane(self) -> None:
        outcome = calling(Command("A=b sh -c 'echo \"$A $SHOP_API_KEY $HARNESS_CALL\"' | cat"), "read")[0]
        assert outcome.stdout == "b sk_test_1 read\n"

    def test_no_proxy_stands_between(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_PROXY", "internal.example")
        outcome = calling(Command('echo "$NO_PROXY"'), "read")[0]
        assert outcome.stdout == "internal.example,127.0.0.1,localhost\n"

    @pytest.mark.parametrize("text", ["no-such-program-here --x", "./not-there.sh"])
    def test_what_is_not_there_died(self, text: str) -> None:
        outcome = calling(Command(text), "read")[0]
        assert outcome.ending == "died"
        assert "could not be started" in str(outcome.error)
        assert "not found" in str(outcome.error)

    def test_a_program_that_is_misspelt_is_answered_with_the_nearest(self) -> None:
        for driver in (Command("pythn3 get.py"), Session("pythn3 get.py")):
            error = str(calling(driver, "read")[0].error)
            assert error.endswith("pythn3: not found; did you mean 'python3'?")

    def test_what_kills_itself_died(self) -> None:
        outcome = calling(Command("kill -SEGV $$"), "read")[0]
        assert (outcome.ending, outcome.error) == ("died", "ended by SIGSEGV")

    def test_a_flood_is_kept_within_bounds_and_its_end_is_still_read(self) -> None:
        flood = (
            f'{sys.executable} -c "print(\'x\' * 5_000_000)"; echo; echo \'{{"ok": false, "error": "full"}}\''
        )
        outcome = calling(Command(flood), "read")[0]
        assert outcome.error == "full"
        assert len(outcome.stdout) < OUTPUT_BYTES + 100
        assert "bytes left out" in outcome.stdout

    def test_binary_nonsense_is_no_trouble(self) -> None:
        outcome = calling(Command("head -c 100000 /dev/urandom; head -c 1000 /dev/urandom >&2"), "read")[0]
        assert outcome.ok

    def test_a_grandchild_left_behind_is_gone_when_the_call_ends(self, tmp_path: Path) -> None:
        file = tmp_path / "pid"
        began = time.monotonic()
        outcome = calling(Command(f"sleep 600 & echo $! > {file}; echo done"), "read")[0]
        assert outcome.ok
        assert outcome.stdout == "done\n"
        assert time.monotonic() - began < 3
        assert gone(pid_in(file))

    @pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="strays are found by /proc")
    def test_a_daemon_that_left_the_session_is_gone_when_the_call_ends(self, tmp_path: Path) -> None:
        file = tmp_path / "pid"
        daemon = f"setsid sh -c 'echo $$ > {file}; exec sleep 600' > /dev/null 2>&1 &"
        outcome = calling(Command(f"{daemon} until [ -s {file} ]; do sleep 0.01; done"), "read")[0]
        assert outcome.ok
        assert gone(pid_in(file))

    def test_a_hanging_command_is_cut_with_its_children(self, tmp_path: Path) -> None:
        file = tmp_path / "pid"
        outcome = cutting(Command(f"echo so far; sh -c 'sleep 600 & echo $! > {file}; wait'"))
        assert (outcome.ok, outcome.ending, outcome.stdout) == (False, "cut", "so far\n")
        assert gone(pid_in(file))

    def test_a_call_that_is_cancelled_leaves_nothing(self, tmp_path: Path) -> None:
        file = tmp_path / "pid"

        async def going() -> None:
            driver = Command(f"sleep 600 & echo $! > {file}; wait")
            await driver.start(GIVEN)
            asked = asyncio.ensure_future(driver.call("read"))
            await asyncio.to_thread(pid_in, file)
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked

        asyncio.run(asyncio.wait_for(going(), 20))
        assert gone(pid_in(file))


SPEAKER = """
import json, sys, time
count = 0
for line in sys.stdin:
    asked = json.loads(line)
    count += 1
    name = asked["call"]
    print("heard", name)
    if name == "fail":
        answer = {"id": asked["id"], "ok": False, "error": "declined"}
    elif name == "die":
        print("bye", file=sys.stderr, flush=True)
        sys.exit(4)
    elif name == "hang":
        time.sleep(600)
    elif name == "garbage":
        answer = {"id": asked["id"], "ok": "perhaps"}
    elif name == "stranger":
        print(json.dumps({"id": 999, "ok": True}))
        answer = {"id": str(asked["id"]), "ok": True}
    else:
        answer = {"id": asked["id"], "ok": True, "value": count}
    print(json.dumps(answer), flush=True)
"""


class TestSession:
    @pytest.fixture
    def speaker(self, tmp_path: Path) -> str:
        (tmp_path / "speaker.py").write_text(SPEAKER)
        return f"{sys.executable} {tmp_path / 'speaker.py'}"

    def test_it_speaks_json_lines_and_keeps_its_state(self, speaker: str) -> None:
        first, second, third = calling(Session(speaker), "read", "fail", "read")
        assert (first.ok, first.value) == (True, 1)
        assert (second.ok, second.error) == (False, "declined")
        assert third.value == 3

    def test_other_lines_are_evidence(self, speaker: str) -> None:
        outcome = calling(Session(speaker), "stranger")[0]
        assert outcome.ok
        assert outcome.stdout == 'heard stranger\n{"id": 999, "ok": true}\n'

    def test_an_answer_without_ok_is_garbage(self, speaker: str) -> None:
        garbage, after = calling(Session(speaker), "garbage", "read")
        assert (garbage.ok, garbage.ending) == (False, "garbage")
        assert after.ok

    def test_its_death_is_reported_for_this_call_and_the_next(self, speaker: str) -> None:
        died, after = calling(Session(speaker), "die", "read")
        assert (died.ok, died.ending, died.stderr) == (False, "died", "bye\n")
        assert (after.ok, after.ending) == (False, "died")

    def test_a_hanging_one_is_cut(self, speaker: str) -> None:
        assert cutting(Session(speaker)).ending == "cut"

    def test_several_calls_may_be_going_on_and_end_in_any_order(self, tmp_path: Path) -> None:
        (tmp_path / "backwards.py").write_text(
            "import json, sys\n"
            "asked = [json.loads(sys.stdin.readline()) for _ in range(3)]\n"
            "for one in reversed(asked):\n"
            "    print(json.dumps({'id': one['id'], 'ok': True, 'value': one['call']}), flush=True)\n"
            "sys.stdin.read()\n"
        )
        driver = Session(f"{sys.executable} {tmp_path / 'backwards.py'}")

        async def going() -> list[Outcome]:
            try:
                await driver.start(GIVEN)
                return await asyncio.gather(*(driver.call(name) for name in "abc"))
            finally:
                await driver.stop()

        outcomes = asyncio.run(asyncio.wait_for(going(), 20))
        assert [outcome.value for outcome in outcomes] == ["a", "b", "c"]

    def test_one_that_is_not_there_died(self) -> None:
        outcome = calling(Session("no-such-program-here"), "read")[0]
        assert outcome.ending == "died"
        assert "not found" in str(outcome.error)

    @pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
    def test_node_speaks_it_too(self, tmp_path: Path) -> None:
        (tmp_path / "worker.mjs").write_text(
            "import { createInterface } from 'node:readline';\n"
            "let count = 0;\n"
            "for await (const line of createInterface({ input: process.stdin })) {\n"
            "  const { id, call } = JSON.parse(line);\n"
            "  console.log('noise');\n"
            "  console.log(JSON.stringify({ id, ok: true, value: [call, ++count, process.env.SHOP_BASE_URL] }));\n"
            "}\n"
        )
        first, second = calling(Session(f"node {tmp_path / 'worker.mjs'}"), "read", "create")
        assert first.value == ["read", 1, "http://127.0.0.1:9"]
        assert second.value == ["create", 2, "http://127.0.0.1:9"]
        assert second.stdout == "noise\n"


class Shop(BaseHTTPRequestHandler):
    """A running service: its path says how it answers."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/hang":
            time.sleep(1.0)
        answers = {
            "/echo": (200, b'{"ok": true, "value": ' + body + b"}"),
            "/plain": (204, b""),
            "/sorry": (200, b'{"ok": false, "error": "declined"}'),
            "/broken": (500, b"<h1>oops</h1>"),
            "/hang": (200, b""),
        }
        status, content = answers[self.path]
        if self.path == "/plain":
            self.send_response(status)
            self.end_headers()
            return
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class TestHttp:
    @pytest.fixture
    def shop(self) -> Iterator[str]:
        server = HTTPServer(("127.0.0.1", 0), Shop)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()

    def test_the_service_is_told_where_to_go(self, shop: str) -> None:
        outcome = calling(Http(f"POST {shop}/echo"), "read")[0]
        assert outcome.ok
        assert outcome.value == {
            "call": "read",
            "base_url": GIVEN.base_url,
            "credentials": GIVEN.credentials,
            "env": GIVEN.env,
            "timeout_s": 2.5,
        }

    def test_its_status_or_its_own_word_decides(self, shop: str) -> None:
        assert calling(Http(f"{shop}/plain"), "read")[0].ok
        assert calling(Http(f"{shop}/sorry"), "read")[0].error == "declined"
        broken = calling(Http(f"{shop}/broken"), "read")[0]
        assert (broken.ok, broken.error) == (False, "the service answered 500: <h1>oops</h1>")

    def test_a_slow_one_is_cut(self, shop: str) -> None:
        assert cutting(Http(f"{shop}/hang"), after_s=0.2).ending == "cut"

    def test_one_that_does_not_run_died(self) -> None:
        outcome = calling(Http("http://127.0.0.1:9/checkout"), "read")[0]
        assert outcome.ending == "died"
        assert "could not be reached" in str(outcome.error)

    def test_what_is_no_url_is_said_at_once(self) -> None:
        with pytest.raises(UsageError, match="as http:POST"):
            Http("FETCH nowhere")


def test_every_driver_may_be_stopped_twice_and_before_it_was_started() -> None:
    async def going(make: Callable[[], Driver]) -> None:
        await make().stop()
        driver = make()
        await driver.start(GIVEN)
        await driver.stop()
        await driver.stop()

    makers: list[Callable[[], Driver]] = [
        lambda: Command("true"),
        lambda: Session("cat"),
        lambda: Http("http://127.0.0.1:9/"),
        lambda: Python("os.path:exists"),
    ]
    for make in makers:
        with suppress(DriverError):
            asyncio.run(asyncio.wait_for(going(make), 20))
