"""What `harness drift` is put together from: the two sides, who uses what, proposals, and who is told."""
