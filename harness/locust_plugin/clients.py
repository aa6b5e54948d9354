"""The client under test, as one process of the generator has it: a function called right here, or processes that are
spoken with, each making one call at a time at a door of its own."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec
from gevent import GreenletExit
from gevent.fileobject import FileObjectPosix

from harness.errors import DriverError, UsageError
from harness.run.callspec import CallSpec
from harness.run.drivers import worker
from harness.run.drivers.command import not_started
from harness.run.drivers.python import worker_command
from harness.run.drivers.said import Said, decoded, last_error, last_line, said
from harness.run.drivers.strays import MARK, end_strays

PER_CALL = ("call", "name", "number")
"""What a function may ask for that differs from call to call."""


class Given(msgspec.Struct, frozen=True):
    """What a client is told: as `harness verify` tells it, with a base URL of its own where `door` is not 0.
    `process`: its number in this process of the generator; 0 is the generator itself."""

    base_url: str
    credentials: dict[str, str]
    env: dict[str, str]
    timeout_s: float
    mark: str
    log: Path
    door: int = 0
    process: int = 0


class Act(Protocol):
    """Something that can be called."""

    def __call__(self, number: int, name: str) -> Said:
        """Make the call of that name, with that number. Whatever the client does is told; only GreenletExit comes
        through."""
        ...

    def close(self) -> None:
        """Leave nothing running."""
        ...


def function_of(spec: CallSpec) -> Callable[..., Any]:
    """The function that a call names. DriverError where there is none."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return worker.find(spec.target)
    except worker.Refused as refused:
        raise DriverError(f"{spec.target}: {refused}") from None
    except DriverError:
        raise
    except BaseException as error:
        raise DriverError(f"{spec.target}: {worker.describe(error)}") from error


def runs_here(spec: CallSpec) -> bool:
    """Can it be called in this process? What is a coroutine function needs a loop, in a process of its own."""
    return spec.driver == "python" and not inspect.iscoroutinefunction(function_of(spec))


class Function:
    """A Python function, called in the greenlet that asks. All calls of a process share the client that it keeps."""

    def __init__(self, spec: CallSpec, given: Given) -> None:
        self._function = function_of(spec)
        self._told: dict[str, Any] = {
            "base_url": given.base_url,
            "credentials": given.credentials,
            "timeout": given.timeout_s,
            "env": given.env,
        }
        own = {"call": spec.name, "name": spec.name, "number": 0}
        try:
            self._positional, self._named = worker.fitted(self._function, {**self._told, **own})
        except worker.Refused as refused:
            raise DriverError(f"{spec.target}: {refused}") from None
        self._counts = "number" in self._named

    def __call__(self, number: int, name: str) -> Said:
        # hot: everything but the client's own time is ours.
        try:
            if self._counts:
                value = self._function(*self._positional, **{**self._named, "number": number})
            else:
                value = self._function(*self._positional, **self._named)
        except GreenletExit:
            raise
        except BaseException as error:  # SystemExit and a timeout of gevent's are ways to fail, too
            return Said(False, worker.describe(error)[:300])
        if type(value) is dict:
            return said(value) or _OK
        return _OK

    def close(self) -> None:
        pass


_OK = Said(True)


class Conversation:
    """A process that is asked for one call at a time: a session, or our worker around an async function. One that has
    ended is started again for the next call."""

    def __init__(self, spec: CallSpec, given: Given, started: Callable[[int, int], None]) -> None:
        self._spec, self._given, self._started = spec, given, started
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: Any = None
        self._answers: Any = None
        self._start()

    def __call__(self, number: int, name: str) -> Said:
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._ask(number, name)
        except GreenletExit:
            self.close()
            raise
        except (OSError, ValueError, DriverError) as error:
            self.close()
            return Said(False, f"{type(error).__name__}: {error}"[:300])

    def close(self) -> None:
        process, self._process = self._process, None
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError, AttributeError, RuntimeError):
                stream.close()
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            with contextlib.suppress(Exception):
                process.wait(2.0)

    def _start(self) -> None:
        if self._spec.driver == "session":
            self._start_session()
        else:
            self._start_worker()
        assert self._process is not None
        self._started(self._given.process, self._process.pid)

    def _start_session(self) -> None:
        self._process = _started(
            ["/bin/sh", "-c", self._spec.target], self._given, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def _start_worker(self) -> None:
        requests_in, requests_out = os.pipe()
        answers_in, answers_out = os.pipe()
        arguments = worker_command(self._spec.target, self._given, requests_in, answers_out)
        try:
            self._process = _started(arguments, self._given, pass_fds=(requests_in, answers_out))
        finally:
            os.close(requests_in)
            os.close(answers_out)
        self._requests = FileObjectPosix(requests_out, "wb")
        self._answers = FileObjectPosix(answers_in, "rb")
        answer = decoded(self._answers.readline())
        if not isinstance(answer, dict) or not answer.get("ready"):
            reason = answer.get("refused") if isinstance(answer, dict) else "its process ended at once"
            raise DriverError(f"{self._spec.target}: {reason}")

    def _ask(self, number: int, name: str) -> Said:
        asked = {"id": number, "call": name}
        self._requests.write(msgspec.json.encode(asked) + b"\n")
        self._requests.flush()
        while line := self._answers.readline():
            answer = decoded(line)
            if not isinstance(answer, dict):
                continue
            if "began_s" in answer:  # our worker's
                if "raised" in answer:
                    return Said(False, str(answer["raised"])[:300])
                return said(answer["returned"]) or _OK
            if str(answer.get("id")) == str(number):
                return said(answer) or Said(False, f"answered {str(answer)[:200]}, which has no boolean `ok`")
        raise DriverError(f"{self._spec.target!r} ended in mid-call{self._last_words()}")

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            words = not_started(last_error(self._given.log.read_text("utf-8", "replace")[-4000:]))
            return f": {words}" if words else ""
        return ""


class Command:
    """A process for each call, in a shell."""

    def __init__(self, spec: CallSpec, given: Given) -> None:
        self._spec, self._given = spec, given

    def __call__(self, number: int, name: str) -> Said:
        variables = {"HARNESS_CALL": name, "HARNESS_CALL_NUMBER": str(number)}
        process = _started(
            ["/bin/sh", "-c", self._spec.target], self._given, stdout=subprocess.PIPE, more=variables
        )
        try:
            text = process.communicate()[0].decode("utf-8", "replace")
        except GreenletExit:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        word = last_line(text)
        if word is not None:
            return word
        return _OK if process.returncode == 0 else Said(False, f"exit status {process.returncode}")

    def close(self) -> None:
        pass


class Trigger:
    """A request to a service that is running already."""

    def __init__(self, spec: CallSpec, given: Given) -> None:
        import httpx

        method, _, url = spec.target.strip().rpartition(" ")
        self._method, self._url, self._given = method.strip() or "POST", url, given
        self._client = httpx.Client(timeout=None, trust_env=False)
        self._error = httpx.HTTPError

    def __call__(self, number: int, name: str) -> Said:
        given = self._given
        body = {
            "call": name,
            "number": number,
            "base_url": given.base_url,
            "credentials": given.credentials,
            "env": given.env,
            "timeout_s": given.timeout_s,
        }
        try:
            answer = self._client.request(self._method, self._url, json=body)
        except self._error as error:
            return Said(False, f"{self._url}: {type(error).__name__}: {error}"[:300])
        word = said(decoded(answer.content))
        if word is not None:
            return word
        return _OK if answer.is_success else Said(False, f"the service answered {answer.status_code}")

    def close(self) -> None:
        self._client.close()


def act_of(spec: CallSpec, given: Given, started: Callable[[int, int], None]) -> Act:
    """What makes this call where it cannot be made in this process. UsageError for a driver that knows no load."""
    if spec.driver in ("python", "session"):
        return Conversation(spec, given, started)
    if spec.driver == "command":
        return Command(spec, given)
    if spec.driver == "http":
        return Trigger(spec, given)
    raise UsageError(f"call {spec.name!r}: the driver {spec.driver!r} cannot be put under load")


def end_all(mark: str) -> None:
    """End what clients have left running."""
    end_strays(mark)


def _started(
    arguments: list[str], given: Given, *, more: Mapping[str, str] | None = None, **streams: Any
) -> subprocess.Popen[bytes]:
    with given.log.open("ab") as log:
        return subprocess.Popen(
            arguments,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **given.env, **(more or {}), MARK: given.mark},
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams},
        )
