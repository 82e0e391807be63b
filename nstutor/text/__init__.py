"""How texts look: languages, widths, printable characters, help."""
