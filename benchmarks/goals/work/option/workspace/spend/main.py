"""From arguments to output."""

import sys

from spend.errors import SpendError
from spend.options import read_options
from spend.reading import read
from spend.render import FORMATS
from spend.totals import summary


def main(arguments: list[str]) -> int:
    """Print the summary; return the exit code."""
    try:
        options, files = read_options(arguments)
        if not files:
            raise SpendError("no file was given")
        entries = [entry for file in files for entry in read(file)]
    except SpendError as error:
        print(f"spend: {error}", file=sys.stderr)
        return 2
    print(FORMATS[options["format"]](summary(entries, options["sort"]), options))
    return 0
