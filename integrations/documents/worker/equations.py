"""Equations of office documents (OMML, ISO/IEC 29500-1, 22.1) as LaTeX."""

import re
from collections.abc import Callable

from integrations.documents.worker.package import Element, attribute, below, child, children, local

_DEEPEST = 60
_LARGE = {
    **{"∑": "\\sum", "∏": "\\prod", "∐": "\\coprod", "∫": "\\int", "∬": "\\iint", "∭": "\\iiint", "∮": "\\oint"},
    **{"⋃": "\\bigcup", "⋂": "\\bigcap", "⋁": "\\bigvee", "⋀": "\\bigwedge"},
}
_ACCENTS = {
    **{"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline", "\u0307": "dot", "\u0308": "ddot"},
    **{"\u20d7": "vec", "\u030c": "check", "\u0306": "breve", "→": "vec", "¯": "bar", "^": "hat", "~": "tilde"},
}
_NAMES = (
    "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho "
    "σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Φ Phi Ψ Psi "
    "Ω Omega ∞ infty ± pm ∓ mp × times ÷ div ⋅ cdot ∙ cdot ≤ leq ≥ geq ≠ neq ≈ approx ≡ equiv ∈ in ∉ notin ⊂ subset "
    "⊆ subseteq ∪ cup ∩ cap ∀ forall ∃ exists ∂ partial ∇ nabla → rightarrow ⇒ Rightarrow ← leftarrow "
    "↔ leftrightarrow ⇔ Leftrightarrow … dots ⋯ cdots ∅ emptyset"
)
_SYMBOLS = dict(pair.split() for pair in re.findall(r"\S+ \S+", _NAMES))
_FUNCTIONS = re.compile(r"(arc)?(sin|cos|tan)h?|cot|sec|csc|log|ln|lim|max|min|exp|det|gcd")


def latex(element: Element, depth: int = 0) -> str:
    """Return an equation, or a part of one, as LaTeX."""
    if depth > _DEEPEST:
        return ""
    write = _WRITERS.get(local(element))
    if write:
        return write(element, depth + 1)
    return "".join(latex(each, depth + 1) for each in element)


def _of(element: Element, name: str, depth: int) -> str:
    held = child(element, name)
    return latex(held, depth).strip() if held is not None else ""


def _value(element: Element, properties: str, name: str, default: str) -> str:
    held = child(element, properties, name)
    return default if held is None else attribute(held, "val")


def _run(element: Element, _: int) -> str:
    text = "".join(each.text or "" for each in below(element, "t"))
    return "".join(f"\\{_SYMBOLS[letter]} " if letter in _SYMBOLS else letter for letter in text)


def _fraction(element: Element, depth: int) -> str:
    over, under = _of(element, "num", depth), _of(element, "den", depth)
    is_flat = _value(element, "fPr", "type", "bar") in ("lin", "skw")
    return f"{over}/{under}" if is_flat else f"\\frac{{{over}}}{{{under}}}"


def _scripts(element: Element, depth: int) -> str:
    below_it, above = _of(element, "sub", depth), _of(element, "sup", depth)
    scripts = (f"_{{{below_it}}}" if below_it else "") + (f"^{{{above}}}" if above else "")
    base = _of(element, "e", depth)
    return f"{{}}{scripts}{base}" if local(element) == "sPre" else f"{base}{scripts}"


def _root(element: Element, depth: int) -> str:
    degree = _of(element, "deg", depth)
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_of(element, 'e', depth)}}}"


def _large(element: Element, depth: int) -> str:
    mark = _value(element, "naryPr", "chr", "∫")
    below_it, above = _of(element, "sub", depth), _of(element, "sup", depth)
    sign = _LARGE.get(mark, mark) + (f"_{{{below_it}}}" if below_it else "") + (f"^{{{above}}}" if above else "")
    return f"{sign} {_of(element, 'e', depth)}"


def _brackets(element: Element, depth: int) -> str:
    first, last = _value(element, "dPr", "begChr", "("), _value(element, "dPr", "endChr", ")")
    parts = f" {_value(element, 'dPr', 'sepChr', '|')} ".join(latex(each, depth) for each in children(element, "e"))
    return f"\\left{_bracket(first)}{parts}\\right{_bracket(last)}"


def _bracket(mark: str) -> str:
    return {"": ".", "{": "\\{", "}": "\\}", "‖": "\\|", "⟨": "\\langle ", "⟩": "\\rangle "}.get(mark, mark)


def _function(element: Element, depth: int) -> str:
    name = _of(element, "fName", depth)
    bare = name.split("_")[0].split("^")[0]
    return (
        f"{name.replace(bare, chr(92) + bare, 1) if _FUNCTIONS.fullmatch(bare) else name}{{{_of(element, 'e', depth)}}}"
    )


def _matrix(element: Element, depth: int) -> str:
    rows = [" & ".join(latex(each, depth) for each in children(row, "e")) for row in children(element, "mr")]
    return "\\begin{matrix}" + " \\\\ ".join(rows) + "\\end{matrix}"


def _lines(element: Element, depth: int) -> str:
    return "\\begin{aligned}" + " \\\\ ".join(latex(each, depth) for each in children(element, "e")) + "\\end{aligned}"


def _accent(element: Element, depth: int) -> str:
    mark = _value(element, "accPr", "chr", "\u0302")
    return f"\\{_ACCENTS.get(mark, 'hat')}{{{_of(element, 'e', depth)}}}"


def _bar(element: Element, depth: int) -> str:
    is_above = _value(element, "barPr", "pos", "bot") == "top"
    return f"\\{'overline' if is_above else 'underline'}{{{_of(element, 'e', depth)}}}"


def _limit(element: Element, depth: int) -> str:
    mark = "_" if local(element) == "limLow" else "^"
    return f"{_of(element, 'e', depth)}{mark}{{{_of(element, 'lim', depth)}}}"


def _nothing(_: Element, __: int) -> str:
    return ""


_WRITERS: dict[str, Callable[[Element, int], str]] = {
    **{"r": _run, "f": _fraction, "rad": _root, "nary": _large, "d": _brackets, "func": _function, "m": _matrix},
    **{"eqArr": _lines, "acc": _accent, "bar": _bar, "limLow": _limit, "limUpp": _limit},
    **dict.fromkeys(("sSub", "sSup", "sSubSup", "sPre"), _scripts),
    **dict.fromkeys(("ctrlPr", "rPr", "fPr", "radPr", "naryPr", "dPr", "funcPr", "mPr", "sSupPr", "sSubPr"), _nothing),
}
