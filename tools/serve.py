"""Serve the built website on this machine only.

usage: python tools/serve.py [PORT]      (8000 without one)
"""

import errno
import functools
import http.server
import os
import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"


class Server(http.server.ThreadingHTTPServer):
    """A port that another program serves is refused; Windows would let both have it."""

    allow_reuse_address = os.name != "nt"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of requests that were answered."""

    def log_request(self, code="-", size="-"):
        """Tell of errors only."""
        if str(code)[:1] not in "23":
            super().log_request(code, size)


def main(words):
    if len(words) > 1 or not all(w.isdigit() and 0 < int(w) < 65536 for w in words):
        sys.exit(f"PORT must be a number from 1 to 65535, got {' '.join(words)}")
    port = int(words[0]) if words else 8000
    if not (SITE / "index.html").is_file():
        sys.exit(f"There is no site in {SITE}: run `make book` first.")
    try:
        server = Server(("127.0.0.1", port), functools.partial(Quiet, directory=str(SITE)))
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            sys.exit(f"Port {port} is in use or not allowed; another one: make serve PORT={port + 1 if port < 65535 else 8000}")
        raise
    print(f"The course is at http://127.0.0.1:{port}/ (Ctrl+C ends it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
