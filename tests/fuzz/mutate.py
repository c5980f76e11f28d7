"""Inputs made from others: bits, bytes, numbers, lines and fields changed, cut, doubled, swapped and mixed."""

import copy
import json
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

LONGEST = 100_000

_TEXTS = (
    *(
        b"",
        b"\0",
        b'"',
        b'""',
        b"'",
        b"\n",
        b"\r",
        b"\r\n",
        b",",
        b";",
        b"\t",
        b"|",
        b"::",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(
        b"\xe9",
        b"\xc3",
        b"\xf0\x9f\x98\x80",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\x0c",
        b"\xc2\xb2",
        b"\xd9\xa3",
        b"\xef\xbc\x91",
    ),
    *(b"nan", b"inf", b"-inf", b"1e999", b"-0", b"1e-400", b"0x10", b"1_0", b"4,5", b"+5", b" 5 ", b"1" * 400),
    *(b"9" * 5_000, b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"4294967296"),
    *(
        b"2020-01-31",
        b"9999-99-99",
        b"(1995)",
        b"(99999)",
        b"=1+1",
        b"null",
        b"[]",
        b"{}",
        b"[" * 3_000,
        b"x" * 140_000,
    ),
)
_WORDS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, 0x7FC00000)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**15, 2**31, 2**63, 2**64, 10**400, 0.5, 1e308, float("nan"), float("-inf")),
    *("", "x", "1", "\0", "../../x", "\ud800", [], {}, [[]], [None], {"": None}, [1] * 300, "y" * 5_000),
)

Mutation = Callable[[random.Random, bytearray], bytearray]


def mutated(rng: random.Random, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One to eight changes to one of the seeds, or to two of them joined; of JSON often to its values."""
    data = rng.choice(seeds)
    if data[:1] in b"{[" and data[:1] and rng.random() < 0.7:
        changed = _other_json(rng, data)
        if changed is not None:
            return changed
    made = bytearray(data)
    if rng.random() < 0.1:
        other = rng.choice(seeds)
        made = made[: rng.randrange(len(made) + 1)] + other[rng.randrange(len(other) + 1) :]
    for _ in range(1 + min(int(rng.expovariate(0.7)), 7)):
        known_word = words and rng.random() < 0.2
        made = _put(rng, made, rng.choice(words)) if known_word else rng.choice(_MUTATIONS)(rng, made)
        del made[LONGEST * 2 :]
    return bytes(made)


def _span(rng: random.Random, data: bytearray) -> tuple[int, int]:
    begin = rng.randrange(len(data) + 1)
    return begin, min(len(data), begin + int(rng.expovariate(1 / 12)))


def _put(rng: random.Random, data: bytearray, text: bytes) -> bytearray:
    begin, end = _span(rng, data)
    data[begin : end if rng.random() < 0.5 else begin] = text
    return data


def _bit(rng: random.Random, data: bytearray) -> bytearray:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def _byte(rng: random.Random, data: bytearray) -> bytearray:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return data


def _cut(rng: random.Random, data: bytearray) -> bytearray:
    begin, end = _span(rng, data)
    del data[begin:end]
    return data


def _end_early(rng: random.Random, data: bytearray) -> bytearray:
    return data[: rng.randrange(len(data) + 1)]


def _again(rng: random.Random, data: bytearray) -> bytearray:
    begin, end = _span(rng, data)
    times = rng.choice((1, 2, 10, 300))
    data[begin:begin] = data[begin:end] * times
    return data


def _text(rng: random.Random, data: bytearray) -> bytearray:
    return _put(rng, data, rng.choice(_TEXTS))


def _word(rng: random.Random, data: bytearray) -> bytearray:
    """A number of 2, 4 or 8 bytes where such a number may stand."""
    size = rng.choice((2, 4, 4, 8))
    if len(data) < size:
        return data
    at = rng.randrange(len(data) // size) * size
    value = rng.choice(_WORDS) if rng.random() < 0.7 else rng.getrandbits(8 * size)
    data[at : at + size] = struct.pack("<Q", value)[:size]
    return data


def _step(rng: random.Random, data: bytearray) -> bytearray:
    """A number of 4 bytes a little larger or smaller, here or in the header."""
    if len(data) < 4:
        return data
    at = rng.randrange(min(len(data), rng.choice((100, len(data)))) // 4) * 4
    (value,) = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, (value + rng.choice((-8, -4, -1, 1, 4, 8))) % 2**32)
    return data


def _field(rng: random.Random, data: bytearray) -> bytearray:
    """A whole line moved, doubled or dropped, or a field of it replaced."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        lines[at : at + 1] = [lines[at]] * rng.choice((0, 2, 50))
    elif kind == 1:
        other = rng.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        for separator in (b"::", b"\t", b"|", b";", b","):
            if separator in lines[at]:
                fields = lines[at].split(separator)
                fields[rng.randrange(len(fields))] = rng.choice(_TEXTS)
                lines[at] = separator.join(fields)
                break
    return bytearray(b"\n".join(lines))


_MUTATIONS: tuple[Mutation, ...] = (_bit, _byte, _cut, _end_early, _again, _text, _word, _step, _field, _field)


def _other_json(rng: random.Random, data: bytes) -> bytes | None:
    """The same JSON with some of its values replaced, dropped or moved; None where it is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _ in range(1 + min(int(rng.expovariate(1.0)), 4)):
        places = list(_places(document))
        if not places:
            break
        holder, key = rng.choice(places)
        kind = rng.randrange(8)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            other, name = rng.choice(places)
            holder[key] = json.loads(json.dumps(other[name]))
        elif kind == 2 and isinstance(holder, dict):
            holder[str(rng.choice(_VALUES))[:50]] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(rng.choice(_VALUES))  # which may be changed where they stand
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        return None


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that holds a value: what holds it, and under what key."""
    found: list[tuple[Any, Any]] = []
    waiting = [node]
    while waiting and len(found) < 2_000:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            found.append((holder, key))
            waiting.append(holder[key])
    return found
