"""`python -m gradstudio.cli` is the command `gradstudio`."""

import sys

from gradstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())
