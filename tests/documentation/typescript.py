"""One project of all TypeScript blocks, which tsc checks in one run."""

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.documentation.blocks import ROOT, Block

TOOLS: Final = ROOT / "tests" / "tools"
NODE_MODULES: Final = TOOLS / "node_modules"
EXTENSIONS: Final = {"ts": "ts", "tsx": "tsx", "js": "js", "jsx": "jsx"}
OPTIONS: Final = {
    "target": "es2022",
    "lib": ["es2023", "dom", "dom.iterable"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "jsx": "react-jsx",
    "types": ["node"],
    "strict": True,
    "checkJs": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "verbatimModuleSyntax": True,
    "skipLibCheck": True,
    "noEmit": True,
    # What npm would install.
    "paths": {"@authgraph/adapter": [str(ROOT / "clients" / "typescript" / "src" / "index.ts")]},
}

NEXT: Final = """declare module "next/headers" {
  export function headers(): Promise<Headers>;
}
"""
"""What the blocks use of Next.js, which would be the largest package by far. The apps of `e2e` are built with it."""

_ERROR = re.compile(r"^(\S+?)\((\d+),\d+\): error (TS\d+: .*)$", re.MULTILINE)


def file_name(block: Block) -> str:
    """What the block is called in the project."""
    return f"{re.sub(r'[^a-z-]', '-', block.page.lower())}-{block.line}.{EXTENSIONS[block.language]}"


def faults(blocks: Iterable[Block], folder: Path) -> Mapping[Block, list[str]]:
    """What tsc says of each block, with the line of its page. Raises an error for anything else that it says."""
    by_file = {file_name(block): block for block in blocks}
    for name, block in by_file.items():
        (folder / name).write_text(block.text)
    (folder / "next.d.ts").write_text(NEXT)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": [*by_file, "next.d.ts"]}))
    (folder / "node_modules").symlink_to(NODE_MODULES)
    found = compile_project(folder)
    by_block: dict[Block, list[str]] = defaultdict(list)
    for name, line, message in _ERROR.findall(found):
        block = by_file[name]
        by_block[block].append(f"{block.page}:{block.line + int(line) - 1}: {message}")
    if found and not by_block:
        raise RuntimeError(found)
    return by_block


def compile_project(folder: Path) -> str:
    """The output of tsc for the tsconfig.json of a folder. It is empty if all is well."""
    tsc = NODE_MODULES / ".bin" / "tsc"
    process = subprocess.run([str(tsc), "--pretty", "false"], cwd=folder, capture_output=True, text=True, check=False)
    return process.stdout + process.stderr
