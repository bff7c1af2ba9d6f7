#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's side of a guest test: host.py QEMU ARG...

Run QEMU with the guest's console on standard output. A line of the console
"@@host VERB ARGUMENT" is a request of the guest, answered by a line on the
console, "ok ..." or "error ...". Verbs:

  update JSON       change several properties of object pv0 at once
  set PATH NAME JSON   qom-set
  get PATH NAME     qom-get; answer with the value
  qmp JSON          run any QMP command
  run ARGUMENT...   run the program that the environment variable GUEST_RUN names;
                    answer with its output
  unplug ID         request removal of the device and wait until it is removed
  hammer [JSON]     start changing pv0 as fast as possible: to the pattern of
                    pvfeat_pattern.h, or to each of an array of updates in turn
  rest              stop "hammer"; answer with generation and number of changes
  pattern           change pv0 to the pattern once; answer with the generation
  migrate COUNT     migrate to a new QEMU that has the next pattern, COUNT times
  latency FILE COUNT MS JSON   execute COUNT commands, alternating between the
                    two QMP commands of JSON, each MS milliseconds after the
                    guest's line "@@woke" for the previous one; the first "@@woke"
                    indicates that the guest is ready. Write the microseconds of
                    each to FILE.
  wake JSON         once the guest is suspended, update pv0 by JSON and wake it

PYTHONPATH must contain QEMU's python folder, for its qemu.qmp.
"""

import asyncio
import itertools
import json
import os
import signal
import sys
import tempfile
import time

from qemu.qmp import ExecInterruptedError, QMPClient

OBJECT = "/objects/pv0"
PATTERN_WORDS = 32
BATCH = 32
# Limit for each request of the guest
SECONDS = 60
LAST_GENERATION = 0xFFFFFFFC


def pattern(generation):
    """Properties of a table whose words all contain its generation."""
    words = ":".join(["0x0"] + [hex(generation)] * (PATTERN_WORDS - 1))
    return {"feature-words": words, "paravisor-id": generation,
            "paravisor-version": generation}


def after(generation):
    """The generation that follows."""
    return 0 if generation >= LAST_GENERATION else generation + 2


def patterns(generation):
    """Endless sequence of the patterns after this generation."""
    while True:
        generation = after(generation)
        yield pattern(generation)


class Machine:
    """A QEMU process."""

    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.qmp = QMPClient("host")
        self.process = None

    async def start(self):
        socket = os.path.join(tempfile.mkdtemp(dir=self.folder), "qmp")
        await self.qmp.start_server(socket)
        self.process = await asyncio.create_subprocess_exec(
            *self.args, "-qmp", "unix:" + socket,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        ended = asyncio.create_task(self.process.wait())
        accepted = asyncio.create_task(self.qmp.accept())
        await asyncio.wait([ended, accepted], return_when=asyncio.FIRST_COMPLETED)
        if not accepted.done():
            accepted.cancel()
            sys.exit(self.process.returncode)
        ended.cancel()

    async def execute(self, command, **arguments):
        return await self.qmp.execute(
            command, {k.replace("_", "-"): v for k, v in arguments.items()})

    async def quit(self):
        try:
            await self.execute("quit")
        except ExecInterruptedError:
            pass
        await self.process.wait()
        await self.disconnect()

    async def disconnect(self):
        """Disconnect from QEMU, which may already have closed the socket."""
        try:
            await self.qmp.disconnect()
        except EOFError:
            pass


class Host:
    """The requests of the guest."""

    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.machine = Machine(args, folder)
        self.machines = [self.machine]
        self.console = b""
        self.hammering = None
        self.changes = 0
        self.woken = asyncio.Queue()
        self.tasks = set()

    async def run(self):
        await self.machine.start()
        while True:
            machine = self.machine
            while chunk := await machine.process.stdout.read(4096):
                self.take(chunk)
            status = await machine.process.wait()
            if machine is self.machine:
                await machine.disconnect()
                return status

    def take(self, chunk):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        *lines, self.console = (self.console + chunk).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").strip()
            if text.startswith("@@progress "):
                self.progress(text.removeprefix("@@progress "))
            elif text == "@@woke":
                self.woken.put_nowait(time.perf_counter_ns())
            elif text.startswith("@@host "):
                self.spawn(self.serve(text.removeprefix("@@host ")))

    def progress(self, text):
        """Print progress on the terminal that GUEST_PROGRESS names, if any."""
        if path := os.environ.get("GUEST_PROGRESS"):
            with open(path, "w", encoding="utf-8") as terminal:
                terminal.write(f"\r    {text}\033[K\r")

    def spawn(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def serve(self, request):
        verb, _, argument = request.partition(" ")
        try:
            # "latency" may take longer, and limits the time of each change
            async with asyncio.timeout(SECONDS if verb != "latency" else None):
                answer = await getattr(self, "do_" + verb)(argument)
            answer = "ok" if answer is None else f"ok {answer}"
        except Exception as error:  # always answer, because the guest waits
            answer = "error " + " ".join(f"{verb}: {error!r}".split())
        stdin = self.machine.process.stdin
        stdin.write(answer.encode() + b"\n")
        await stdin.drain()

    async def set(self, path, name, value):
        await self.machine.execute("qom-set", path=path, property=name, value=value)

    async def generation(self):
        """Generation of the first function; the object's own is not migrated."""
        for folder in "/machine/peripheral", "/machine/peripheral-anon":
            for child in await self.machine.execute("qom-list", path=folder):
                if child["type"] == "child<paravisor-pci>":
                    table = await self.machine.execute(
                        "qom-get", path=f"{folder}/{child['name']}",
                        property="current-table")
                    return table["generation"]
        raise LookupError("the machine has no paravisor-pci")

    async def do_update(self, argument):
        await self.set(OBJECT, "update", json.loads(argument))

    async def do_set(self, argument):
        path, name, value = argument.split(" ", 2)
        await self.set(path, name, json.loads(value))

    async def do_get(self, argument):
        path, name = argument.split()
        return str(await self.machine.execute("qom-get", path=path, property=name))

    async def do_qmp(self, argument):
        command = json.loads(argument)
        await self.machine.qmp.execute(command["execute"], command.get("arguments"))

    async def do_run(self, argument):
        process = await asyncio.create_subprocess_exec(
            os.environ["GUEST_RUN"], *argument.split(),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        output = (await process.communicate())[0].decode().strip()
        if process.returncode:
            raise RuntimeError(output)
        return output

    async def do_unplug(self, argument):
        with self.machine.qmp.listener("DEVICE_DELETED") as events:
            await self.machine.execute("device_del", id=argument)
            async for event in events:
                if event["data"].get("device") == argument:
                    return

    async def do_pattern(self, _argument):
        generation = after(await self.generation())
        await self.set(OBJECT, "update", pattern(generation))
        return generation

    async def hammer(self, updates):
        while self.hammering:
            # QEMU executes them in order, without waiting for a reply in between
            await asyncio.gather(*(self.set(OBJECT, "update", next(updates))
                                   for _ in range(BATCH)))
            self.changes += BATCH
            self.progress(f"{self.changes} changes of the table")

    async def do_hammer(self, argument):
        if argument:
            updates = itertools.cycle(json.loads(argument))
        else:
            updates = patterns(await self.generation())
        self.changes = 0
        self.hammering = True
        self.hammering = self.spawn(self.hammer(updates))

    async def do_rest(self, _argument):
        task, self.hammering = self.hammering, None
        await task
        return f"{await self.generation()} {self.changes}"

    async def do_migrate(self, argument):
        for _ in range(int(argument)):
            await self.migrate()
        return await self.generation()

    async def migrate(self):
        """Migrate to a QEMU with the next pattern, so that its table differs."""
        properties = pattern(after(await self.generation()))
        options = ",".join(f"{k}={v}" for k, v in properties.items())
        args = [f"paravisor-features,id=pv0,firmware=off,{options}"
                if "id=pv0," in arg else arg for arg in self.args]
        socket = os.path.join(tempfile.mkdtemp(dir=self.folder), "migration")
        source = self.machine
        target = Machine(args + ["-incoming", "unix:" + socket], self.folder)
        self.machines.append(target)
        await target.start()
        with target.qmp.listener("RESUME") as resumed:
            await source.execute("migrate", uri="unix:" + socket)
            await resumed.get()
        # run() reads the source's console to its end, then the target's
        self.machine = target
        await source.quit()

    async def do_latency(self, argument):
        file, count, pause, commands = argument.split(" ", 3)
        commands = json.loads(commands)
        await self.woken.get()
        with open(file, "w", encoding="ascii") as out:
            for i in range(int(count)):
                command = commands[i % 2]
                await asyncio.sleep(int(pause) / 1000)
                start = time.perf_counter_ns()
                await self.machine.qmp.execute(command["execute"],
                                               command["arguments"])
                async with asyncio.timeout(SECONDS):
                    out.write(f"{(await self.woken.get() - start) // 1000}\n")

    async def do_wake(self, argument):
        listening = asyncio.Event()

        async def wake():
            with self.machine.qmp.listener("SUSPEND") as events:
                listening.set()
                await events.get()
            await self.do_update(argument)
            await self.machine.execute("system_wakeup")
        self.spawn(wake())
        await listening.wait()


async def main():
    with tempfile.TemporaryDirectory() as folder:
        host = Host(sys.argv[1:], folder)
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            return await host.run()
        except asyncio.CancelledError:
            return 124
        finally:
            for machine in host.machines:
                if machine.process and machine.process.returncode is None:
                    machine.process.kill()


sys.exit(asyncio.run(main()))
