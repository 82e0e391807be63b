"""What a typed line means: tokens, quoting, iproute2's grammar, options, programs."""
