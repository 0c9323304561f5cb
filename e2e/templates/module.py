"""Writes a Terraform module as JSON. Run in the environment of this folder, as `python module.py FOLDER`."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

hcl2: Any = import_module("hcl2")


def plain(value: Any) -> Any:
    """Without the parser's own notes, and texts without their quotes."""
    if isinstance(value, dict):
        return {plain(name): plain(inner) for name, inner in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.strip('"') if isinstance(value, str) else value


def main() -> None:
    """Write each file under its name."""
    files = sorted(Path(sys.argv[1]).glob("*.tf"))
    json.dump({file.name: plain(hcl2.loads(file.read_text())) for file in files}, sys.stdout)


if __name__ == "__main__":
    main()
