"""Addresses in a document: for everybody, and without anything that is for somebody alone."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag

from itemcat.check.addresses import Kind, target
from itemcat.check.finding import Spot
from itemcat.check.page import Page, shown, text
from itemcat.check.surroundings import Surroundings
from itemcat.urls import public

_PLAIN = re.compile(r"""[^\s"<>\\^`{|}\x00-\x1f\x7f]*""")


def relative(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """Data that lies beside the catalog: who has the catalog alone does not have it."""
    for path, _key, asset in page.assets():
        href = text(asset.get("href"))
        if target(href, page.file, surroundings.home).kind is Kind.OUTSIDE:
            yield Spot(f"{path}.href", f"{shown(href, 200)} is out of the catalog's folder")


def of_machine(page: Page, surroundings: Surroundings) -> Iterator[Spot]:
    """An absolute path."""
    for path, href in _hrefs(page):
        if target(href, page.file, surroundings.home).kind is Kind.MACHINE:
            yield Spot(path, "is a path of the machine on which it was written")


def secret(page: Page, _: Surroundings) -> Iterator[Spot]:
    """User info, a token or a signature in an address. The message does not show it."""
    for path, href in _hrefs(page):
        if public(href) != urldefrag(href).url:
            yield Spot(path, f"has a secret in it: {shown(href, 200)}")


def unquoted(page: Page, _: Surroundings) -> Iterator[Spot]:
    """A space, or another sign that no address has."""
    for path, href in _hrefs(page):
        if not _PLAIN.fullmatch(href) and target(href, page.file).kind is not Kind.MACHINE:
            yield Spot(path, f"has signs that no address has: {shown(href, 200)}")


def _hrefs(page: Page) -> Iterator[tuple[str, str]]:
    for path, link in page.links():
        yield f"{path}.href", text(link.get("href"))
    for path, _key, asset in page.assets():
        yield f"{path}.href", text(asset.get("href"))
