"""The command line."""

import sys

from spend.main import main

sys.exit(main(sys.argv[1:]))
