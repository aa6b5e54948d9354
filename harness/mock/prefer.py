"""What a client may ask of a mock by `Prefer: code=404, example=name, dynamic=true, wait=2`: RFC 7240's syntax.

The same may stand in the query as `__code`, `__example` and `__dynamic`; the header goes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import msgspec

from harness.contract.contract import MOCKS_OWN, Choice
from harness.contract.declared import declared_answer, undeclared
from harness.contract.error_answer import problem
from harness.contract.negotiate import ANYTHING
from harness.mock import validate
from harness.mock.turn import Turn
from harness.model.exchange import Deviation
from harness.model.message import Request, Response

LONGEST_WAIT_S = 600.0
"""A wait longer than this is a slip of the pen: no client waits so long."""

_PREFERENCE = re.compile(r"""([^\s,;="]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]*))?""")
_NAMES = ("code", "example", "dynamic", "wait")
_STATUS = re.compile(r"[2-5]\d\d")
_SECONDS = re.compile(r"\d{1,6}(\.\d{1,6})?")
_SWITCH = {"true": True, "false": False, "": True}


class Preferences(msgspec.Struct, frozen=True):
    """What was asked for. `status` 0, `example` empty: no matter which. `mistake`: what cannot be meant."""

    status: int = 0
    example: str = ""
    dynamic: bool | None = None
    wait_s: float = 0.0
    mistake: str = ""

    @property
    def is_choice(self) -> bool:
        """Does it bear on which answer is given, and not only on when?"""
        return bool(self.status or self.example or self.dynamic or self.mistake)

    def applied(self, response: Response) -> Response:
        """The answer that was chosen, and says so: RFC 7240 section 3."""
        said = (
            f"code={self.status}" if self.status else "",
            f"example={_word(self.example)}" if self.example else "",
            "dynamic=true" if self.dynamic else "",
        )
        return response.with_headers(("preference-applied", ", ".join(filter(None, said))))

    def late(self, response: Response) -> Response:
        """The answer that is to come late, and says so."""
        said = (response.header("preference-applied"), f"wait={self.wait_s:g}")
        return response.with_headers(("preference-applied", ", ".join(filter(None, said))))


def asked(request: Request) -> tuple[str, Preferences | None]:
    """The Accept header, empty where anything is accepted, and what is asked of a mock, None where nothing is.

    Nearly every request asks nothing.
    """
    # hot: every request comes by here.
    accept, lines = "", ""
    for name, value in request.headers:
        if name == "accept":
            accept = f"{accept}, {value}" if accept else value
        elif name == "prefer":
            lines = f"{lines}, {value}" if lines else value
    if accept in ANYTHING:
        accept = ""
    if not lines and "__" not in request.query:
        return accept, None
    found = {**dict(_in_query(request.query)), **dict(_in_header(lines))}
    return accept, _read(found) if found else None


def chosen(turn: Turn, wish: Preferences, refused: Deviation | None) -> Response:
    """The answer that was asked for, or why there is none. `refused`: why the request is not valid, if it is not.

    A request that is not valid is refused whatever it prefers, but may choose among the refusals. What cannot be
    given is told in plain words (RFC 9457), and not as the provider would: it is a mistake about the mock.
    """
    if wish.mistake:
        return problem(400, f"Prefer: {wish.mistake}")
    if refused is not None and wish.status not in validate.REFUSALS:
        return validate.refusal(refused, turn)
    contract, operation = turn.contract, turn.operation
    status = wish.status or contract.success(operation)
    choice = Choice(turn.choice.accept, wish.example, wish.dynamic is True)
    missing = undeclared(contract, turn.behaviour, operation, status, choice)
    if missing:
        return problem(404, f"Prefer: {missing}")
    unaccepted = unacceptable(turn, status) if status < 400 else None
    if unaccepted is not None:
        return unaccepted
    answer = declared_answer(
        contract, turn.behaviour, operation, status, choice=choice, rng=turn.rng, now_s=turn.now_s
    )
    return wish.applied(contract.links.back(answer, turn.request.base_url))


def unacceptable(turn: Turn, status: int) -> Response | None:
    """The refusal where the client accepts none of the media types declared for that answer; else None."""
    accept = turn.choice.accept
    if turn.contract.acceptable(turn.operation, status, accept):
        return None
    offered = ", ".join(turn.contract.media_types(turn.operation, status))
    message = f"{turn.operation.name} {status} comes as {offered}; none of these is accepted by {accept!r}"
    return turn.error(406, message=message)


def _in_header(value: str) -> Iterator[tuple[str, str]]:
    """The preferences that a mock knows. Of one that is said twice, the first counts: RFC 7240 section 2."""
    said: set[str] = set()
    for name, word in _PREFERENCE.findall(value):
        name = name.lower()
        if name in _NAMES and name not in said:
            said.add(name)
            yield name, re.sub(r"\\(.)", r"\1", word[1:-1]) if word[:1] == '"' else word


def _in_query(query: str) -> Iterator[tuple[str, str]]:
    if "__" in query:
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name in MOCKS_OWN:
                yield name[2:], value


def _read(asked: dict[str, str]) -> Preferences:
    code, wait = asked.get("code"), asked.get("wait")
    switch = asked.get("dynamic")
    mistake = ""
    if code is not None and not _STATUS.fullmatch(code):
        mistake = f"code={code} is no status of an answer; expected 200 to 599"
    elif switch is not None and switch.lower() not in _SWITCH:
        mistake = f"dynamic={switch} is neither true nor false"
    elif wait is not None and not (_SECONDS.fullmatch(wait) and float(wait) <= LONGEST_WAIT_S):
        mistake = f"wait={wait} is no time to wait; expected seconds from 0 to {LONGEST_WAIT_S:g}"
    if mistake:
        return Preferences(mistake=mistake)
    return Preferences(
        status=int(code or 0),
        example=asked.get("example", ""),
        dynamic=None if switch is None else _SWITCH[switch.lower()],
        wait_s=float(wait or 0),
    )


def _word(text: str) -> str:
    """A token as it stands, anything else in quotes."""
    if re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", text, re.ASCII):
        return text
    quoted = re.sub(r'(["\\])', r"\\\1", text)
    return f'"{quoted}"'
