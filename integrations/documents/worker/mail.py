"""E-mail (RFC 5322, and Outlook's .msg): who wrote to whom, when, about what, the text, and what is attached."""

import email
import email.policy
import io
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

_DEEPEST = 5
_HEADERS = ("From", "To", "Cc", "Bcc", "Date", "Subject")


def eml_parts(data: bytes) -> list[dict[str, object]]:
    """Return the message, then messages that it forwards; what else is attached is named."""
    return list(_message(email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default), 0))


def _message(message: EmailMessage, depth: int) -> Iterator[dict[str, object]]:
    title = str(message["Subject"] or "")
    raw = {name.title(): str(value) for name, value in message.raw_items()}  # also a date that is none
    told = {name: " ".join((str(message[name] or "") or raw.get(name, "")).split()) for name in _HEADERS}
    head = "\n".join(f"{name}: {value}" for name, value in told.items() if value)
    body = message.get_body(("plain", "html"))
    attached = [each for each in message.iter_attachments()] if message.is_multipart() else []
    names = [_attachment(each) for each in attached if each.get_content_type() != "message/rfc822"]
    yield {"title": title, "text": "\n".join([head, *names])}
    if body is not None:
        kind = "html" if body.get_content_type() == "text/html" else "text"
        yield {"title": title, kind: _content(body)}
    for each in attached:
        inner = each.get_payload()
        if each.get_content_type() == "message/rfc822" and isinstance(inner, list) and depth < _DEEPEST:
            for one in inner:
                if isinstance(one, EmailMessage):
                    yield from _message(one, depth + 1)


def _content(part: Any) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, UnicodeError):  # a charset that nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _attachment(part: Any) -> str:
    size = len(part.get_payload(decode=True) or b"")
    return f"[attachment {part.get_filename() or 'without a name'}, {part.get_content_type()}, {size} bytes, not read]"


_SUBJECT, _BODY, _HTML, _FROM, _ADDRESS, _HEAD = "0037", "1000", "1013", "0C1A", "5D01", "007D"
_TO, _CC, _NAME = "0E04", "0E03", ("3707", "3704")


def msg_parts(data: bytes) -> list[dict[str, object]]:
    """Return an Outlook message ([MS-OXMSG]); what is attached is named. Raises OSError for what is none."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as file:
        if not file.exists("__properties_version1.0"):
            raise ValueError("it is no message of Outlook")
        address = _text(file, "", _ADDRESS)
        head = {
            "From": f"{_text(file, '', _FROM)} <{address}>".removesuffix(" <>"),
            "To": _text(file, "", _TO),
            "Cc": _text(file, "", _CC),
        }
        sent = email.message_from_string(_text(file, "", _HEAD), policy=email.policy.default)
        head |= {"Date": str(sent["Date"] or ""), "Subject": _text(file, "", _SUBJECT)}
        lines = [f"{name}: {value}" for name, value in head.items() if value]
        for folder in sorted({path[0] for path in file.listdir(storages=True) if path[0].startswith("__attach")}):
            name = next((told for code in _NAME if (told := _text(file, folder, code))), "without a name")
            place = f"{folder}/__substg1.0_37010102"
            size = file.get_size(place) if file.exists(place) else 0
            lines.append(f"[attachment {name}, {size} bytes, not read]")
        parts: list[dict[str, object]] = [{"title": head["Subject"], "text": "\n".join(lines)}]
        if body := _text(file, "", _BODY):
            parts.append({"title": head["Subject"], "text": body})
        elif html := _text(file, "", _HTML):
            parts.append({"title": head["Subject"], "html": html})
        return parts


def _text(file: Any, folder: str, code: str) -> str:
    """Return a property as text: Unicode, of 8 bits a letter, or binary."""
    for kind, charset in (("001F", "utf-16-le"), ("001E", "cp1252"), ("0102", "utf-8")):
        place = f"{folder}/__substg1.0_{code}{kind}".lstrip("/")
        if file.exists(place):
            return str(file.openstream(place).read().decode(charset, "replace")).rstrip("\0").strip()
    return ""
