"""Entries as their events say them, cut out of a whole piece at once: what a reader of each body alone would say, too."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from access_log.crypto.record import canonical_json
from access_log.policy.codes import ActorKind, EventType
from access_log.services.events import Fact, entry_body, text
from access_log.services.record_check.texts import links_of, with_hex_passes, without_random
from tests.moments import NOON

ODD: tuple[dict[str, Any], ...] = (
    {},
    {"pass": "A" * 43, "site": 1},
    {"a": "p", "pass": "?" * 43, "site": 2},
    {"a": "p", "pass": "b" * 42 + "=", "site": 2},
    {"a": 1, "pass": "short", "site": 3},
)
"""Details that look like an entry's own pass."""


def bodies(rng: random.Random, details: tuple[dict[str, Any], ...]) -> list[bytes]:
    made = []
    for number in range(40):
        chained, has_pass = rng.random() < 0.5, rng.random() < 0.6
        fact = Fact(
            1, EventType.ENTRY_GRANTED, NOON + timedelta(seconds=number), ActorKind.KIOSK, None, detail=rng.choice(details),
            kiosk_id=rng.randint(1, 30) if chained else None, kiosk_seq=rng.randint(1, 10**6) if chained else None,
            pass_digest=rng.randbytes(32) if has_pass else None,
        )  # fmt: skip
        made.append(entry_body(fact, previous=rng.randbytes(32) if chained and rng.random() < 0.9 else b""))
    return made


def alone(body: bytes) -> tuple[bytes, tuple[int, bytes, int] | None]:
    """One body, read as JSON: what is left of it, and its link."""
    said = json.loads(body)
    previous = said.pop("kiosk_prev", "")
    del said["n"]
    link = (said["kiosk"], previous.encode(), said["kiosk_seq"]) if "kiosk_seq" in said else None
    return canonical_json(said), link


@pytest.mark.parametrize("seed", range(8))
def test_a_piece_says_what_each_of_its_bodies_says(seed: int) -> None:
    made = bodies(random.Random(seed), ({}, {"order": 3}))
    said, links = links_of(without_random(b"\n".join(made)))
    assert said.split(b"\n") == [alone(body)[0] for body in made]
    assert links == [(line, *link) for line, body in enumerate(made) if (link := alone(body)[1])]
    assert len(links) > 5


@pytest.mark.parametrize("seed", range(8))
def test_passes_are_spelt_in_hex_whatever_stands_beside_them(seed: int) -> None:
    """All at once where all are digests, else one by one: the same text."""
    rng = random.Random(seed)
    for details in (({},), ODD):
        lines = [alone(body)[0] for body in bodies(rng, details)]
        assert with_hex_passes(b"\n".join(lines)).split(b"\n") == [with_hex_passes(line) for line in lines]
    digest = rng.randbytes(32)
    body = canonical_json({"outcome": "granted", "pass": text(digest), "site": 1})
    assert json.loads(with_hex_passes(body))["pass"] == digest.hex().upper()
