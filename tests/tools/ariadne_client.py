"""Asks the server through the client that ariadne-codegen has generated into the working folder.

Run by the Python of tests/tools/.venv as `python ariadne_client.py URL KEY`; prints what it was answered as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))


async def main(url: str, key: str) -> None:
    """Send each operation of the documents once."""
    from graphql_client import Client  # type: ignore[import-not-found]

    async with Client(url=url, headers={"Authorization": f"Bearer {key}"}) as client:
        users = await client.users()
        caller = await client.caller()
    print(json.dumps({"users": len(users.users.nodes), "caller": caller.caller.kind.value}))


asyncio.run(main(*sys.argv[1:]))
