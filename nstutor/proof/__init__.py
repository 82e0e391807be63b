"""Proving that a lesson does what its author means."""
