"""Asks the server through the types that sgqlc-codegen has generated into the working folder.

Run by the Python of tests/tools/.venv as `python sgqlc_client.py URL KEY`; prints what it was answered as JSON.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))


def main(url: str, key: str) -> None:
    """Read the caller and a page of users."""
    import sgqlc_schema  # type: ignore[import-not-found]
    from sgqlc.endpoint.http import HTTPEndpoint  # type: ignore[import-not-found]
    from sgqlc.operation import Operation  # type: ignore[import-not-found]

    operation = Operation(sgqlc_schema.Query)
    operation.caller().kind()
    users = operation.users(first=2)
    users.nodes().id()
    users.page_info().has_next_page()
    answer = operation + HTTPEndpoint(url, {"Authorization": f"Bearer {key}"})(operation)
    print(json.dumps({"users": len(answer.users.nodes), "caller": answer.caller.kind}))


main(*sys.argv[1:])
