"""The code blocks of every page of the project.

A comment above a block says of it what readers need not see:

- `<!-- file: relay.config.json -->`: the name of the file that the block is.
- `<!-- not run: it takes 40 minutes -->`: why nobody runs the block. It is checked in every other way.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WITHOUT_PAGES: Final = {"node_modules", "build", "dist"}
"""Folders whose pages are not ours. Neither are those of folders that begin with a dot."""

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^ *```", re.MULTILINE)
_REMARKS = re.compile(r"(?:^ *<!-- [^\n]* -->\n\s*)+\Z", re.MULTILINE)
_REMARK = re.compile(r"<!-- (file|not run): (.+?) -->")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block. `line` is the number of its first line of code, from 1; `remarks` are the comments above it."""

    page: str
    line: int
    language: str
    text: str
    remarks: dict[str, str] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the file that it is, by a comment above the block or by its own first line."""
        first = re.match(r"// (\S+\.tsx?)\b", self.text)
        return self.remarks.get("file") or (first[1] if first else None)

    @property
    def not_run(self) -> str | None:
        """Why it is not run."""
        return self.remarks.get("not run")


def pages() -> list[str]:
    """The path of every page of the project, from its root."""
    found = (path.relative_to(ROOT) for path in _markdown(ROOT))
    return sorted(path.as_posix() for path in found)


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in its order."""
    return read_blocks(page, (ROOT / page).read_text(encoding="utf-8"))


def read_blocks(page: str, text: str) -> list[Block]:
    """The blocks of a text. Raises `ValueError` if a block is not closed, because it would be read as prose."""
    found = [_read(page, text, block) for block in _BLOCK.finditer(text)]
    if len(_FENCE.findall(text)) != 2 * len(found):
        raise ValueError(f"A code block of {page} is not closed, or not indented as it was opened.")
    return found


def _read(page: str, text: str, block: re.Match[str]) -> Block:
    above = _REMARKS.search(text[: block.start()])
    return Block(
        page,
        text.count("\n", 0, block.start("text")) + 1,
        block["language"].strip(),
        textwrap.dedent(block["text"]),
        dict(_REMARK.findall(above[0])) if above else {},
    )


def _markdown(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in WITHOUT_PAGES and not path.name.startswith("."):
                yield from _markdown(path)
        elif path.suffix == ".md":
            yield path


PAGES: Final = pages()
BLOCKS: Final = [block for page in PAGES for block in blocks_of(page)]


def written_in(*languages: str) -> list[Block]:
    """All blocks in one of the languages."""
    return [block for block in BLOCKS if block.language in languages]
