"""A real nginx in front of a server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

NGINX: Final = os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
CONFIGURATION: Final = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr notice;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""


@contextmanager
def running_nginx(folder: Path, http: str) -> Iterator[None]:
    """Run nginx with a folder of its own and these directives of its `http` block, from when it listens."""
    if NGINX is None:
        pytest.fail("nginx is missing: install it (on Debian the package nginx-light), or name it in NGINX.")
    file = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    file.write_text(CONFIGURATION.format(folder=folder, user=user, http=http))
    with subprocess.Popen([NGINX, "-p", str(folder), "-c", str(file)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        # It logs that it starts its workers once it listens.
        for line in process.stderr:
            said += line
            if "start worker process" in line:
                break
        assert process.poll() is None, said
        # Or it would wait for a reader of its log.
        reader = Thread(target=process.stderr.read)
        reader.start()
        try:
            yield
        finally:
            process.terminate()
            reader.join()
