"""Attempts to connect while nobody listens. The kernel refuses them without telling us, so we watch the wire.

Where the process may not open a packet socket (it takes Linux, and root or CAP_NET_RAW), refused attempts
happen unseen, and `permitted` says so.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
import time
from collections.abc import Callable
from functools import cached_property

_SYN_ONLY = (
    # (code, jump if true, jump if false, operand) of classic BPF, over an IPv4 packet.
    (0x30, 0, 0, 9),  # load the protocol
    (0x15, 0, 7, 6),  # TCP, or drop
    (0x28, 0, 0, 6),  # load the fragment offset
    (0x45, 5, 0, 0x1FFF),  # the first fragment, or drop
    (0xB1, 0, 0, 0),  # the length of the IP header
    (0x50, 0, 0, 13),  # load the TCP flags
    (0x54, 0, 0, 0x12),  # of these SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone, or drop
    (0x06, 0, 0, 128),  # keep as much as the two headers can take
    (0x06, 0, 0, 0),  # drop
)
_SO_ATTACH_FILTER = 26
_SO_TIMESTAMPNS = 35
_ETH_P_IP = 0x0800
_PACKET_OUTGOING = 4
_REMEMBERED = 4096


class Refusals:
    """Tells each watched port of the attempts to connect to it. One packet socket serves all ports; it is open
    only while a port is watched."""

    def __init__(self) -> None:
        self._watched: dict[int, tuple[float, Callable[[float, int], None]]] = {}
        self._socket: socket.socket | None = None
        self._seen: dict[tuple[int, int], None] = {}

    @cached_property
    def permitted(self) -> bool:
        """May this process see refused attempts at all?"""
        try:
            _packet_socket().close()
        except (OSError, AttributeError):
            return False
        return True

    def watch(self, port: int, seen: Callable[[float, int], None]) -> None:
        """Call `seen(at_s, from_port)`, on the monotonic clock, for each attempt from now on. Call it before the
        listener is closed, so that none is missed."""
        if not self.permitted:
            return
        if self._socket is None:
            self._socket = _packet_socket()
            asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)
        self._watched[port] = (time.monotonic(), seen)

    def unwatch(self, port: int) -> None:
        """Tell of the attempts so far, then no more."""
        if port not in self._watched:
            return
        self._read()
        del self._watched[port]
        if not self._watched and self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self._seen.clear()

    def _read(self) -> None:
        assert self._socket is not None
        while True:
            try:
                packet, ancillary, _, address = self._socket.recvmsg(128, 64)
            except (BlockingIOError, InterruptedError):
                return
            if address[2] == _PACKET_OUTGOING:  # loopback shows each packet leaving and arriving
                continue
            tcp = packet[(packet[0] & 0xF) * 4 :]
            source, port, sequence = struct.unpack_from("!HHI", tcp)
            since_s, seen = self._watched.get(port, (0.0, None))
            # A SYN that the kernel sends again is the same attempt.
            if seen is None or (source, sequence) in self._seen:
                continue
            at_s = time.monotonic() - _age_s(ancillary)
            if at_s < since_s:  # the listener, which was open then, has taken it
                continue
            self._seen[source, sequence] = None
            if len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
            seen(at_s, source)


def _age_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """How long ago the kernel saw the packet: our loop may have been busy since."""
    for level, kind, octets in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("@ll", octets[: struct.calcsize("@ll")])
            age_s: float = time.time() - seconds - nanoseconds / 1e9
            return max(0.0, age_s)
    return 0.0


def _packet_socket() -> socket.socket:
    program = b"".join(struct.pack("HBBI", *line) for line in _SYN_ONLY)
    kept = ctypes.create_string_buffer(program)
    watcher = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    try:
        fprog = struct.pack("@HP", len(_SYN_ONLY), ctypes.addressof(kept))
        watcher.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)
        watcher.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        # Bound only now, so that no packet comes in past the filter.
        watcher.bind(("lo", _ETH_P_IP))
        watcher.setblocking(False)
    except OSError:
        watcher.close()
        raise
    return watcher
