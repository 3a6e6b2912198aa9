"""A module of a site that fails while it is loaded."""

raise RuntimeError("no nodes left")
