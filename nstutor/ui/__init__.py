"""The REPL, the toolbar, rendering."""
