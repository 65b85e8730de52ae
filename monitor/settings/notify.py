"""Owns the settings of the notify agent: whom alerts are sent to, over what, and whose each of them is."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, FilePath, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from monitor.core.alert import AlertKind
from monitor.core.finding import Category
from monitor.settings.section import Section


def _check_url(url: str) -> str:
    """Refuse what is no address of a server, and a secret in it: an address is logged."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PydanticCustomError("url", "no URL: its host or port cannot be read") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not url.isprintable():
        raise PydanticCustomError("url", "no URL of a server: expected http://HOST:PORT or https://HOST/PATH")
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("url", "has a user in it: set `username` and `password_file` instead")
    if parts.fragment or " " in url:
        raise PydanticCustomError("url", "has a fragment or a space in it, which a server never sees")
    return url


Url = Annotated[str, AfterValidator(_check_url)]
#: What it names becomes a label: short, and without a sign that a matcher would have to escape.
Owner = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class ServerSettings(Section):
    """How a server is reached; a secret in a file is read anew for every request, so that it can be rotated."""

    username: str | None = Field(None, min_length=1)
    password: SecretStr | None = None
    password_file: FilePath | None = None
    token: SecretStr | None = None
    token_file: FilePath | None = None
    ca_file: FilePath | None = None
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    timeout_seconds: float = Field(10.0, gt=0)

    @model_validator(mode="after")
    def _check_access(self) -> Self:
        passwords = [one for one in (self.password, self.password_file) if one is not None]
        tokens = [one for one in (self.token, self.token_file) if one is not None]
        if len(passwords) > 1 or len(tokens) > 1:
            raise PydanticCustomError("secret", "a secret is given twice: itself, and as a file; keep one")
        if bool(passwords) != (self.username is not None):
            raise PydanticCustomError("basic", "`username` needs a `password_file`, and that a `username`")
        if passwords and tokens:
            raise PydanticCustomError("auth", "give a `username` with its password, or a token: not both")
        if (self.cert_file is None) != (self.key_file is None):
            raise PydanticCustomError("tls", "give both `cert_file` and `key_file`, or neither")
        return self


class AlertmanagerSettings(ServerSettings):
    #: Without the path of its API; with several, each gets every alert, as Alertmanager's cluster expects.
    urls: tuple[Url, ...] = ()
    #: Prometheus does it every minute; an alert that nobody sends any more ends after four of these.
    resend_seconds: float = Field(60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _check_urls(self) -> Self:
        if any(urlsplit(url).query for url in self.urls):
            raise PydanticCustomError("url", "`urls` are those of Alertmanager itself, without a query")
        if len(set(self.urls)) < len(self.urls):
            raise PydanticCustomError("url", "`urls` names one Alertmanager twice")
        return self


class WebhookSettings(ServerSettings):
    url: Url | None = None
    #: Signs what is sent: base64, as `openssl rand -base64 32` makes it.
    secret: SecretStr | None = None
    secret_file: FilePath | None = None

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        if self.url is not None and (self.secret is None) == (self.secret_file is None):
            raise PydanticCustomError("secret", "`url` needs a `secret_file` (or a `secret`) to sign with")
        return self


class RouteSettings(Section):
    """Whose an alert is, whatever the policy's [owners] say; every list that is given must name it."""

    owner: Owner
    kind: tuple[AlertKind, ...] = ()
    category: tuple[Category, ...] = ()
    product: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_share(self) -> Self:
        if not (self.kind or self.category or self.product):
            raise PydanticCustomError(
                "route", "names nothing that would be theirs: give a `kind`, `category` or `product`"
            )
        return self


class NotifySettings(Section):
    """Nothing is sent anywhere before an address is given."""

    #: The products that become a label; any other one is `other`. Empty: every product is.
    products: tuple[str, ...] = ()
    #: Send alerts of severity `info` too. They never count as pages.
    good_news: bool = False
    #: Where `deploy/runbooks/` and Grafana's dashboards are served: each alert names a page of both.
    runbooks_url: Url | None = None
    dashboards_url: Url | None = None
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    webhook: WebhookSettings = WebhookSettings()
    route: tuple[RouteSettings, ...] = ()

    @property
    def is_on(self) -> bool:
        """Tell whether anything is to be sent anywhere."""
        return bool(self.alertmanager.urls) or self.webhook.url is not None
