"""Markdown to Lesson."""
