"""Judging what was handed in, without a person."""
