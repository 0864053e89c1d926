"""The figures are those of a second computation, and the chart has twelve bars of the right heights."""

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree


def check(folder: Path, answer: str) -> str:
    """Return which figure is wrong, or what the chart lacks."""
    try:
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        told = (folder / "report.md").read_text(encoding="utf-8")
        chart = ElementTree.fromstring((folder / "chart.svg").read_text(encoding="utf-8"))
    except (OSError, ValueError, ElementTree.ParseError) as error:
        return f"{error}"
    wanted = _figures(folder / "data")
    if set(found) != set(wanted):
        return f"report.json has {sorted(found)}"
    for name, value in wanted.items():
        if not _same(found[name], value):
            return f"{name} is {found[name]}, not {value}"
    if "chart.svg" not in told or f"{wanted['net']:.2f}" not in re.sub(r"[,\s'_]", "", told):
        return "report.md lacks the chart or the net revenue"
    return _bars(chart, [value for _, value in sorted(wanted["monthly"].items())])


def _same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) < 0.0151
    return one == other


def _figures(data: Path) -> dict[str, Any]:
    rates = {(row["month"], row["currency"]): float(row["euros"]) for row in _rows(data / "rates.csv")}
    people = {row["id"]: row for row in _rows(data / "customers.csv")}
    monthly, customers, countries, products = (defaultdict[str, float](float) for _ in range(4))
    cancelled = 0
    for row in {row["id"]: row for row in _rows(data / "orders.csv")}.values():
        if row["status"] == "cancelled":
            cancelled += 1
            continue
        day = row["date"]
        month = day[:7] if day[4] == "-" else f"{day[6:]}-{day[3:5]}"
        sign = -1 if row["status"] == "returned" else 1
        euros = sign * int(row["quantity"]) * float(row["price"].replace(",", ".")) * rates[month, row["currency"]]
        person = row["customer"].strip().upper()
        monthly[month] += euros
        products[row["product"]] += sign * int(row["quantity"])
        countries[people[person]["country"] if person in people else "unknown"] += euros
        if person in people:
            customers[people[person]["name"]] += euros
    best = sorted(customers, key=lambda name: -customers[name])[:5]
    return {
        "net": round(sum(monthly.values()), 2),
        "monthly": {month: round(value, 2) for month, value in monthly.items()},
        "best_month": max(monthly, key=lambda month: monthly[month]),
        "top_customers": best,
        "by_country": {name: round(value, 2) for name, value in countries.items()},
        "top_product": max(products, key=lambda name: products[name]),
        "cancelled": cancelled,
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _bars(chart: ElementTree.Element, values: list[float]) -> str:
    """Say whether no twelve rectangles are as high as the months' figures are large; empty where they are."""
    rows = [each for each in chart.iter() if each.tag.endswith("rect")]
    bars = sorted((float(r.get("x", 0)), float(r.get("height", 0))) for r in rows if _is_number(r.get("height")))
    heights = [height for _, height in bars]
    for at in range(len(heights) - len(values) + 1):
        ratios = [height / value for height, value in zip(heights[at:], values, strict=False)]
        if ratios[0] > 0 and max(ratios) < 1.03 * min(ratios):
            return ""
    return f"of {len(bars)} rectangles no twelve in a row are as high as the months' figures are large"


def _is_number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"[0-9.]+", text) is not None
