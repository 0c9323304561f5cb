"""What a server imports when it starts. Everything else would take its time and its memory from every worker."""

import subprocess
import sys
from typing import Final

from tests.documentation.blocks import ROOT

UNNEEDED: Final = ("typer", "rich", "commands.main", "commands.welcome", "joserfc", "prometheus_client")
"""The command line, the welcome of development, what decrypts JWT sessions, and metrics, which are settings."""
SCRIPT: Final = "import sys, commands.serve, commands.application; print(*sys.modules, sep='\\n')"


def test_a_server_imports_only_what_it_serves_with() -> None:
    """Of the commands, `serve` is one; JWT sessions and metrics are off unless a setting asks for them."""
    started = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = started.stdout.split()
    assert "schema.build" in imported
    assert [name for name in UNNEEDED if name in imported] == []
