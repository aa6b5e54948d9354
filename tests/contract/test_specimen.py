"""Small files, read by those who know their formats."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import wave
import zipfile
import zlib

import pytest

from harness.contract.specimen import named, specimen


def file(kind: str) -> bytes:
    """A file with two words in it."""
    made = specimen(kind, "amber birch")
    assert made is not None
    return made


@pytest.mark.parametrize("kind", ["application/zip", "application/vnd.oasis.opendocument.text+zip"])
def test_a_zip_opens(kind: str) -> None:
    with zipfile.ZipFile(io.BytesIO(file(kind))) as archive:
        assert archive.testzip() is None
        assert archive.read("content.txt") == b"amber birch"


def test_a_tar_opens() -> None:
    with tarfile.open(fileobj=io.BytesIO(file("application/x-tar"))) as archive:
        entry = archive.extractfile("content.txt")
        assert entry is not None
        assert entry.read() == b"amber birch"


def test_a_gzip_opens_and_is_always_the_same() -> None:
    assert gzip.decompress(file("application/gzip")) == b"amber birch"
    assert file("application/gzip") == file("application/gzip")


def test_a_wave_plays() -> None:
    with wave.open(io.BytesIO(file("audio/x-wav"))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (1, 8000, 160)


def test_the_objects_of_a_pdf_stand_where_its_table_says() -> None:
    pdf = file("application/pdf")
    start = re.search(rb"startxref\n(\d+)\n%%EOF", pdf)
    assert start
    assert pdf[int(start[1]) :].startswith(b"xref\n0 5\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", pdf), 1):
        assert pdf[int(place) :].startswith(b"%d 0 obj" % number)
    assert b"(amber birch) Tj" in pdf


def test_the_chunks_of_a_png_bear_their_checksums() -> None:
    png = file("image/png")
    at, names = 8, []
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        chunk = png[at + 4 : at + 8 + size]
        assert zlib.crc32(chunk) == int.from_bytes(png[at + 8 + size : at + 12 + size])
        names.append(chunk[:4])
        at += size + 12
    assert names == [b"IHDR", b"IDAT", b"IEND"]


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("image/gif", b"GIF89a"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/bmp", b"BM"),
        ("video/mp4", b"\0\0\0\x14ftyp"),
    ],
)
def test_other_files_begin_as_they_should(kind: str, begins: bytes) -> None:
    assert file(kind).startswith(begins)


def test_a_range_is_answered_with_a_type_and_an_unknown_type_with_nothing() -> None:
    assert named("image/*") == "image/png"
    assert named("application/pdf") == "application/pdf"
    assert specimen("application/x-unheard-of", "a") is None
