"""Dotted paths into a decoded record, compiled once; what is not there reads as None, never as an error."""

import re
from collections.abc import Callable
from typing import Any, Final

from monitor.errors import ConfigError

Getter = Callable[[Any], Any]

_STEP: Final = re.compile(
    r"(?P<name>[^.\[\]]+)(?:\[(?P<key>[^\[\]=']+)=(?P<wanted>'[^']*'|[^\[\]']+)\])?(?:\.|$)"
)


def compile_path(path: str) -> Getter:
    """Compile a path such as `data.id`, `comments.0.text` or `users[id=data.author].name`.

    Raises:
        ConfigError: when the path is malformed.

    """
    steps: list[Callable[[Any, Any], Any]] = []
    position = 0
    while position < len(path) or not steps:
        step = _STEP.match(path, position)
        if step is None or (step.end() == len(path) and path.endswith(".")):
            raise ConfigError(
                f"`{path}` is not a path like data.id, comments.0.text or users[id=data.author].name"
            )
        steps.append(_compile_name(step["name"]))
        if step["key"]:
            steps.append(_compile_choice(step["key"], step["wanted"]))
        position = step.end()

    def get(record: Any) -> Any:  # noqa: ANN401 - the shape is the user's own
        value = record
        for step_into in steps:
            value = step_into(value, record)
            if value is None:
                return None
        return value

    return get


def as_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a scalar as text, the way TOML keys and joined texts spell it; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _compile_name(name: str) -> Callable[[Any, Any], Any]:
    index = int(name) if name.isdecimal() else None

    def step_into(value: Any, _record: Any) -> Any:  # noqa: ANN401 - any JSON value
        if isinstance(value, dict):
            return value.get(name)
        if index is not None and isinstance(value, list) and index < len(value):
            return value[index]
        return None

    return step_into


def _compile_choice(key: str, wanted: str) -> Callable[[Any, Any], Any]:
    literal = wanted[1:-1] if wanted.startswith("'") else None
    get_wanted = compile_path(wanted) if literal is None else None

    def step_into(value: Any, record: Any) -> Any:  # noqa: ANN401 - any JSON value
        text = as_text(get_wanted(record)) if get_wanted else literal
        if text is None or not isinstance(value, list):
            return None
        return next((one for one in value if isinstance(one, dict) and as_text(one.get(key)) == text), None)

    return step_into
