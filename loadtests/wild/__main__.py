"""`python -m loadtests.wild`."""

from loadtests.wild.sweep import main

main()
