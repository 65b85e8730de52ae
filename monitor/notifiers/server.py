"""Owns one HTTP server that is told something: how it is reached, and what its answers mean.

A secret goes from the settings, or from its file, into the request and nowhere else.
"""

import base64
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr

from monitor.errors import ConfigError, DeliveryError, DeliveryRefused
from monitor.settings import ServerSettings

#: Answers to a body that no repetition makes right; any other one may be well later, and be it by a new password.
_REFUSALS: Final = frozenset({400, 413, 422})
_QUOTED_CHARACTERS: Final = 200


class Server:
    """Posts JSON to one server; `open` it first, `close` it last."""

    def __init__(self, url: str, settings: ServerSettings) -> None:
        """Prepare; nothing is connected.

        Raises:
            ConfigError: a certificate file cannot be used.

        """
        self._url = url
        self._settings = settings
        self._context = _make_context(settings)
        self._session: aiohttp.ClientSession | None = None
        #: How it is named in logs and errors.
        self.name = urlsplit(url).netloc

    def open(self) -> None:
        """Open a session in the running event loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._context),
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds),
        )

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Post a body, and return what the server answers when it has taken it.

        Raises:
            DeliveryError: it was not taken; it may be later.
            DeliveryRefused: it will never be taken as it is.

        """
        if self._session is None:
            raise DeliveryError(f"{self.name}: the session is closed")
        try:
            async with self._session.post(
                self._url,
                data=body,
                headers={"Content-Type": "application/json", **self._authorize(), **headers},
                # A redirect would carry the credentials to wherever it points.
                allow_redirects=False,
            ) as answer:
                if answer.status // 100 == 2:  # noqa: PLR2004 - the class of HTTP statuses that says yes
                    return await answer.read()
                said = " ".join((await answer.text(errors="replace"))[:_QUOTED_CHARACTERS].split())
                status = answer.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Its text may quote a header; its name and, of the system's, the reason say enough.
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise DeliveryError(f"{self.name}: {reason}") from None
        kind = DeliveryRefused if status in _REFUSALS else DeliveryError
        raise kind(f"{self.name}: status {status}: {said}")

    def _authorize(self) -> dict[str, str]:
        settings = self._settings
        if settings.username is not None:
            password = reveal(settings.password, settings.password_file)
            basic = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
            return {"Authorization": f"Basic {basic}"}
        if settings.token is not None or settings.token_file is not None:
            return {"Authorization": f"Bearer {reveal(settings.token, settings.token_file)}"}
        return {}


def reveal(secret: SecretStr | None, file: Path | None) -> str:
    """Return a secret that is given, or stands in a file, without the line end that editors leave.

    Raises:
        DeliveryError: the file cannot be read now.

    """
    if secret is not None:
        return secret.get_secret_value()
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise DeliveryError(f"{file}: the secret in it cannot be read") from None


def _make_context(settings: ServerSettings) -> ssl.SSLContext:
    file = settings.ca_file
    try:
        context = ssl.create_default_context(cafile=str(file) if file else None)
        if settings.cert_file:
            file = settings.cert_file
            context.load_cert_chain(file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error.strerror
        raise ConfigError(f"{file}: no certificate that can be used ({reason}); expected PEM") from None
    return context
