"""Receives the webhook of the notify agent: python webhook.py PORT SECRET (base64, as the worker has it)."""
# ruff: noqa: INP001, T201 - a script to copy, of no package, that prints where yours would act

import base64
import hmac
import json
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_SECONDS = 300  # an older message is a repetition by somebody who has overheard it


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now_seconds: float) -> bool:
    """Tell whether whoever holds the secret has written this, and lately (Standard Webhooks 1.0)."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now_seconds - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = hmac.digest(secret, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    expected = "v1," + base64.b64encode(signed).decode()
    given = headers.get("webhook-signature", "").split()  # one for each secret, while one replaces another
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)  # in constant time


class Handler(BaseHTTPRequestHandler):
    """Acts once on each state of each alert."""

    secret = b""
    acted: set[str] = set()  # noqa: RUF012 - keep it where yours acts, in the same transaction

    def do_POST(self) -> None:
        """Take one message; anything but 2xx makes the worker send it again, 400, 413 and 422 excepted."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        valid = verify(self.secret, self.headers, body, time.time())
        if valid and self.headers["webhook-id"] not in self.acted:
            message = json.loads(body)
            print(message["type"], message["owner"], message["data"]["headline"], flush=True)
            self.acted.add(self.headers["webhook-id"])
        self.send_response(204 if valid else 401)
        self.end_headers()


if __name__ == "__main__":
    Handler.secret = base64.b64decode(sys.argv[2])
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
