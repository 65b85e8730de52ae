"""A Schema Registry for tests: its REST paths over HTTP, and Confluent's own mock as what it knows."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import pytest

#: Confluent's client asks for packages that its wheel does not bring along.
confluent: Final = pytest.importorskip(
    "confluent_kafka.schema_registry",
    reason="confluent-kafka[schemaregistry] is not installed: `make test` brings it",
    exc_type=ImportError,
)

USER: Final = "earshot"
PASSWORD: Final = "hunter2-registry"  # noqa: S105 - of this server alone
_BASIC: Final = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class SchemaRegistry:
    """Answers as a registry does; `failures` are statuses that it answers with first."""

    def __init__(self, *failures: int, with_guid: bool = True, protected: bool = False) -> None:
        self.client = confluent.SchemaRegistryClient.new_client({"url": f"mock://{id(self)}"})
        self.requests: list[str] = []
        self.failures = list(failures)
        self.with_guid = with_guid
        self.protected = protected
        self.url = ""

    def answer(self, path: str, body: dict[str, Any], authorization: str | None) -> tuple[int, object]:
        """Register, or look up, as the registry's documentation has it."""
        self.requests.append(path)
        if self.failures:
            return self.failures.pop(0), {"error_code": 50001, "message": "not now"}
        if self.protected and authorization != _BASIC:
            return HTTPStatus.UNAUTHORIZED, {"error_code": 401, "message": "Unauthorized"}
        schema = confluent.Schema(body["schema"], body["schemaType"])
        match path.strip("/").split("/"):
            case ["subjects", subject, "versions"]:
                found = self.client.register_schema_full_response(subject, schema)
            case ["subjects", subject]:
                try:
                    found = self.client.lookup_schema(subject, schema)
                except confluent.SchemaRegistryError as error:
                    return error.http_status_code, {"error_code": error.error_code, "message": "not found"}
            case _:
                return HTTPStatus.NOT_FOUND, {"error_code": 404, "message": "no such path"}
        answer: dict[str, object] = {"id": found.schema_id}
        return HTTPStatus.OK, answer | ({"guid": found.guid} if self.with_guid else {})


@contextmanager
def serve(registry: SchemaRegistry) -> Iterator[SchemaRegistry]:
    """Serve it on a port of its own until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = registry.answer(self.path, body, self.headers["Authorization"])
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            """Say nothing: standard error belongs to the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
