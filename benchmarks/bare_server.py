"""An application that does nothing: it reads a request and responds with a body of a given size, on the server's stack.

Run it as a process: `PORT=8000 SIZE=300 python -m benchmarks.bare_server`.
"""

import os
from typing import Any

import uvicorn

from web.settings import ServerSettings
from web.uvicorn_options import listener_options


def application(size: int) -> Any:
    """The application, with bodies of that many bytes."""
    body = b"x" * size
    head = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % size)],
    }

    async def respond(_: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send(head)
        await send({"type": "http.response.body", "body": body})

    return respond


if __name__ == "__main__":
    settings = ServerSettings(_env_file=None, port=int(os.environ["PORT"]))
    options = listener_options(settings)
    options["lifespan"] = "off"
    uvicorn.run(application(int(os.environ["SIZE"])), log_config=None, **options)
