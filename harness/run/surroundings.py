"""What a program finds around it, so that it reaches the proxy and trusts it without a word of it being changed.

The usual variables for proxies and CAs; for Java a trust store; for Python and Node, of which much takes no notice of
these variables, a few lines that are loaded before the program (`bootstrap/`).
"""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from harness.contract.hosts import ANY_PORT, Hosts
from harness.errors import FileError
from harness.server.tls import JAVA_PASSWORD, bundle, java_trust_store

BOOTSTRAP = Path(__file__).with_name("bootstrap")

NEAR = "localhost,127.0.0.1,::1"
"""The program's own databases and services: no proxy stands before them."""

CA_BUNDLES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO"),
    *("PIP_CERT", "CARGO_HTTP_CAINFO", "DENO_CERT"),
)
"""Variables that name the only CAs to trust: the first is for OpenSSL, Go, Ruby and others."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY")


def trusting(environ: Mapping[str, str], ca: bytes, folder: Path) -> dict[str, str]:
    """Variables by which programs trust that CA (PEM) beside those that they trust anyway, which may be named in
    `environ`. The files that they name are written to `folder`. FileError where a CA's file cannot be read."""
    for name in (*CA_BUNDLES, "NODE_EXTRA_CA_CERTS"):
        if environ.get(name) and not Path(environ[name]).is_file():
            raise FileError(environ[name], f"no such file; {name} names it")
    named = [Path(environ[name]) for name in CA_BUNDLES if environ.get(name)]
    together = bundle(ca, [*named, _usual_bundle()])
    one, all_of_them, of_node = folder / "ca.pem", folder / "bundle.pem", folder / "node.pem"
    one.write_bytes(ca)
    all_of_them.write_bytes(together)
    nodes = environ.get("NODE_EXTRA_CA_CERTS")
    of_node.write_bytes(bundle(ca, [Path(nodes)] if nodes else []))
    found = {name: str(all_of_them) for name in CA_BUNDLES}
    found |= {"NODE_EXTRA_CA_CERTS": str(of_node), "HARNESS_CA_FILE": str(one)}
    found["PYTHONPATH"] = _joined(str(BOOTSTRAP / "python"), environ.get("PYTHONPATH", ""), by=":")
    if _has_java(environ):
        store = folder / "trust.p12"
        store.write_bytes(java_trust_store(together))
        options = {"trustStore": str(store), "trustStorePassword": JAVA_PASSWORD, "trustStoreType": "PKCS12"}
        found["JAVA_TOOL_OPTIONS"] = _joined(
            environ.get("JAVA_TOOL_OPTIONS", ""),
            " ".join(f"-Djavax.net.ssl.{name}={value}" for name, value in options.items()),
        )
    return found


def own_network(environ: Mapping[str, str], mocked: Sequence[Hosts]) -> tuple[str, ...]:
    """The hosts before which the user has no proxy (`NO_PROXY`), but for those that would cover a mocked one."""
    text = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    entries = dict.fromkeys(entry.strip().lower() for entry in text.split(","))
    return tuple(
        entry
        for entry in entries
        if entry and entry not in NEAR.split(",") and not any(_covers(entry, hosts) for hosts in mocked)
    )


def spelt(entry: str) -> tuple[str, ...]:
    """An entry of NO_PROXY as patterns of hosts: a domain stands for all in it."""
    name = entry.lstrip("*.")
    return name, f"*.{name}"


def _covers(entry: str, hosts: Hosts) -> bool:
    name = entry.lstrip("*.").partition(":")[0]
    under = f".{name}"
    return (
        not name or hosts.claim(name, ANY_PORT) > 0 or any(f".{host}".endswith(under) for host in hosts.names)
    )


def behind(
    environ: Mapping[str, str], proxy: str, ports: Iterable[int], *, beside: Sequence[str] = ()
) -> dict[str, str]:
    """Variables by which programs go by the proxy at that URL. `ports`: of other machines, at which those that know
    of no proxy are led to it. `beside`: hosts before which there is none."""
    address = urlsplit(proxy)
    host, port = address.hostname or "", address.port or 0
    found = {name: proxy for upper in PROXIES for name in (upper, upper.lower())}
    direct = _joined(NEAR, *beside, by=",")
    found |= {"NO_PROXY": direct, "no_proxy": direct}
    found |= {
        "HARNESS_PROXY": f"{host}:{port}",
        "HARNESS_PROXY_PORTS": ",".join(str(each) for each in sorted(ports)),
    }
    # Node splits the variable at blanks that stand in no quotes.
    require = f'--require "{BOOTSTRAP / "node.cjs"}"'
    found["NODE_OPTIONS"] = _joined(environ.get("NODE_OPTIONS", ""), require)
    if _has_java(environ):
        options = {
            f"{scheme}.proxy{part}": value
            for scheme in ("http", "https")
            for part, value in (("Host", host), ("Port", port))
        }
        of_java = (f"*{entry}" if entry.startswith(".") else entry for entry in beside)
        options["http.nonProxyHosts"] = _joined("localhost", "127.*", "[::1]", *of_java, by="|")
        found["JAVA_TOOL_OPTIONS"] = _joined(
            environ.get("JAVA_TOOL_OPTIONS", ""),
            " ".join(f"-D{name}={value}" for name, value in options.items()),
        )
    return found


def surroundings(
    environ: Mapping[str, str],
    *,
    ca: bytes,
    proxy: str,
    ports: Iterable[int],
    folder: Path,
    beside: Sequence[str] = (),
) -> dict[str, str]:
    """The whole environment of a program that goes by the proxy, but to the hosts `beside`, and trusts its CA."""
    whole = {name: value for name, value in environ.items() if name.lower() != "all_proxy"}
    whole |= trusting(whole, ca, folder)
    whole |= behind(whole, proxy, ports, beside=beside)
    return whole


def _usual_bundle() -> Path:
    usual = ssl.get_default_verify_paths().cafile
    if usual is not None:
        return Path(usual)
    # Imported here: only where the system has no file of CAs.
    import certifi

    return Path(certifi.where())


def _has_java(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("JAVA_HOME")) or shutil.which("java", path=environ.get("PATH")) is not None


def _joined(*parts: str, by: str = " ") -> str:
    return by.join(part for part in parts if part)
