"""A mail server that keeps the magic links which it is sent."""

import re
import socketserver
from email import message_from_bytes, policy
from threading import Condition, Thread
from typing import Final

WAIT_SECONDS: Final = 30
LINK: Final = re.compile(r"https?://\S+")


class Mailbox(socketserver.ThreadingTCPServer):
    """SMTP on a free port of 127.0.0.1, without encryption and without passwords."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self._arrived = Condition()
        self._links: dict[str, list[str]] = {}
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The address as nodemailer takes it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take_link(self, email: str) -> str:
        """The oldest link that was sent to the address and not taken yet."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self._links.get(email), WAIT_SECONDS), f"{email} got no mail"
            return self._links[email].pop(0)

    def links(self) -> int:
        """How many links were not taken yet, whoever they were sent to."""
        with self._arrived:
            return sum(map(len, self._links.values()))

    def keep(self, email: str, message: bytes) -> None:
        """Note the link in the text of a message."""
        body = message_from_bytes(message, policy=policy.default).get_body(("plain",))
        assert body is not None
        (link,) = LINK.findall(body.get_content())
        with self._arrived:
            self._links.setdefault(email, []).append(link)
            self._arrived.notify_all()


class _Conversation(socketserver.StreamRequestHandler):
    """The part of RFC 5321 that nodemailer speaks."""

    server: Mailbox

    def handle(self) -> None:
        self._say("220 mailbox")
        to = ""
        for line in self.rfile:
            command = line.decode().strip()
            if command.startswith("RCPT"):
                to = command.partition("<")[2].partition(">")[0]
            if command == "DATA":
                self._say("354 go on")
                self.server.keep(to, self._message())
            if command == "QUIT":
                self._say("221 bye")
                return
            self._say("250 mailbox")

    def _message(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") for line in lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
