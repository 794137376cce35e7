"""docker-compose.yml as an engine reads it: merge keys resolved, `${NAME:-default}` filled in."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from tests.deploy.files import ROOT

FILE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def filled(value: Any, given: Mapping[str, str]) -> Any:
    """A value with its variables filled in, however deep."""
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: given.get(found[1]) or found[2] or "", value)
    if isinstance(value, list):
        return [filled(item, given) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, given) for key, item in value.items()}
    return value


@cache
def compose() -> dict[str, Any]:
    """The file with its defaults."""
    return filled(YAML(typ="safe").load(FILE), {})  # type: ignore[no-any-return]


def services() -> dict[str, dict[str, Any]]:
    return compose()["services"]  # type: ignore[no-any-return]


def ours() -> dict[str, dict[str, Any]]:
    """The services that run the product's image."""
    return {name: service for name, service in services().items() if service["image"].startswith("access-log:")}


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """What a service is told, without what nobody filled in."""
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def mounts(service: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Target → (source, read only)."""
    found = {}
    for text in service.get("volumes", []):
        source, target, *mode = text.split(":")
        found[target] = (source, mode == ["ro"])
    return found
