"""A provider pretended for a test."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer

from tests.conformance.pretend import Orders


@pytest.fixture
def pretended(httpserver: HTTPServer) -> Orders:
    return Orders(httpserver)
