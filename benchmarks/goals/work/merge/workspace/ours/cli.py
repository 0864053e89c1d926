"""The command line: python -m cli FILE add TEXT [--tag TAG ...] | remove NUMBER | list [--tag TAG]"""

import argparse
import sys

from notes import Book, BookError


def main(arguments):
    parser = argparse.ArgumentParser(prog="notes")
    parser.add_argument("file")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("add")
    verb.add_argument("text")
    verb.add_argument("--tag", action="append", default=[])
    verbs.add_parser("remove").add_argument("number", type=int)
    verbs.add_parser("list").add_argument("--tag")
    given = parser.parse_args(arguments)
    try:
        book = Book(given.file)
        if given.verb == "add":
            print(book.add(given.text, given.tag))
        elif given.verb == "remove":
            book.remove(given.number)
        else:
            for line in book.lines(given.tag):
                print(line)
    except BookError as error:
        print(f"notes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
