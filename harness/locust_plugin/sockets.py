"""Which call sends on which port: noted where greenlets send, without the client's help, so that attempts find their
calls. Noted only when a connection changes hands."""

from __future__ import annotations

import time
from typing import Any

from gevent import _socket3, getcurrent

from harness.locust_plugin.recorder import NOBODY, Recorder


class Sockets:
    """The sockets of this process, which tell the recorder whose they are. What threads of the client send is
    nobody's. A process has one, from when it is made."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._at_work = recorder.at_work
        self._sent: dict[int, int] = {}
        kind: Any = _socket3.socket
        for method in ("send", "sendall", "sendmsg"):
            setattr(kind, method, _noting(self._note, getattr(kind, method)))
        kind.connect = self._connecting(kind.connect)
        kind.connect_ex = self._connecting(kind.connect_ex)

    def tell(self, recorder: Recorder) -> None:
        """From now on it is this one that is told."""
        self._recorder, self._at_work = recorder, recorder.at_work
        self._sent.clear()

    def _note(self, sock: Any) -> None:
        # hot: before every send.
        call = self._at_work.get(id(getcurrent()), NOBODY)
        number = sock.fileno()
        before = self._sent.get(number)
        if before == call or (before is None and call == NOBODY):
            return
        self._sent[number] = call
        self._tell(sock, time.monotonic(), call)

    def _tell(self, sock: Any, at_s: float, call: int) -> None:
        try:
            name = sock.getsockname()
        except OSError:
            return
        if isinstance(name, tuple) and len(name) > 1:
            if call != NOBODY:
                self._recorder.host = name[0]
            self._recorder.own(at_s, name[1], call)

    def _connecting(self, connect: Any) -> Any:
        """`connect` or `connect_ex`: one that is refused was an attempt, too."""

        def connecting(sock: Any, address: Any) -> Any:
            self._sent.pop(sock.fileno(), None)
            at_s = time.monotonic()
            try:
                code = connect(sock, address)
            except OSError:
                self._refused(sock, at_s)
                raise
            if code:
                self._refused(sock, at_s)
            return code

        return connecting

    def _refused(self, sock: Any, at_s: float) -> None:
        call = self._at_work.get(id(getcurrent()), NOBODY)
        if call != NOBODY:
            self._tell(sock, at_s, call)


def _noting(note: Any, method: Any) -> Any:
    def noting(self: Any, *arguments: Any, **named: Any) -> Any:
        note(self)
        return method(self, *arguments, **named)

    return noting
