"""What a provider had published when it was first looked at, where our own document is no copy of that.

A text of our own says other things than the provider's from the start: that is no drift. What has moved is told by
the published document beside the one of the night before. Of both, only the operations that our text has count.
"""

from __future__ import annotations

import base64
import binascii
import zlib

import msgspec

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.slice import sliced
from harness.drift.documents.pair import pairing
from harness.errors import FileError
from harness.model.change import Change


class Published(msgspec.Struct, frozen=True):
    """A part of a published document. `source`: where it came from; `date`: the night that it was seen, YYYY-MM-DD;
    `version`: as it called itself; `packed`: its text, compressed, in base64."""

    source: str
    date: str
    version: str
    packed: str


def part(of: Contract, wanted: Contract) -> Contract:
    """Of a published document the operations that another contract has, and no webhooks."""
    both = pairing(wanted, of).both
    tree = sliced(of.document, [(pair.new.operation.method, pair.new.operation.template) for pair in both])
    return Contract(parse(msgspec.json.encode(tree), name=of.document.name))


def pack(part: Contract, *, source: str, date: str) -> Published:
    """The part as it is kept."""
    text = zlib.compress(msgspec.json.encode(part.document.root), 9)
    return Published(source, date, part.document.text("info", "version"), base64.b64encode(text).decode())


def unpack(kept: Published, *, name: str) -> Contract:
    """The part again. FileError, of `name`, where it is spoiled."""
    try:
        text = zlib.decompress(base64.b64decode(kept.packed, validate=True))
    except (binascii.Error, ValueError, zlib.error) as error:
        raise FileError(
            name, f"the published document in it is spoiled: {error}; --anew begins anew"
        ) from None
    return Contract(parse(text, name=f"the document of {kept.date}"))


def differences(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """What a text of our own says otherwise. Of webhooks nothing is known: a part has none."""
    return tuple(each for each in changes if not each.rule.startswith("webhook."))
