"""Who is told what happens while a build runs; this one keeps silent."""


class Listener:
    """Hears of a build's progress. The command line prints, a program may do as it likes.

    Methods are called from several threads.
    """

    def note(self, text: str) -> None:
        """Something worth knowing that is not wrong."""

    def warn(self, text: str) -> None:
        """Something that the user should look at."""

    def progress(self, done: int, total: int) -> None:
        """So many of the assets that need work are ready."""
