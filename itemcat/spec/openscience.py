"""The section `osc` of a valid spec, typed."""

from collections.abc import Mapping
from typing import Any

from itemcat.openscience import Contact, NewProject, OpenScience


def open_science(values: Mapping[str, Any]) -> OpenScience:
    """What the spec says for the Open Science Catalog; a project by its id, or a new one."""
    project = values["project"]
    new = None if isinstance(project, str) else _new_project(project, values["status"])
    words: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    words |= {"project": new.id if new else project, "new_project": new}
    return OpenScience(**words)


def _new_project(values: Mapping[str, Any], status: str) -> NewProject:
    """A project that is not there yet; its status is that of the product, if it has none."""
    officer = Contact(**values["technical_officer"])
    consortium = tuple(values.get("consortium", ()))
    own = {"status": status, **values, "technical_officer": officer, "consortium": consortium}
    return NewProject(**own)
