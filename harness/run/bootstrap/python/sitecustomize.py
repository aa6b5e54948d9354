"""Loaded by every Python that `harness run` starts, before the program: it trusts the throw-away CA beside whatever
CAs the program names, and what takes no notice of HTTPS_PROXY is led to the proxy all the same.

Old interpreters load it too: nothing here is newer than Python 3.7, and nothing is imported before the program does.
"""

import os
import sys
from importlib.machinery import PathFinder

CA = os.environ.get("HARNESS_CA_FILE", "")
HOST, _, PORT = os.environ.get("HARNESS_PROXY", "").rpartition(":")
PORTS = {int(port) for port in os.environ.get("HARNESS_PROXY_PORTS", "").split(",") if port}


def trust(ssl):
    """Some clients (Stripe's, those on certifi) name a file of CAs of their own: ours is one more."""

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        original(self, cafile, capath, cadata)
        original(self, CA)

    original = ssl.SSLContext.load_verify_locations
    ssl.SSLContext.load_verify_locations = load_verify_locations


def lead(socket):
    """Some clients (aiohttp, urllib3, http.client) connect without asking for a proxy: other machines are there."""

    def getaddrinfo(host, port, *args, **kwargs):
        number = {"http": 80, "https": 443}.get(port, port)
        name = host.decode() if isinstance(host, bytes) else host
        if str(number).isdigit() and int(number) in PORTS and name and not is_near(name):
            return original(HOST, int(PORT), *args, **kwargs)
        return original(host, port, *args, **kwargs)

    original = socket.getaddrinfo
    socket.getaddrinfo = getaddrinfo


def is_near(name):
    """Is it this machine?"""
    return (
        name in ("localhost", "0.0.0.0", "::", "::1")
        or name.startswith("127.")
        or name.endswith(".localhost")
    )


class Finder:
    """Finds modules as usual, and has some changed as soon as they are loaded."""

    def __init__(self, changes):
        self._changes = changes

    def find_spec(self, name, path=None, target=None):
        change = self._changes.pop(name, None)
        spec = PathFinder.find_spec(name, path, target) if change else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            change(module)

        spec.loader.exec_module = exec_module
        return spec


def begin():
    """Change what is loaded already, and what will be."""
    changes = {"ssl": trust} if CA else {}
    if PORT:
        changes["socket"] = lead
    for name in list(changes):
        if name in sys.modules:
            changes.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, Finder(changes))


def go_on():
    """Python loads one module of this name: the one that it would have loaded without us comes next."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = PathFinder.find_spec(__name__, others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(sys.modules[__name__])


begin()
go_on()
