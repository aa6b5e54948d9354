"""Jobs of GitLab CI, to be included. What may stand in them: https://docs.gitlab.com/ci/yaml."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from harness.cli.starting.ci import ASKING, EXTRA, OUTAGE, STATE, Setting, moments, said, scalar, unwatched

FILE = ".gitlab/harness.gitlab-ci.yml"
MAIN = ".gitlab-ci.yml"
"""The file that GitLab reads first."""


def jobs(setting: Setting) -> str:
    """A job for each moment that the repository has something for."""
    lines = [*moments(setting), *said(setting, "CI/CD variable", "masked CI/CD variable"), *_push(setting)]
    for name, prefix in setting.providers:
        lines += [
            *_unwatched(name, prefix),
            *_check(name, prefix),
            *_drift(name, prefix),
            *_live(name, prefix),
        ]
    for client in setting.clients:
        lines += _release(client)
    return "\n".join(lines).rstrip() + "\n"


def including() -> str:
    """The file that GitLab reads first, where the repository has none."""
    return f"include:\n  - local: {FILE}\n"


def _push(setting: Setting) -> Iterator[str]:
    yield ".harness:"
    yield "  image: python:3.12"
    yield "  before_script:"
    yield from (f"    - {scalar(step)}" for step in setting.steps)
    yield "  artifacts:"
    yield "    when: always"
    yield "    paths: [reports/]"
    yield "    reports:"
    yield "      junit: reports/*.xml"
    yield ""
    yield from _job("harness", '$CI_PIPELINE_SOURCE != "schedule"')
    yield "  script:"
    yield "    - python -m pytest --junitxml=reports/tests.xml --harness-report reports/harness"
    for client in setting.clients:
        yield f"    - harness verify {shlex.quote(client)} --report reports/{client}.xml"
    yield ""


def _unwatched(name: str, prefix: str) -> Iterator[str]:
    """Is there anything to look at?"""
    warning = f'echo "{unwatched(name, prefix)}"; exit 3'
    neither = f"${prefix}_CHECK_BASE_URL == null && ${prefix}_DOCUMENT_URL == null"
    yield from _job(f"harness-{_slug(prefix)}-unwatched", f'$CI_PIPELINE_SOURCE == "schedule" && {neither}')
    yield from _with_a_warning("nothing was looked at: a warning, and neither a pass nor a fail.")
    yield "  script:"
    yield f"    - {scalar(warning)}"
    yield ""


def _check(name: str, prefix: str) -> Iterator[str]:
    """Does a provider keep its contract?"""
    command = f"harness check {shlex.quote(name)} --auth env:{prefix}_CHECK_KEY"
    command += f' --base-url "${prefix}_CHECK_BASE_URL" --report reports/{prefix.lower()}.xml'
    yield from _job(
        f"harness-{_slug(prefix)}-nightly", f'$CI_PIPELINE_SOURCE == "schedule" && ${prefix}_CHECK_BASE_URL'
    )
    yield from _with_a_warning("too little evidence: a warning, and neither a pass nor a fail.")
    yield "  script:"
    yield f"    - {ASKING}"
    yield f"    - {scalar(command)}"
    yield ""


def _drift(name: str, prefix: str) -> Iterator[str]:
    """Has its API moved, by its document?"""
    command = f'harness drift {shlex.quote(name)} --against "${prefix}_DOCUMENT_URL"'
    yield from _watched(f"{_slug(prefix)}-drift", f"${prefix}_DOCUMENT_URL", [], command)


def _live(name: str, prefix: str) -> Iterator[str]:
    """Has it moved, by what it answers?"""
    command = f"harness drift {shlex.quote(name)} --against live --auth env:{prefix}_CHECK_KEY"
    command += f' --base-url "${prefix}_CHECK_BASE_URL"'
    yield from _watched(f"{_slug(prefix)}-live", f"${prefix}_CHECK_BASE_URL", [ASKING], command)


def _watched(job: str, needed: str, before: list[str], command: str) -> Iterator[str]:
    """Each night, where that variable is set, with what is known of the night before."""
    command += f" --state {STATE} --report reports/{job}.xml --report reports/{job}.html"
    yield from _job(f"harness-{job}", f'$CI_PIPELINE_SOURCE == "schedule" && {needed}')
    yield from _with_a_warning("what could not be checked: a warning, and neither a pass nor a fail.")
    yield "  cache:"
    yield f"    key: harness-{job}"
    yield "    when: always"
    yield f"    paths: [{STATE}]"
    yield "  script:"
    yield from (f"    - {scalar(each)}" for each in (*before, command))
    yield ""


def _release(client: str) -> Iterator[str]:
    """At a tag, a client goes through an outage under load."""
    reports = f"--report reports/{client}-load.xml --report reports/{client}-load.html"
    yield from _job(f"harness-{client}-load", "$CI_COMMIT_TAG")
    yield from _with_a_warning("too little evidence, as where the runner was too slow: a warning.")
    yield "  script:"
    yield f"    - {EXTRA}"
    yield f"    - harness load {shlex.quote(client)} {OUTAGE} {reports}"
    yield ""


def _job(name: str, condition: str) -> Iterator[str]:
    yield f"{name}:"
    yield "  extends: .harness"
    yield "  stage: test"
    yield "  rules:"
    yield f"    - if: {condition}"


def _with_a_warning(what: str) -> Iterator[str]:
    yield f"  # 3 is {what}"
    yield "  allow_failure:"
    yield "    exit_codes: [3]"


def _slug(prefix: str) -> str:
    return prefix.lower().replace("_", "-")
