"""Calls that nobody marked: told where the test's own stack shows which requests are one, and else in doubt."""

from __future__ import annotations

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

SHOP = """
import asyncio
import threading
import time
import uuid

import httpx


class Shop:
    def __init__(self, provider):
        self.url, self.auth = provider.url, (provider.credentials["api_key"], "")

    def once(self, key=None, email="ada@example.com"):
        headers = {"idempotency-key": key} if key else {}
        answer = httpx.post(self.url + "/v1/customers", data={"email": email}, auth=self.auth, headers=headers)
        return answer.status_code

    def again(self, key=lambda: None):
        for number in range(3):
            if self.once(key()) < 500:
                break
            time.sleep(0.02 * 2**number)

    def under_one_key(self):
        mine = str(uuid.uuid4())
        self.again(lambda: mine)

    def under_new_keys(self):
        self.again(lambda: str(uuid.uuid4()))

    def in_a_thread(self):
        thread = threading.Thread(target=self.again)
        thread.start()
        thread.join()

    def at_once(self):
        threads = [threading.Thread(target=self.once) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    async def later(self, tries=3, key=lambda: None):
        async with httpx.AsyncClient(base_url=self.url, auth=self.auth) as client:
            for _ in range(tries):
                headers = {"idempotency-key": key()} if key() else {}
                answer = await client.post("/v1/customers", data={"email": "ada@example.com"}, headers=headers)
                if answer.status_code < 500:
                    break

    async def gathered(self):
        await asyncio.gather(self.later(1), self.later(1))
"""

HEAD = """
import asyncio
import uuid
from shop import Shop

@pytest.fixture
def stripe(mock_provider):
    return mock_provider("stripe").fail_next(503)
"""

RETRY = "idempotency.only_with_key"

#: What the summary of pytest says of a test, as a verdict.
OUTCOMES = {"PASSED": "pass", "FAILED": "fail", "ERROR": "error"}


#: What a test does with a client of its own, the check it asks for, and the verdict.
TOLD = [
    ("shop.again()", RETRY, "fail"),
    ("shop.under_one_key()", "idempotency.same_key", "pass"),
    ("shop.under_new_keys()", "idempotency.same_key", "fail"),
    ("[sender() for sender in [shop.again]]", RETRY, "fail"),
]

IN_DOUBT = [
    ("shop.once(); shop.once()", RETRY),
    ("[shop.once() for _ in range(2)]", RETRY),
    ("[send() for send in [lambda: [shop.once(), shop.once()]]]", RETRY),
    ("shop.once('order-7'); shop.once('order-7')", "idempotency.same_key"),
    ("shop.once(str(uuid.uuid4())); shop.once(str(uuid.uuid4()))", "idempotency.same_key"),
    ("shop.once(str(uuid.uuid4())); shop.once(str(uuid.uuid4()))", RETRY),
    ("shop.once(); shop.once(email='grace@example.com')", RETRY),
    ("[sender() for sender in [shop.once] * 2]", RETRY),
    ("shop.at_once()", RETRY),
    ("shop.in_a_thread()", RETRY),
    ("asyncio.run(shop.gathered())", RETRY),
    ("asyncio.run(shop.later(key=lambda: str(uuid.uuid4())))", "idempotency.same_key"),
    ("asyncio.run(shop.later(key=lambda: str(uuid.uuid4())))", RETRY),
]


def told(repository: Repository, cases: list[tuple[str, str]]) -> list[str]:
    """The verdict of each case, `fail`, `inconclusive` or `pass`: each is a test, all run in one process."""
    (repository.path / "shop.py").write_text(SHOP, "utf-8")
    tests = [
        f"def test_{number}(stripe):\n    shop = Shop(stripe)\n    {act}\n    stripe.verify({check!r})\n"
        for number, (act, check) in enumerate(cases)
    ]
    done = repository.run(HEAD + "\n".join(tests), "-rA", alone=True)
    verdicts = []
    for number in range(len(cases)):
        (line,) = [
            line
            for line in done.outlines
            if f"::test_{number} " in f"{line} " and line.split()[0] in OUTCOMES
        ]
        said = line.partition("AssertionError: ")[2].split()
        verdicts.append(said[0].lower() if said else OUTCOMES[line.split()[0]])
    return verdicts


def test_what_one_call_of_the_client_does_is_judged_without_a_mark(repository: Repository) -> None:
    assert told(repository, [(act, check) for act, check, _ in TOLD]) == [verdict for _, _, verdict in TOLD]


def test_what_may_be_one_call_or_several_is_in_doubt(repository: Repository) -> None:
    verdicts = dict(zip(IN_DOUBT, told(repository, IN_DOUBT), strict=True))
    assert verdicts == dict.fromkeys(IN_DOUBT, "inconclusive")


def test_a_limit_that_one_call_met_is_no_matter_of_the_next_one(repository: Repository) -> None:
    (repository.path / "shop.py").write_text(SHOP, "utf-8")
    done = repository.run(
        f"""{HEAD}
def test_it(mock_provider):
    stripe = mock_provider("stripe").fail_next(429, form="seconds", wait_s=1)
    shop = Shop(stripe)
    assert [shop.once(), shop.once()] == [429, 200]
    stripe.verify("retry.honours_retry_after")
""",
        alone=True,
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*INCONCLUSIVE retry.honours_retry_after*one call or several*"])


def test_a_server_in_a_thread_and_workers_that_wait_are_no_callers(repository: Repository) -> None:
    (repository.path / "shop.py").write_text(SHOP, "utf-8")
    done = repository.run(
        f"""{HEAD}
from concurrent.futures import ThreadPoolExecutor

def test_it(stripe, httpserver):
    with ThreadPoolExecutor() as pool:
        pool.submit(int).result()
        Shop(stripe).again()
        stripe.verify({RETRY!r})
""",
        alone=True,
    )
    done.stdout.fnmatch_lines([f"*FAIL {RETRY}*"])


def test_where_it_cannot_be_told_who_asked_nothing_is_held_against_the_client(repository: Repository) -> None:
    (repository.path / "shop.py").write_text(SHOP, "utf-8")
    done = repository.run(
        f"""{HEAD}
import threading
import time

def test_it(mock_provider):
    threading.Thread(target=lambda: [time.sleep(0.01) for _ in range(300)], daemon=True).start()
    stripe = mock_provider("stripe").fail_next(429, form="seconds", wait_s=1)
    shop = Shop(stripe)
    assert [shop.once(), shop.once()] == [429, 200]
    stripe.verify("retry.honours_retry_after")
""",
        alone=True,
    )
    done.stdout.fnmatch_lines(["*INCONCLUSIVE retry.honours_retry_after*one call or several*"])
