"""`uv run --directory tests python -m fuzz --inputs 1000000 [--target NAME]`: many inputs, in processes that may die.

Every target gets its share of the inputs. Whatever breaks one is kept in the folder of `--keep`, one file for each
place in the code; move it to `corpus/<target>/` to have the tests try it ever after. Exit code 1 where something broke.
"""

# ruff: noqa: T201

import argparse
import hashlib
import logging
import mmap
import os
import random
import re
import resource
import struct
import sys
import tempfile
import time
import traceback
from pathlib import Path

from . import places
from .harness import Outcome, Target, attempt
from .mutate import LONGEST, mutated
from .targets import all_targets

_HEADER = struct.Struct("<QQ")  # inputs tried, length of the one that is tried now
_MOST_MEMORY = 2 << 30
_LARGEST_POOL = 400


def main() -> int:
    """Run the targets one after another; report each in a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all, over the targets")
    parser.add_argument("--target", action="append", help="repeatable; default: all")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop each target after so long")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "ucf-fuzz", help="folder for what breaks one"
    )
    asked = parser.parse_args()
    known = all_targets()
    names = asked.target or list(known)
    if unknown := set(names) - set(known):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    broken = total = 0
    for name in names:
        tried, found, seconds = _fuzz(known[name], asked.inputs // len(names), asked.seconds, asked.seed, asked.keep)
        total, broken = total + tried, broken + found
        print(f"{name:20} {tried:>9,} inputs  {seconds:6.0f} s  {found} broke it", flush=True)
    print(f"{'all':20} {total:>9,} inputs  {broken} broke something")
    return 1 if broken else 0


def _fuzz(target: Target, inputs: int, seconds: float, seed: int, keep: Path) -> tuple[int, int, float]:
    """(inputs tried, places that broke, seconds). A process that dies is a finding, and another one goes on."""
    shared = mmap.mmap(-1, _HEADER.size + 4 * LONGEST)
    start, found = time.monotonic(), 0
    tried = 0
    while tried < inputs and time.monotonic() - start < seconds:
        _HEADER.pack_into(shared, 0, tried, 0)
        child = os.fork()
        if not child:
            code = 70
            try:
                code = _try_many(target, inputs, start + seconds, seed, keep, shared)
            except BaseException:
                traceback.print_exc(file=sys.stdout)
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        places.clear(child)
        tried, length = _HEADER.unpack_from(shared)
        if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) >= 70:
            data = shared[_HEADER.size : _HEADER.size + length]
            _keep(keep, target, data, Outcome(fault=f"the process died: {status}", where=f"died {status}"))
            found += 1
            if found > 20:
                break
        else:
            found += os.WEXITSTATUS(status)
    return tried, found, time.monotonic() - start


def _try_many(target: Target, inputs: int, until: float, seed: int, keep: Path, shared: mmap.mmap) -> int:
    """In a process of its own; the number of different places that broke."""
    logging.disable()  # notices, by the thousand
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MOST_MEMORY, resource.RLIM_INFINITY))
    (tried, _) = _HEADER.unpack_from(shared)
    rng = random.Random(f"{seed} {target.name} {tried}")
    pool = [*target.seeds, *target.corpus().values()]
    seen: set[str] = set()
    broken: set[str] = set()
    while tried < inputs and time.monotonic() < until:
        data = mutated(rng, pool, target.words)
        tried += 1
        _HEADER.pack_into(shared, 0, tried, len(data))
        shared[_HEADER.size : _HEADER.size + len(data)] = data
        outcome = attempt(target, data)
        if outcome.fault:
            if outcome.where not in broken:
                broken.add(outcome.where)
                _keep(keep, target, data, outcome)
            continue
        # what is refused for a reason not met before, in other words, is a way deeper in: go on from there
        shape = re.sub(r"'[^']*'|\"[^\"]*\"|[\d,.]+", "#", outcome.said)[:150]
        if outcome.said and shape not in seen and len(pool) < _LARGEST_POOL and len(data) < LONGEST:
            seen.add(shape)
            pool.append(data)
    return min(len(broken), 60)


def _keep(folder: Path, target: Target, data: bytes, outcome: Outcome) -> None:
    place = folder / target.name
    place.mkdir(parents=True, exist_ok=True)
    (place / hashlib.blake2b(data, digest_size=6).hexdigest()).write_bytes(data)
    print(f"{target.name}: {outcome.where}\n{outcome.fault}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
