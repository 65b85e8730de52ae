"""`monitor topics`: creates the topics that Earshot owns, and lists what is on the broker."""

import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings
from monitor.topics import Topic, declare_topics

topics_app = typer.Typer(no_args_is_help=True, help="Create and list the topics on the broker.")
app.add_typer(topics_app, name="topics")


@topics_app.command("create")
def create(config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Create Earshot's topics where they are missing; refuse those that exist in another shape."""
    from monitor.client import create_topics

    settings = load_kafka_settings(config, bootstrap)
    declared = declare_topics(settings.worker.partitions, settings.kafka.replication)
    report = create_topics(settings.kafka.bootstrap, declared, settings.kafka.client_options())
    for topic in declared:
        print(f"{'created' if topic.name in report.created else 'exists':8} {_describe(topic)}")


@topics_app.command("list")
def list_(config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """List the topics on the broker: partitions, replicas, cleanup policy, and what ours are for."""
    from monitor.client import list_topics

    settings = load_kafka_settings(config, bootstrap)
    purposes = {topic.name: topic.purpose for topic in declare_topics(settings.worker.partitions)}
    for shape in list_topics(settings.kafka.bootstrap, settings.kafka.client_options()):
        line = (
            f"{shape.name:30} {shape.partitions:4} x{shape.replication} {shape.cleanup_policy:15}"
            f" {purposes.get(shape.name, '')}"
        )
        print(line.rstrip())


def _describe(topic: Topic) -> str:
    return f"{topic.name:30} {topic.partitions:4} x{topic.replication} {topic.purpose}"
