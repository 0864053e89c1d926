"""What LANGUAGE.md says, chapter by chapter: what programs print, with which error they end, and which are refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).parent / "tally.py"
Tally = Callable[[str], tuple[str, str, int]]


def _started(file: Path) -> tuple[str, str, int]:
    done = subprocess.run([sys.executable, str(_PROGRAM), str(file)], capture_output=True, check=False, timeout=60)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


@pytest.fixture
def tally(tmp_path: Path) -> Tally:
    """Run a program; ends of lines stay as they are."""

    def run(text: str) -> tuple[str, str, int]:
        (tmp_path / "a.tally").write_bytes(text.encode())
        return _started(tmp_path / "a.tally")

    return run


def _prints(tally: Tally, text: str, *lines: str) -> None:
    assert tally(text) == ("".join(f"{line}\n" for line in lines), "", 0)


def _same(tally: Tally, pairs: dict[str, str]) -> None:
    _prints(tally, "\n".join(f"print({each})" for each in pairs), *pairs.values())


def _fails(tally: Tally, *texts: str) -> None:
    """Each text, an expression without braces around it, is an error when it runs, and only it."""
    program = "\n".join(f'print(try(fn () => {{ {each} }}, fn (t) => "error"))' for each in texts)
    assert tally(program) == ("error\n" * len(texts), "", 0), texts


def _refused(tally: Tally, text: str) -> None:
    printed, told, code = tally(f"print(1)\n{text}")
    assert (printed, code, told.count("\n")) == ("", 2, 1), (text, told)
    assert told.startswith("line ")


# 1. Programs and lines


def test_empty_programs(tally: Tally) -> None:
    """Nothing is a program, and so are semicolons and comments."""
    for text in ("", ";;", "# only this", "\n\n", "#[ x ]#"):
        assert tally(text) == ("", "", 0)


def test_ends_of_statements_and_bom(tally: Tally) -> None:
    """All three ends of lines count, each as one."""
    _prints(tally, "\ufeffprint(1); print(2)\rprint(3)\r\nprint(4);", "1", "2", "3", "4")
    assert tally('print(1)\r\n\rerror("x")\n')[1] == "line 3: x\n"


def test_lines_that_go_on(tally: Tally) -> None:
    """Behind operators and within brackets, comments aside."""
    text = "x = # here\n\n  1 +  #[ a\n ]# \n 2\ny := x\n-1\nx += # more\n 4\nprint(x, y)\nprint(true and\nnot\tfalse, 3 in\n [3])"
    _prints(tally, text, "7 3", "true true")
    _prints(tally, "print(\n  [1\n,\n2],\n {a: 1,\n  b\n: 2\n}\n)", "[1, 2] {a: 1, b: 2}")
    _prints(tally, "f := fn (x) =>\n  x * 2\nprint(f(4))\n{a,\n b} := {\n a: 1, b: 2 }\nprint(b)", "8", "2")
    _prints(tally, "r := {in: 1}\nx := r.in\nprint(x)\nfor i in\n[7] do print(i) end", "1", "7")


def test_pipes_at_the_beginning_of_lines(tally: Tally) -> None:
    """Empty lines and comments between them do not matter."""
    _prints(tally, "[1, 2]\n\n # x\n #[ y\n ]# |> map(fn (n) => { n + 1 })\n|> print", "[2, 3]")


def test_blocks_within_brackets(tally: Tally) -> None:
    """Within a block lines end statements, whatever is open around it."""
    _prints(
        tally,
        "x := map([1, 2], fn (n) => {\n  y = n * 2\n  y + 1\n})\nprint(x, [fn () => {\n1\n-1\n}][0]())",
        "[3, 5] -1",
    )
    _prints(tally, "print(if true\n then 1\n else 2\n end)", "1")


def test_comments(tally: Tally) -> None:
    """They nest, and their ends of lines are blanks; texts do not stop them."""
    _prints(tally, "x = 1 #[ a #[ b ]# \n\" ' # ]# + 2\nprint(x) # #[ not open\nprint('#', \"# #[\")", "3", "# # #[")
    _prints(tally, "print(1) #[ ]#; print(2)", "1", "2")


@pytest.mark.parametrize(
    "text",
    [
        "#[ #[ ]#",
        "(1; 2)",
        "[1; 2]",
        "x := {a: 1; b: 2}",
        "1 2",
        "x = not\n1",
        "print(2)\n, 3",
        "a $ b",
        "1 |",
        "f(1\n\n",
        "(if true then\n1\n2 end)",
        "fn () => {\n 1",
    ],
)
def test_refused_lines(tally: Tally, text: str) -> None:
    """They are refused before anything is printed."""
    _refused(tally, text)


# 2. Names, 3. Numbers


def test_names(tally: Tally) -> None:
    """A question mark belongs to the name only directly behind it, and makes another one of a keyword."""
    _prints(
        tally,
        "empty? = 1; empty = 2; _a1 = 3; A = 4; a = 5; nil? = 6\nprint(empty?, empty, _a1, A, a, nil?)",
        "1 2 3 4 5 6",
    )


@pytest.mark.parametrize(
    "text", ["end = 1", "div := 1", "a?? = 1", "a ? = 1", "é = 1", "fn (if) => 1", "x := true = 1"]
)
def test_no_names(tally: Tally, text: str) -> None:
    """Keywords and other signs are none."""
    _refused(tally, text)


def test_literals(tally: Tally) -> None:
    """Of every form."""
    _same(
        tally,
        {
            "1_000, 1_0.2_5, 007, 19%, 2.5%": "1000 10.25 7 0.19 0.025",
            "0x1F, 0Xff, 0b101, 0x1_0, 0B1_1": "31 255 5 16 3",
            "1..3, 0x1..2, 1.0..2": "[1, 2, 3] [1, 2] [1, 2]",
            "12.50EUR, 1_000USD, 0.5ABC": "12.50 EUR 1000.00 USD 0.50 ABC",
            "1EUR.amount, 0.1 + 0.2": "1 0.3",
        },
    )


def test_numbers_have_no_limit(tally: Tally) -> None:
    """Of size or precision."""
    _prints(
        tally,
        f"print(10 ^ 5000)\nprint({'7' * 5000} + 1, 1 / 10 ^ 30)",
        "1" + "0" * 5000,
        "7" * 4999 + "8 0." + "0" * 29 + "1",
    )


@pytest.mark.parametrize(
    "text",
    [
        "1__0",
        "1_",
        "1.",
        ".5",
        "1.x",
        "1_.5",
        "1._5",
        "12a",
        "12é",
        "1e5",
        "1.5.5",
        "19%%",
        "19%a",
        "19%EUR",
        "0x",
        "0x_1",
        "0b12",
        "0xG",
        "0x1F%",
        "0x1F.5",
        "0x1EUR",
        "0b1EUR",
        "12eur",
        "12EU",
        "12EURO",
        "1EUR_",
        "1EUR?",
        "1?",
        "12.50EUR1",
        "19 %",
        "12 EUR",
        "1..2..3",
        "1..<2..3",
    ],
)
def test_no_literals(tally: Tally, text: str) -> None:
    """What is nearly a number is refused."""
    _refused(tally, f"x := {text}")


# 4. Texts


def test_texts(tally: Tally) -> None:
    """Escapes, expressions, raw ones, and their joining."""
    _prints(tally, r'print("a\tb\n\"\\\{}\u{41}\u{1F600}}")', 'a\tb\n"\\{}A😀}')
    _prints(tally, r"""print('a\n{1}"', 'it''s', '', '''')""", """a\\n{1}" it's  '""")
    _prints(tally, "print('a\r\nb\rc\nd')\nprint('x' == \"x\")", "a\nb\nc\nd", "true")
    _prints(
        tally,
        """x := {a: [1, "q"]}\nprint("{x.a} {"b{1 + 1}"} {{b: 2}} {fn () => {1}} { nil }")""",
        '[1, "q"] b2 {b: 2} <fn> nil',
    )
    _prints(tally, """print("{map([1], fn (n) => { m = n; "<{m}>" })[0]}{'}"'}{1 #[}]# + 1}")""", """<1>}"2""")
    _prints(tally, """print("a" 'b' "c{1}" #[ x\n ]# 'd', len("a" "b"), ("a"\n"b"), "x" "yz"[1])""", "abc1d 2 ab y")
    _prints(tally, "x := 'a'\n'b'\nprint(x)", "a")


@pytest.mark.parametrize(
    "text",
    [
        r'"\x"',
        r'"\}"',
        r'"\u{}"',
        r'"\u{1234567}"',
        r'"\u{D800}"',
        r'"\u{110000}"',
        r'"\u41"',
        r"'a",
        '"a',
        '"a\nb"',
        '"{}"',
        '"{ }"',
        '"{1\n}"',
        "\"{'\n'}\"",
        '"{1 #[\n]#}"',
        '"{1"',
        '"{1 2}"',
        '"{1;}"',
        '"{a: 1}"',
        '"{1 # x }"',
        "'a' = 1",
    ],
)
def test_no_texts(tally: Tally, text: str) -> None:
    """Other escapes, ends of lines, and empty expressions are refused."""
    _refused(tally, text)


# 5. Values


def test_truth(tally: Tally) -> None:
    """Only nil and false are false."""
    _prints(
        tally, "for x in [nil, false, 0, '', [], {}, 0EUR, print] do print(if x then 1 else 0 end) end", *"00111111"
    )


def test_lists_and_records(tally: Tally) -> None:
    """Commas at the end, spreading, short forms, and any key."""
    _same(
        tally,
        {
            "[1, 2,], [], {}, {a: 1,}, [...[], ...[1], 2]": "[1, 2] [] {} {a: 1} [1, 2]",
            '{a: 1, "b c": 2, \'d\': 3, end: 4, "e" \'f\': 5, "g{1}": 6}': '{a: 1, "b c": 2, d: 3, end: 4, ef: 5, g1: 6}',
            "{a: 1, b: 2, ...{c: 3, a: 4}}, {...{a: 1, b: 2}, a: 3}": "{a: 4, b: 2, c: 3} {a: 3, b: 2}",
            "{...{a: 1}, ...{a: 2}, b: 3,}": "{a: 2, b: 3}",
        },
    )
    _prints(
        tally, "a := 1; b := 2\nprint({a, b, c: 3}, [{a}])\nr := {a}\nprint(r)", "{a: 1, b: 2, c: 3} [{a: 1}]", "{a: 1}"
    )
    _fails(
        tally,
        "x := {a: 1, a: 2}",
        "x := {a: 1, 'a': 2}",
        "x := {a: 1, ...{}, a: 2}",
        "[...1]",
        "[...'ab']",
        "x := {...[1]}",
        "x := {...nil}",
    )


def test_blocks_and_records(tally: Tally) -> None:
    """Where a block is expected a brace begins one, unless it looks like a record."""
    _prints(
        tally,
        "a := 5\nprint((fn () => {a})(), (fn () => {a: a})(), (fn () => {})(), (fn () => {...{b: 1}})())",
        "5 {a: 5} {} {b: 1}",
    )
    _prints(
        tally,
        "print((fn () => { # x\n\n 'k' 'l' #[ y ]#\n : 1 })(), (fn () => {end: 1})(), (fn () => {c := 7})())",
        "{kl: 1} {end: 1} nil",
    )
    _prints(
        tally,
        "a := 5\nprint(if true then {a} else 1 end, if nil then 1 else {a: 2}.a end, for x in [1] do {} end)",
        "5 2 [{}]",
    )
    _prints(
        tally, "if true then\n {b} := {b: 8}\n print(b)\nend\nif true then {c: d} := {c: 9}; print(d) end", "8", "9"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[,]",
        "[1,,2]",
        "x := {,}",
        "f(,)",
        "fn (,) => 1",
        "x := {if}",
        "x := {1: 2}",
        "fn () => {a, b}",
        "if true then {a} := {a: 1} end",
        "if true then {1}\n2 end",
        "x[0] = 1",
        "r.a := 1",
        "x := ...y",
    ],
)
def test_no_values(tally: Tally, text: str) -> None:
    """What is neither a list, a record nor a block is refused."""
    _refused(tally, text)


# 6. Operators


def test_levels(tally: Tally) -> None:
    """Which operator binds tighter, and how its like are grouped."""
    _same(
        tally,
        {
            "-2 ^ 2, 2 ^ -1, 2 ^ -1 ^ 2, 2 ^ 3 ^ 2, (-2) ^ 2": "-4 0.5 0.5 512 4",
            "2 ^ - -2, --3, 2 * -3, -[4][0], 10 - 4 - 3, 16 / 4 / 2": "4 3 -6 -4 3 2",
            "not 1 == 2, not true or true, not not nil": "true true false",
            "false and nil or 3, nil or false and 1, 1 or 2 and 3": "3 false 1",
            "1..2 + 1, 1..2 == [1, 2], [0] ++ [1] ++ [2] == 0..2, 1 + 1..<2 * 2": "[1, 2, 3] true true [2, 3]",
            "7 - 2 * 3 mod 4, 2 * 7 div 3, -7 div 2, -7 mod 2, 7.5 mod 2, 7 mod -2, 7 div -2": "5 4 -4 1 1.5 -1 -4",
            "0 ^ 0, 4 ^ -2, 1.5 ^ 2, -1 mod 0.3": "1 0.0625 2.25 0.2",
            "true or true |> str, 5 |> str |> len": "true 1",
            "'a' ++ 'b' |> len": "2",
        },
    )


def test_comparing(tally: Tally) -> None:
    """Chains, equality over all types, and order."""
    _same(
        tally,
        {
            "1 < 2 < 3, 1 < 3 < 2, 1 == 1 == 1, 1 < 2 == 2, 1 in [1] == [1], 3 > 2 != 3": "true false true true true true",
            "1 == true, 0 == false, nil == false, '1' == 1, 1 == 1EUR, [] == {}": "false false false false false false",
            "{a: 1, b: 2} == {b: 2, a: 1}, {a: 1} == {a: 1, b: 2}, [1, [2]] == [1.0, [2]], [1] == [1, 2]": "true false true false",
            "0EUR == 0USD, 1EUR == 1.00EUR, print == print, (fn () => 1) == (fn () => 1), 1 != 2": "false true true false true",
            "'B' < 'a', 'a' < 'ab', \"\\u{FFFF}\" < \"\\u{10000}\", false < true, 1EUR < 2EUR, true <= true": "true true true true true true",
            "[1, 2] < [1, 3], [1] < [1, 0], [] < [1], [nil, 1] < [nil, 2], [2] < [1, 5], [[1], 2] >= [[1], 2]": "true true true true false true",
            "2 in [1, 2.0], 'b' in 'abc', '' in '', 'a' in {a: 1}, 'b' in {a: 1}, [1] in [[1]], true in [1]": "true true true true false true false",
        },
    )
    _fails(
        tally,
        "1 < '1'",
        "nil < nil",
        "1EUR < 1USD",
        "print < print",
        "[1] < ['a']",
        "1 < 1EUR",
        "[1, nil] < [1, false]",
        "1 in 'a1'",
        "1 in 5",
        "1 in {a: 1}",
        "'a' in nil",
    )


def test_comparing_evaluates_once(tally: Tally) -> None:
    """And not beyond what does not hold."""
    text = "fn p(x) => { print(x); x }\nprint(p(1) < p(2) <= p(3))\nprint(p(3) < p(2) < p(1))\nprint(p(1) and nil and p(2), nil or p(4) or p(5))"
    _prints(tally, text, "1", "2", "3", "true", "3", "2", "false", "1", "4", "nil 4")


def test_ranges(tally: Tally) -> None:
    """Whole numbers only, upwards only."""
    _same(tally, {"1..1, 2..1, 1..<1, -1..1, 4 / 2..3": "[1] [] [] [-1, 0, 1] [2, 3]"})
    _fails(tally, "1.5..2", "1..2.5", "1EUR..2EUR", "'a'..'b'", "1..<nil")


def test_calculating(tally: Tally) -> None:
    """With numbers and amounts, and what does not go together."""
    _same(
        tally,
        {
            "1EUR + 0.5EUR, 1EUR - 2EUR, 2 * 1.5EUR, 1.5EUR * 2, 3EUR / 2, 3EUR / 2EUR, -1EUR": "1.50 EUR -1.00 EUR 3.00 EUR 3.00 EUR 1.50 EUR 1.5 -1.00 EUR",
            "100EUR * 19%, 'a' ++ \"b\", [1] ++ []": "19.00 EUR ab [1]",
        },
    )
    _fails(
        tally,
        "1 + 1EUR",
        "1EUR + 1USD",
        "1EUR * 1EUR",
        "1 / 1EUR",
        "1EUR / 1USD",
        "1EUR / 0",
        "1EUR / 0EUR",
        "1 / 0",
        "1 mod 0",
        "1 div 0",
        "0 ^ -1",
        "2 ^ 0.5",
        "1EUR ^ 2",
    )
    _fails(
        tally,
        "1EUR div 2",
        "3EUR mod 2EUR",
        "'a' + 'b'",
        "1 ++ 2",
        "'a' ++ 1",
        "[1] ++ 'a'",
        "[1] + [2]",
        "true + 1",
        "-'a'",
        "-nil",
        "'a' * 2",
        "2 ^ 1EUR",
    )


def test_pipes(tally: Tally) -> None:
    """Into calls, names and fields."""
    text = "fn f(a, b = 10) => a - b\nr := {f: f, g: {h: f}}\ng := fn (c) => fn (x, y) => [c, x, y]\n"
    text += "print(1 |> f, 1 |> f(2), 1 |> r.f(3), 1 |> r.f, 1 |> r.g.h(5), 1 |> f(b: 4), 1 |> g(2)(3), 1 |> f(...[7]))\nprint(2 |> f |> str |> len)"
    _prints(tally, text, "-9 -1 -2 -9 -4 -3 [2, 1, 3] -6", "2")
    assert tally('print(try(fn () => error("a") |> nosuch, fn (t) => t))')[0] == "a\n"


def test_operands_come_before_types(tally: Tally) -> None:
    """Both are evaluated, then looked at."""
    for each in (
        "nil + error('x')",
        "error('x') + nosuch",
        "1(error('x'))",
        "nil[error('x')]",
        "1..error('x')",
        "nil < error('x')",
        "1 in error('x')",
    ):
        assert tally(f"print(try(fn () => {each}, fn (t) => t))")[0] == "x\n", each


@pytest.mark.parametrize(
    "text",
    [
        "1 == not 2",
        "1 |> 2",
        "1 |> (print)",
        "1 |> print + 1",
        "1 |> [print][0]",
        "1 |> fn (x) => x",
        "1 |> print or 2",
        "1 +",
        "* 2",
        "1 not in [1]",
        "a <> b",
        "a = b = 1",
    ],
)
def test_no_operations(tally: Tally, text: str) -> None:
    """The grammar has no such thing."""
    _refused(tally, text)


# 7. Statements and scope


def test_scope(tally: Tally) -> None:
    """Making, hiding and changing variables."""
    _prints(
        tally, "x := 1\nif true then x := 2; print(x) end\nprint(x)\nif true then x = 3 end\nprint(x)", "2", "1", "3"
    )
    _prints(tally, "fn f() => y\ny := 2\nprint(f())\ny = 3\nprint(f())", "2", "3")
    _prints(tally, "fn f() => { len = 5; len }\nprint(f(), len([1]))\nlen = 2\nprint(len)\nprint := str", "5 1", "2")
    _fails(
        tally,
        "nosuch",
        "y1 := 1; y1 := 2",
        "if true then z = 1 end; z",
        "w += 1",
        "len += 1",
        "_",
        "_ := 1; _",
        "_ += 1",
        "fn g1() => 1; g1 := 2",
        "g2 := 1; fn g2() => 2",
    )
    _fails(
        tally,
        "(fn (a) => { a := 1 })(2)",
        "for a in [1] do a := 2 end",
        "for a in [1] do { a := 2 } end",
        "f1 := fn h1() => 1; h1",
        "for q in [1] do 1 end; q",
    )
    assert tally('x := 1\nx := error("first")')[1] == "line 2: first\n"


def test_short_assignments(tally: Tally) -> None:
    """Each changes the innermost variable of that name."""
    _prints(
        tally,
        "x := 2\nif true then x += 3; x *= 4; x -= 1 end\nt := 'a'; t ++= 'b' ++ 'c'\nprint(x, t)\nx -= -1EUR.amount\nprint(x)",
        "19 abc",
        "20",
    )


def test_patterns(tally: Tally) -> None:
    """They nest, take rests, and fit as a whole or not at all."""
    text = "[a, [b, ..._], ...c] := [1, [2, 3], 4, 5]\n{d, e: [f], 'g h': g, end: h} := {e: [6], d: 7, 'g h': 8, end: 9, other: 0}\nprint(a, b, c, d, f, g, h)\n"
    text += "[a, b] = [b, a]\nprint(a, b)\n[...r] = []\n[] = []\n{} := {z: 1}\n_ = 5; _ := 6; _ := 7\n[_, _, i] := 1..3\nprint(r, i)"
    _prints(tally, text, "1 2 [4, 5] 7 6 8 9", "2 1", "[] 3")
    _fails(
        tally,
        "[a] := []",
        "[a] := [1, 2]",
        "[a, ...b] := []",
        "[a] := 5",
        "[a] := 'x'",
        "x1 := 1; {a} := x1",
        "x1 := {}; {a} = x1",
        "[a, a] := [1, 2]",
        "{a} := [1]",
    )
    text = "a := 1\ntry(fn () => { [a, [b]] = [2, 3] }, str)\nprint(a)\ntry(fn () => { k := 5; try(fn () => { 0 }, str); [a, k] = [6, 7]; print(k) }, str)\nprint(a)\n"
    text += "fn f() => {\n  m := 1\n  try(fn () => { n := 0; [m, n] := [8, 9] }, str)\n  m\n}\nprint(f())"
    _prints(tally, text, "1", "7", "6", "1")


@pytest.mark.parametrize(
    "text",
    [
        "[...a, b] := [1]",
        "[a, 1] := [1, 1]",
        "{...a} := {}",
        "{a: 1} := {a: 1}",
        "f(a) = 1",
        "(a) = 1",
        "[a, ...[b]] = [1]",
        "[a] += [1]",
        "x := return",
        "1 + next",
        '{"a{1}": b} := {a1: 2}',
    ],
)
def test_no_patterns(tally: Tally, text: str) -> None:
    """Only names, lists and records of them take a value."""
    _refused(tally, text)


# 8. Flow


def test_if(tally: Tally) -> None:
    """Its value, chains, and nested ones."""
    _prints(
        tally,
        "fn f(x) => if x == 1 then 'a' else if x == 2 then 'b'; 'c' else if x == 3 then y = 1 else\n if x == 4 then 'd' end\n end\nprint(f(1), f(2), f(3), f(4), f(5), if false then 1 end, if true then end)\nx := if true then 1;; end\nprint(x)",
        "a c nil d nil nil nil",
        "1",
    )
    _prints(
        tally,
        "print(if true then { 1\n 2 } else { 3 } end, if true then fn g() => 1 end, [if true then 1 end][0] + 1)",
        "2 nil 2",
    )
    _prints(tally, "if false then {\n 1 }\nelse {\n print(2)\n}\nend", "2")


def test_while(tally: Tally) -> None:
    """It is nil; breaks and nexts take no value."""
    _prints(
        tally,
        "i := 0\nx := while true do\n i += 1\n if i == 2 then next end\n if i > 3 then break end\n print(i)\nend\nprint(x)",
        "1",
        "3",
        "nil",
    )
    _fails(tally, "while true do break 1 end", "i := 0; while i < 1 do i += 1; next nil end")
    _prints(
        tally,
        "i := 0\nwhile i < 1 do i += 1; if false then break 5 end; print(for x in [1, 2] do break x end) end",
        "[1]",
    )


def test_for(tally: Tally) -> None:
    """Over lists, texts and records; what it collects."""
    _same(
        tally,
        {
            "for x in 1..3 do x * x end, for c in 'aé😀' do c end, for k in {b: 1, a: 2} do k end": '[1, 4, 9] ["a", "é", "😀"] ["b", "a"]',
            "for x, i in 'ab' do [i, x] end, for [a, b], n in [[1, 2]] do a + b + n end, for {q} in [{q: 4}] do q end": '[[0, "a"], [1, "b"]] [3] [4]',
            "for x in 1..6 do { if x == 2 then next end; if x == 3 then next 'n' end; if x == 5 then break 'e' end; x } end": '[1, "n", 4, "e"]',
            "for x in 1..6 do { if x == 2 then break end; x } end, for x in [1] do y = x end, for _ in [] do 1 end": "[1] [nil] []",
            "for x in 1..2 do for y in 1..3 do { if y == 2 then break end; x * y } end end": "[[1], [2]]",
        },
    )
    _fails(tally, "for x in 5 do 1 end", "for x in nil do 1 end", "for [a] in [1] do 1 end", "for x, x in [1] do 1 end")
    _prints(
        tally,
        "fs := for i in 1..3 do { j = i * 10; fn () => i + j } end\nprint(for f in fs do f() end)",
        "[11, 22, 33]",
    )
    _prints(
        tally,
        "x := 1\nfs := []\nwhile x < 3 do y := x; fs ++= [fn () => { y += 1; y }]; x += 1 end\nprint(fs[0](), fs[0](), fs[1]())",
        "2 3 3",
    )


@pytest.mark.parametrize(
    "text",
    [
        "break",
        "next",
        "return",
        "return 1",
        "if true then break end",
        "while true do f := fn () => { break } end",
        "for x in [1] do fn () => { next 1 } end",
        "for x in [1] do return x end",
        "while if true then break end do 1 end",
        "for x in [if true then break end] do 1 end",
        "fn () => { next }",
        "if true\nthen 1 end",
        "while true do",
        "if true then 1",
        "if true then 1 else 2 else 3 end",
        "end",
        "for 1 in [1] do 1 end",
        "for x, [i] in [] do 1 end",
        "if true then 1 end 2",
    ],
)
def test_refused_flow(tally: Tally, text: str) -> None:
    """Also where it would never be run."""
    _refused(tally, f"if false then {text} end" if text in ("break", "return 1") else text)


# 9. Functions


def test_parameters(tally: Tally) -> None:
    """Defaults, rests, names and patterns."""
    text = "fn f(a, b = a + 1, ...c) => [a, b, c]\nprint(f(1), f(1, 5), f(1, 2, 3, 4), f(1, b: 7), f(b: 1, a: 2), f(...[1, 2], 3, ...[4]), f(0, ...[],))\n"
    text += "fn g([a, b], {c}, _, _) => a + b + c\nprint(g([1, 2], {c: 3}, 9, 9))\nn := 0\nfn h(a = n, b = a * 2,) => { n += 1; [a, b] }\nprint(h(), h(), h(5), h(b: 1))\n"
    text += "b := 5\nfn k(a = b, b = 1) => [a, b]\nprint(k(), (fn (...r) => r)(), (fn (x?) => x?)(x?: 3))"
    _prints(
        tally,
        text,
        "[1, 2, []] [1, 5, []] [1, 2, [3, 4]] [1, 7, []] [2, 1, []] [1, 2, [3, 4]] [0, 1, []]",
        "6",
        "[0, 0] [1, 2] [5, 10] [3, 1]",
        "[5, 1] [] 3",
    )
    _fails(
        tally,
        "(fn (a) => a)()",
        "(fn (a) => a)(1, 2)",
        "(fn (a) => a)(1, a: 2)",
        "(fn (a) => a)(a: 1, a: 2)",
        "(fn (a) => a)(b: 1)",
        "(fn (a, ...r) => a)(1, r: [])",
        "(fn (a) => a)(...5)",
        "5()",
        "nil()",
        "(fn ([a]) => a)(5)",
    )


def test_bodies(tally: Tally) -> None:
    """How far they reach, and what they give."""
    _prints(
        tally,
        "f := fn (x) => x |> str |> len\nprint(f(123))\nprint((fn () => { y = 1 })(), (fn () => { 1; return; 2 })(), (fn () => { for x in 1..9 do { if x == 3 then return x end } end; 0 })())\nprint((fn (x) => { return x\n 5 })(4), (fn (a) => fn (b) => a * b)(3)(4))",
        "3",
        "nil nil 3",
        "4 12",
    )
    _prints(
        tally,
        "f := fn fact(n) => if n < 2 then 1 else n * fact(n - 1) end\nprint(f(20), f)\nfn even?(n) => n == 0 or odd?(n - 1)\nfn odd?(n) => n != 0 and even?(n - 1)\nprint(even?(100))",
        "2432902008176640000 <fn fact>",
        "true",
    )
    _prints(
        tally,
        "fn counter() => { n := 0; fn () => { n += 1; n } }\na := counter(); b := counter()\na(); a()\nprint(a(), b())\nf := fn g(g) => g\nprint(f(3))",
        "3 1",
        "3",
    )


def test_depth(tally: Tally) -> None:
    """Nine thousand calls work; what has no end is an error that can be caught."""
    _prints(
        tally,
        "fn f(n) => if n == 0 then 0 else 1 + f(n - 1) end\nprint(f(9000))\nprint(try(fn () => f(20000), fn (t) => t))\nprint(f(5))",
        "9000",
        "too deep",
        "5",
    )
    assert tally("fn f() => f()\nprint(1)\nf()")[::2] == ("1\n", 1)
    assert tally("fn f(x) =>\n map([x], f)\nf(1)")[1] == "line 2: too deep\n"


@pytest.mark.parametrize(
    "text",
    [
        "fn (a, a) => 1",
        "fn (a, ...a) => 1",
        "fn (a, [b, {c: a}]) => 1",
        "fn (a = 1, b) => 1",
        "fn (...a, b) => 1",
        "fn ([a] = 1) => 1",
        "f(a: 1, 2)",
        "f(a: 1, ...[2])",
        "fn () 1",
        "fn () => return 1",
        "fn () => 1 = 2",
        "fn () => {1}(2)",
        "fn f[] => 1",
    ],
)
def test_no_functions(tally: Tally, text: str) -> None:
    """They are refused before the program runs."""
    _refused(tally, text)


# 10. Index, fields, built-ins


def test_index(tally: Tally) -> None:
    """Entries, signs, parts, fields."""
    _same(
        tally,
        {
            "[1, 2, 3][0], [1, 2, 3][-1], 'aé😀'[2], 'abc'[-3], [1][4 / 2 - 2]": "1 3 😀 a 1",
            "(1..5)[1:3], (1..5)[:2], (1..5)[3:], (1..5)[-2:], (1..5)[:-1], (1..5)[:], (1..5)[3:1], (1..5)[-9:9]": "[2, 3] [1, 2] [4, 5] [4, 5] [1, 2, 3, 4] [1, 2, 3, 4, 5] [] [1, 2, 3, 4, 5]",
            "'abc'[1:], 'abc'[9:], {a: 1}['a'], {a: 1}.a, {end: 2}.end, 2.50EUR.amount, 2EUR.currency": "bc  1 1 2 2.5 EUR",
            "{f: fn (x) => x + 1}.f(1), [[1, 2]][0][1], [str][0](5)": "2 2 5",
        },
    )
    _fails(
        tally,
        "[1][1]",
        "[1][-2]",
        "[][0]",
        "'a'[1]",
        "[1][0.5]",
        "[1]['0']",
        "[1].a",
        "x := {a: 1}; x.b",
        "x := {a: 1}; x['b']",
        "x := {a: 1}; x[0]",
        "nil[0]",
        "5[0]",
        "nil.a",
        "[1, 2][0.5:]",
        "[1][nil:]",
        "x := {}; x[0:1]",
        "1EUR.cents",
        "1EUR[0]",
        "'a'[:'b']",
    )


def test_built_ins_of_values(tally: Tally) -> None:
    """print, len, str, num, type, set, keys, values."""
    _prints(tally, "print()\nprint(print(1, 'a'), '')\nprint('', '')", "", "1 a", "nil ", " ")
    _same(
        tally,
        {
            "len([1]), len({a: 1, b: 2}), len('é😀'), str([1]) ++ str('a'), str(nil)": "1 2 2 [1]a nil",
            "num(' 1_000 '), num('-1.5'), num('19%'), num('-0x1F'), num('1/3'), num('-4/6'), num('0b11')": "1000 -1.5 0.19 -31 1/3 -2/3 3",
            "for t in ['', '-', '1.', '.5', '1__0', '1EUR', '- 1', '--1', '+1', '1/0', '1/-2', '1 2', 'x', '1e3', '²', '1\\n', '1/2%', 'nil'] do num(t) end |> filter(fn (x) => x != nil)": "[]",
            "for x in [nil, true, 1, 1EUR, '', [], {}, str, fn () => 1] do type(x) end |> join(' ')": "nil bool number money text list record function function",
            "set([1, 2], 0, 3), set([1, 2], -1, 3), set({a: 1, b: 2}, 'a', 3), set({a: 1}, 'b c', 2)": '[3, 2] [1, 3] {a: 3, b: 2} {a: 1, "b c": 2}',
            "keys({b: 1, a: 2}), values({b: 1, a: 2})": '["b", "a"] [1, 2]',
        },
    )
    _fails(
        tally,
        "len(5)",
        "len(nil)",
        "num(5)",
        "set([1], 1, 2)",
        "set([1], 'a', 2)",
        "set([1], 0.5, 1)",
        "x := {}; set(x, 1, 2)",
        "set('a', 0, 'b')",
        "keys([1])",
        "values(nil)",
        "len()",
        "len([], [])",
        "str(y: 1)",
        "print(values: 1)",
        "type()",
        "keys(1EUR)",
    )


def test_built_ins_of_numbers(tally: Tally) -> None:
    """round, floor, abs, min, max, sum, money, share."""
    _same(
        tally,
        {
            "round(0.5), round(1.5), round(2.5), round(-0.5), round(-1.5), round(2.51), round(1 / 3, 3)": "0 2 2 0 -2 3 0.333",
            "round(0.125, 2), round(0.135, 2), round(25, -1), round(35, places: -1), round(12.345EUR, 2), round(10EUR / 3)": "0.12 0.14 20 40 12.34 EUR 3.00 EUR",
            "floor(1.5), floor(-1.5), floor(-2.50EUR), abs(-1 / 3), abs(-1EUR), abs(2)": "1 -2 -3.00 EUR 1/3 1.00 EUR 2",
            "min(2, 1, 3), max([1, 3, 2]), min('b', 'a'), max(1EUR, 2EUR), min([5]), max([1], [1, 2]), min([nil])": "1 3 a 2.00 EUR 5 [1, 2] nil",
            "min([{a: 1, b: 2}], [{b: 2, a: 1}]), max([[{a: 1, b: 2}], [{b: 2, a: 1}]])": "[{a: 1, b: 2}] [{a: 1, b: 2}]",
            "sum([1, 0.5]), sum([]), sum([1EUR, 2.5EUR]), money(1 / 4, 'EUR'), money(currency: 'ABC', n: 2)": "1.5 0 3.50 EUR 0.25 EUR 2.00 ABC",
            "share(10EUR, 3), share(-0.03EUR, 2), share(0.01EUR, 3), share(-10EUR, 3), share(n: 1, m: 5EUR)": "[3.34 EUR, 3.33 EUR, 3.33 EUR] [-0.01 EUR, -0.02 EUR] [0.01 EUR, 0.00 EUR, 0.00 EUR] [-3.33 EUR, -3.33 EUR, -3.34 EUR] [5.00 EUR]",
        },
    )
    _fails(
        tally,
        "round('1')",
        "round(1, 0.5)",
        "round(1, nil)",
        "floor(nil)",
        "abs('a')",
        "min([])",
        "max()",
        "min(1)",
        "min(1, 'a')",
        "min(1EUR, 1USD)",
        "sum([1, 1EUR])",
        "sum([1EUR, 1USD])",
        "sum(['a'])",
        "sum(5)",
        "sum([nil])",
    )
    _fails(
        tally,
        "money(1, 'eur')",
        "money(1, 'EURO')",
        "money(1, 'ÄÖÜ')",
        "money(1EUR, 'EUR')",
        "money(1, 5)",
        'money(1, "EUR\\n")',
        "share(1EUR, 0)",
        "share(1EUR, -1)",
        "share(1EUR, 1.5)",
        "share(0.005EUR, 2)",
        "share(10, 2)",
    )


def test_built_ins_of_lists(tally: Tally) -> None:
    """map, filter, fold, sort, split, join."""
    _same(
        tally,
        {
            "map([1, 2], fn (x) => x + 1), map([], str), filter([0, nil, '', false], fn (x) => x), fold([1, 2], 10, fn (a, b) => a - b)": '[2, 3] [] [0, ""] 7',
            "fold(start: 0, list: [], f: str), map(f: str, list: [1]), [1] |> map(f: str)": '0 ["1"] ["1"]',
            "sort([3, 1, 2]), sort(['b', 'B', 'a']), sort([[2], [1, 5], [1]]), sort([]), sort([nil])": '[1, 2, 3] ["B", "a", "b"] [[1], [1, 5], [2]] [] [nil]',
            "sort(['bb', 'a', 'cc', 'd'], len), sort([1, -2, 3], key: fn (x) => -x), sort([2, 1], nil)": '["a", "d", "bb", "cc"] [3, 1, -2] [1, 2]',
            "split('a,b,,c', ','), split('', ','), split('', ''), split('añ', ''), split('aXXb', 'XX'), split(by: '-', t: 'a-')": '["a", "b", "", "c"] [""] [] ["a", "ñ"] ["a", "b"] ["a", ""]',
            "join(['a', 'b']), join(['a', 'b'], ', '), join([], '-'), join(['a'], by: '-')": "ab a, b  a",
        },
    )
    _fails(
        tally,
        "map([1], 5)",
        "map([], 5)",
        "map('ab', str)",
        "filter([], nil)",
        "fold([], 0, 1)",
        "sort([1, 'a'])",
        "sort([nil, nil])",
        "sort('ba')",
        "sort([], 5)",
        "sort([1EUR, 1USD])",
        "split(5, '')",
        "split('a', nil)",
        "join([1])",
        "join('ab')",
        "join([], 1)",
        "map([1], fn () => 1)",
    )


def test_error_and_try(tally: Tally) -> None:
    """An error within is caught with its text; what was done before stays."""
    _prints(
        tally,
        "x := 0\nprint(try(fn () => { x = 1; error('no') }, fn (t) => t ++ '!'), x)\nprint(try(fn () => 5, str), try(g: fn (t) => 'g', f: fn () => 1 / 0))\nprint(try(fn () => try(fn () => error('a'), fn (t) => error(t ++ 'b')), fn (t) => t ++ 'c'))\nprint(try(fn () => error(5), fn (t) => type(t)), type(try(fn () => nosuch, str)))\nfn f() => { try(fn () => { return 1 }, str); 2 }\nprint(f())",
        "no! 1",
        "5 g",
        "abc",
        "text text",
        "2",
    )
    _fails(tally, "try(5, str)", "try(fn () => 1, 5)", "error()")


# 11. How values are shown


def test_shown(tally: Tally) -> None:
    """At the outermost level and within."""
    _same(
        tally,
        {
            "1.50, -0.125, 1000, 1 / 3, -22 / 7, 0.000001, -0, 4 / 2, 1 / 1024, 7 / 20, 1 / 6": "1.5 -0.125 1000 1/3 -22/7 0.000001 0 2 0.0009765625 0.35 1/6",
            "12.5EUR, 0.125EUR, 10EUR / 3, -0.5EUR, 0EUR, [1000EUR], -10EUR / 3": "12.50 EUR 0.125 EUR 10/3 EUR -0.50 EUR 0.00 EUR [1000.00 EUR] -10/3 EUR",
            "nil, true, false, 'a\"b', [nil, true, 'x'], {a: 'b'}": 'nil true false a"b [nil, true, "x"] {a: "b"}',
            "['a\"b', '\\', '{}', \"\\t\\n\", 'ü''}']": r'["a\"b", "\\", "\{}", "\t\n", "ü' + "'}\"]",
            "{if: 1, 'a?': 2, '': 3, 'a b': 4, '1a': 5, _: 6, 'é': 7, 'q\"{': 8, 'a??': 9}": r'{if: 1, a?: 2, "": 3, "a b": 4, "1a": 5, _: 6, "é": 7, "q\"\{": 8, "a??": 9}',
            "print, [len], fn f(x) => x, fn (x) => x, [fn a?() => 1], {m: max}": "<fn print> [<fn len>] <fn f> <fn> [<fn a?>] {m: <fn max>}",
            "\"{['a']} {1EUR} {1 / 3}\"": '["a"] 1.00 EUR 1/3',
        },
    )
    _prints(tally, "f := fn () => 1\nprint(f)", "<fn>")


# 12. Errors


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x := 1 +\n2 /\n0", 2),
        ("1\n\nnosuch", 3),
        ("x := [\n1,\nnosuch]", 3),
        ("x := (1\n+ 2\n/ 0)", 3),
        ("f := 5\nprint(f(1))", 2),
        ("print(\n1,\nlen\n(5))", 4),
        ("#[\n\n]# x := '\n\n'; nosuch", 5),
        ("fn f(x) =>\n  x + 'a'\n\nf(1)", 2),
        ("fn f(x) => x\n\nf(\n1, 2)", 3),
        ("[1]\n\n|> map(\nfn (x) => x,\n5)", 3),
        ("'a'\n\n|> abs", 3),
        ("[a] :=\n[1,\n2]", 1),
        ("x := {\n}\nprint((x\n.\ny))", 5),
        ("for x in [1] do\nerror('x')\nend", 2),
        ("y :=\n\n-\n'a'", 3),
        ("print(1 ==\n1 <\n'a')", 2),
        ("x := [1]\nx[\n5\n]", 2),
        ("while true do\n\nbreak 1\nend", 3),
        ("x := \"{1}\" 'a\r\nb' + 1", 2),
    ],
)
def test_lines_of_errors(tally: Tally, text: str, line: int) -> None:
    """It is the line of the sign at which it happened."""
    _, told, code = tally(text)
    assert code == 1 and told.startswith(f"line {line}: ") and told.count("\n") == 1, (text, told)


def test_what_an_error_leaves(tally: Tally) -> None:
    """What was printed stays, and nothing more is."""
    assert tally('print("é")\nerror("ü\\u{1F600}")\nprint(2)') == ("é\n", "line 2: ü😀\n", 1)
    assert tally("fn f() => f(1)\nprint(1)")[::2] == ("1\n", 0)
    printed, told, code = tally("print(1)\n\nx = )")
    assert (printed, code) == ("", 2) and told.startswith("line 3: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """They give 3 and one line."""
    (tmp_path / "latin").write_bytes(b"print('\xe9')")
    for name in ("none.tally", ".", "latin"):
        printed, told, code = _started(tmp_path / name)
        assert (printed, code, told.count("\n")) == ("", 3, 1), name
