#!/usr/bin/env python3
"""`sleepers.py ENDING asyncio|trio N`: as the program `sleepers`, in Python.

Prints nanoseconds, the highest resident memory and the one that is kept, both in KiB and without
what the process had before.
"""

import asyncio
import os
import re
import sys
import time

try:
    import trio
except ImportError:
    trio = None


def kib(line):
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(rf"{line}:\s+(\d+)", status.read())[1])


class Clock:
    def __init__(self):
        self.before = kib("VmRSS")
        self.start = time.perf_counter_ns()

    def stop(self):
        """Without destructors: some sleep still."""
        elapsed = time.perf_counter_ns() - self.start
        print(elapsed, kib("VmHWM") - self.before, kib("VmRSS") - self.before, flush=True)
        os._exit(0)


async def in_asyncio(ending, n, clock):
    """A `TaskGroup`, which waits for its tasks."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(asyncio.sleep(3600)) for _ in range(n)]
        await asyncio.sleep(0)
        if ending == "none":
            clock.stop()
        if ending == "all":
            for task in tasks:
                task.cancel()
        for task in tasks if ending == "one-by-one" else []:
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass


async def in_trio(ending, n, clock):
    """A nursery; a task that is cancelled by itself has a cancel scope of its own."""
    ended = trio.Event()

    async def alone(task_status):
        nonlocal ended
        with trio.CancelScope() as scope:
            task_status.append(scope)
            await trio.sleep(3600)
        ended.set()

    scopes = []
    async with trio.open_nursery() as nursery:
        for _ in range(n):
            if ending == "one-by-one":
                nursery.start_soon(alone, scopes)
            else:
                nursery.start_soon(trio.sleep, 3600)
        await trio.sleep(0)
        await trio.sleep(0)
        if ending == "none":
            clock.stop()
        if ending == "all":
            nursery.cancel_scope.cancel()
        for scope in scopes:
            ended = trio.Event()
            scope.cancel()
            await ended.wait()


def main():
    ending, owner, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # Neither ends sleepers that nobody cancels: it waits for them.
    missing = trio is None if owner == "trio" else not hasattr(asyncio, "TaskGroup")
    if ending == "left" or missing:
        sys.exit(2)
    clock = Clock()
    if owner == "asyncio":
        asyncio.run(in_asyncio(ending, n, clock))
    else:
        trio.run(in_trio, ending, n, clock)
    clock.stop()


if __name__ == "__main__":
    main()
