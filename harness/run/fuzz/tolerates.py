"""`@harness.tolerates`: a test of a client becomes a test against all that its provider may answer.

    @harness.tolerates("stripe", operation="GetCustomersCustomer", raises=stripe.StripeError)
    def test_customer(provider):
        shop = Shop(provider.url, provider.credentials["api_key"])
        return shop.customer("cus_1").email

The test is made once for each answer that is drawn. It fails with the smallest answer that its client does not cope
with.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import msgspec

from harness.contract.files import load_playable
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.model.call import Kind
from harness.model.finding import Verdict
from harness.model.policy import Policy
from harness.run.callspec import CallSpec
from harness.run.drivers.driver import Driver, Given
from harness.run.ending import limits_of
from harness.run.fuzz.call import FuzzedCall
from harness.run.fuzz.in_test import Body, InTest, Raised
from harness.run.fuzz.known import KnownFailures
from harness.run.fuzz.telling import Telling
from harness.run.fuzz.trial import CHECK_OF, Demands, Intolerance, Part
from harness.run.healthy import HEALTHY
from harness.run.machine import Machine
from harness.run.stage import Subject, Theatre, staged
from harness.server.background import Background
from harness.server.clock import Luck
from harness.server.lanes import Lanes
from harness.tolerance import tell

DATABASE = Path(".harness") / "examples"

HANG_S = 4.0
"""How long a test may take that has its answer."""

Test = TypeVar("Test", bound=Callable[..., Any])


class ProviderInHand(msgspec.Struct, frozen=True):
    """What a test is given: where the provider is, and what it wants to be shown. `env`: the same as variables."""

    name: str
    url: str
    credentials: dict[str, str]
    env: dict[str, str]


def tolerates(
    provider: str | Path,
    *,
    operation: str,
    mode: Part = "allowed",
    raises: type[BaseException] | tuple[type[BaseException], ...] = (),
    max_examples: int = 100,
    seed: int | None = None,
) -> Callable[[Test], Test]:
    """Make the test once for each answer to `operation` that is drawn, and fail with the smallest that it fails at.

    `provider`: a bundled one, or the path of an OpenAPI document, from the test's own folder or from here. `mode`:
    answers that the contract allows, which the client is to cope with, or answers broken in one place, which it is to
    refuse. `raises`: the errors that the client declares; where there are any, it gets error answers, too. What the
    test returns, if anything, is what the client gave: that shows whether it believed what is broken. `seed`: what is
    drawn; without one, `--harness-seed` says it, or the seed that the run of pytest has drawn and printed.

    The test takes `provider` (with url, credentials, env) or `base_url`; its other parameters are fixtures, which are
    the same for all answers. It may be async. Raises UsageError for a test that takes neither.
    """
    declared = raises if isinstance(raises, tuple) else (raises,)
    if mode not in CHECK_OF:
        raise UsageError(f"tolerates: mode is {mode!r}; it is 'allowed' or 'broken'")
    if max_examples < 1:
        raise UsageError(f"tolerates: max_examples is {max_examples}; one at least is to be played")

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        taken = [name for name in ("provider", "base_url") if name in signature.parameters]
        name = getattr(test, "__name__", "test")
        if not taken:
            raise UsageError(f"{name} takes neither `provider` nor `base_url`, so its client cannot meet one")
        takes_request = "request" in signature.parameters
        unseeded = _Asked(
            str(provider),
            operation,
            mode,
            declared,
            max_examples,
            seed,
            name,
            _place_of(test),
            tuple(signature.parameters),
            inspect.iscoroutinefunction(test),
        )

        @functools.wraps(test)
        def tolerating(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            request = kwargs.get("request") if takes_request else kwargs.pop("request", None)
            asked = _seeded(unseeded, request)

            def once(given: Given) -> object:
                hand = ProviderInHand(asked.provider, given.base_url, given.credentials, given.env)
                facts = {"provider": hand, "base_url": given.base_url}
                result = test(*args, **kwargs, **{fact: facts[fact] for fact in taken})
                return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result

            failed = _judged(asked, once)
            if failed:
                raise AssertionError(failed)

        left = [parameter for key, parameter in signature.parameters.items() if key not in taken]
        if not takes_request:
            left.append(inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY))
        # What pytest reads to find the fixtures; its own `request` tells the seed of the run, and the test's name.
        tolerating.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=left, return_annotation=None
        )
        return tolerating  # type: ignore[return-value]

    return decorate


class _Asked(msgspec.Struct, frozen=True):
    """What a decorator asks for. `near`: the file of the test; `takes`: its parameters."""

    provider: str
    operation: str
    part: Part
    raises: tuple[type[BaseException], ...]
    examples: int
    seed: int | None
    name: str
    near: str
    takes: tuple[str, ...]
    is_async: bool
    again: str = ""

    @property
    def luck(self) -> int:
        return self.seed or 0


def _seeded(asked: _Asked, request: Any) -> _Asked:
    """The same with the seed of the run of pytest, and the command that makes the test again."""
    if request is None:
        return msgspec.structs.replace(asked, again=f"pytest {asked.near}::{asked.name}")
    again = f"pytest {shlex.quote(request.node.nodeid)}"
    if asked.seed is not None:
        return msgspec.structs.replace(asked, again=again)
    seed = getattr(request.config.option, "harness_seed", None) or 0
    return msgspec.structs.replace(asked, seed=seed, again=f"{again} --harness-seed {seed}")


def _judged(asked: _Asked, once: Callable[[Given], object]) -> str:
    """What is to be said against the client; empty where there is nothing."""
    provider = _provider_at(asked)
    body = Body(once, Raised(asked.raises, _no_words()))
    with Background(name="harness tolerates") as background:
        lanes = Lanes()
        work = background.submit(_verdicts(asked, provider, lanes, body))
        work.add_done_callback(lambda _: body.calls.put(None))
        try:
            body.serve()
            verdicts = work.result()
        finally:
            work.cancel()
            background.run(lanes.close_all())
    return _said(asked, verdicts)


async def _verdicts(asked: _Asked, provider: Provider, lanes: Lanes, body: Body) -> list[Verdict]:
    operation = provider.contract.operation(asked.operation)
    kind: Kind = "read" if operation.safe else "write"
    spec = CallSpec(asked.name, "test", asked.near, operation=operation.id)
    policy = Policy()

    def in_test(name: str, target: str) -> Driver:
        return InTest(body.calls)

    def paste(name: str, rule: Mapping[str, object], one: Intolerance) -> str:
        must_raise = one.part == "broken" or one.answer.status >= 400
        return tell.same_test(
            name,
            asked.provider,
            dict(rule),
            test=asked.name,
            takes=asked.takes,
            is_async=asked.is_async,
            raises=([kind.__name__ for kind in asked.raises] or ["Exception"]) if must_raise else (),
        )

    async with Machine() as machine:
        theatre = Theatre(
            provider, lanes, policy, asked.luck, limits_of(policy), asyncio.Semaphore(1), in_test, machine
        )
        subject = Subject(spec, kind, operation.id, operation.method)
        async with staged(HEALTHY, subject, theatre) as stage:
            await stage.call(asked.name)
            call = FuzzedCall(
                stage,
                theatre,
                subject,
                luck=Random(f"{asked.luck}/{asked.name}"),
                rng=Luck(asked.luck, provider.name, f"tolerates {asked.name}", 0),
                telling=Telling(asked.provider, asked.again, paste),
                known=KnownFailures(DATABASE, f"{provider.name} {operation.id} {asked.near} {asked.name}"),
                hang_s=HANG_S,
                demands=Demands(
                    raises=tuple(kind.__name__ for kind in asked.raises),
                    raises_only=True,
                    gets_errors=bool(asked.raises),
                    reads=True,
                ),
            )
            return await call.verdicts(asked.part, asked.examples)


def _said(asked: _Asked, verdicts: list[Verdict]) -> str:
    parts = []
    for verdict in verdicts:
        if verdict.verdict == "fail":
            parts.append(f"{verdict.observed}; expected {verdict.expected}\n{verdict.exhibit}")
        elif verdict.verdict == "inconclusive":
            parts.append(f"inconclusive: {verdict.observed}")
    if not parts:
        return ""
    again = f"again: {asked.again}"
    return "\n\n".join([f"{asked.provider} {asked.operation}, seed {asked.luck}:", *parts, again])


def _provider_at(asked: _Asked) -> Provider:
    near = Path(asked.near).parent / asked.provider
    return load_playable(str(near) if asked.near and near.exists() else asked.provider)


def _place_of(test: Callable[..., Any]) -> str:
    try:
        return inspect.getfile(test)
    except TypeError:
        return ""


def _no_words() -> tuple[type[BaseException], ...]:
    """What pytest raises to say that a test is not to be made."""
    # Here and not above: a test need not be made by pytest.
    import pytest

    return pytest.skip.Exception, pytest.exit.Exception


async def _awaited(result: Any) -> object:
    return await result
