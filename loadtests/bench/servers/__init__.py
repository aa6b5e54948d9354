"""Servers of ours that are measured beside others."""
