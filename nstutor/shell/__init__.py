"""bash on a pty, its ready protocol; completion; highlighting."""
