"""What an interpreter says about how it was built, as its makers' builds say it."""

import platform
import sysconfig

import pytest

from benchmarks import interpreter

SCHEMES = ("posix_prefix", "posix_user", "venv")
PYENV = "'--prefix=/home/ada/.pyenv/versions/3.11.7' '--enable-shared' 'LDFLAGS=-L/home/ada/lib'"
DEBIAN = "'--enable-shared' '--prefix=/usr' '--with-computed-gotos' 'CFLAGS=-g   -fstack-protector-strong '"
IMAGE = "'--build=x86_64-linux-gnu' '--enable-optimizations' '--enable-shared' '--with-lto' '--with-ensurepip'"

BUILDS = {
    "pyenv, which only names the folder": (PYENV, SCHEMES, []),
    "an official image": (IMAGE, SCHEMES, ["PGO", "LTO"]),
    "Debian, which states the arguments of its library": (DEBIAN, ("deb_system", *SCHEMES), ["PGO", "LTO"]),
    "with one kind of LTO": ("'--enable-optimizations' '--with-lto=thin'", SCHEMES, ["PGO", "LTO"]),
    "with PGO only": ("'--enable-optimizations'", SCHEMES, ["PGO"]),
    "with LTO only": ("'--with-lto=full'", SCHEMES, ["LTO"]),
    "with both turned off": ("'--disable-optimizations' '--without-lto'", SCHEMES, []),
    "with both refused": ("'--enable-optimizations=no' '--with-lto=no'", SCHEMES, []),
    "whose last argument counts": ("'--without-lto' '--with-lto' '--enable-optimizations'", SCHEMES, ["PGO", "LTO"]),
    "with a flag of another meaning": ("'CFLAGS=-flto --with-lto' '--with-ltoo'", SCHEMES, []),
    "without arguments": ("", SCHEMES, []),
    "that says nothing": (None, SCHEMES, []),
}


@pytest.mark.parametrize("build", BUILDS)
def test_the_arguments_of_configure_tell_the_optimizations(build: str) -> None:
    """Of every kind of build that is known."""
    arguments, schemes, expected = BUILDS[build]
    assert interpreter.optimizations(arguments, schemes) == expected


def test_the_running_interpreter_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what its own configuration says."""
    monkeypatch.setattr(sysconfig, "get_scheme_names", lambda: SCHEMES)
    for arguments, expected in ((PYENV, []), (IMAGE, ["PGO", "LTO"])):
        monkeypatch.setattr(sysconfig, "get_config_var", {"CONFIG_ARGS": arguments}.get)
        assert interpreter.built_with() == expected


@pytest.mark.parametrize(
    ("found", "stated"),
    [
        (["PGO", "LTO"], "with PGO and LTO"),
        (["PGO"], "with PGO, without LTO"),
        (["LTO"], "with LTO, without PGO"),
        ([], "without PGO and LTO"),
    ],
)
def test_results_state_the_version_and_the_build(found: list[str], stated: str) -> None:
    """So that two measurements of different interpreters are not compared."""
    assert interpreter.describe(found) == f"Python {platform.python_version()} (built {stated})"


def test_there_is_advice_only_where_something_is_missing() -> None:
    """It names what is missing."""
    assert interpreter.advice(["PGO", "LTO"]) is None
    for found, missing in (([], "PGO and LTO"), (["PGO"], "LTO"), (["LTO"], "PGO")):
        assert f"built without {missing}," in str(interpreter.advice(found))
