"""Display URL: an address as it may be shown: no password or key in it, on one line, not endless."""

import re

_LONGEST = 200
_USERINFO = re.compile(r"(?<=//)[^/?#\s]*@")
_PAIR = re.compile(r"(?P<name>(?<=[?&;#])[^=&;#\s]{1,100})=(?P<value>[^&;#\s]+)")
_SECRET_NAME = re.compile(
    r"(?:^|[-_.\[])(?:key|keys|token|secret|pass|passwd|password|pwd|sig|signature|auth|authorization|jwt|sid"
    r"|credentials?|session(?:id)?)(?:$|[-_.\]])"
    r"|(?:api|app|access|auth|client|private|refresh|secret|session|subscription)[-_.]?(?:key|token|secret)",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Say whether a name says that what stands under it is secret: `api_key`, `X-Amz-Signature`, `password`."""
    return bool(_SECRET_NAME.search(name))


def mask_urls(text: str) -> str:
    """Return a text whose addresses have no user name, password or key in them."""
    if "//" not in text:
        return text
    bare = _USERINFO.sub("***@", text)
    return _PAIR.sub(lambda pair: f"{pair['name']}=***" if is_secret_name(pair["name"]) else pair[0], bare)


def display_url(url: str) -> str:
    """Return an address as it may be shown."""
    line = "".join(c if c.isprintable() else "?" for c in mask_urls(url))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
