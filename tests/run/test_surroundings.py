"""What a program finds around it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.contract.hosts import hosts_of
from harness.errors import FileError
from harness.run.surroundings import (
    BOOTSTRAP,
    CA_BUNDLES,
    behind,
    own_network,
    spelt,
    surroundings,
    trusting,
)
from harness.server.tls import Authority

PROXY = "http://127.0.0.1:4099"


@pytest.fixture(scope="module")
def ca() -> bytes:
    return Authority().pem


def test_a_program_goes_by_the_proxy_and_to_this_machine_without(ca: bytes, tmp_path: Path) -> None:
    before = {
        "PATH": "/nowhere",
        "HTTPS_PROXY": "http://corporate:3128",
        "ALL_PROXY": "socks5://a:1",
        "no_proxy": "*",
    }
    env = surroundings(before, ca=ca, proxy=PROXY, ports=[8443, 443], folder=tmp_path)
    assert {env[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")} == {PROXY}
    assert env["NO_PROXY"] == env["no_proxy"] == "localhost,127.0.0.1,::1"
    assert "ALL_PROXY" not in env
    assert env["HARNESS_PROXY_PORTS"] == "443,8443"
    assert "JAVA_TOOL_OPTIONS" not in env  # where there is no Java, nobody needs them


def test_the_users_own_network_stays_without_a_proxy_but_for_what_is_mocked() -> None:
    hosts = [hosts_of(["https://api.stripe.com", "https://{bucket}.s3.amazonaws.com"])]
    entries = "localhost, ES, .corp.example,*.lan,10.0.0.0/8"
    mocked = "api.stripe.com,.stripe.com,amazonaws.com,b.s3.amazonaws.com,*"
    assert own_network({"NO_PROXY": f"{entries},{mocked}"}, hosts) == (
        "es",
        ".corp.example",
        "*.lan",
        "10.0.0.0/8",
    )
    env = behind({"JAVA_HOME": "/jdk"}, PROXY, [443], beside=["es", ".corp.example"])
    assert env["no_proxy"] == "localhost,127.0.0.1,::1,es,.corp.example"
    assert "-Dhttp.nonProxyHosts=localhost|127.*|[::1]|es|*.corp.example" in env["JAVA_TOOL_OPTIONS"]
    assert spelt(".corp.example") == ("corp.example", "*.corp.example")


def test_ours_is_one_more_ca_beside_those_that_were_trusted(ca: bytes, tmp_path: Path) -> None:
    corporate = tmp_path / "corporate.pem"
    corporate.write_text("-----corporate-----\n")
    before = {"PATH": "", "SSL_CERT_FILE": str(corporate), "NODE_EXTRA_CA_CERTS": str(corporate)}
    env = trusting(before, ca, tmp_path)
    together = Path(env["SSL_CERT_FILE"]).read_text()
    assert {env[name] for name in CA_BUNDLES} == {env["SSL_CERT_FILE"]}
    assert ca.decode().strip() in together
    assert "-----corporate-----" in together
    assert together.count("BEGIN CERTIFICATE") > 20  # the system's
    assert Path(env["NODE_EXTRA_CA_CERTS"]).read_text().count("BEGIN") == 1
    assert "corporate" in Path(env["NODE_EXTRA_CA_CERTS"]).read_text()


def test_a_file_of_cas_that_is_not_there_is_named(ca: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"/gone\.pem: no such file; REQUESTS_CA_BUNDLE names it"):
        trusting({"REQUESTS_CA_BUNDLE": "/gone.pem"}, ca, tmp_path)


def test_what_was_set_for_java_node_and_python_stays(ca: bytes, tmp_path: Path) -> None:
    before = {
        "JAVA_HOME": "/jdk",
        "JAVA_TOOL_OPTIONS": "-Xmx1g",
        "NODE_OPTIONS": "--trace",
        "PYTHONPATH": "src",
    }
    env = surroundings(before, ca=ca, proxy=PROXY, ports=[443], folder=tmp_path)
    assert env["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Djavax.net.ssl.trustStore=")
    assert "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=4099" in env["JAVA_TOOL_OPTIONS"]
    assert env["NODE_OPTIONS"] == f'--trace --require "{BOOTSTRAP / "node.cjs"}"'
    assert env["PYTHONPATH"] == f"{BOOTSTRAP / 'python'}:src"


def test_java_reads_the_trust_store(ca: bytes, tmp_path: Path) -> None:
    if not shutil.which("keytool"):
        pytest.skip("keytool is not installed")
    trusting({"JAVA_HOME": "/jdk"}, ca, tmp_path)
    command = ["keytool", "-list", "-keystore", str(tmp_path / "trust.p12"), "-storepass", "changeit"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert listed.count("trustedCertEntry") > 20


def python(env: dict[str, str], code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_bootstrap_of_python_loads_nothing_by_itself(tmp_path: Path) -> None:
    env = {
        "PYTHONPATH": str(BOOTSTRAP / "python"),
        "HARNESS_CA_FILE": "/ca.pem",
        "HARNESS_PROXY": "127.0.0.1:1",
    }
    code = "import sys; print(sorted({'ssl', 'socket', 'json', 'importlib.util'} & set(sys.modules)))"
    assert python({**env, "PYTHONPATH": f"{env['PYTHONPATH']}:{tmp_path}"}, code) in (
        "[]",
        "['importlib.util']",
    )


def test_the_bootstrap_of_python_lets_another_one_run(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins; builtins.THEIRS = 'ran'\n")
    env = {"PYTHONPATH": f"{BOOTSTRAP / 'python'}:{tmp_path}"}
    assert python(env, "print(THEIRS)") == "ran"


def test_a_client_with_cas_of_its_own_trusts_ours_too(ca: bytes, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(Authority().pem)
    env = {**trusting({"PATH": ""}, ca, tmp_path), **behind({}, PROXY, [443])}
    code = (
        f"import ssl; context = ssl.create_default_context(cafile={str(own)!r}); "
        "print(len(context.get_ca_certs()))"
    )
    assert python(env, code) == "2"
    assert python({}, code) == "1"


def test_python_that_knows_of_no_proxy_is_led_to_it() -> None:
    env = {"PYTHONPATH": str(BOOTSTRAP / "python"), "HARNESS_CA_FILE": "/ca.pem", **behind({}, PROXY, [443])}
    code = """
import json, socket
far = [("api.example.com", 443), (b"api.example.com", "https")]
places = [*far, ("localhost", 443), ("127.0.0.1", 443), ("::1", 22)]
print(json.dumps([socket.getaddrinfo(*place, type=socket.SOCK_STREAM)[0][4][:2] for place in places]))
"""
    led, led_too, *near = json.loads(python(env, code))
    assert led == led_too == ["127.0.0.1", 4099]
    assert [port for _, port in near] == [443, 443, 22]
