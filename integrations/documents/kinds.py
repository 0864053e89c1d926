"""Kinds of documents that a child process reads, by how their files are named and what servers call them."""

from typing import Literal, get_args

DocumentKind = Literal["docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "rtf", "eml", "msg", "doc", "xls", "ppt"]
KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
MOST_BYTES = 50_000_000

SUFFIXES: dict[str, DocumentKind] = {
    **{f".{kind}": kind for kind in KINDS},
    **dict.fromkeys((".docm", ".dotx", ".dotm"), "docx"),
    **dict.fromkeys((".xlsm", ".xltx", ".xltm"), "xlsx"),
    **dict.fromkeys((".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), "pptx"),
    **{".ott": "odt", ".ots": "ods", ".otp": "odp", ".odg": "odp", ".xlt": "xls", ".pps": "ppt"},
}
TYPES: dict[str, DocumentKind] = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    **{"application/msword": "doc", "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt"},
    **{"application/rtf": "rtf", "text/rtf": "rtf", "application/epub+zip": "epub", "message/rfc822": "eml"},
    **{"application/vnd.ms-outlook": "msg"},
}
UNREAD = {
    **dict.fromkeys((".pages", ".numbers", ".key"), "a document of Apple's iWork"),
    **{".xlsb": "a binary Excel workbook", ".one": "a OneNote section", ".mdb": "a database of Access"},
    **{
        ".pub": "a document of Publisher",
        ".wpd": "a document of WordPerfect",
        ".hwp": "a document of Hangul",
        ".djvu": "a DjVu document",
    },
    **{".mobi": "a Kindle book", ".azw3": "a Kindle book", ".vsdx": "a drawing of Visio"},
}
"""What users have, and nothing here reads: it is said by its name."""
