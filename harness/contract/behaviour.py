"""What a provider does that OpenAPI cannot say: `contracts/<provider>/behaviour.yaml`, as data.

Every group carries the `source` URL where the provider says so; a verdict that rests on a fact cites it.
Bodies and header values are templates: `{message}`, `{param}`, `{code}`, `{status}`, `{request_id}`, `{method}`,
`{path}`, `{id}`, `{now}`, `{now_iso}`, `{limit}`, `{remaining}`, `{used}`, `{reset_epoch_s}`, `{reset_s}` are filled
in wherever they stand in a string; a string that is nothing but one placeholder takes the value's own type. A
member or header that is nothing but a placeholder with nothing to say (no code, no param) is left out; unknown
names in braces stay as they are.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias, get_args

import msgspec

from harness.contract.signing import SchemeName
from harness.contract.template import HeaderTemplates


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something known, and where it is written. `note` quotes nothing: it says in our words what the page says."""

    source: str
    note: str = ""


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer as the provider words it. `body` None: the shape comes from the contract."""

    status: int
    body: object = None
    headers: dict[str, str] = {}
    media_type: str = "application/json"


class Authentication(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`accepts`: the ways a credential may be sent. `prefix`, `length`: what a credential looks like.
    `issued_prefix`: how ours begin where the provider has several kinds; `prefixes`: how those that it accepts
    begin, where there is more than one beginning; without both, any beginning is accepted."""

    accepts: tuple[Literal["bearer", "basic_username", "basic", "token", "header", "query"], ...] = (
        "bearer",
    )
    name: str = "authorization"
    prefix: str = ""
    prefixes: tuple[str, ...] = ()
    issued_prefix: str = ""
    length: int = 32
    missing: Template = Template(status=401)
    invalid: Template = Template(status=401)


class Errors(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The provider's error shapes by status; `default` serves the statuses that have none of their own.

    `invalid_request`: the status for a request that does not fit the contract. `every_answer`: headers that
    stand on every answer, good or bad. By the keyword of the first deviation (`required`, `unknown`, `type`, ...;
    `default` for the others) an invalid request may have its own `codes`, wording (`messages`, templates in which
    `{message}` is ours) and `keyword_statuses`. `ignores`: keywords of deviations that are journalled, not refused.
    """

    default: Template = Template(status=500)
    statuses: dict[str, Template] = {}
    invalid_request: int = 400
    every_answer: dict[str, str] = {}
    codes: dict[str, str] = {}
    messages: dict[str, str] = {}
    keyword_statuses: dict[str, int] = {}
    ignores: tuple[str, ...] = ()


class Advice(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider says of repeating a request after these statuses.

    `retry`: `always` (the request was never processed, or the provider asks for it, whatever the method),
    `with_key` (a write only with an idempotency key), `never`, or `may` (neither asked for nor wrong).
    """

    statuses: tuple[int, ...]
    retry: Literal["always", "with_key", "may", "never"]


class Retry(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`should_retry_header`: an answer header whose `true` or `false` overrides every other rule."""

    advice: tuple[Advice, ...] = ()
    should_retry_header: str | None = None


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`requests` in each `window_s`, counted per `scope`."""

    requests: int
    window_s: float
    scope: Literal["account", "operation"] = "account"
    name: str = ""


class RateLimit(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`exceeded`: the answers that say so (the first is the usual one). `reset`: the header that tells when to come
    back, and how it counts. `every_answer`: headers on every answer. `minimum_wait_s`: the wait the provider
    asks for when an answer carries no such header."""

    exceeded: tuple[Template, ...]
    quotas: tuple[Quota, ...] = ()
    reset_header: str | None = None
    reset_unit: Literal["epoch_s", "delta_s", "http_date"] = "delta_s"
    every_answer: dict[str, str] = {}
    minimum_wait_s: float | None = None


class Idempotency(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`saves_errors`: an error answer is replayed too. `replayed_header`: marks a replay."""

    header: str = "idempotency-key"
    methods: tuple[str, ...] = ("POST",)
    retention_s: float = 86400.0
    required: bool = False
    saves_errors: bool = True
    replayed_header: tuple[str, str] | None = None
    mismatch: Template = Template(status=422)
    in_progress: Template = Template(status=409)


class Paging(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `limit`, `after`, `before` name query parameters, `items` and `more` fields of the answer's body.
    `link`: `page` and `limit` name query parameters; the answer is a bare array with a Link header. `envelope`:
    other fields of a list's body (templates)."""

    style: Literal["cursor", "link"]
    limit: str
    default_limit: int
    max_limit: int
    after: str = ""
    before: str = ""
    page: str = ""
    items: str = ""
    more: str = ""
    envelope: dict[str, object] = {}


class Resource(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept between requests. Operation ids play the parts of a life: create, read, list, change, delete.

    `id`: the field that names one. `prefix`, `length`: what a made id looks like; `number: true` counts instead.
    `path`: the path parameters that find one (the last is its own id; earlier ones name its parents, kept in the
    fields of `parents`, dotted where nested; with an empty field a parent is remembered but not shown).
    `accept`: which fields of the request body become fields of the resource (`*`: all that the answer's schema
    declares). `filters`: query parameters of list that select by a field. `defaults`: fields a new one starts with
    (templates, `{now}` is the epoch second, `{now_iso}` RFC 3339, `{base_url}` how the client reaches the provider;
    path parameters and the resource's own fields go by name). `seeds`: those that are there from the start, as
    fields on top of `defaults`. `transitions`: other operations that set fields. `deleted`: what a delete answers
    (a template; None answers as the contract does).
    """

    id: str = "id"
    prefix: str = ""
    length: int = 14
    number: bool = False
    path: tuple[str, ...] = ()
    parents: dict[str, str] = {}
    create: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    transitions: dict[str, dict[str, object]] = {}
    accept: tuple[str, ...] = ("*",)
    merged: tuple[str, ...] = ()
    filters: dict[str, str] = {}
    filter_defaults: dict[str, object] = {}
    filter_everything: tuple[str, ...] = ("all",)
    defaults: dict[str, object] = {}
    seeds: tuple[dict[str, object], ...] = ()
    sort: str = "newest_first"
    etag: bool = False
    deleted: object = None
    missing: Template | None = None
    duplicate: Template | None = None


class Signature(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scheme`: one of `signing.SCHEMES`. `tolerance_s`: how old a signed time may be; None where the scheme signs
    none, or the provider names no age."""

    scheme: SchemeName
    tolerance_s: float | None = None


class Sending(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an event is delivered. `timeout_s`: how long the provider waits for the receiver's answer; None where it
    names no time. `retry_waits_s`: the waits before the second and each later attempt; none where the provider
    makes but one. Every attempt has the event's id, and a time and signature of its own."""

    timeout_s: float | None = None
    retry_waits_s: tuple[float, ...] = ()


class EventId(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an event's id looks like: `prefix` and `length` characters, or a UUID."""

    prefix: str = ""
    length: int = 24
    uuid: bool = False


class EventKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One type of event. `about`: the kind of resource that it tells of. `after`: the operations that cause it; the
    first is what the provider is taken to have done where the event is sent without a request before it. `changed`:
    where it names fields, the operation causes the event only if one of them changed, to the value beside it (`*`:
    to any). `declared`: the webhook or callback of the document that says what its body looks like. `body`: laid
    over the body that all events have."""

    about: str = ""
    after: tuple[str, ...] = ()
    changed: dict[str, object] = {}
    declared: str = ""
    body: dict[str, object] = {}


class Webhooks(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider sends of its own accord. Templates of `body` and `headers` know what a resource's know, and
    `{event}` (the event's id), `{type}`, `{name}` and `{action}` (the parts of the type before and after its last
    dot), `{resource}` (the fields of the resource that it tells of), `{before}` (of what changed, the values before),
    and the resources that this one stands below or that are there alone, by their kind in the singular
    (`{repository}`, `{user}`).

    `answered_by`: the operation that answers with an event, whose shape is the event's. `kept_as`: the kind of
    resource under which events that were sent can be read. `indent`: the spaces by which the JSON of a body is
    indented: a receiver that signs anew what it has parsed and written again finds another signature."""

    signature: Signature
    delivery: Sending
    id: EventId = EventId()
    headers: dict[str, str] = {}
    body: dict[str, object] = {}
    answered_by: str = ""
    kept_as: str = ""
    indent: int = 0
    events: dict[str, EventKind] = {}


Part: TypeAlias = Literal["create", "read", "list", "change", "delete", "transition"]
"""What an operation does with a resource."""


class Standing(NamedTuple):
    """The headers on every answer of a provider: `all` of them, and those of its quotas, which are `counted`."""

    all: HeaderTemplates
    counted: HeaderTemplates


class Behaviour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Everything known of a provider beside its contract. A group that is absent is not known: the general
    norms hold."""

    authentication: Authentication | None = None
    errors: Errors | None = None
    retry: Retry | None = None
    rate_limit: RateLimit | None = None
    idempotency: Idempotency | None = None
    paging: Paging | None = None
    resources: dict[str, Resource] = {}
    webhooks: Webhooks | None = None

    @cached_property
    def caused(self) -> dict[str, tuple[tuple[str, EventKind], ...]]:
        """By operation id, the events that it causes, with their types."""
        found: dict[str, tuple[tuple[str, EventKind], ...]] = {}
        for name, kind in (self.webhooks.events if self.webhooks else {}).items():
            for operation in kind.after:
                found[operation] = (*found.get(operation, ()), (name, kind))
        return found

    @cached_property
    def standing(self) -> Standing:
        """The headers that stand on every answer."""
        said = self.errors.every_answer if self.errors else {}
        counted = self.rate_limit.every_answer if self.rate_limit else {}
        return Standing(HeaderTemplates({**said, **counted}), HeaderTemplates(counted))

    @cached_property
    def parts(self) -> dict[str, tuple[str, Resource, Part]]:
        """By operation id, the kind of resource that it is about, and its part in the life of one."""
        found: dict[str, tuple[str, Resource, Part]] = {}
        for kind, resource in self.resources.items():
            for part in get_args(Part):
                for operation in getattr(resource, "transitions" if part == "transition" else part):
                    found.setdefault(operation, (kind, resource, part))
        return found

    @cached_property
    def says_nothing(self) -> bool:
        """Is there nothing that stands on every answer, and nothing that is counted or kept by a key?"""
        quotas = self.rate_limit.quotas if self.rate_limit else ()
        return not (quotas or self.idempotency or self.standing.all)

    @property
    def remembers(self) -> bool:
        """Does what a request gets depend on the requests before: quotas, idempotency keys, resources?"""
        quotas = self.rate_limit.quotas if self.rate_limit else ()
        return bool(quotas or self.idempotency or self.resources)

    def advice(self, status: int) -> Advice | None:
        """What the provider says of repeating a request after `status`, if anything."""
        for advice in self.retry.advice if self.retry else ():
            if status in advice.statuses:
                return advice
        return None


UNKNOWN = Behaviour()
"""A provider of which only the document is known."""
