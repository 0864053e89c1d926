"""A machine finds what is wrong with what a model has written."""

import pytest

from swarm.small.judges import fault_of_file, fault_of_run, fault_of_start, fault_of_text


@pytest.mark.parametrize(
    ("text", "goal", "fault"),
    [
        ("Waves fold\nover old stones\nand go", "Write a haiku", ""),
        ("# Sea\n\nWaves fold\nover old stones\nand go", "Write a haiku", ""),
        ("Waves fold over stones", "Write a haiku", "a haiku has 3 lines, this has 1"),
        ("", "Write a letter", "the text is empty"),
        ("Sure! Here is your letter.", "Write a letter", "it begins with a preamble; write the text itself"),
        ("Dear [Your Name],", "Write a letter", "'[Your Name]' is a blank that was left open; fill it or leave it out"),
        ("- a\n- b", "Give three ideas", "3 ideas were asked for, this has 2"),
        ("- a\n- b\n- c", "Give three ideas", ""),
        ("One. Two.", "Say it in two sentences", ""),
        ("The same long line again\n" * 3, "Write a poem", "it repeats itself"),
    ],
)
def test_a_text_is_held_to_its_goals_form(text: str, goal: str, fault: str) -> None:
    """Lines of a poem, numbers of points, no preamble, no blanks, no loops."""
    assert fault_of_text(text, goal) == fault


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.json", b'{"a": 1}', ""),
        ("a.json", b"{'a': 1}", "a.json is not valid JSON"),
        ("a.json", b"[]", "a.json holds nothing"),
        ("a.csv", b"a,b\n1,2\n", ""),
        ("a.csv", b"a,b\n1\n", "the rows of a.csv have different numbers of columns"),
        ("a.py", b"def f(:\n", "a.py is not valid PY"),
        ("a.yaml", b"a: [1", "a.yaml is not valid YAML"),
        ("a.html", b"hello", "a.html has no HTML elements"),
        ("a.txt", b" \n", "a.txt is empty"),
        ("a.txt", b"{'a'", ""),
        ("a.json", b"\xff\xfe", "a.json is not UTF-8 text"),
    ],
)
def test_a_file_is_held_to_what_its_ending_promises(name: str, data: bytes, fault: str) -> None:
    """What is no kind of code or data may hold anything but nothing."""
    found = fault_of_file(name, data)
    assert found.startswith(fault) and bool(found) == bool(fault)


def test_a_program_must_print_or_write_what_the_goal_names() -> None:
    """A file that it left as it was counts as not written; a print of nothing is no result."""
    assert fault_of_run("do it", "7", {}, ()) == ""
    assert fault_of_run("do it", "", {}, ()).startswith("it printed nothing")
    assert fault_of_run("do it", "found: None", {}, ()).startswith("it printed no result")
    assert fault_of_run("do it", "Error: no such file", {}, ()).startswith("it printed no result")
    assert fault_of_run("do it", "done", {"b.txt": b"x"}, ("a.txt",)) == (
        "it did not write a.txt, or left it as it was; it wrote b.txt"
    )
    assert fault_of_run("do it", "done", {"a.json": b"{"}, ("a.json",)).startswith("a.json is not valid JSON")
    assert fault_of_run("do it", "", {"a.json": b"[1]"}, ("a.json",)) == ""


def test_what_has_a_form_must_be_found_in_the_result() -> None:
    """Words are no e-mail addresses, and a count has a figure in it."""
    goal = "Collect the e-mail addresses in a.txt"
    assert fault_of_run(goal, "Ada\nMay", {}, ()) == "there is no e-mail address in what it found"
    assert fault_of_run(goal, "", {"e.txt": b"ada@example.org"}, ("e.txt",)) == ""
    assert fault_of_run("How many words are there?", "many", {}, ()) == "there is no number in what it found"


def test_a_script_may_lack_input_or_a_package_but_not_raise() -> None:
    """Nor is it a fault to run on, or to end with a number."""
    assert fault_of_start("Traceback\nNameError: name 'x' is not defined").endswith("name 'x' is not defined")
    for said in ("EOFError: EOF when reading a line", "ModuleNotFoundError: No module named 'flask'", "took too long"):
        assert fault_of_start(said) == ""
