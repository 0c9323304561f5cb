"""Lambda's Runtime API, which hands a function its events and takes what it answers.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, Final

PREFIX: Final = "/2018-06-01/runtime/"
FUNCTION: Final = "arn:aws:lambda:eu-west-1:123456789012:function:authgraph"
DEADLINE_SECONDS: Final = 15


class RuntimeApi:
    """`address` is what a runtime finds in AWS_LAMBDA_RUNTIME_API."""

    def __init__(self, address: str, events: Sequence[Mapping[str, Any]]) -> None:
        self.address = address
        self._events = [json.dumps(event).encode() for event in events]
        self.answers: Queue[tuple[str, Any]] = Queue()
        """For each event, `response` or `error` and the JSON that was sent. An initialisation that failed is `error`
        too."""


@contextmanager
def runtime_api(events: Sequence[Mapping[str, Any]]) -> Iterator[RuntimeApi]:
    """Serve events in their order. After the last one, a function waits for another in vain, as it does when frozen."""
    ended = threading.Event()
    given = iter(range(len(events)))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == f"{PREFIX}invocation/next"
            number = next(given, None)
            if number is None:
                ended.wait()
                return
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", str(number))
            self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + DEADLINE_SECONDS) * 1000)))
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", FUNCTION)
            self._send(api._events[number])

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.answers.put((self.path.rpartition("/")[2], sent))
            self.send_response(202)
            self._send(b"{}")

        def _send(self, body: bytes) -> None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A function that is killed closes its connection without a word."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        api = RuntimeApi(f"127.0.0.1:{server.server_port}", events)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield api
        finally:
            ended.set()
            server.shutdown()
