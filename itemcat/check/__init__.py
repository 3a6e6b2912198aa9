"""Check: what is wrong in a catalog as it stands on disk. Nothing is written, no link is followed
out of its folder, and what is in the documents is believed of nobody.

`documents` gives them one at a time, `validation` holds each against its `schemas`, the `lints`
see what no schema sees, `census` what only many documents show; `kinds` has every finding's name.
"""

from itemcat.check.examination import examine
from itemcat.check.finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine"]
