"""The command line: python -m cli FILE add TEXT | remove NUMBER | list"""

import argparse
import sys

from notes import Store, StoreError


def main(arguments):
    parser = argparse.ArgumentParser(prog="notes")
    parser.add_argument("file")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("add").add_argument("text")
    verbs.add_parser("remove").add_argument("number", type=int)
    verbs.add_parser("list")
    given = parser.parse_args(arguments)
    try:
        store = Store(given.file)
        if given.verb == "add":
            print(store.add(given.text))
        elif given.verb == "remove":
            store.remove(given.number)
        else:
            print("\n".join(store.lines()))
    except StoreError as error:
        print(f"notes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
