#!/usr/bin/env python3
"""What the macros cost to build: the last tables of README.md.

A small service, on tokio's macros and on foster's, is built from nothing, dependencies included.
A library of 1000 async functions, plain and with `#[supervised]`, is checked and built with its
dependencies in place. The sides take turns, one build at a time. CPU time (user and system, of all
of cargo's processes) is what to compare when the machine does other things, too; wall time depends
on the number of cores as well.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
SOURCES = HERE / "build_time"
LIBRARY = ["items.rs", "functions.rs", "roots.rs"]
TOKIO = ["io-util", "net", "rt-multi-thread", "signal", "sync", "time"]
FOSTER = f'foster = {{ path = "{REPOSITORY / "core"}" }}'


class Side(NamedTuple):
    name: str
    folder: Path


class Cost(NamedTuple):
    wall: float
    cpu: float


class Job(NamedTuple):
    title: str
    sides: list[Side]
    command: list[str]
    # The highest ratio to the first side that is allowed.
    target: float
    # Whether the dependencies are built each time, too.
    clean: bool


def package(folder, name, dependencies, main, source):
    """Writes a package, with the versions of the repository's lock file."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text("\n".join(
        ["[package]", f'name = "{name}"', 'edition = "2024"', "", "[workspace]", "",
         "[dependencies]", *dependencies, ""]))
    (folder / "src" / main).write_text(source)
    shutil.copy(REPOSITORY / "Cargo.lock", folder)
    cargo(folder, ["fetch"])
    return folder


def tokio(*features):
    features = ", ".join(f'"{feature}"' for feature in sorted([*TOKIO, *features]))
    return f'tokio = {{ version = "1", features = [{features}] }}'


def services(work):
    foster = (SOURCES / "foster.rs").read_text()
    return [
        Side("tokio's macros", package(work / "tokio", "service", [tokio("macros")], "main.rs",
                                       (SOURCES / "tokio.rs").read_text())),
        Side("foster's", package(work / "foster", "service", [FOSTER, tokio()], "main.rs", foster)),
        Side("both", package(work / "both", "service", [FOSTER, tokio("macros")], "main.rs",
                             foster)),
    ]


def libraries(work, count):
    items, functions, roots = ((SOURCES / name).read_text() for name in LIBRARY)
    functions = functions.split("\n\n")
    if count % len(functions):
        sys.exit(f"the number of functions must be a multiple of {len(functions)}")
    sides = []
    for name, attribute, dependencies in [
        ("plain", "", [tokio()]),
        ("supervised", "#[foster::supervised]\n", [FOSTER, tokio()]),
    ]:
        module = "\n\n".join(f"{attribute}{function.strip()}" for function in functions)
        source = items + "".join(
            f"\npub mod m{index} {{\nuse super::*;\n\n{module}\n\n{roots}}}\n"
            for index in range(count // len(functions)))
        sides.append(Side(name, package(work / name, "library", dependencies, "lib.rs", source)))
    return sides


def cargo(folder, arguments):
    """Runs cargo, and returns what that took."""
    environment = {
        **os.environ,
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(folder / "target"),
    }
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(["cargo", *arguments], cwd=folder, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 or "warning: " in done.stdout:
        sys.exit(f"cargo {' '.join(arguments)}: {done.stdout[:4000]}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def once(job, side):
    if job.clean:
        shutil.rmtree(side.folder / "target", ignore_errors=True)
    else:
        for source in (side.folder / "src").iterdir():
            source.touch()
    return cargo(side.folder, [*job.command, "--offline"])


def measure(job, rounds):
    costs = {side: [] for side in job.sides}
    if not job.clean:
        for side in job.sides:
            once(job, side)
    for turn in range(rounds):
        for side in job.sides:
            costs[side].append(once(job, side))
            print(f"{job.title}, {turn + 1} of {rounds}, {side.name}: {costs[side][-1]}",
                  file=sys.stderr, flush=True)
    return costs


def table(job, costs):
    first, *others = job.sides
    print(f"| {job.title} |", " | ".join(side.name for side in job.sides), "|")
    print("|---" * (1 + len(job.sides)) + "|")
    for kind in Cost._fields:
        for how, pick in [("least", min), ("median", statistics.median)]:
            figure = {side: pick(getattr(cost, kind) for cost in costs[side]) for side in job.sides}
            cells = [f"{figure[first]:.2f} s"]
            for side in others:
                ratio = figure[side] / figure[first]
                verdict = "met" if ratio <= job.target else "MISSED"
                cells.append(f"{figure[side]:.2f} s ({ratio:.2f}x, {verdict}: {job.target}x)")
            kind_ = {"cpu": "CPU", "wall": "wall"}[kind]
            print(f"| {kind_} time, {how} |", " | ".join(cells), "|")
    print(flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5, help="how often each side is built")
    arguments.add_argument("--functions", type=int, default=1000, metavar="N")
    arguments.add_argument("--only", choices=["service", "functions"])
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work, jobs = Path(scratch), []
        if options.only != "functions":
            jobs.append(Job("clean `cargo build` of a service", services(work),
                            ["build"], 1.5, clean=True))
        if options.only != "service":
            sides = libraries(work, options.functions)
            for command in ["check", "build"]:
                jobs.append(Job(f"`cargo {command}`, {options.functions} functions", sides,
                                [command], 1.3, clean=False))
        for job in jobs:
            table(job, measure(job, options.rounds))


if __name__ == "__main__":
    main()
