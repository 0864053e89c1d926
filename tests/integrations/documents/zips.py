"""Office documents as archives of parts, put together part by part."""

import io
import zipfile

_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
NAMES = " ".join(
    f'xmlns:{short}="http://x.org/{short}"'
    for short in ("w", "r", "m", "mc", "wp", "a", "c", "p", "v", "w14", "s", "xdr", "tc")
).replace("http://x.org/w14", "http://schemas.microsoft.com/office/word/2010/wordml")


def archive(parts: dict[str, str | bytes]) -> bytes:
    """Return an archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(name, body)
    return out.getvalue()


def relations(**targets: str) -> str:
    """Return the relations of a part: `id=KIND TARGET`."""
    told = "".join(
        f'<Relationship Id="{name}" Type="{_KINDS}{kind}" Target="{target}"{mode}/>'
        for name, value in targets.items()
        for kind, _, target in [value.partition(" ")]
        for mode in [' TargetMode="External"' if "://" in target else ""]
    )
    return f"<Relationships>{told}</Relationships>"


def root(name: str, body: str) -> str:
    """Return an element with all prefixes declared."""
    return f"<{name} {NAMES}>{body}</{name}>"


def word(body: str, parts: dict[str, str] | None = None, **related: str) -> bytes:
    """Return a Word document with this body and these other parts."""
    return archive(
        {
            "_rels/.rels": relations(d="officeDocument word/document.xml"),
            "word/document.xml": root("w:document", f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relations(**related),
            **(parts or {}),
        }
    )


def paragraph(text: str, inner: str = "", properties: str = "") -> str:
    """Return a paragraph of Word."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r>{inner}</w:p>"


CHART = root(
    "c:chartSpace",
    "<c:chart><c:title><c:tx><a:p><a:r><a:t>Boats a year</a:t></a:r></a:p></c:tx></c:title>"
    "<c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Sail</c:v></c:pt></c:strCache>"
    "</c:strRef></c:tx><c:cat><c:strCache><c:pt idx='0'><c:v>2019</c:v></c:pt><c:pt idx='1'><c:v>2020</c:v></c:pt>"
    "</c:strCache></c:cat><c:val><c:numCache><c:pt idx='0'><c:v>12</c:v></c:pt><c:pt idx='1'><c:v>15</c:v></c:pt>"
    "</c:numCache></c:val></c:ser></c:barChart></c:plotArea></c:chart>",
)
CHART_TEXT = "Bar chart: Boats a year\n\n|  | Sail |\n| --- | --- |\n| 2019 | 12 |\n| 2020 | 15 |"
