from __future__ import annotations

from harness.cli.load_playing import with_words


def test_what_a_log_repeats_is_told_once() -> None:
    told = "the run ended before it could begin: shop:read: no module 'shop'"
    again = "[2026-01-01 10:00:00,000] here/ERROR/harness.load: shop:read: no module 'shop'"
    other = "[...] here/ERROR/locust: no port"
    assert with_words(told, f"{again}\n{other}") == f"{told}\n{other}"
