"""The live page: what is open now, in a browser, with the reasons; it only reads, and belongs on loopback."""

from monitor.page.server import serve_page

__all__ = ["serve_page"]
