"""What the learner has done: one row for each command and each pass, written before the next prompt.

A *run* is one life of a lesson's world. Its commands, typed again into a fresh world, rebuild it.
"""
