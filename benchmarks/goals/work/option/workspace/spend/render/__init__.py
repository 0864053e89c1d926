"""Formats: each is a function of a summary and the options."""

from spend.render.csv_ import render_csv
from spend.render.json_ import render_json
from spend.render.text import render_text

FORMATS = {"csv": render_csv, "json": render_json, "text": render_text}
