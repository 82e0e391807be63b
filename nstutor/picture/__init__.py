"""Drawings of a lab's real state: namespaces are houses, veth cables run between them."""
