"""The smallest real file of each kind that is neither text nor data: a PDF that opens, an image that shows."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from html import escape


def specimen(kind: str, text: str) -> bytes | None:
    """A file of that media type, with `text` in it where it can hold one; None where the type is not known here."""
    major = kind.partition("/")[0]
    make = _KINDS.get(kind) or _KINDS.get(f"{major}/*")
    if make is None and kind.endswith(("+zip", ".sheet", ".document", ".presentation")):
        make = _zip
    return None if make is None else make(text)


def named(kind: str) -> str:
    """The media type that a range such as `image/*` is answered with; others as they are."""
    return _FOR_RANGES.get(kind, kind)


def _pdf(text: str) -> bytes:
    line = text.replace("\\", "").replace("(", "").replace(")", "")
    content = f"BT /F1 18 Tf 40 100 Td ({line}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    )
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 {count}\n0000000000 65535 f \n{table}{end}".encode("latin-1", "replace")


def _png(text: str) -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\x00\xff\xff\xff")), (b"IEND", b""))
    chunks = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def _gif(text: str) -> bytes:
    screen = struct.pack("<6sHHBBB6s", b"GIF89a", 1, 1, 0x80, 0, 0, b"\xff\xff\xff\x00\x00\x00")
    return screen + struct.pack("<cHHHHB", b",", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00;"


def _jpeg(text: str) -> bytes:
    return _JPEG


def _bmp(text: str) -> bytes:
    size = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
    return struct.pack("<2sIHHI", b"BM", 58, 0, 0, 54) + size + b"\xff\xff\xff\x00"


def _svg(text: str) -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def _wav(text: str) -> bytes:
    silence = bytes(160)
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(silence), b"WAVE", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8
    )
    return head + struct.pack("<4sI", b"data", len(silence)) + silence


def _mp3(text: str) -> bytes:
    # One frame of silence: MPEG-1 layer III, 32 kbit/s, 44.1 kHz, mono; 104 bytes long.
    return b"\xff\xfb\x10\xc4" + bytes(100)


def _mp4(text: str) -> bytes:
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"isom")


def _zip(text: str) -> bytes:
    name, data = b"content.txt", text.encode()
    # Stored, not deflated; the date is 1980-01-01, the first that the format has.
    about = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
    local = b"PK\x03\x04" + about + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + about + bytes(14) + name
    return local + central + b"PK\x05\x06" + struct.pack("<4xHHIIH", 1, 1, len(central), len(local), 0)


def _gzip(text: str) -> bytes:
    import gzip  # here, since it is seldom wanted and takes long

    return gzip.compress(text.encode(), mtime=0)


def _tar(text: str) -> bytes:
    import tarfile  # here, since it is seldom wanted and takes long

    data = text.encode()
    entry = tarfile.TarInfo("content.txt")
    entry.size = len(data)
    return (entry.tobuf() + data).ljust(10240, b"\0")


def _html(text: str) -> bytes:
    text = escape(text)
    return f"<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><p>{text}</p></body></html>\n".encode()


def _csv(text: str) -> bytes:
    rows = [f"{number},{word}" for number, word in enumerate(text.split(), 1)]
    return "\r\n".join(("id,name", *rows, "")).encode()


def _octets(text: str) -> bytes:
    return text.encode()


_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////"
    "////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AR//Z"
)

_KINDS: dict[str, Callable[[str], bytes]] = {
    "application/pdf": _pdf,
    "image/*": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/jpg": _jpeg,
    "image/bmp": _bmp,
    "image/svg+xml": _svg,
    "audio/*": _wav,
    "audio/mpeg": _mp3,
    "audio/mp3": _mp3,
    "video/*": _mp4,
    "application/zip": _zip,
    "application/x-zip-compressed": _zip,
    "application/gzip": _gzip,
    "application/x-gzip": _gzip,
    "application/x-tar": _tar,
    "text/html": _html,
    "text/csv": _csv,
    "application/csv": _csv,
    "application/octet-stream": _octets,
}

_FOR_RANGES = {
    "image/*": "image/png",
    "audio/*": "audio/wav",
    "video/*": "video/mp4",
    "text/*": "text/plain",
}
