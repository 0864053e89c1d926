"""Charts of office documents: the figures they are drawn from, as a table."""

from integrations.documents.worker.markdown_tables import as_markdown
from integrations.documents.worker.package import Element, attribute, below, child, local, on_one_line, texts

_MOST_POINTS = 5000
_KINDS = {
    f"{kind}{depth}Chart"
    for kind in ("bar", "line", "pie", "area", "scatter", "bubble", "radar", "doughnut", "stock", "surface", "ofPie")
    for depth in ("", "3D")
}


def chart_text(root: Element | None) -> str:
    """Return a chart's title and a table: a row for each category, a column for each series; nothing if it has none."""
    if root is None:
        return ""
    series = [(_name(each), _points(each, "cat", "xVal"), _points(each, "val", "yVal")) for each in below(root, "ser")]
    title = next((on_one_line([texts(each)]) for each in below(root, "title") if not _is_of_axis(each)), "")
    axes = [text for each in below(root, "title") if _is_of_axis(each) and (text := on_one_line([texts(each)]))]
    kind = next((local(each) for each in root.iter() if local(each) in _KINDS), "")
    named = f"{kind.removesuffix('Chart').removesuffix('3D').capitalize()} chart" if kind else "Chart"
    head = f"{named}: {title}" if title else named
    head += f" ({', '.join(axes)})" if axes else ""
    if not any(values for _, _, values in series):
        return head if title else ""
    categories: dict[int, str] = {}
    for _, names, values in series:
        categories |= {at: names.get(at, str(at + 1)) for at in values if at not in categories or at in names}
    header = ["", *(name or f"series {number}" for number, (name, _, _) in enumerate(series, start=1))]
    rows = [[categories[at], *(values.get(at, "") for _, _, values in series)] for at in sorted(categories)]
    return "\n".join([head, "", *as_markdown([header, *rows[:_MOST_POINTS]])])


def _is_of_axis(title: Element) -> bool:
    parent = title.getparent()
    return parent is not None and local(parent).endswith("Ax")


def _name(series: Element) -> str:
    return on_one_line([texts(child(series, "tx"), "v")])


def _points(series: Element, *names: str) -> dict[int, str]:
    held = next((each for name in names if (each := child(series, name)) is not None), None)
    found: dict[int, str] = {}
    for point in below(held, "pt"):
        value = texts(point, "v")
        number = attribute(point, "idx", "0")
        if number.isdigit():
            found.setdefault(int(number), value)
    return found
