"""Names of packages: what an index or a registry knows, and never an address, an option or a folder."""

import re

_NPM_NAME = re.compile(r"(@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~][A-Za-z0-9._~-]{0,200}")
_NPM_RANGE = re.compile(r"(npm:(@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9._~-]+@)?[0-9A-Za-z.*^~<>=| +-]{0,100}")


def sound_requirement(line: str) -> str:
    """Return a requirement in its normal form; raises ValueError for an address, an option, or what is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    if "://" in line or " @ " in line:
        raise ValueError("it names an address, and only an index is asked")
    try:
        return str(Requirement(line))
    except InvalidRequirement as error:
        raise ValueError(str(error).splitlines()[0]) from None


def is_npm_name(name: str) -> bool:
    """Say whether this is the name of a package in npm's registry."""
    return _NPM_NAME.fullmatch(name) is not None


def is_npm_range(text: str) -> bool:
    """Say whether this is a version, a range or a tag: not an address, a folder or a repository."""
    return _NPM_RANGE.fullmatch(text) is not None
