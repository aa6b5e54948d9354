"""Requests drawn by schemathesis and shrunk by Hypothesis: those that a contract allows, and those that it does not.

schemathesis reads the document and draws; what is sent, and what an answer is worth, is decided elsewhere.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import hypothesis
import requests
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st

from harness.conformance.known import Binding
from harness.conformance.sending import Asked, visible
from harness.contract.contract import Contract, Operation
from harness.contract.slice import sliced
from harness.errors import UsageError

# An extra: its own pytest plugin takes a second of every start of pytest wherever it is installed.
try:
    import schemathesis
    from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
    from schemathesis.generation.feedback import NO_FEEDBACK
except ModuleNotFoundError:
    raise UsageError("to ask a provider takes schemathesis: pip install 'harness[check]'") from None

Mode = Literal["fitting", "odd"]
"""Requests that fit the contract, or that break it in one place."""

Show = Callable[[Asked], tuple[str, ...]]
"""Sends a request and gives the kinds of mistakes that the answer shows."""


class Drawer:
    """Draws requests for operations of one contract, to be sent below one base URL."""

    def __init__(self, contract: Contract, operations: Iterable[Operation], *, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        tree = sliced(contract.document, [(each.method, each.template) for each in operations])
        generation = GenerationConfig(with_security_parameters=False, allow_x00=False)
        config = SchemathesisConfig(
            projects=ProjectsConfig(default=ProjectConfig(generation=generation)),
        )
        # schemathesis changes what it is given, and a slice shares nodes with the whole.
        self._schema = schemathesis.openapi.from_dict(copy.deepcopy(tree), config=config)

    def draw(
        self,
        operation: Operation,
        mode: Mode,
        show: Show,
        *,
        bindings: tuple[Binding, ...],
        most: int,
        seed: int,
    ) -> None:
        """Show up to so many requests, the simplest first, and then smaller ones for each kind of mistake.

        Raises whatever schemathesis raises of an operation that it cannot draw for.
        """
        drawn = self._schema[operation.template][operation.method]
        wanted = (
            schemathesis.GenerationMode.POSITIVE
            if mode == "fitting"
            else schemathesis.GenerationMode.NEGATIVE
        )
        cases = drawn.as_strategy(generation_mode=wanted, feedback=NO_FEEDBACK)
        settings = hypothesis.settings(
            max_examples=most,
            phases=(Phase.generate, Phase.shrink),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=True,
            verbosity=Verbosity.quiet,
        )
        kinds: dict[str, type[_Shown]] = {}

        @hypothesis.seed(seed)
        @settings
        @hypothesis.given(case=cases, binding=st.sampled_from(bindings or ({},)))
        def trial(case: Any, binding: Binding) -> None:
            asked = self._asked(case, binding)
            hypothesis.assume(asked is not None)
            assert asked is not None
            found = show(asked)
            if found:
                # Hypothesis tells mistakes apart by the class of what is raised.
                raise kinds.setdefault(found[0], type("Shown", (_Shown,), {}))

        try:
            trial()
        except _Shown:
            pass
        except BaseExceptionGroup as group:
            _, others = group.split(_Shown)
            if others is not None:
                raise others.exceptions[0] from None

    def _asked(self, case: Any, binding: Mapping[str, str]) -> Asked | None:
        """The request as it goes on the wire; None where there is no way to send it."""
        if binding:
            case.path_parameters = {**(case.path_parameters or {}), **binding}
        try:
            said = case.as_transport_kwargs(base_url=self._base_url)
            made = requests.Request(**said).prepare()
        except (requests.RequestException, ValueError, UnicodeError):
            return None
        if made.url is None or made.method is None:
            return None
        parts = urlsplit(made.url)
        base = urlsplit(self._base_url).path
        body = made.body or b""
        headers = [(name, _text(value)) for name, value in made.headers.items() if visible(name)]
        return Asked(
            made.method,
            made.url,
            parts.path.removeprefix(base) or "/",
            parts.query,
            tuple(pair for pair in headers if pair != ("Accept", "*/*")),
            body.encode() if isinstance(body, str) else body,
        )


class _Shown(Exception):
    """An answer showed a mistake."""


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
