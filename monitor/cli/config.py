"""`monitor config`: which settings are in effect, and whether they, the sources and the policy can work."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import app
from monitor.cli.options import ConfigOption
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.settings import Settings
    from monitor.sources import Source

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

config_app = typer.Typer(name="config", help="Show or check the settings.", no_args_is_help=True)
app.add_typer(config_app)


@config_app.command()
def show(config: ConfigOption = None, as_json: AsJson = False) -> None:
    """Print the settings that are in effect, secrets masked."""
    from monitor.settings import load_settings

    table = load_settings(config).model_dump(mode="json", exclude_none=True)
    print(json.dumps(table, indent=2, ensure_ascii=False) if as_json else _as_toml(table))


@config_app.command()
def check(config: ConfigOption = None, as_json: AsJson = False) -> None:
    """Say whether settings, sources, policy and targets can work; every problem at once, exit code 2."""
    from monitor.notifiers import make_alertmanager, make_webhook
    from monitor.resources import load_policy
    from monitor.settings import load_settings

    settings = load_settings(config)
    sources, problems = _compile_sources(settings)
    for check_part in (
        settings.state.require_extra,
        lambda: load_policy(settings.policy_file),
        lambda: make_alertmanager(settings),
        lambda: make_webhook(settings),
    ):
        try:
            check_part()
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n  ".join(problems))
    if as_json:
        print(json.dumps({"sources": [{"topic": one.topic, "preset": one.preset} for one in sources]}))
        return
    width = max((len(one.topic) for one in sources), default=0)
    for one in sources:
        print(f"{one.topic:<{width}}  {one.preset}")
    print(f"settings, {len(sources)} sources and policy are in order")


def _compile_sources(settings: "Settings") -> tuple[list["Source"], list[str]]:
    from monitor.sources import compile_source

    sources: list[Source] = []
    problems: list[str] = []
    for source in settings.source:
        try:
            sources.append(compile_source(source))
        except ConfigError as error:
            problems.append(str(error))
    return sources, problems


def _as_toml(table: dict[str, Any]) -> str:
    """Write what `load_settings` reads; JSON's scalars are TOML's."""
    lines = [f"{name} = {_inline(value)}" for name, value in table.items() if not _is_section(name, value)]
    for name, value in table.items():
        if not _is_section(name, value):
            continue
        for section in value if isinstance(value, list) else [value]:
            lines += ["", f"[[{name}]]" if isinstance(value, list) else f"[{name}]"]
            lines += [f"{key} = {_inline(entry)}" for key, entry in section.items() if entry not in ([], {})]
    return "\n".join(lines).strip()


def _is_section(name: str, value: object) -> bool:
    return name == "source" or isinstance(value, dict)


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)} = {_inline(one)}" for key, one in value.items()
            )
            + " }"
        )
    if isinstance(value, list):
        return f"[{', '.join(_inline(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)
