"""Answers that say nothing of a contract because all of them are one refusal."""

from __future__ import annotations

from harness.conformance.asking import Examined
from harness.conformance.promises import NOT_ABOUT_THE_CONTRACT, Answered
from harness.conformance.spoiled import is_cut
from harness.contract.operation import REDIRECTS


def refusal(examined: list[Examined]) -> str:
    """Why nothing that was answered says anything of the contract: it all was one refusal; empty where not."""
    statuses = [answer.status for each in examined for answer in each.answers.all]
    if not statuses:
        return ""
    seen = set(statuses)
    if seen <= {401, 403}:
        told = " and ".join(map(str, sorted(seen)))
        return f"every answer was {told}: the credential is missing, expired or not enough (--auth env:NAME)"
    if seen <= REDIRECTS and not any(answer.declared for each in examined for answer in each.answers.all):
        samples = [sample for each in examined for sample in each.samples]
        places = (e.response_header("location") for s in samples for e in s.replied.exchanges)
        return f"every answer was a redirect, the first to {next(filter(None, places), '?')}: is that the base URL?"
    if seen <= {404}:
        return "every answer was 404: is the base URL right, with the path that the operations stand below?"
    if all(status >= 500 or status in NOT_ABOUT_THE_CONTRACT for status in statuses) and len(examined) > 1:
        return "nothing but refusals and 5xx was answered: the provider is out of order"
    last = [
        s.replied.exchanges[-1] for each in examined for s in each.samples if s.replied.response is not None
    ]
    if len(examined) > 1 and all(is_cut(exchange) for exchange in last):
        return "every answer broke off or was empty: something stands in between, or the provider is out of order"
    if all(_is_page(answer) for each in examined for answer in each.answers.all):
        return "every answer was a web page, which no operation declares: something stands in between"
    return ""


def _is_page(answer: Answered) -> bool:
    """Is it a page for people, where the contract has something else? A portal's, or one of maintenance."""
    return any("content type 'text/html'" in deviation.message for deviation in answer.wrong("header"))
