"""`python -m itemcat`, the same as `itemcat`."""

import sys

from itemcat.cli import main

if __name__ == "__main__":
    sys.exit(main())
