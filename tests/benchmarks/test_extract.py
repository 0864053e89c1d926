"""What is measured of reading is what was read."""

from collections import Counter
from pathlib import Path

import pytest
from pytest import CaptureFixture

from benchmarks import extract_documents, extract_pdf
from tests.integrations.documents.test_pdf_tables import drawn, ruled, says

Printed = CaptureFixture[str]


def test_recall_is_that_of_the_words_of_the_reference(tmp_path: Path, capsys: Printed) -> None:
    """By format; a file that cannot be read counts as 0 and says why."""
    for folder in ("sources", "groundtruth"):
        (tmp_path / "d" / folder).mkdir(parents=True)
    (tmp_path / "d/sources/a.html").write_text("<p>High water at six</p>")
    (tmp_path / "d/groundtruth/a.html.md").write_text("High water at [noon](https://x.org/six) <!-- not this -->")
    (tmp_path / "d/sources/b.docx").write_text("no archive")
    (tmp_path / "d/groundtruth/b.docx.md").write_text("Words")
    extract_documents.run(tmp_path)
    told = capsys.readouterr().out
    assert ".html           1    0.750         0.750" in told and ".docx           1    0.000" in told
    assert "b.docx is damaged" in told
    with pytest.raises(SystemExit, match="no sources"):
        extract_documents.run(tmp_path / "d" / "sources")


def test_pdfs_of_a_folder_are_counted(
    tmp_path: Path, capsys: CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages, garbled pages, lost words, tables; below it, too."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.pdf").write_bytes(drawn(says(50, 50, "Before."), ruled([["a", "b"], ["c", "d"]])))
    (tmp_path / "b.pdf").write_bytes(b"nothing")
    extract_pdf.survey(tmp_path)
    told = capsys.readouterr().out.splitlines()
    assert "is not a PDF" in told[1] and told[-1].split() == ["all", "2,", "1", "not", "read", "1", "0", "0", "1"]
    monkeypatch.setattr(extract_pdf, "_pages", lambda body: {1: "Be fore. a"})
    assert extract_pdf.surveyed((tmp_path / "below" / "a.pdf").read_bytes())[:3] == (1, 1, 4)


def test_a_word_that_two_cells_share_is_not_lost() -> None:
    """Engines join what stands close together; a word in pieces is."""
    assert extract_pdf._missing("VCRFilm rights", "| VCR | Film | rights |") == Counter()
    assert extract_pdf._missing("Due to weather", "D ue to weat he r") == Counter({"Due": 1, "weather": 1})
