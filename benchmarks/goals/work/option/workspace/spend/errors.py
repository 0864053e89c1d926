"""What the user did wrong."""


class SpendError(Exception):
    """One line, for stderr."""
