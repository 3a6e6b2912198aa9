"""What a spec says for the Open Science Catalog: its section `osc`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """A person who can be written to."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project that the Open Science Catalog does not have yet; `via` is its website."""

    id: str
    title: str
    description: str
    status: str
    via: str
    technical_officer: Contact
    consortium: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenScience:
    """The product that a catalog becomes there. What is named is named by its id there.

    `product` is empty for the catalog's own id. `via` is where the data are; empty, its DOI or the
    record that they come from. `parameters` are names of the CF conventions. `new_project` is None
    where the project is there.
    """

    project: str
    status: str
    themes: tuple[str, ...]
    product: str = ""
    region: str = ""
    variables: tuple[str, ...] = ()
    missions: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    doi: str = ""
    via: str = ""
    documentation: str = ""
    example: str = ""
    visualisation: str = ""
    experiment: str = ""
    new_project: NewProject | None = None
