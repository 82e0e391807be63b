"""`python -m nstutor`."""

from nstutor.cli import run

run()
