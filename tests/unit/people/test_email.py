import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.people.email import normalise_email
from schemas.problems import ProblemError


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Lovelace@Example.ORG\n", "ada.lovelace@example.org"),
        ("o'neil+sql_1@mail.example.co.uk", "o'neil+sql_1@mail.example.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@example。org", "ada@example.org"),
        ("JOSÉ@example.org", "josé@example.org"),
        (unicodedata.normalize("NFD", "josé@example.org"), "josé@example.org"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ],
)
def test_one_form_however_it_was_typed(typed: str, normal: str) -> None:
    assert normalise_email(typed) == normal
    assert normalise_email(normal) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "ada@example.org.",
        "ada@-example.org",
        "ada@exa mple.org",
        "ada@exam_ple.org",
        "ada@[127.0.0.1]",
        "ada@xn--a.example",
        "ada..b@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "a b@example.org",
        '"ada"@example.org',
        "ada@eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada\r\n@example.org",
        "ada\u200b@example.org",
        "ada\u202e@example.org",
        "ada,eve@example.org",
        "<ada@example.org>",
        "a" * 65 + "@example.org",
        "é" * 33 + "@example.org",
        "ada@" + "a" * 64 + ".org",
        "ada@" + ".".join(["a" * 60] * 5) + ".org",
        "ada.lovelace@" + ".".join(["a" * 60] * 4) + ".org",
        "ada@\ud800.org",
        "\ud800@example.org",
    ],
)
def test_what_is_not_one_plain_address_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        normalise_email(text)
    assert caught.value.code == "person.email"
    assert "eve" not in (caught.value.detail or "")


@given(st.text(max_size=80) | st.emails())
def test_an_address_or_a_problem_and_never_another_address_the_second_time(text: str) -> None:
    try:
        normal = normalise_email(text)
    except ProblemError:
        return
    assert normalise_email(normal) == normal
    assert normal == normal.strip()
    assert "\n" not in normal
    assert normal.rpartition("@")[2].isascii()
