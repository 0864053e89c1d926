"""The text of a file, without the talk around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.llm.file_text import file_text


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("plain\ntext\n", "plain\ntext"),
        ("```python\nx = 1\n```", "x = 1"),
        ("~~~\nx = 1\n~~~\n", "x = 1"),
        ("Sure! Here is the file:\n\n```markdown\n# A\n\ntext\n```\n\nLet me know if you need anything else.", "# A\n\ntext"),
        ("Here is `a.py`:\n```python\n    x = 1\n```", "    x = 1"),
        ("Below is the code.\n\n```\nx\n```\nThis code sets x.", "x"),
        ("```markdown\n# A\n```bash\nmake\n```\nDone.\n```", "# A\n```bash\nmake\n```\nDone."),
        ("Sure:\n```python\nx = 1\ny =", "x = 1\ny ="),
    ],
)  # fmt: skip
def test_a_file_that_is_one_fence_comes_out_of_it(answer: str, text: str) -> None:
    """With the talk around it; the indentation of the first line stays."""
    assert file_text(answer) == text


@pytest.mark.parametrize(
    "answer",
    [
        "# Install\n\nRun this:\n\n```bash\npip install it\n```\n\nThen start it.",
        "Here is how to install it:\n```\npip install it\n```",
        "```a\n1\n```\n\ntext\n\n```b\n2\n```",
        "Sure! Two files:\n```a\n1\n```\nand\n```b\n2\n```",
        "A word about ``` in a line.",
        "# Sure\n\n```\nx\n```",
    ],
)
def test_prose_with_examples_in_it_stays_whole(answer: str) -> None:
    """What the fence holds is not the whole file."""
    assert file_text(answer) == answer


@given(st.text(), st.sampled_from(["", "python", "markdown"]))
def test_no_answer_raises_and_a_fence_gives_back_what_it_holds(text: str, language: str) -> None:
    """Whatever stands in it, but for further fences and the empty lines around it."""
    file_text(text)
    if "```" not in text and "~~~" not in text:
        assert file_text(f"```{language}\n{text}\n```") == file_text(text)
