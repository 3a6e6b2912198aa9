"""itemcat: a declarative, incremental build from one YAML file to a STAC catalog."""

__version__ = "0.1.0"
