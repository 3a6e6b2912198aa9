"""Texts of strangers: what is left of their HTML is plain, and does nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.sources.licenses import spdx, spdx_at
from itemcat.sources.prose import LONGEST, line, plain

PIECES = st.lists(
    st.sampled_from([*"<>/!?&;[]():\\ \n", "script", "p", "a href='javascript:x'", "&lt;", "&amp;"])
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Plain words.", "Plain words."),
        ("<p>One</p>\n<p>two &amp; <b>three</b></p>", "One\n\ntwo & three"),
        ("a<br>b<br/>c", "a\n\nb\n\nc"),
        ("<ul><li>x</li><li>y</li></ul>", "x\n\ny"),
        ("before<script>alert('<p>x</p>')</script>after", "beforeafter"),
        ("<STYLE>p {}</STYLE>Words<!-- said -->.", "Words."),
        ("p &lt; 0.05 and 3 < 4", "p < 0.05 and 3 < 4"),
        ("&lt;script&gt;x", "&#60;script>x"),
        ("\\&lt;img src=x&gt;", "\\&#60;img src=x>"),
        ("[here](javascript:x)", "[here]&#40;javascript:x)"),
        ("[x]: javascript:x", "[x]&#58; javascript:x"),
        ("<p>caf\u00e9\u00a0\u202e evil\u0000\u200b</p>", "caf\u00e9 evil"),
        ("<script>never closed", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_html_becomes(html: object, text: str) -> None:
    assert plain(html) == text


class Tags(HTMLParser):
    """Counts what a browser would take for a tag, a comment or a declaration."""

    found = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found += 1

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.found += 1

    def handle_comment(self, data: str) -> None:
        self.found += 1

    def handle_decl(self, decl: str) -> None:
        self.found += 1

    def handle_pi(self, data: str) -> None:
        self.found += 1


@given(PIECES)
def test_no_tag_and_no_link_is_left(html: str) -> None:
    text = plain(html)
    tags = Tags()
    tags.feed(text)
    tags.close()
    assert not tags.found
    assert not re.search(r"\][(:\[]", text)
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("html", ["<" * LONGEST, "<!--" * LONGEST, "<a" * LONGEST, "&" * LONGEST])
def test_a_hostile_text_is_read_to_its_end(html: str) -> None:
    assert len(plain(html)) <= 6 * LONGEST


def test_a_line_is_one_and_not_long() -> None:
    assert line(" a\n\t b\u2028c\u202e ") == "a b c"
    assert line("x" * 5000) == "x" * 1000
    assert line(["x"]) == ""


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("cc-by-4.0", "CC-BY-4.0"),
        ("cc-by-nc-sa-3.0-igo", "CC-BY-NC-SA-3.0-IGO"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc-zero", "CC0-1.0"),
        ("cc0-1.0", "CC0-1.0"),
        ("mit-license", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("odbl-1.0", "ODbL-1.0"),
        ("other-open", ""),
        ("cc-by", ""),
        (None, ""),
    ],
)
def test_licences_are_those_of_spdx(name: object, identifier: str) -> None:
    assert spdx(name) == identifier


@pytest.mark.parametrize(
    ("path", "identifier"),
    [
        ("licenses/by/4.0/", "CC-BY-4.0"),
        ("licenses/by-sa/4.0/deed.de", "CC-BY-SA-4.0"),
        ("licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("licenses/by/3.0/igo/", "CC-BY-3.0-IGO"),
        ("licenses/by/3.0/us/legalcode", "CC-BY-3.0-US"),
        ("licenses/by/2.5/scotland", ""),  # which SPDX does not know
        ("publicdomain/zero/1.0", "CC0-1.0"),
    ],
)
def test_a_port_of_a_licence_is_another_licence(path: str, identifier: str) -> None:
    assert spdx_at("a name", f"https://creativecommons.org/{path}") == identifier
