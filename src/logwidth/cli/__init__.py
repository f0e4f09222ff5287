"""The command line: parse, call, print."""

from logwidth.cli.app import main

__all__ = ["main"]
