"""The process in which a Python client lives. Calls come in on one pipe, answers go out on another, so that
whatever the client prints is its own.

Standard library only, and run by path: the client's own modules must not meet ours.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

MAX_VALUE_BYTES = 64 * 1024

OURS = {
    __file__,
    importlib.__file__,
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
}
"""Files whose lines are no news to whoever wrote the client."""


class Refused(Exception):
    """The function cannot be called as it was named. The message says it all: no traceback is needed."""


def find(target: str) -> Callable[..., Any]:
    """The function that `package.module:function` names. Refused says what comes nearest; an exception of the
    client's own module is raised as it is."""
    module, _, path = target.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # a module that the client asks for
        parent, _, last = error.name.rpartition(".")
        raise Refused(
            f"no module {error.name!r} in {os.getcwd()} nor installed for {sys.executable}"
            f"{nearest(last, beside(parent))}"
        ) from None
    walked = f"module {module!r}"
    for name in path.split("."):
        if not hasattr(found, name):
            raise Refused(f"{walked} has no {name!r}{nearest(name, dir(found))}")
        found, walked = getattr(found, name), name
    if not callable(found):
        raise Refused(f"{path!r} is not a function, but of type {type(found).__name__}")
    return found  # type: ignore[no-any-return]


def beside(parent: str) -> list[str]:
    """Modules and packages in the working folder, or in the folder of a package that was found."""
    places = getattr(sys.modules.get(parent), "__path__", None) or [os.getcwd()]
    entries = [entry for place in places if os.path.isdir(place) for entry in os.listdir(place)]
    return [entry.removesuffix(".py") for entry in entries if entry.endswith(".py") or "." not in entry]


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a message: the nearest name that there is, if any comes near."""
    matches = importlib.import_module("difflib").get_close_matches(name, list(known), 1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def fitted(
    function: Callable[..., Any], told: Mapping[str, object]
) -> tuple[list[object], dict[str, object]]:
    """Those of the facts that the function asks for, by position where it wants it so. Refused names a parameter
    that we have nothing for."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a builtin without a signature
        return [], {}
    positional: list[object] = []
    named: dict[str, object] = {}
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            named.update({name: told[name] for name in told if name not in named})
        elif parameter.kind is parameter.VAR_POSITIONAL:
            continue
        elif parameter.name in told:
            if parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(told[parameter.name])
            else:
                named[parameter.name] = told[parameter.name]
        elif parameter.default is parameter.empty:
            known = ", ".join(told)
            raise Refused(f"it asks for {parameter.name!r}; it may ask for {known}")
    return positional, named


def jsonable(value: object) -> object:
    """The value as JSON can carry it; what it cannot is told by its type."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return f"<{type(value).__name__}>"
    return value if len(text) <= MAX_VALUE_BYTES else f"<{type(value).__name__} of {len(text)} bytes>"


def describe(error: BaseException) -> str:
    """`Type: message`."""
    message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def of_the_client(error: BaseException) -> TracebackType | None:
    """The traceback without what stands between us and the client's own module."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in OURS:
        trace = trace.tb_next
    return trace


class Worker:
    """Answers calls one after another. One event loop serves all calls of an async client, so that what it keeps
    in its loop lives on."""

    def __init__(self, requests_fd: int, answers_fd: int) -> None:
        # A process that the client starts must not hold our pipes open.
        os.set_inheritable(requests_fd, False)
        os.set_inheritable(answers_fd, False)
        self._requests = os.fdopen(requests_fd, encoding="utf-8")
        self._answers = os.fdopen(answers_fd, "w", encoding="utf-8")
        self._runner: Any = None

    def serve(self, target: str, told: dict[str, object]) -> None:
        """Find the function, say so, and answer calls until there are no more."""
        try:
            function = find(target)
            positional, named = fitted(function, {**told, "call": "", "name": "", "number": 0})
        except Refused as refusal:
            self._say({"refused": str(refusal)})
            return
        except BaseException as error:
            traceback.print_exception(type(error), error, of_the_client(error))
            self._say({"refused": describe(error)})
            return
        asked = [] if positional else list(named)
        self._say({"ready": True, "asks": asked, "is_async": inspect.iscoroutinefunction(function)})
        for count, line in enumerate(self._requests, 1):
            asked = json.loads(line)
            name, number = asked["call"], asked.get("id", count)
            self._say(self._make(function, {**told, "call": name, "name": name, "number": number}))

    def _make(self, function: Callable[..., Any], told: dict[str, object]) -> dict[str, object]:
        positional, named = fitted(function, told)
        began_s = time.monotonic()
        answer: dict[str, object]
        try:
            result = function(*positional, **named)
            if hasattr(result, "__await__"):
                result = self._await(result)
            answer = {"returned": jsonable(result)}
        except BaseException as error:  # SystemExit is a client's way to fail, too
            answer = {"raised": describe(error)}
            trace = error.__traceback__.tb_next if error.__traceback__ else None  # without the line above
            traceback.print_exception(type(error), error, trace)
        return {**answer, "began_s": began_s, "ended_s": time.monotonic()}

    def _await(self, result: Any) -> Any:
        async def waited() -> Any:
            return await result

        if self._runner is None:
            # Loading asyncio costs a client that has no use for it some 40 ms in every scenario.
            self._runner = importlib.import_module("asyncio").Runner()
        return self._runner.run(waited())

    def _say(self, answer: dict[str, object]) -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):  # the client closed or replaced it
                continue
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()


def main() -> None:
    """`worker.py REQUESTS_FD ANSWERS_FD TARGET FACTS`."""
    sys.path.insert(0, os.getcwd())
    if "pycache_prefix" in sys._xoptions:
        # We may write into our own folder; what the client starts is to be told what we were told.
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    requests_fd, answers_fd, target, facts = sys.argv[1:5]
    sys.argv = [target]
    Worker(int(requests_fd), int(answers_fd)).serve(target, json.loads(facts))
    # Threads that the client left behind must not keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
