"""Clients under answers that are drawn: allowed ones and broken ones, played, judged and shrunk."""
