"""From a failed command or verdict to an explanation."""
