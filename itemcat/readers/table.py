"""What is known of a layer, whatever library has read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from itemcat.readers.extent import Box


@dataclass(frozen=True, slots=True)
class Layer:
    """The facts of a layer. `columns` are names with types; `box` is in the CRS of `wkt`.

    `geometry` is the name of the geometry's column; None for a table without one. `wkt` and `box`
    are None where they are not known.
    """

    media_type: str
    columns: Sequence[tuple[str, str]]
    rows: int
    geometry: str | None
    wkt: str | None
    box: Box | None
