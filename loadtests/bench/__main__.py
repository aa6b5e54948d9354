"""`python -m loadtests.bench`."""

from loadtests.bench.run import main

main()
