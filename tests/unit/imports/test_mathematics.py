"""MathML in a line of text, and what has no such form."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.imports.markup import parse
from issuer.imports.mathematics import MATHML, mathematics
from issuer.imports.refusals import ImportRefused


def line(inner: str) -> str:
    return mathematics(parse(f'<math xmlns="{MATHML}">{inner}</math>'.encode()))


ROOT = "<msqrt><msup><mi>b</mi><mn>2</mn></msup><mo>-</mo><mn>4</mn><mi>a</mi><mi>c</mi></msqrt>"
HALF = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
LINES = {
    "<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>": "E = mc²",
    "<mn>14</mn><mo>+</mo><mi>tan</mi><mo>\u2061</mo><mfenced><mn>67</mn></mfenced>": "14 + tan(67)",
    "<mfrac><mi>d</mi><mrow><mi>d</mi><mi>t</mi></mrow></mfrac><mfenced><mi>t</mi></mfenced>": "(d/(dt))(t)",
    "<mo>-</mo><mi>sin</mi><mi>t</mi>": "-sin t",
    "<msup><mi>sec</mi><mn>2</mn></msup><mi>t</mi>": "sec² t",
    "<mi>x</mi><mo>+</mo><mn>1001</mn><mi>y</mi>": "x + 1001y",
    "<msqrt><mn>2</mn></msqrt><mo>&gt;</mo><mn>2</mn>": "√2 > 2",
    "<mo>∠</mo><mi>T</mi><mi>A</mi><mspace/><mi>P</mi>": "∠TAP",
    f"<mfrac><mrow><mo>-</mo><mi>b</mi><mo>±</mo>{ROOT}</mrow><mrow><mn>2</mn><mi>a</mi></mrow></mfrac>": (
        "(-b ± √(b² - 4ac))/(2a)"
    ),
    f"{HALF}<mi>x</mi>": "(1/2)x",
    f"<mn>2</mn><mo>÷</mo>{HALF}": "2 ÷ (1/2)",
    f"<mi>x</mi><mo>=</mo>{HALF}": "x = 1/2",
    f"<msup>{HALF}<mn>2</mn></msup>": "(1/2)²",
    "<mn>2</mn><mo>lim</mo><mi>x</mi><mn>2</mn>": "2 lim x 2",
    "<msup><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>n</mi></msup>": "(a + b)ⁿ",
    "<msup><msup><mi>a</mi><mi>b</mi></msup><mi>c</mi></msup>": "(a^b)^c",
    "<msup><mi>a</mi><msup><mi>b</mi><mi>c</mi></msup></msup>": "a^(b^c)",
    "<msqrt><msup><mi>x</mi><mn>2</mn></msup></msqrt>": "√(x²)",
    "<msup><msqrt><mi>x</mi></msqrt><mn>2</mn></msup>": "(√x)²",
    "<msup><mn>-2</mn><mn>2</mn></msup>": "(-2)²",
    "<msubsup><mi>x</mi><mn>1</mn><mrow><mo>-</mo><mn>1</mn></mrow></msubsup>": "x₁⁻¹",
    "<msub><mi>x</mi><mi>i</mi></msub><mi>y</mi>": "x_i y",
    "<msup><mn>30</mn><mo>∘</mo></msup>": "30°",
    "<mi>f</mi><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo>": "f(x, y)",
    "<mfenced open='[' close=')'><mn>0</mn><mn>1</mn></mfenced>": "[0, 1)",
    "<mroot><mi>x</mi><mn>3</mn></mroot>": "³√x",
    "<mi>x</mi><mtext>if</mtext><mstyle><mi>x</mi></mstyle><mo>≥</mo>": "x if x ≥",
    "<semantics><mi>x</mi><annotation>y</annotation></semantics>": "x",
}


@pytest.mark.parametrize("inner", LINES)
def test_mathematics_in_a_line(inner: str) -> None:
    assert line(inner) == LINES[inner]


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<mi/>",
        "<mo>\u2062</mo>",
        "<mtable/>",
        "<msqrt><mrow/></msqrt>",
        "<mover><mi>x</mi><mo>¯</mo></mover>",
        "<mfrac><mi>x</mi></mfrac>",
        "<mfrac><mi>x</mi><mrow/></mfrac>",
        "<mi mathvariant='bold'>v</mi>",
        "<mo>☃</mo>",
        "<mi><mn>2</mn></mi>",
        "<mi>`</mi>",
        "<mroot><mi>x</mi><mi>k</mi></mroot>",
        "<mfenced open='('  close=''><mi>x</mi></mfenced>",
        "<mfenced separators='|'><mi>x</mi></mfenced>",
        "<mtext><p xmlns='urn:x'>a</p></mtext>",
    ],
)
def test_what_has_no_such_form_is_refused(inner: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        line(inner)
    assert caught.value.code in {"item.mathematics", "item.text"}


NAMES = ("mi", "mn", "mo", "mtext", "mrow", "mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "mfenced")


def nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(NAMES), st.lists(inner, max_size=3)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    )


@given(
    st.recursive(
        st.sampled_from(["<mi>x</mi>", "<mn>2</mn>", "<mo>+</mo>", "<mo>(</mo>"]), nest, max_leaves=8
    )
)
def test_any_notation_is_a_line_or_refused(inner: str) -> None:
    try:
        found = line(inner)
    except ImportRefused:
        return
    assert found == " ".join(found.split())
    assert found


def test_roots_in_roots_are_each_read_once() -> None:
    begun, deep = time.process_time(), 50
    assert line("<msqrt>" * deep + "<mi>x</mi>" + "</msqrt>" * deep) == "√(" * (deep - 1) + "√x" + ")" * (
        deep - 1
    )
    assert time.process_time() - begun < 1
