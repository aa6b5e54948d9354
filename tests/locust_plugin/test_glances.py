"""A look at a socket that does not wait is no turn for others; one that waits is."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from gevent import monkey
monkey.patch_all()
import select
import socket
import gevent
from harness.locust_plugin.glances import glance

glance()
turns = []
gevent.spawn(turns.append, 1)
ours, theirs = socket.socketpair()
look = select.poll()
look.register(ours, select.POLLIN)
assert look.poll(0) == [] and turns == []
theirs.send(b"x")
assert look.poll(0) == [(ours.fileno(), select.POLLIN)] and turns == []
assert look.poll(100) == [(ours.fileno(), select.POLLIN)]
ours.recv(1)
assert look.poll(10) == [] and turns == [1]
"""


def test_a_look_that_does_not_wait_lets_nobody_have_his_turn() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
