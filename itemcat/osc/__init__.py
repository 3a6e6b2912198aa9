"""The Open Science Catalog: a catalog as a product there, with all links to it and from it.

Pure: documents of the metadata repository go in parsed, and come out as they should be. `entry` is
what is said of the product, `product`, `project` and `items` make documents of it, `links` what
leads from one to the other, `rules` says what is wrong with it, `audit` what it will be worth.
"""

from itemcat.osc.audit import Criterion, audit
from itemcat.osc.entry import Entry, Reach
from itemcat.osc.items import MOST_INLINE, inlined
from itemcat.osc.product import product_document
from itemcat.osc.project import is_its_own, project_document
from itemcat.osc.proposal import proposal
from itemcat.osc.rules import Objection, missing_targets, objections
from itemcat.osc.targets import (
    EXPERIMENTS,
    KINDS,
    PRODUCTS,
    PROJECTS,
    Kind,
    Target,
    listing_of,
    named_by,
    product_file,
    targets_of,
)

__all__ = [
    "EXPERIMENTS",
    "KINDS",
    "MOST_INLINE",
    "PRODUCTS",
    "PROJECTS",
    "Criterion",
    "Entry",
    "Kind",
    "Objection",
    "Reach",
    "Target",
    "audit",
    "inlined",
    "is_its_own",
    "listing_of",
    "missing_targets",
    "named_by",
    "objections",
    "product_document",
    "product_file",
    "project_document",
    "proposal",
    "targets_of",
]
