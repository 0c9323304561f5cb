"""The unit is what systemd understands, gives a server settings that exist, and takes from it what it does not need."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from commands import setting_names
from tests.processes import ROOT

UNIT: Final = ROOT / "deploy/systemd/authgraph@.service"
TEXT: Final = UNIT.read_text()
MOST_EXPOSED: Final = 2.0
"""Of 10. systemd calls 1 to 4 "OK", and a service without any protection has 9.6."""


def values(name: str) -> list[str]:
    """The values of a directive, in the order of its lines."""
    return re.findall(rf"^{name}=(.*)$", TEXT, re.MULTILINE)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit of one port, with programs that are on this machine, and the environment file that it reads."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    text = TEXT.replace("/opt/authgraph/.venv/bin/python", str(shutil.which("true")))
    text = text.replace("/usr/bin/curl", str(shutil.which("true"))).replace("/opt/authgraph", str(tmp_path))
    unit = tmp_path / "authgraph@8001.service"
    unit.write_text(text.replace("/etc/authgraph", str(tmp_path)))
    (tmp_path / "authgraph.env").write_text("")
    return unit


def _analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_understands_every_line(installed: Path) -> None:
    verified = _analyze("verify", "--man=no", "--recursive-errors=no", installed)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_systemd_would_find_a_directive_that_does_not_exist(installed: Path) -> None:
    installed.write_text(installed.read_text().replace("PrivateTmp=", "PrivateTemp="))
    assert "PrivateTemp" in _analyze("verify", "--man=no", "--recursive-errors=no", installed).stderr


def test_it_is_hardly_exposed(installed: Path) -> None:
    judged = _analyze("security", "--offline=yes", "--no-pager", installed)
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", judged.stdout)
    assert found, judged.stdout + judged.stderr
    assert float(found[1]) <= MOST_EXPOSED, judged.stdout


def test_every_variable_is_a_setting() -> None:
    words = " ".join(values("Environment")).split()
    ours = [tuple(word.split("=", 1)) for word in words if word.startswith("AUTHGRAPH_")]
    assert {"AUTHGRAPH_ENV", "AUTHGRAPH_PORT", "AUTHGRAPH_TRUSTED_PROXIES"} <= {name for name, _ in ours}
    assert setting_names.unknown((name, value) for name, value in ours) == {}


def test_a_server_may_raise_its_limit_of_open_files_and_read_how_long_it_waits() -> None:
    """At start it calls setrlimit, which is in the group @resources, and it reads /proc/self."""
    assert values("SystemCallFilter") == ["@system-service", "~@privileged"]
    assert values("ProcSubset") == ["pid"]
    assert values("LimitNOFILE") == ["16384"]
