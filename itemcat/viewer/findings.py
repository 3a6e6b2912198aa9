"""What a check has found, as the page takes it: by the files that it is about."""

from collections.abc import Callable, Mapping, Sequence

Findings = Mapping[str, Sequence[tuple[str, str]]]
"""By the name of a file in the catalog's folder: the severity of each finding, and its words.

The empty name stands for what is about no file.
"""

PATH = "/.findings.json"
"""Where a Service has them: hidden names are never those of a catalog's files."""


def by_address(
    findings: Findings, address: Callable[[str], str]
) -> dict[str, list[tuple[str, str]]]:
    """The findings by the addresses of their files, which tell the page whose they are.

    A name that is no Unicode has none, and is no item's: it is shown with `?` for its odd bytes.
    """
    return {name and address(_plain(name)): list(found) for name, found in findings.items()}


def _plain(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
