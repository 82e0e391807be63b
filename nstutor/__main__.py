"""`python -m nstutor`."""

import sys

from nstutor.cli import main

sys.exit(main())
