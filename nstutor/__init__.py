"""nstutor: a guided lab for Linux network namespaces."""

__version__ = "0.1.0"
