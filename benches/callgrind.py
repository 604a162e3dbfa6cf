#!/usr/bin/env python3
"""Instructions per operation, foster beside its peers: the first table of README.md.

Each row of the table runs under each owner at two sizes, one run at a time, under callgrind. The
slope between the two is the cost of one operation: what starts and ends the process cancels out.
Instructions do not depend on what else the machine does; they do depend, by up to 3 %, on where the
heap begins, so `--shifts 8` takes the mean over all the places that glibc's allocator tells apart.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
OWNERS = [
    "raw", "joinset", "tracker",
    "foster-scope", "foster-try", "foster-launch", "foster-supervisor", "foster-attempt",
]


class Row(NamedTuple):
    name: str
    title: str
    sizes: tuple[int, int]
    # How many operations are in one unit of size.
    each: int
    # The highest ratio to raw that the design allows, by owner.
    target: dict[str, float]


def lexical(ratio, launch=None):
    return {"foster-scope": ratio, "foster-try": ratio, "foster-launch": launch or ratio}


ROWS = [
    Row("ready", "spawn, ready at once, joined", (2000, 7000), 1, lexical(1.12, launch=1.04)),
    Row("yield", "spawn, one yield, joined", (2000, 7000), 1, lexical(1.15)),
    Row("park", "spawn, park, cancel all, wait", (2000, 7000), 1, lexical(1.08)),
    Row("one", "scope of one: open, spawn, cancel, wait", (2000, 7000), 1, lexical(1.25)),
    Row("request", "request: scope of 3 children, 2 yields each", (2000, 7000), 1, lexical(1.18)),
    Row("tree", "tree of scopes, 8-ary, per leaf", (8, 24), 512, lexical(1.20)),
    Row("empty", "a scope that starts nothing", (2000, 7000), 1, {}),
]
CHAIN = range(1000, 10001, 1000)


def build(lto):
    """Builds `cost` and returns its path."""
    command = ["cargo", "build", "--profile", "bench", "-p", "foster-benches", "--bin", "cost",
               "--message-format", "json-render-diagnostics"]
    done = subprocess.run(command, cwd=HERE, env={**os.environ, "CARGO_PROFILE_BENCH_LTO": lto},
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit("the build failed")
    messages = map(json.loads, done.stdout.splitlines())
    return next(m["executable"] for m in messages if m.get("executable"))


def instructions(cost, row, owner, n, shift=0):
    """All instructions of one run, or None when the row does not apply to the owner."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "callgrind.out"
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                               cost, row, owner, str(n), str(shift)],
                              stderr=subprocess.PIPE, text=True)
    if done.returncode == 2:
        return None
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"{row} {owner} {n}: {done.stderr}")
    return int(found[1])


def slope(cost, row, owner, shifts):
    """Instructions per operation."""
    totals = [[instructions(cost, row.name, owner, n, shift) for shift in range(shifts)]
              for n in row.sizes]
    if None in totals[0]:
        return None
    low, high = map(sum, totals)
    return (high - low) / ((row.sizes[1] - row.sizes[0]) * row.each * shifts)


def cell(row, owner, per, raw):
    if per is None:
        return "-"
    if owner == "raw" or raw is None:
        return f"{per:.0f}"
    ratio = per / raw
    target = row.target.get(owner)
    if target is None:
        return f"{per:.0f} ({ratio:.2f}x)"
    verdict = "met" if ratio <= target else "MISSED"
    return f"{per:.0f} ({ratio:.3f}x, {verdict}: {target:.2f}x)"


def table(cost, rows, owners, shifts):
    print("| per operation |", " | ".join(owners), "|")
    print("|---" * (len(owners) + 1) + "|")
    for row in rows:
        raw = slope(cost, row, "raw", shifts)
        print(f"| {row.title} |", end="", flush=True)
        for owner in owners:
            per = raw if owner == "raw" else slope(cost, row, owner, shifts)
            print(f" {cell(row, owner, per, raw)} |", end="", flush=True)
        print(flush=True)


def chain(cost):
    """How the cost of one more scope grows with the depth: not at all, when time is linear."""
    print("| scopes, each in a child of the one above | instructions | for each one more |")
    print("|---|---|---|")
    before = None
    for depth in CHAIN:
        total = instructions(cost, "chain", "foster-scope", depth)
        more = "" if before is None else f"{(total - before) / CHAIN.step:.0f}"
        print(f"| {depth} | {total} | {more} |", flush=True)
        before = total


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS])
    arguments.add_argument("--owners", nargs="+", choices=OWNERS, default=OWNERS)
    arguments.add_argument("--lto", choices=["off", "thin", "fat", "false"], default="thin",
                           help="`false` is what `cargo build --release` does by itself")
    arguments.add_argument("--shifts", type=int, default=1, choices=range(1, 9), metavar="1..8",
                           help="mean over so many places for the heap to begin")
    arguments.add_argument("--chain", action="store_true", help="the deep chain instead")
    options = arguments.parse_args()
    cost = build(options.lto)
    if options.chain:
        chain(cost)
    else:
        rows = [row for row in ROWS if not options.rows or row.name in options.rows]
        table(cost, rows, options.owners, options.shifts)


if __name__ == "__main__":
    main()
