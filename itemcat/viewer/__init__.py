"""From a catalog on disk to a page that shows it, and to a server on this machine.

`collect` reads what is shown, `render` makes the page, `Service` serves page and catalog.
`Findings` are what a check has found, which is somebody else's work.
"""

from itemcat.viewer.collection import Collection, collect
from itemcat.viewer.findings import PATH as FINDINGS_PATH
from itemcat.viewer.findings import Findings
from itemcat.viewer.folder import Folder
from itemcat.viewer.page import policy, render
from itemcat.viewer.pictures import Pictures
from itemcat.viewer.service import Service

__all__ = [
    "FINDINGS_PATH",
    "Collection",
    "Findings",
    "Folder",
    "Pictures",
    "Service",
    "collect",
    "policy",
    "render",
]
