"""What a product is related to, and where each of them lies in the metadata repository."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itemcat.openscience import OpenScience
from itemcat.osc.parts import named, objects, texts

SCHEME = "https://github.com/stac-extensions/osc#theme"
PRODUCTS = "products"


@dataclass(frozen=True, slots=True)
class Kind:
    """A folder of the repository: what is in it, in titles of links and in sentences."""

    folder: str
    word: str
    noun: str
    file: str = "catalog.json"
    returns: bool = True  # whether its entries link back to a product


PROJECTS = Kind("projects", "Project", "project", "collection.json")
THEMES = Kind("themes", "Theme", "theme")
VARIABLES = Kind("variables", "Variable", "variable")
MISSIONS = Kind("eo-missions", "EO Mission", "mission")
EXPERIMENTS = Kind("experiments", "Experiment", "experiment", "record.json", returns=False)
KINDS = (PROJECTS, THEMES, VARIABLES, MISSIONS, EXPERIMENTS)


@dataclass(frozen=True, slots=True)
class Target:
    """One of them. `path` is where the spec names it."""

    kind: Kind
    id: str
    path: tuple[str | int, ...] = ()

    @property
    def file(self) -> str:
        """Its document, from the repository's top."""
        return f"{self.kind.folder}/{self.id}/{self.kind.file}"


def product_file(product_id: str) -> str:
    """The document of a product, from the repository's top."""
    return f"{PRODUCTS}/{product_id}/collection.json"


def item_file(product_id: str, item_id: str) -> str:
    """The document of an item in a product's folder, from the repository's top."""
    return f"{PRODUCTS}/{product_id}/{item_id}.json"


def listing_of(folder: str) -> str:
    """The catalog that lists all of a kind."""
    return f"{folder}/catalog.json"


def targets_of(said: OpenScience) -> list[Target]:
    """What the spec relates the product to, in the order of the links."""
    project = ("osc", "project", "id") if said.new_project else ("osc", "project")
    named = [Target(PROJECTS, said.project, project)]
    for key, kind, ids in (
        ("themes", THEMES, said.themes),
        ("variables", VARIABLES, said.variables),
        ("missions", MISSIONS, said.missions),
    ):
        named += [Target(kind, one, ("osc", key, index)) for index, one in enumerate(ids)]
    if said.experiment:
        named.append(Target(EXPERIMENTS, said.experiment, ("osc", "experiment")))
    return named


def named_by(product: Mapping[str, Any]) -> list[Target]:
    """What a product's document says that it is related to, whoever wrote it."""
    by_kind = {
        PROJECTS: texts([product.get("osc:project")]),
        THEMES: themes_of(product),
        VARIABLES: texts(product.get("osc:variables")),
        MISSIONS: texts(product.get("osc:missions")),
        EXPERIMENTS: texts([product.get("osc:experiment")]),
    }
    return [Target(kind, one) for kind, ids in by_kind.items() for one in ids]


def themes_of(document: Mapping[str, Any]) -> list[str]:
    """The ids of its themes, of the scheme of the Open Science Catalog."""
    return list(_concepts(document))


def with_themes(document: Mapping[str, Any], ids: Sequence[str]) -> list[Any]:
    """The field `themes`, with these of our scheme; those of other schemes stay as they are."""
    old, there = _concepts(document), document.get("themes")
    if isinstance(there, list) and list(old) == list(ids):
        return there
    ours = {"scheme": SCHEME, "concepts": [old.get(one, {"id": one}) for one in ids]}
    return [ours, *(theme for theme in objects(there) if theme.get("scheme") != SCHEME)]


def _concepts(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The concepts of our scheme, by their ids."""
    found: dict[str, dict[str, Any]] = {}
    for theme in objects(document.get("themes")):
        if theme.get("scheme") == SCHEME:
            found |= named(theme.get("concepts"), "id")
    return found
