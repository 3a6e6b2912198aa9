"""Thumbnails inside of a page that is one file."""

import base64

from itemcat.viewer.folder import Folder

_LARGEST = 1 << 20  # bytes of one thumbnail
_MOST = 32 << 20  # bytes of all of them
_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp"}


class Pictures:
    """The thumbnails of a folder as `data:` URLs; `missing` counts those that had no room."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.missing = 0
        self._left = _MOST

    def embedded(self, name: str) -> str | None:
        """The picture of a name as a URL; None for what is none, or would make the page too big."""
        data = self.folder.read(name, min(_LARGEST, self._left))
        kinds = [kind for start, kind in _SIGNATURES.items() if data and data.startswith(start)]
        if data is None or not kinds:
            self.missing += 1
            return None
        self._left -= len(data)
        return f"data:image/{kinds[0]};base64,{base64.b64encode(data).decode()}"
