"""`harness init`: what a repository talks to, and the files that put it to the test."""
