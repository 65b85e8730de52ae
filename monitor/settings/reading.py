"""Reads the settings' layers, lays one above the other, and reports every problem there is in one error."""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource, SettingsError

from monitor.errors import ConfigError
from monitor.settings.tree import Settings

ENV_PREFIX: Final = "MONITOR_"
ENV_DELIMITER: Final = "__"
ENV_CONFIG: Final = "MONITOR_CONFIG"
DEFAULT_FILE: Final = Path("monitor.toml")


def load_settings(config: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `config` defaults to MONITOR_CONFIG, then to ./monitor.toml where it exists.

    Raises:
        ConfigError: with every problem there is, each with its place, its field and the fix.

    """
    if config is None:
        named = os.environ.get(ENV_CONFIG)
        config = Path(named) if named else DEFAULT_FILE if DEFAULT_FILE.exists() else None
    in_file = _read_file(config) if config else {}
    in_environment = _read_environment()
    in_flags = dict(overrides or {})
    layers = {"flag": in_flags, "environment": in_environment, str(config): in_file}
    problems = _unknown_variables()
    try:
        settings = Settings(**_merge(_merge(in_file, in_environment), in_flags))
    except ValidationError as error:
        problems += [_explain(problem, layers) for problem in error.errors()]
    if problems:
        noun = "problem" if len(problems) == 1 else "problems"
        raise ConfigError("\n  ".join([f"{len(problems)} {noun} in the settings", *problems]))
    return settings


def _read_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give another --config") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    _anchor_paths(table, Settings, path.parent)
    return table


def _anchor_paths(table: dict[str, Any], model: type[BaseModel], folder: Path) -> None:
    """Make every path in a file mean the same wherever the program is started."""
    for name, field in model.model_fields.items():
        value = table.get(name)
        if isinstance(value, str) and name.endswith(("_file", "folder")):
            table[name] = str(folder / value)
        elif isinstance(value, dict) and (section := _find_section(field.annotation)):
            _anchor_paths(value, section, folder)


def _read_environment() -> dict[str, Any]:
    try:
        source = EnvSettingsSource(
            Settings, case_sensitive=False, env_prefix=ENV_PREFIX, env_nested_delimiter=ENV_DELIMITER
        )
        return source()
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        name = ENV_PREFIX + (field[1].upper() if field else "*")
        raise ConfigError(f"{name}: expected JSON, as a whole section or list is given at once") from None


def _unknown_variables() -> list[str]:
    # Only names with the delimiter are ours for certain: Kubernetes puts MONITOR_PORT and the like into
    # every container beside a service named monitor.
    sections = {
        name: name.removeprefix(ENV_PREFIX).split(ENV_DELIMITER)[0].lower()
        for name in os.environ
        if name.startswith(ENV_PREFIX) and ENV_DELIMITER in name
    }
    return [
        f"{name}: unknown setting; {_suggest(section, Settings)}"
        for name, section in sections.items()
        if section not in Settings.model_fields
    ]


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[name] = _merge(under, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged


def _explain(problem: ErrorDetails, layers: Mapping[str, Mapping[str, Any]]) -> str:
    place = problem["loc"]
    field = ".".join(str(part) for part in place) or "source"
    what = (
        problem["msg"].replace("Input should be", "must be").replace("Field required", "is missing; add it")
    )
    if problem["type"] == "extra_forbidden":
        what = f"unknown setting; {_suggest(str(place[-1]), _section_at(place[:-1]))}"
    if problem["type"] == "timezone_aware":
        what = "needs an offset, like 2026-01-31T12:00:00Z"
    if problem["type"] == "path_not_file":
        what = "no such file; a path in the file is relative to that file's folder"
    # What is missing is looked for where its section was given.
    sought = place[:-1] if problem["type"] == "missing" else place
    layer = next((name for name, values in layers.items() if _holds(values, sought)), "settings")
    if layer == "environment":
        layer = ENV_PREFIX + ENV_DELIMITER.join(str(part) for part in place).upper()
    return f"{layer}: `{field}`: {what[:1].lower()}{what[1:]}"


def _section_at(place: tuple[int | str, ...]) -> type[BaseModel]:
    model: type[BaseModel] = Settings
    for part in place:
        if isinstance(part, str):
            model = _find_section(model.model_fields[part].annotation) or model
    return model


def _find_section(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """Find the section that a field holds, or holds a list of."""
    return next(
        (
            one
            for one in (annotation, *get_args(annotation))
            if isinstance(one, type) and issubclass(one, BaseModel)
        ),
        None,
    )


def _suggest(name: str, model: type[BaseModel]) -> str:
    near = get_close_matches(name, model.model_fields, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(model.model_fields)}"


def _holds(values: Any, place: tuple[int | str, ...]) -> bool:  # noqa: ANN401 - walks parsed TOML
    for part in place:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return False
    return bool(place)
