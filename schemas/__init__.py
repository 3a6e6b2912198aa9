"""The JSON Schemas that ship with itemcat."""
