"""`python -m han2x`."""

import sys

from han2x.cli import main

if __name__ == "__main__":
    sys.exit(main())
