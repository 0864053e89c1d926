"""The command line: python -m cli FILE add TEXT [--due DAY] | remove NUMBER | list [--before DAY] | export"""

import argparse
import sys

from notes import Store, StoreError
from notes.export import table


def main(arguments):
    parser = argparse.ArgumentParser(prog="notes")
    parser.add_argument("file")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("add")
    verb.add_argument("text")
    verb.add_argument("--due")
    verbs.add_parser("remove").add_argument("number", type=int)
    verbs.add_parser("list").add_argument("--before")
    verbs.add_parser("export")
    given = parser.parse_args(arguments)
    try:
        store = Store(given.file)
        if given.verb == "add":
            print(store.add(given.text, due=given.due))
        elif given.verb == "remove":
            store.remove(given.number)
        elif given.verb == "export":
            print(table(store.notes.values()), end="")
        else:
            print("\n".join(store.lines(given.before)))
    except StoreError as error:
        print(f"notes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
