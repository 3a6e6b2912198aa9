"""The spec: from YAML text to a typed `Spec`, with every problem named where it stands.

`yamlevents` and `yamltext` read YAML with its places, `shape` and `schema` hold the JSON Schema
against it, `violations` puts what is wrong into sentences, `load` makes the `Spec`.
"""

from itemcat.spec.load import load_spec

__all__ = ["load_spec"]
