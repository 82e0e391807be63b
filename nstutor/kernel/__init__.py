"""Snapshots, events, probes: the only room that knows netlink."""
