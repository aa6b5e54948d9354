"""A team told by a webhook: in Slack's incoming format, or in plain JSON. The address is a secret, and is never told.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from harness.errors import UsageError
from harness.model.drift_report import Drifted, DriftReport, Gone
from harness.report.clean import cleaned, one_line
from harness.report.drift.markdown import title
from harness.report.drift.words import verdict
from harness.report.words import NAMES

Format = Literal["slack", "json"]

MOST = 12
"""Changes in one message; the report has the rest."""

_WITHIN_S = 10.0
_TRIES = 2
_SLACK_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


class Hook:
    """A webhook. The address is in no `repr` and in nothing that is printed; `host` says which one is meant."""

    def __init__(self, url: str, form: Format | None) -> None:
        parts = urlsplit(url)
        if not parts.hostname or not (
            parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
        ):
            raise UsageError("--notify: only https is posted to, or http on loopback")
        self._url, self.host = url, parts.hostname
        self.form: Format = form or ("slack" if parts.hostname in _SLACK_HOSTS else "json")

    def __repr__(self) -> str:
        return f"Hook({self.host})"

    def post(self, report: DriftReport) -> str:
        """Tell it. What went wrong, in words; empty where nothing did."""
        import httpx  # here, since most nights tell nobody

        report = cleaned(report)
        told = slack(report) if self.form == "slack" else plain(report)
        trouble = ""
        for _ in range(_TRIES):
            try:
                answer = httpx.post(
                    self._url, json=told, timeout=_WITHIN_S, trust_env=not _is_loopback(self.host)
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                # Its words may have the address in them.
                trouble = type(error).__name__
                continue
            if answer.status_code < 300:
                return ""
            trouble = f"it answered {answer.status_code}"
            if answer.status_code < 500:
                break
        return f"the webhook at {self.host} could not be told: {trouble}"


def read_hook(text: str, form: Format | None, environment: Mapping[str, str]) -> Hook:
    """The webhook of an address, or of the environment variable that `env:NAME` names. UsageError for neither."""
    if text.startswith("env:"):
        name = text.removeprefix("env:")
        url = environment.get(name, "").strip()
        if not url:
            raise UsageError(f"--notify env:{name}: {name} is not set")
        return Hook(url, form)
    if "://" not in text:
        raise UsageError("--notify takes a URL, or the name of an environment variable, as env:SLACK_WEBHOOK")
    return Hook(text, form)


def slack(report: DriftReport) -> dict[str, Any]:
    """A message as Slack takes it."""
    lines = [f"*{_mrkdwn(title(report))}*: {NAMES[report.outcome]}, {_mrkdwn(verdict(report))}"]
    lines += [
        f"• {_mark(each)} `{_mrkdwn(each.change.place.operation or 'the whole document')}` "
        f"{_mrkdwn(each.change.message)}"
        for each in _news(report)
    ]
    lines += [
        f"• gone, no longer so: {_mrkdwn(each.operation)} {_mrkdwn(each.message)}" for each in _gone(report)
    ]
    lines += [f"• could not be checked: {_mrkdwn(text)}" for text in report.untold[:MOST]]
    return {"text": "\n".join(lines)}


def plain(report: DriftReport) -> dict[str, Any]:
    """The same as data."""
    return {
        "title": title(report),
        "outcome": report.outcome,
        "verdict": verdict(report),
        "provider": report.provider,
        "client": report.client,
        "date": report.date,
        "changes": [
            {
                "id": each.id,
                "rule": each.change.rule,
                "severity": each.severity,
                "status": each.status,
                "operation": each.change.place.operation,
                "message": each.change.message,
            }
            for each in _news(report)
        ],
        "gone": [each.message for each in _gone(report)],
        "untold": list(report.untold[:MOST]),
        "again": report.again,
    }


def _news(report: DriftReport) -> list[Drifted]:
    matters = [each for each in report.changes if each.severity != "info" and each.accepted is None]
    return sorted(matters, key=lambda each: (each.status == "still", each.weight))[:MOST]


def _gone(report: DriftReport) -> list[Gone]:
    return [each for each in report.gone if each.severity != "info"][:MOST]


def _mark(each: Drifted) -> str:
    return ":x:" if each.severity == "fail" else ":warning:"


def _mrkdwn(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
