"""How secrets look, whatever their name is: the only list of their forms.

Every pattern takes time in proportion to the text: each begins with a fixed letter, or at the start of a run.
"""

import binascii
import re
from collections.abc import Iterable
from typing import Final

from dynamo import keys
from resolvers.secret_work import Work

PREFIXES: Final = (
    *("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-"),
    *("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"),
    *("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "shpat_", "shpca_", "shppa_", "shpss_"),
    *("npm_", "pypi-", "ya29.", "AIza", "SG.", "AKIA", "ASIA", "hf_", "dop_v1_", "sk-ant-", "sk-proj-", "ag_"),
)
"""How the tokens of well-known services begin. The last prefix is that of our own API keys."""
TABLE_KEYS: Final = (keys.SESSION, keys.VERIFICATION_TOKEN)
"""How the keys of the table that contain a token begin."""


def _searched(forms: Iterable[str]) -> re.Pattern[str]:
    """One pattern for many forms. Forms that begin with the same letter are tried together."""
    alike: dict[str, list[str]] = {}
    for form in forms:
        first = form[:2] if form[0] == "\\" else form[0]
        alike.setdefault(first, []).append(form[len(first) :])
    return re.compile("|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in alike.items()))


_FORMS = _searched(
    (
        # After a letter or a digit, the prefix would be part of a word.
        *(rf"{re.escape(prefix)}(?<![^\W_]{re.escape(prefix)})[\w.-]{{8}}" for prefix in PREFIXES),
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY",
        r"otpauth(?:-migration)?:",
        r"B(?i:earer)\s+[\w.~+/=-]{6}",
        r"b(?i:earer)\s+[\w.~+/=-]{6}",
        # Hashes of passwords: `$2b$10$…`, `$argon2id$…`, `pbkdf2:sha256:260000$…`, `{SSHA}…`
        r"\$[0-9A-Za-z][\w-]{0,31}\$[\w./+=,$-]{8}",
        *(rf"{name}[\w:.,=-]{{0,60}}\$\S" for name in ("pbkdf2", "bcrypt", "scrypt", "argon2")),
        r"\{(?:S?SHA|S?MD5|CRYPT)[\w-]{0,8}\}\S",
        # URLs that grant access by themselves: `https://user:password@host`, `https://hooks.slack.com/services/…`
        r"://[^\s/?#@]+@",
        r"//hooks\.",
        r"/webhooks?/[\w-]",
        *(re.escape(prefix) + r"\S" for prefix in TABLE_KEYS),
    )
)
_BASIC = re.compile(r"[bB](?i:asic)\s+([\w+/=-]{4,})")
_SALT = re.compile(r"[:.$][0-9a-f]{64}")
_SALTED = re.compile(r"(?<![0-9a-f])[0-9a-f]{16,}+[:.$][0-9a-f]{64}")
"""A salt and a hash, in the form in which scrypt's are stored."""
OBJECT: Final = re.compile("e(?:y(?:J|A[gi])|w(?:o[Jgi]|0K|k[Jgi]))")
"""How the base64 of a JSON object begins: `{"`, with or without white space in between."""
_SEGMENT = re.compile(r"(?<![\w-])([\w-]++)(?=\.[\w-]*+\.)")
_STANDARD = bytes.maketrans(b"-_", b"+/")


def has_secret_form(text: str, work: Work) -> bool:
    """Whether a part of a text has the form of a secret. Raises `Doubt`."""
    work.take(2 * len(text))
    if _FORMS.search(text):
        return True
    # A JWT, even directly after a letter or an underscore.
    if "." in text and OBJECT.search(text) and any(map(OBJECT.search, _SEGMENT.findall(text))):
        return True
    if _SALT.search(text) and _SALTED.search(text):
        return True
    return any(b":" in decoded(letters) for letters in _BASIC.findall(text))


def decoded(letters: str) -> bytes:
    """The bytes of base64 text in either alphabet, without an incomplete last byte; empty if it is not base64."""
    letters = letters.rstrip("=")
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    try:
        return binascii.a2b_base64(letters.encode("ascii").translate(_STANDARD) + b"=" * (-len(letters) % 4))
    except ValueError:
        return b""
