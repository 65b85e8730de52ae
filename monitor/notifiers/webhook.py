"""Tells a webhook of each state of a paged alert, once, signed as Standard Webhooks 1.0 has it.

    webhook-id         ALERT.SEQUENCE: the same whenever it is sent again, so that a receiver can drop a repeat
    webhook-timestamp  seconds since 1970, of this attempt
    webhook-signature  v1,BASE64 of HMAC-SHA256 over "id.timestamp.body", one for each secret, with spaces between

The body is the same whenever a state is sent again, to the last byte.
"""

import base64
import binascii
import hmac
from typing import Final

import msgspec

from monitor.core.desk import Page
from monitor.errors import ConfigError, DeliveryError
from monitor.notifiers.server import Server, reveal
from monitor.settings import WebhookSettings

_PREFIX: Final = "whsec_"
_LEAST_BYTES: Final = 16


class Webhook:
    """One receiver."""

    def __init__(self, settings: WebhookSettings) -> None:
        """Prepare.

        Raises:
            ConfigError: the secret, or a certificate file, cannot be used.

        """
        self._settings = settings
        self._server = Server(settings.url or "", settings)
        try:
            self._read_secrets()
        except DeliveryError as error:
            raise ConfigError(f"notify.webhook: {error}") from None

    def open(self) -> None:
        self._server.open()

    async def close(self) -> None:
        await self._server.close()

    async def send(self, page: Page, now_seconds: float) -> None:
        """Send one state; `now_seconds` is wall time.

        Raises:
            DeliveryError: it was not taken.

        """
        alert = page.alert
        body = msgspec.json.encode(
            {
                "type": f"alert.{alert.state}",
                "timestamp": alert.at,
                "owner": page.labels["owner"],
                "data": alert,
            }
        )
        message_id, timestamp = f"{alert.id}.{alert.sequence}", str(int(now_seconds))
        signatures = [sign(secret, message_id, timestamp, body) for secret in self._read_secrets()]
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signatures),
        }
        await self._server.post(body, headers)

    def _read_secrets(self) -> list[bytes]:
        """Read the secrets, several while one replaces another."""
        written = reveal(self._settings.secret, self._settings.secret_file).split()
        try:
            secrets = [base64.b64decode(one.removeprefix(_PREFIX), validate=True) for one in written]
        except binascii.Error:
            secrets = []
        if not secrets or any(len(one) < _LEAST_BYTES for one in secrets):
            raise DeliveryError(
                f"the secret must be base64 of {_LEAST_BYTES} bytes or more; `openssl rand -base64 32` makes one"
            )
        return secrets


def sign(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Sign a message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
