"""The same words for the same things, however often the story is told.

Ids, secrets, digests and times of a telling are replaced, each one everywhere by the same stand-in.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

_BEGINNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_APART = timedelta(minutes=2)
"""Between things that happened one after another; runs take less"""
_LONGEST = timedelta(minutes=10)
"""Of a telling; what is later is when something expires"""
_RUNG = timedelta(minutes=5)
"""Expiries are as exact as that, so that they do not depend on how long the telling took"""
_LITERAL = 2030
"""From this year on it is a time that the story itself said"""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SECRETS = {
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiLigKYifQ.c2lnbmF0dXJl",
    r"\bpe_[0-9A-Za-z]+_[\w-]{43}": "pe_Vt7kQ2mX_dGhlIHNlY3JldCBvZiBhbiBleGFtcGxlIGtleQ",
    r"\b(per|pei)_[\w-]{43}": r"\1_YSB0b2tlbiB0aGF0IG9wZW5zIG5vdGhpbmc",
    r"\bwhsec_[\w+/=-]+": "whsec_YSBzZWNyZXQgdGhhdCBzaWducyBub3RoaW5n",
    r'(?<=ticket=)[\w-]{43}|(?<="ticket": ")[\w-]{43}': "V2hvIHJlYWRzIHRoaXMgaGFzIHRpbWU",
    r'(?<="next_cursor": ")[^"]+': "YW4gb3BhcXVlIHBsYWNl",
    r'(?<="prefix": ")[^"]+': "Vt7kQ2mX",
    r'(?<="duration_ms": )[\d.]+': "38.5",
    r"-\d{8}-[0-9a-f]{6}\.": "-20261102-7d41c0.",
    # Whether spans are recorded depends on the process that tells; a gateway always does.
    r'(?<="trace_id": )(?:null|"[0-9a-f]{32}")': '"4bf92f3577b34da6a3ce929d0e0e4736"',
}


def plain(shown: Any, told_at: Mapping[datetime, datetime], receiver: str) -> Any:
    """Replace what is never the same twice, by the order in which it first comes.

    Times that were told with a run keep their distance from its request.
    """
    text = json.dumps(shown, ensure_ascii=False).replace(receiver, "https://ci.example.com")
    for pattern, instead in _SECRETS.items():
        text = re.sub(pattern, instead, text)
    text = _UUID.sub(_named(_uuid), text)
    text = _DIGEST.sub(_named(lambda n: hashlib.sha256(b"example %d" % n).hexdigest()), text)
    found = {datetime.fromisoformat(each) for each in _TIME.findall(text)}
    own = sorted(each for each in found if each not in told_at and each.year < _LITERAL)
    now = [each for each in own if each - own[0] < _LONGEST]
    instead_of = {each: _BEGINNING + n * _APART for n, each in enumerate(now)}
    for each in own[len(now) :]:
        instead_of[each] = instead_of[now[-1]] + (each - own[0]) // _RUNG * _RUNG
    for each in found & told_at.keys():
        asked = told_at[each]
        instead_of[each] = instead_of[asked] + (each - asked)
    text = _TIME.sub(lambda m: _spelt(m[0], instead_of), text)
    return json.loads(text)


def _named(name: Callable[[int], str]) -> Callable[[re.Match[str]], str]:
    numbers, known = count(1), dict[str, str]()

    def instead(found: re.Match[str]) -> str:
        if found[0] not in known:
            known[found[0]] = name(next(numbers))
        return known[found[0]]

    return instead


def _uuid(number: int) -> str:
    """Give a version 7 id of the beginning, as real ones would look."""
    milliseconds = int(_BEGINNING.timestamp() * 1000) + number
    noise = int.from_bytes(hashlib.sha256(b"id %d" % number).digest()[:10])
    value = (milliseconds << 80 | noise) & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def _spelt(before: str, instead_of: Mapping[datetime, datetime]) -> str:
    at = datetime.fromisoformat(before)
    text = instead_of.get(at, at).isoformat()
    return text.replace("+00:00", "Z") if before.endswith("Z") else text
