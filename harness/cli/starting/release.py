"""The jobs of CI for the moment before a release: at a tag, each client goes through an outage under load."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

EXTRA = 'python -m pip install "locust>=2.40" numpy'
"""What `harness[load]` adds, without asking an index for the harness itself."""

OUTAGE = "--scenario outage --users 50 --duration 2m"

AS_A_WARNING = (
    '          if [ "$code" = 3 ]; then echo "::warning::too little was seen for a verdict"; code=0; fi',
    "          exit $code",
)


def on_github(clients: Sequence[str], *, prepared: Iterable[str], kept: Iterable[str]) -> Iterator[str]:
    """A job of GitHub Actions; nothing where there is no client. `prepared`, `kept`: the steps before and after."""
    if not clients:
        return
    yield "  release:"
    yield "    if: startsWith(github.ref, 'refs/tags/') || github.event_name == 'workflow_dispatch'"
    yield "    runs-on: ubuntu-latest"
    yield "    steps:"
    yield from prepared
    yield f"      - run: {EXTRA}"
    for client in clients:
        yield f"      - name: An outage under load, on {client}"
        yield "        if: ${{ !cancelled() }}"
        yield "        run: |"
        yield "          code=0"
        yield f"          harness load {shlex.quote(client)} {OUTAGE} \\"
        yield f"            --report md --report reports/{client}-load.xml \\"
        yield f"            --report reports/{client}-load.html || code=$?"
        yield from AS_A_WARNING
    yield from kept


def on_gitlab(clients: Sequence[str]) -> Iterator[str]:
    """A job of GitLab CI for each client."""
    for client in clients:
        yield f"harness-{client}-load:"
        yield "  extends: .harness"
        yield "  stage: test"
        yield "  rules:"
        yield "    - if: $CI_COMMIT_TAG"
        yield "  # 3 is too little evidence, as where the runner was too slow: a warning."
        yield "  allow_failure:"
        yield "    exit_codes: [3]"
        yield "  script:"
        yield f"    - {EXTRA}"
        reports = f"--report reports/{client}-load.xml --report reports/{client}-load.html"
        yield f"    - harness load {shlex.quote(client)} {OUTAGE} {reports}"
        yield ""
