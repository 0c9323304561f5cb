"""How the Python that runs this was built, which a fifth of the CPU time of a request may depend on."""

import platform
import shlex
import sysconfig
from collections.abc import Collection, Mapping
from typing import Final

OPTIMIZATIONS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "PGO": ("--enable-optimizations", frozenset(("--disable-optimizations", "--enable-optimizations=no"))),
    "LTO": ("--with-lto", frozenset(("--without-lto", "--with-lto=no"))),
}
"""Profile-guided and link-time optimization: the argument of `configure` that turns each on, and those that turn it
off.

The variables of the flags of the compiler do not tell: `PGO_PROF_USE_FLAG` states what the compiler would be given.
"""
DEBIAN: Final = "deb_system"
"""An installation scheme that only the packages of Debian and Ubuntu have. Their programs are built with both, while
the arguments that they state belong to the library `libpython`, which is built beside it."""


def optimizations(arguments: str | None, schemes: Collection[str]) -> list[str]:
    """With which optimizations a Python was built, by the arguments of its `configure` and its installation schemes."""
    if DEBIAN in schemes:
        return [*OPTIMIZATIONS]
    found: dict[str, bool] = {}
    for argument in shlex.split(arguments or ""):
        for name, (on, off) in OPTIMIZATIONS.items():
            if argument in off or argument.partition("=")[0] == on:
                found[name] = argument not in off
    return [name for name in OPTIMIZATIONS if found.get(name)]


def built_with() -> list[str]:
    """With which optimizations the running Python was built."""
    return optimizations(sysconfig.get_config_var("CONFIG_ARGS"), sysconfig.get_scheme_names())


def describe(found: Collection[str]) -> str:
    """The version of Python, with and without which optimizations it was built."""
    ways = {"with": [*found], "without": [name for name in OPTIMIZATIONS if name not in found]}
    stated = (f"{word} {' and '.join(names)}" for word, names in ways.items() if names)
    return f"Python {platform.python_version()} (built {', '.join(stated)})"


def advice(found: Collection[str]) -> str | None:
    """What to do about a Python that was built without one of the optimizations."""
    missing = [name for name in OPTIMIZATIONS if name not in found]
    if not missing:
        return None
    return (
        f"This Python was built without {' and '.join(missing)}, and takes more CPU time for each request than those "
        "of Debian and of the official container images: see “Which Python” in docs/performance.md."
    )
