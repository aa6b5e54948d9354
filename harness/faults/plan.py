"""A plan says which faults are played when. Data in YAML, read here; `progress.py` plays it.

    says: two failures, then a slow provider
    rules:
      - fault: status.error            # or faults: [...], played together
        with: {status: 503}
        operation: GetCustomers        # an id, a list of ids, or globs; absent: any
        method: POST                   # or a list
        header: {x-team: "blue.*"}     # header name: regular expression for the whole value
        nth: 1                         # of the requests that match: 3, "1-3", "every 5"; absent: all
        per: call                      # nth counts within one call; absent: over the whole lane
        repeats: alike                 # a request that came before has the count that it had; absent: one of its own
        share: 0.2                     # of those, this share, by seeded luck
        credential: issued             # a token given out before between_s began; lasting: any other credential
        between_s: [5, 30]             # seconds since the plan was set; in a scenario, since the client came
      - script: [503, 503, pass]       # drains per call: statuses, fault ids, or pass; then healthy
      - quota: {requests: 5, window_s: 1}   # no more is granted, to all together; answers tell it
        between_s: [5, 30]

Every rule counts the requests that match it; the first rule that strikes is the one that is played. A quota strikes
nothing: it is the provider that grants less meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from harness.contract.behaviour import Quota
from harness.contract.mistakes import explain
from harness.contract.yaml import convert, convert_part, nearest_line
from harness.errors import FileError, HarnessError, did_you_mean
from harness.faults import answer, body, connection, status, timing, tls
from harness.faults.registry import FAULTS
from harness.faults.rule import PLANNED, Chosen, Credential, Rule
from harness.model.exchange import Stage
from harness.registry import Entry

_REGISTERED = (answer, body, connection, status, timing, tls)


class Plan(msgspec.Struct, frozen=True):
    """Which faults when. `says` is one line for people."""

    name: str
    rules: tuple[Rule, ...] = ()
    says: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """The ids of the faults that it may play, each once."""
        uses = (use for rule in self.rules for group in (rule.uses, *(rule.script or ())) for use in group)
        return tuple(dict.fromkeys(use.fault for use in uses))

    @property
    def needs_tls(self) -> bool:
        """Does it spoil TLS handshakes?"""
        return any(rule.stage == "handshake" for rule in self.rules)

    @property
    def counts(self) -> bool:
        """Does what a request gets by it depend on the requests before?"""
        return any(rule.counts for rule in self.rules)

    @property
    def minds_credentials(self) -> bool:
        """Does it depend on a request's credential what goes wrong?"""
        return any(rule.credential for rule in self.rules)

    def at(self, operation: str) -> Plan:
        """The same plan with every rule that names no operation bound to this one."""
        bound = (
            msgspec.structs.replace(rule, operations=(operation,))
            if rule.stage == "request" and not rule.operations
            else rule
            for rule in self.rules
        )
        return msgspec.structs.replace(self, rules=tuple(bound))


class _UseText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    fault: str
    with_: dict[str, object] = {}


class _QuotaText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requests: Annotated[int, Meta(ge=1)]
    window_s: Annotated[float, Meta(gt=0)] = 1.0


class _RuleText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    fault: str | None = None
    faults: tuple[str | _UseText, ...] = ()
    with_: dict[str, object] = {}
    script: tuple[int | str | _UseText, ...] | None = None
    operation: str | tuple[str, ...] = ()
    method: str | tuple[str, ...] = ()
    header: dict[str, str] = {}
    nth: int | str | None = None
    per: Literal["lane", "call"] = "lane"
    repeats: Literal["counted", "alike"] = "counted"
    share: float = 1.0
    credential: Credential | None = None
    quota: _QuotaText | None = None
    between_s: tuple[float, float | None] = (0.0, None)


_RULES = tuple[_RuleText, ...]


class _PlanText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[_RuleText, ...]
    name: str = ""
    says: str = ""


class _Mistake(HarnessError):
    """A mistake in a plan and the pointer to it, until the line is known."""

    def __init__(self, pointer: str, message: str) -> None:
        self.pointer, self.message = pointer, message
        super().__init__(message)


def parse_plan(text: str, *, path: str, name: str = "") -> Plan:
    """Read a plan. A mistake is a FileError with its line and the nearest thing that would have worked."""
    parsed = convert(text, _PlanText, path=path)
    try:
        return Plan(parsed.name or name or path, tuple(_rules(parsed.rules)), parsed.says)
    except _Mistake as mistake:
        raise FileError(path, mistake.message, line=nearest_line(text, mistake.pointer)) from None


def build_plan(rules: object, *, name: str, path: str) -> Plan:
    """A plan from rules that are data already (of a scenario, or of a control API call)."""
    try:
        return Plan(name, tuple(_rules(msgspec.convert(rules, _RULES))))
    except msgspec.ValidationError as error:
        mistake = explain(error, rules, _RULES)
        where = "".join(f"/{token}" for token in ("rules", *mistake.place))
        raise FileError(path, f"plan {name!r}, at {where}: {mistake.message}") from None
    except _Mistake as mistake:
        raise FileError(path, f"plan {name!r}, at {mistake.pointer}: {mistake.message}") from None


def require_rules(rules: object, *, text: str, path: str) -> None:
    """A FileError with the line of the first mistake in rules that stand as `rules` in a text of another kind."""
    try:
        list(_rules(convert_part(rules, _RULES, text=text, path=path, at=("rules",))))
    except _Mistake as mistake:
        raise FileError(path, mistake.message, line=nearest_line(text, mistake.pointer)) from None


def _rules(texts: Iterable[_RuleText]) -> Iterable[Rule]:
    for index, text in enumerate(texts):
        yield _rule(text, f"/rules/{index}", f"rule {index + 1}")


def _rule(text: _RuleText, pointer: str, name: str) -> Rule:
    kinds = (text.fault is not None, bool(text.faults), text.script is not None, text.quota is not None)
    if sum(kinds) != 1:
        raise _Mistake(pointer, "a rule has one of fault, faults, script and quota")
    uses: tuple[Chosen, ...] = ()
    script = None
    if text.script is not None:
        script = tuple(
            _script_step(entry, f"{pointer}/script/{index}", name) for index, entry in enumerate(text.script)
        )
    elif text.quota is not None:
        _is_bare(text, pointer)
    elif text.fault is not None:
        uses = (_use(text.fault, text.with_, f"{pointer}/fault", f"{pointer}/with", name),)
    else:
        uses = tuple(
            _use_text(entry, text.with_, f"{pointer}/faults/{index}", name)
            for index, entry in enumerate(text.faults)
        )
    first, last, step = _nth(text.nth, f"{pointer}/nth")
    if not 0 < text.share <= 1:
        raise _Mistake(f"{pointer}/share", f"share is {text.share}; expected more than 0 and at most 1")
    start_s, end_s = text.between_s[0], text.between_s[1]
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        raise _Mistake(f"{pointer}/between_s", "between_s is [from, to] in seconds, with from before to")
    rule = Rule(
        name=name,
        stage=_stage(uses, pointer),
        uses=uses,
        script=script,
        operations=_listed(text.operation),
        methods=tuple(method.upper() for method in _listed(text.method)),
        headers=tuple(_header(header, pattern, pointer) for header, pattern in text.header.items()),
        first=first,
        last=last,
        step=step,
        per_call=text.per == "call",
        repeats_alike=text.repeats == "alike",
        share=text.share,
        credential=text.credential,
        quota=_quota(text.quota),
        between_s=(start_s, float("inf") if end_s is None else end_s),
    )
    _fits_stage(rule, text, pointer)
    return rule


def _script_step(entry: int | str | _UseText, pointer: str, name: str) -> tuple[Chosen, ...]:
    if entry == "pass":
        return ()
    if isinstance(entry, int):
        if not 100 <= entry <= 599:
            raise _Mistake(pointer, f"{entry} is no HTTP status; expected 100 to 599, a fault id, or pass")
        if entry == 429:
            return (Chosen("status.rate_limited", {}, name),)
        return (Chosen("status.error", {"status": entry}, name),)
    chosen = _use_text(entry, {}, pointer, name)
    if FAULTS[chosen.fault].facts["stage"] != "request":
        raise _Mistake(pointer, f"{chosen.fault} strikes before there is a request; a script counts requests")
    return (chosen,)


def _use_text(entry: str | _UseText, shared: Mapping[str, object], pointer: str, name: str) -> Chosen:
    if isinstance(entry, str):
        return _use(entry, shared, pointer, pointer, name)
    return _use(entry.fault, entry.with_, f"{pointer}/fault", f"{pointer}/with", name)


def _use(fault: str, given: Mapping[str, object], at: str, at_parameters: str, name: str) -> Chosen:
    if fault not in FAULTS:
        raise _Mistake(at, f"no fault {fault!r}; {did_you_mean(fault, FAULTS.ids())}")
    return Chosen(fault, _parameters(FAULTS[fault], given, at_parameters), name)


def _parameters(entry: Entry, given: Mapping[str, object], pointer: str) -> dict[str, object]:
    known = entry.parameters
    for key, value in given.items():
        if key not in known:
            what = f"{entry.id} takes no parameters" if not known else did_you_mean(key, known)
            raise _Mistake(f"{pointer}/{key}", f"{entry.id} has no parameter {key!r}; {what}")
        annotation: Any = known[key].annotation
        try:
            msgspec.convert(value, annotation)
        except msgspec.ValidationError as error:
            said = explain(error, value, annotation).message
            raise _Mistake(f"{pointer}/{key}", f"{entry.id}: {key}: {said}") from None
        if annotation is not Any and isinstance(value, int | float) and value < 0:
            raise _Mistake(f"{pointer}/{key}", f"{entry.id}: {key} is {value}; expected 0 or more")
    for key, parameter in known.items():
        if parameter.default is parameter.empty and key not in given:
            raise _Mistake(
                pointer.removesuffix("/with"), f"{entry.id} needs a value for {key!r} (with: {{{key}: ...}})"
            )
    return dict(given)


def _nth(nth: int | str | None, pointer: str) -> tuple[int, int, int]:
    if nth is None:
        return 1, 0, 1
    text = str(nth).strip()
    if match := re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", text):
        first = int(match[1])
        last = int(match[2] or match[1])
        if 1 <= first <= last:
            return first, last, 1
    elif (match := re.fullmatch(r"every (\d+)", text)) and int(match[1]) > 0:
        return 1, 0, int(match[1])
    raise _Mistake(pointer, f"nth is {nth!r}; expected a count from 1, as 3, a range, as 1-3, or every 5")


def _header(header: str, pattern: str, pointer: str) -> tuple[str, re.Pattern[str]]:
    try:
        return header.lower(), re.compile(pattern)
    except re.error as error:
        raise _Mistake(f"{pointer}/header/{header}", f"no regular expression: {error}") from None


def _stage(uses: tuple[Chosen, ...], pointer: str) -> Stage:
    stages: set[Stage] = {FAULTS[use.fault].facts["stage"] for use in uses}  # type: ignore[misc]
    if len(stages) > 1:
        raise _Mistake(pointer, "faults of one rule strike at one stage; " + ", ".join(u.fault for u in uses))
    return next(iter(stages), "request")


def _fits_stage(rule: Rule, text: _RuleText, pointer: str) -> None:
    if rule.stage == "request":
        return
    fault = rule.uses[0].fault
    for key in ("operation", "method", "header", "credential"):
        if getattr(text, key):
            raise _Mistake(
                f"{pointer}/{key}", f"{fault} strikes before there is a request, so it cannot choose by {key}"
            )
    if rule.stage == "connect" and (text.nth is not None or text.share != 1.0):
        key = "nth" if text.nth is not None else "share"
        raise _Mistake(
            f"{pointer}/{key}",
            f"{fault} closes the listener, so it cannot count; use between_s, or connection.reset_on_accept",
        )


def _quota(text: _QuotaText | None) -> Quota | None:
    return None if text is None else Quota(requests=text.requests, window_s=text.window_s, name=PLANNED)


def _is_bare(text: _RuleText, pointer: str) -> None:
    """A quota is granted to all requests together, so that nothing can choose among them."""
    usual = _RuleText(quota=text.quota, between_s=text.between_s)
    for key in text.__struct_fields__:
        if getattr(text, key) != getattr(usual, key):
            name = key.rstrip("_")
            raise _Mistake(
                f"{pointer}/{name}", f"a quota holds for all requests: beside it only between_s, no {name}"
            )


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
