from __future__ import annotations

import gevent
import pytest

from harness.errors import DriverError
from harness.locust_plugin.player import loading


def test_a_client_that_waits_for_something_as_it_is_loaded_is_given_up() -> None:
    with pytest.raises(DriverError, match=r"not loaded after 0\.01 s"), loading(0.01):
        gevent.sleep(5)


def test_a_client_that_is_loaded_in_time_is_left_alone() -> None:
    with loading(0.01):
        pass
    gevent.sleep(0.02)
