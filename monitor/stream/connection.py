"""How Faust and aiokafka reach the broker; a secret goes from the settings to the socket and nowhere else."""

import ssl
from typing import Any, Final

import faust
from aiokafka import AIOKafkaConsumer

from monitor.settings import KafkaSettings

_FETCH_BYTES: Final = 8 * 1024 * 1024


def make_broker_url(kafka: KafkaSettings) -> str:
    """Write the bootstrap addresses as Faust wants them."""
    return ";".join(f"kafka://{address.strip()}" for address in kafka.bootstrap.split(","))


def make_credentials(kafka: KafkaSettings) -> Any:
    """Make Faust's credentials; SASL without a TLS context would silently be plaintext, so both are given."""
    context = _make_context(kafka)
    if kafka.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=kafka.username,
            password=_reveal_password(kafka),
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context else None


def make_reader(kafka: KafkaSettings) -> AIOKafkaConsumer:
    """Make a consumer outside any group, for reading the changelog in large pieces."""
    return AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        security_protocol=kafka.security_protocol,
        sasl_mechanism=kafka.sasl_mechanism,
        sasl_plain_username=kafka.username,
        sasl_plain_password=_reveal_password(kafka),
        ssl_context=_make_context(kafka),
    )


def _reveal_password(kafka: KafkaSettings) -> str | None:
    return kafka.password.get_secret_value() if kafka.password else None


def _make_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    if not kafka.security_protocol.endswith("SSL"):
        return None
    context = ssl.create_default_context(cafile=str(kafka.ca_file) if kafka.ca_file else None)
    if kafka.cert_file:
        context.load_cert_chain(kafka.cert_file, kafka.key_file)
    return context
