"""The core of the access register: models, rules and acts. Knows no web."""

__version__ = "0.1.0"
