"""Which call sends on which port: noted where greenlets send, without the client's help, so that attempts find their
calls. Noted only when a connection changes hands."""

from __future__ import annotations

import time
from typing import Any

from gevent import _socket3, getcurrent

from harness.locust_plugin.recorder import NOBODY, Recorder


def watch_sockets(recorder: Recorder) -> None:
    """From now on, tell the recorder whose connections of this process are. What threads of the client send is
    nobody's."""
    sent: dict[int, int] = {}
    at_work = recorder.at_work
    own = recorder.own
    monotonic = time.monotonic

    def note(sock: Any) -> None:
        # hot: before every send.
        call = at_work.get(id(getcurrent()), NOBODY)
        number = sock.fileno()
        before = sent.get(number)
        if before == call or (before is None and call == NOBODY):
            return
        sent[number] = call
        tell(sock, monotonic(), call)

    def tell(sock: Any, at_s: float, call: int) -> None:
        try:
            name = sock.getsockname()
        except OSError:
            return
        if isinstance(name, tuple) and len(name) > 1:
            if call != NOBODY:
                recorder.host = name[0]
            own(at_s, name[1], call)

    kind: Any = _socket3.socket
    for method in ("send", "sendall", "sendmsg"):
        setattr(kind, method, _noting(note, getattr(kind, method)))
    connect, connect_ex = kind.connect, kind.connect_ex

    def connecting(self: Any, address: Any) -> None:
        sent.pop(self.fileno(), None)
        at_s = monotonic()
        try:
            connect(self, address)
        except OSError:
            _refused(self, at_s)
            raise

    def connecting_ex(self: Any, address: Any) -> int:
        sent.pop(self.fileno(), None)
        at_s = monotonic()
        code: int = connect_ex(self, address)
        if code:
            _refused(self, at_s)
        return code

    def _refused(sock: Any, at_s: float) -> None:
        call = at_work.get(id(getcurrent()), NOBODY)
        if call != NOBODY:
            tell(sock, at_s, call)

    kind.connect, kind.connect_ex = connecting, connecting_ex


def _noting(note: Any, method: Any) -> Any:
    def noting(self: Any, *arguments: Any, **named: Any) -> Any:
        note(self)
        return method(self, *arguments, **named)

    return noting
