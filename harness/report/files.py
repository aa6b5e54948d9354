"""The templates of the HTML reports: the only module of this package that touches the disk, and only to read what
ships with it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Everything is escaped unless a filter of ours says that it is markup already."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here, since few runs write a page

    return Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style() -> str:
    """The style sheet of every page."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), "style.css")[0]


@cache
def style_digest() -> str:
    """The style sheet's digest, as a content security policy names it: no other style, and no script, may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
