"""S66: whatever a provider of Auth.js returns for a sign-in is stored."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.api import Api
from tests.interop import javascript
from tests.interop.javascript import HERE, Object
from tests.resolvers.conftest import api

__all__ = ["api"]

PHOTO_BYTES = 64 * 1024
TOKENS: Object = {
    "access_token": "a" * 32_000,
    "refresh_token": "r" * 16_000,
    "id_token": "i" * 60_000,
    "scope": " ".join(f"https://graph.example.com/permission.{number}" for number in range(400)),
    "token_type": "bearer",
    "expires_at": 2_000_000_000,
    "session_state": "s" * 1000,
    "ext_expires_in": 3599,
    "refresh_token_expires_in": 7776000,
    "not-before-policy": 0,
    "authed_user": {"id": "U1", "scope": "chat:write", "raw": [{"team": None}] * 50},
}
NAMES = {
    "access_token": "accessToken",
    "refresh_token": "refreshToken",
    "id_token": "idToken",
    "token_type": "tokenType",
    "expires_at": "expiresAt",
    "session_state": "sessionState",
}
PLAIN = {"provider", "providerAccountId", "type", "scope"}


@pytest.fixture(scope="module")
def sign_ins() -> dict[str, Object]:
    """The user and account of every provider, by the name of its file."""
    reason = javascript.missing()
    if reason is not None:
        pytest.skip(reason)
    node = shutil.which("node")
    assert node is not None
    # As long as the longest pairwise id, and a name that people choose themselves.
    asked = {"photoBytes": PHOTO_BYTES, "tokens": TOKENS, "longId": "x" * 512}
    ran = subprocess.run(
        [node, "providers.mjs"], cwd=HERE, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    made: dict[str, Object] = json.loads(ran.stdout)
    return made


async def test_s66_every_provider_signs_somebody_up(api: Api, sign_ins: dict[str, Object]) -> None:
    """User and account are sent as `clients/typescript` sends them."""
    assert len(sign_ins) > 85
    for file, made in sign_ins.items():
        user, account = made["user"], made["account"]
        shown = {name: user.get(name) for name in ("name", "email", "image")}
        custom = {name: value for name, value in user.items() if name not in shown}
        rest = {name: value for name, value in account.items() if name not in NAMES and name not in PLAIN}
        given: dict[str, Any] = {
            "user": shown | {"attributes": custom},
            "account": {NAMES.get(name, name): value for name, value in account.items() if name not in rest}
            | {"attributes": rest},
        }
        stored = await api.changed("registerUser", "user { name email image } account { provider }", **given)
        assert stored["user"] == shown, file


def test_s66_a_photo_of_microsoft_is_among_them(sign_ins: dict[str, Object]) -> None:
    for file in ("azure-ad.js", "microsoft-entra-id.js"):
        image = sign_ins[file]["user"]["image"]
        assert image.startswith("data:image/jpeg;base64, ")
        assert len(image) > PHOTO_BYTES * 4 / 3
