"""What can go wrong: each error says where, what, and what to do.

Every argument goes to `Exception.args`, so that an error crosses process boundaries whole.
"""

from collections.abc import Sequence
from itertools import zip_longest


class ItemcatError(Exception):
    """Something the user can understand and cure; the CLI prints it and exits with `exit_code`."""

    exit_code = 3

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.where = where
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.line}\nhint: {self.hint}" if self.hint else self.line

    @property
    def line(self) -> str:
        """The error without its hint."""
        return f"error: {self.where}: {self.what}"


class UsageError(ItemcatError):
    """The command line, or what it points at, cannot be used."""

    exit_code = 2


class SpecError(ItemcatError):
    """The spec is wrong at one place."""

    exit_code = 2


class SourceError(ItemcatError):
    """A source could not be listed, or lists nothing."""


class FetchError(ItemcatError):
    """The bytes of an asset could not be had, or are not what was promised."""


class ReadError(ItemcatError):
    """The bytes are there, but the facts cannot be read out of them."""


class RuleError(ItemcatError):
    """A rule of the spec (pattern, id, date) does not fit one asset."""


class Drift(ItemcatError):
    """What is on disk is not what the spec asks for, and the build was told not to change it."""

    exit_code = 1


class Unfit(ItemcatError):
    """There is nothing to publish, or nothing that is fit for it."""

    exit_code = 1


class Settled(Unfit):
    """There is nothing to publish: all is published."""


class GitError(ItemcatError):
    """Git, one of its hooks, or the remote refused."""


class MachineError(ItemcatError):
    """The machine failed: disk full, no permission, a folder that vanished."""


class Problems(ItemcatError):
    """Several errors that are reported at once, and what they mean for the whole.

    The exit code is that of a wrong spec, if one of them is about that.
    """

    def __init__(self, errors: tuple[ItemcatError, ...], outcome: str = "") -> None:
        Exception.__init__(self, errors, outcome)
        self.errors = errors
        self.outcome = outcome
        self.exit_code = min(error.exit_code for error in errors)

    def __str__(self) -> str:
        return "\n".join([*told(self.errors), self.outcome] if self.outcome else told(self.errors))


def told(errors: Sequence[ItemcatError]) -> list[str]:
    """The lines that tell of several errors; a hint that is the same for many is told once."""
    lines = []
    for error, following in zip_longest(errors, errors[1:]):
        lines.append(error.line)
        if error.hint and (following is None or following.hint != error.hint):
            lines.append(f"hint: {error.hint}")
    return lines
