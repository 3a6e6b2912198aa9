"""The Open Science Catalog: a catalog as a product there, with all links to it and from it.

Pure: documents of the metadata repository go in parsed, and come out as they should be. `entry` is
what is said of the product, `product`, `project` and `items` make documents of it, `links` what
leads from one to the other, `bundle` puts them together; `rules` says what is wrong, `audit` what
it will be worth.
"""

from itemcat.osc.audit import Criterion, audit
from itemcat.osc.bundle import Bundle, bundle
from itemcat.osc.entry import Entry, Reach
from itemcat.osc.proposal import proposal
from itemcat.osc.rules import Objection
from itemcat.osc.targets import named_by, product_file

__all__ = [
    "Bundle",
    "Criterion",
    "Entry",
    "Objection",
    "Reach",
    "audit",
    "bundle",
    "named_by",
    "product_file",
    "proposal",
]
