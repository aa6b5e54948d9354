"""What the first bytes of a connection say of whom the client wants."""

from __future__ import annotations

import ssl
from contextlib import suppress

import pytest

from harness.protocols.opening import Opening, as_to_the_host, authority, opening


def hello(name: str | None) -> bytes:
    """A ClientHello as OpenSSL makes it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(into, out, server_hostname=name).do_handshake()
    return out.read()


def in_two_records(octets: bytes) -> bytes:
    """The same handshake message, divided as RFC 8446 section 5.1 allows."""
    body = octets[5:]
    return b"".join(octets[:3] + len(part).to_bytes(2) + part for part in (body[:70], body[70:]))


def test_connect_names_host_and_port() -> None:
    head = b"CONNECT API.stripe.com:443 HTTP/1.1\r\nHost: api.stripe.com:443\r\n\r\n"
    assert opening(head + b"\x16\x03") == Opening("tunnel", "api.stripe.com", 443, len(head))
    assert opening(b"CONNECT [::1]:8443 HTTP/1.1\r\n\r\n") == Opening("tunnel", "::1", 8443, 31)


@pytest.mark.parametrize(
    ("target", "host", "port", "secure"),
    [
        ("http://api.example.com/v1?a=http://b/", "api.example.com", 80, False),
        ("http://user:key@api.example.com:8080", "api.example.com", 8080, False),
        ("HTTPS://api.example.com/v1", "api.example.com", 443, True),
    ],
)
def test_a_whole_url_does(target: str, host: str, port: int, secure: bool) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: other\r\n\r\n".encode()
    assert opening(head) == Opening("whole", host, port, len(head), secure)


def test_a_request_as_to_the_provider_names_it_in_its_host_field() -> None:
    head = b"GET / HTTP/1.1\r\nAccept: */*\r\nHOST: api.example.com\r\n\r\n"
    assert opening(head + b"more") == Opening("plain", "api.example.com", 80, len(head))
    assert opening(b"GET / HTTP/1.0\r\n\r\n") == Opening("plain", "", 80, 18)


def test_a_handshake_names_it_too() -> None:
    octets = hello("api.stripe.com")
    assert opening(octets) == Opening("tls", "api.stripe.com", 0, len(octets))
    whole = opening(in_two_records(octets))
    assert whole is not None
    assert whole.host == "api.stripe.com"


def test_a_handshake_to_an_address_names_nobody() -> None:
    found = opening(hello(None))
    assert found is not None
    assert found.host == ""


@pytest.mark.parametrize("octets", [hello("api.stripe.com"), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_in_part_they_say_nothing_yet(octets: bytes) -> None:
    assert all(opening(octets[:end]) is None for end in range(len(octets)))


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"CONNECT /path HTTP/1.1\r\n\r\n",
        b"CONNECT a:99999 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
    ],
)
def test_what_makes_no_sense_is_a_mistake(octets: bytes) -> None:
    with pytest.raises(ValueError, match="no "):
        opening(octets)


def test_a_handshake_cut_short_within_names_nobody() -> None:
    octets = bytearray(hello("api.stripe.com"))
    octets[5 + 4 + 34] = 255  # the session's id is said to be longer than all that follows
    found = opening(bytes(octets))
    assert found is None or found.host == ""


def test_the_host_gets_the_request_as_if_it_were_asked_itself() -> None:
    head = b"GET http://api.example.com:8080?a=b HTTP/1.1\r\nHost: api.example.com\r\nProxy-Connection: x\r\n\r\n"
    assert as_to_the_host(head) == (
        b"GET /?a=b HTTP/1.1\r\nHost: api.example.com\r\nconnection: close\r\n\r\n"
    )


def test_an_authority_without_a_port_has_the_usual_one() -> None:
    assert authority("Example.COM.", 443) == ("example.com", 443)
