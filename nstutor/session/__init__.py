"""One lesson in one world: steps, the live session, probes, waiting, replay."""
