"""Promises about credentials: they stand in no URL and in no output."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, unquote

from harness.checks.registry import Evidence, check
from harness.checks.sources import BEARER_IN_URL, LOGGED_SECRETS
from harness.model.exchange import Exchange
from harness.model.finding import Finding, broken, kept, short

SHORTEST = 8
"""Fewer characters may stand somewhere by chance."""

CREDENTIAL_HEADERS = ("authorization", "proxy-authorization", "x-api-key", "api-key", "cookie")


@check(source=BEARER_IN_URL)
def not_in_url(evidence: Evidence) -> Iterator[Finding]:
    """No credential stands in a path or a query, where proxies and servers log it.

    A provider that asks for its key in the query gets it there.
    """
    expected = "no credential in a URL"
    authentication = evidence.behaviour.authentication
    seen = _journal(evidence)
    exposed = [e for e in seen if _holds(f"{e.path or ''}?{e.query}", evidence.secrets)]
    if exposed and authentication is not None and "query" in authentication.accepts:
        return
    if exposed:
        e = exposed[0]
        where = f"{e.method} {_masked(f'{e.path}?{e.query}', evidence.secrets)}"
        numbers = tuple(each.number for each in exposed)
        if authentication is None and not _meant_elsewhere(exposed, evidence.secrets):
            yield short(f"{where}: the contract may ask for it there", expected, attempts=numbers)
        else:
            yield broken(f"{len(exposed)} of {len(seen)} URLs hold it: {where}", expected, attempts=numbers)
    else:
        yield from _not_seen(evidence, f"none in {len(seen)} URLs", expected)


@check(source=LOGGED_SECRETS)
def not_in_output(evidence: Evidence) -> Iterator[Finding]:
    """No credential stands on stdout, on stderr or in an error message, plain or encoded."""
    expected = "no credential in what the client prints"
    for call in evidence.calls:
        outcome = call.outcome
        places = {
            "stdout": outcome.stdout,
            "stderr": outcome.stderr,
            "the error message": outcome.error or "",
        }
        for place, text in places.items():
            if _holds(text, evidence.secrets):
                yield broken(f"{place} holds it: {_line(text, evidence.secrets)}", expected)
                return
    yield from _not_seen(evidence, "none on stdout, on stderr or in an error message", expected)


def _not_seen(evidence: Evidence, nowhere: str, expected: str) -> Iterator[Finding]:
    """A credential that was seen nowhere was kept secret, if it was used at all."""
    seen = _journal(evidence)
    if not seen:
        yield short("no request arrived", expected)
    elif _needs_none(evidence, seen):
        return
    elif not any(_sends(e, evidence.secrets) for e in seen):
        yield short("the client never used the credential that it was given", expected)
    else:
        yield kept(nowhere, expected)


def _journal(evidence: Evidence) -> tuple[Exchange, ...]:
    """Every request that was seen, of whatever operation."""
    found = {e.number: e for call in evidence.calls for e in call.attempts}
    found.update({e.number: e for e in evidence.journal})
    return tuple(e for _, e in sorted(found.items()) if e.stage == "request")


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, percent-encoded, and as it looks within base64, wherever in the text it begins."""
    forms = [secret, quote(secret, safe="")]
    octets = secret.encode()
    for shift in range(3):
        text = b64encode(b"\0" * shift + octets).decode().rstrip("=")
        # The characters at both ends hold bits of the neighbours too.
        whole = text[-(-shift * 8 // 6) : (shift + len(octets)) * 8 // 6]
        forms += (whole, whole.replace("+", "-").replace("/", "_"))
    return tuple(dict.fromkeys(form for form in forms if len(form) >= SHORTEST))


def _holds(text: str, secrets: tuple[str, ...]) -> bool:
    texts = (text, unquote(text))
    return any(form in each for secret in secrets for form in _forms(secret) for each in texts)


def _sends(exchange: Exchange, secrets: tuple[str, ...]) -> bool:
    places = [value for _, value in exchange.request_headers]
    places += [exchange.path or "", exchange.query, exchange.request_body.decode("latin-1")]
    return any(_holds(place, secrets) for place in places)


def _needs_none(evidence: Evidence, seen: tuple[Exchange, ...]) -> bool:
    """Is this a provider that asks for no credential, and a client that sends none?"""
    return evidence.behaviour.authentication is None and not any(
        any(deviation.where == "security" for deviation in e.deviations)
        or any(e.request_header(name) for name in CREDENTIAL_HEADERS)
        or _sends(e, evidence.secrets)
        for e in seen
    )


def _meant_elsewhere(exposed: list[Exchange], secrets: tuple[str, ...]) -> bool:
    """Does the contract want the credential in another place? Then it is sent there too, or missed there."""
    return any(
        any(_holds(value, secrets) for _, value in e.request_headers)
        or any(deviation.where == "security" for deviation in e.deviations)
        for e in exposed
    )


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        for form in _forms(secret):
            text = text.replace(form, "<credential>")
    return "<a URL with an encoded credential>" if _holds(text, secrets) else text


def _line(text: str, secrets: tuple[str, ...]) -> str:
    """The first line with a credential, masked and shortened around it."""
    line = next((line for line in text.splitlines() if _holds(line, secrets)), text)
    masked = _masked(line, secrets).strip()
    at = max(0, masked.find("<") - 60)
    return repr(masked[at : at + 140])
