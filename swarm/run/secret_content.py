"""Secret content: what a file of settings or notes holds when it holds a key, whatever its name.

The forms are those on which detectors agree (detect-secrets 1.5, gitleaks 8): a private key, and tokens that their
makers gave a prefix so that they can be found. What only looks random is not taken for a key. Source code, where keys
of that form are mostly examples and tests, is not looked at.
"""

import re
from pathlib import PurePosixPath

LARGEST = 262_144
"""Bytes of a file that is looked at."""
_CODE = frozenset(
    (
        *(".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".go", ".java", ".kt", ".rs", ".c", ".h", ".cc"),
        *(".cpp", ".hpp", ".cs", ".rb", ".php", ".swift", ".scala", ".ex", ".exs", ".clj", ".sh", ".bash", ".ps1"),
        *(".sql", ".html", ".htm", ".css", ".md", ".rst", ".adoc", ".ipynb", ".lock", ".patch", ".diff", ".svg"),
    )
)
_FORMS = {
    "a private key": rb"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/:=, \r\n-]{40}",
    "a key of AWS": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of GitHub": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b",
    "a token of GitLab": rb"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of Slack": rb"\bxox[abeoprs]-[A-Za-z0-9-]{20,}",
    "a key of Stripe": rb"\b[rs]k_live_[A-Za-z0-9]{20,}",
    "a key of OpenAI or Anthropic": rb"\bsk-(?:proj-|ant-(?:api\d\d-)?|svcacct-)[A-Za-z0-9_-]{30,}",
    "a key of Google": rb"\bAIza[A-Za-z0-9_-]{35}\b",
    "a token of npm": rb"\bnpm_[A-Za-z0-9]{36}\b",
    "a token of PyPI": rb"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    "a key of SendGrid": rb"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
}
_ANY = re.compile(b"|".join(b"(" + form + b")" for form in _FORMS.values()))
_EXAMPLE = re.compile(rb"EXAMPLE|example|(?i:x{6}|dummy|fake|placeholder)|(.)\1{7}")


def secret_in(name: str, data: bytes) -> str:
    """Say which kind of secret a file holds; empty for none, and for a name that is one of source code."""
    if not may_hold(name) or len(data) > LARGEST:
        return ""
    for found in _ANY.finditer(data):
        if not _EXAMPLE.search(found[0]):
            return list(_FORMS)[(found.lastindex or 1) - 1]
    return ""


def may_hold(name: str) -> bool:
    """Say whether a file of that name is looked at: not source code."""
    return PurePosixPath(name.lower()).suffix not in _CODE
