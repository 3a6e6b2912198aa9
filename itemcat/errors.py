"""What can go wrong: each error says where, what, and what to do.

Every argument goes to `Exception.args`, so that an error crosses process boundaries whole.
"""


class ItemcatError(Exception):
    """Something the user can understand and cure; the CLI prints it and exits with `exit_code`."""

    exit_code = 3

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.where = where
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        text = f"error: {self.where}: {self.what}"
        return f"{text}\nhint: {self.hint}" if self.hint else text


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


class MachineError(ItemcatError):
    """The machine failed: disk full, no permission, a folder that vanished."""


class Problems(ItemcatError):
    """Several errors that are reported at once; the gravest decides the exit code."""

    def __init__(self, errors: tuple[ItemcatError, ...]) -> None:
        Exception.__init__(self, errors)
        self.errors = errors
        self.exit_code = min(error.exit_code for error in errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
