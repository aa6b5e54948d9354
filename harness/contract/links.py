"""Links of an answer that lead to the provider itself: they lead back to where the request was sent.

A client that follows the `url` of an example (`https://api.github.com/repos/octocat/Hello-World`) would leave the
mock for the live provider, credentials and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from harness.contract.body import is_json, is_xml
from harness.model.message import Response

_MAY_STAND_IN_TEXT = re.compile(r"https?://[A-Za-z0-9._\-]+(:\d+)?|https?://\[[0-9A-Fa-f:.]+\](:\d+)?")


class Links:
    """The links to some servers; `server_urls` as the document has them, relative ones are no links."""

    def __init__(self, server_urls: Iterable[str]) -> None:
        parts = (urlsplit(url.rstrip("/")) for url in server_urls if "{" not in url)
        places = {
            part.netloc + part.path for part in parts if part.scheme in ("http", "https") and part.netloc
        }
        longest_first = sorted(places, key=lambda place: (-len(place), place))
        # What goes on with a letter, a dot or a port is another host or another path.
        pattern = rf"https?://(?:{'|'.join(map(re.escape, longest_first))})(?![\w.:%~\-])"
        self._text = re.compile(pattern) if places else None
        self._bytes = re.compile(pattern.encode()) if places else None

    def any_in(self, response: Response) -> bool:
        """Are there any in its headers, or in a body of JSON or XML?"""
        if self._text is None or self._bytes is None:
            return False
        named = any(self._text.search(value) for _, value in response.headers)
        return named or (_is_text(response) and self._bytes.search(response.body) is not None)

    def back(self, response: Response, base_url: str) -> Response:
        """The answer with all of them leading to `base_url` (`http://127.0.0.1:4010`), their paths kept."""
        if self._text is None or self._bytes is None or not _MAY_STAND_IN_TEXT.fullmatch(base_url):
            return response
        headers = tuple(
            (name, self._text.sub(lambda found: base_url + urlsplit(found[0]).path, value))
            for name, value in response.headers
        )
        body = response.body
        if _is_text(response):
            base = base_url.encode()
            body = self._bytes.sub(lambda found: base + urlsplit(found[0]).path, body)
        return Response(response.status, headers, body)


def _is_text(response: Response) -> bool:
    media_type = response.header("content-type") or ""
    return is_json(media_type) or is_xml(media_type)
