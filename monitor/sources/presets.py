"""The mappings that ship with the product, one TOML file each under `monitor/presets`."""

import tomllib
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, Final

from monitor.errors import ConfigError

PRESETS: Final = ("canonical", "x", "zendesk", "google_play", "app_store", "csv")


def load_preset(name: str) -> dict[str, Any]:
    """Return the preset's table: `map`, and where it is not JSON `format` and `columns`.

    Raises:
        ConfigError: when there is no such preset.

    """
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(PRESETS)}"
        raise ConfigError(f"preset: `{name}` is unknown; {hint}")
    return tomllib.loads((files("monitor") / "presets" / f"{name}.toml").read_text(encoding="utf-8"))
