"""Make and undo a world; what this machine allows."""
