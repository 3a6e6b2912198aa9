"""Texts of strangers as plain text: HTML without its tags, nothing invisible, nothing that acts.

STAC's descriptions are CommonMark, in which raw HTML and links are alive; so what could begin one
in a plain text is written as the character reference that shows the same sign.
"""

import html
import re

LONGEST = 100_000  # characters of HTML that are looked at
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|<![^<>]*>")
_SILENT = frozenset({"script", "style", "template", "head"})
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"blockquote", "pre", "section", "article", "hr", "dt", "dd"}
)
_ALIVE = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])[(:\[]")


def line(value: object, longest: int = 1000) -> str:
    """A text on one line, cut at so many characters; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    return " ".join(_visible(value[: 4 * longest]).split())[:longest]


def plain(value: object) -> str:
    """HTML as plain text that is safe as CommonMark, its blocks as paragraphs; empty for no text.

    Entities become their signs, and what stands in scripts and styles is dropped.
    """
    if not isinstance(value, str):
        return ""
    paragraphs = (line(part, LONGEST) for part in "".join(_pieces(value[:LONGEST])).split("\0"))
    return "\n\n".join(_ALIVE.sub(_reference, text) for text in paragraphs if text)


def _pieces(value: str) -> list[str]:
    """The texts between tags, with a NUL where a block begins or ends."""
    pieces: list[str] = []
    silent, end = "", 0
    for found in _TAG.finditer(value):
        name = (found[2] or "").lower()
        if not silent:
            pieces.append(html.unescape(value[end : found.start()]).replace("\0", ""))
            silent = name if name in _SILENT and not found[1] else ""
        elif found[1] and name == silent:
            silent = ""
        if name in _BLOCKS and not silent:
            pieces.append("\0")
        end = found.end()
    if not silent:
        pieces.append(html.unescape(value[end:]).replace("\0", ""))
    return pieces


def _reference(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _visible(text: str) -> str:
    """Without signs that cannot be seen, among them those that turn the writing direction."""
    return "".join(sign if sign.isprintable() else " " * sign.isspace() for sign in text)
