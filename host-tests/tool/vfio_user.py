#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vfio_user.py VERB SOCKET [ARGUMENT...]

A client of a vfio-user server, without a hypervisor. Verbs:

  read [COMMAND...]
           print the first 16 words of BAR0, in hexadecimal; with a command, run it
           and print them again, on the same connection
  config COMMANDS...
           write to configuration space (OFFSET=BYTES, in hexadecimal) or read from
           it (OFFSET+COUNT), and print what was read, a line for each
  garble COUNT COMMAND...
           COUNT connections, each with other malformed, cut, oversized or random
           messages, the same in each run. After each one the command must succeed,
           and after all of them BAR0 must have the same words.
  stall COMMAND...
           connections that stay open after nothing, or a part of a message; the
           command must succeed meanwhile
"""

import random
import socket
import struct
import subprocess
import sys

VERSION, GET_INFO, REGION_INFO, IRQ_INFO, SET_IRQS, READ, WRITE, RESET = 1, 4, 5, 7, 8, 9, 10, 13
HEADER = struct.Struct("<HHIII")
CONFIG = 7
SECONDS = 20


def message(command, payload=b"", size=None, number=1, flags=0):
    size = HEADER.size + len(payload) if size is None else size
    return HEADER.pack(number, command, size, flags, 0) + payload


def hello():
    return message(VERSION, struct.pack("<HH", 0, 1) + b'{"capabilities":{"max_msg_fds":1}}\0')


def read_message(offset=0, count=64, region=0):
    return message(READ, struct.pack("<QII", offset, region, count))


def write_message(offset, data, region):
    return message(WRITE, struct.pack("<QII", offset, region, len(data)) + data)


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.socket.connect(path)

    def receive(self, size):
        data = b""
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            if not chunk:
                raise EOFError("the server closed the connection")
            data += chunk
        return data

    def ask(self, request):
        self.socket.sendall(request)
        _, _, size, flags, error = HEADER.unpack(self.receive(HEADER.size))
        if flags & 0x20:
            raise OSError(error, "the server refused the request")
        return self.receive(size - HEADER.size)


    def words(self):
        answer = self.ask(read_message())
        return [f"{word:08x}" for word in struct.unpack("<16I", answer[16:80])]


def connected(path):
    client = Client(path)
    client.ask(hello())
    return client


def config(path, commands):
    client = connected(path)
    for command in commands:
        if "=" in command:
            offset, data = command.split("=")
            client.ask(write_message(int(offset, 16), bytes.fromhex(data), CONFIG))
        else:
            offset, count = (int(number, 16) for number in command.split("+"))
            print(client.ask(read_message(offset, count, CONFIG))[16:].hex())


def bad_message(rng):
    command = rng.choice([VERSION, GET_INFO, REGION_INFO, IRQ_INFO, SET_IRQS, READ, WRITE, RESET,
                          rng.randrange(65536)])
    payload = rng.randbytes(rng.choice([0, 1, 4, 15, 16, 20, 32, 200]))
    if command in (READ, WRITE) and rng.random() < 0.7:
        payload = struct.pack("<QII", rng.choice([0, 0xfffc, 0x10000, 1 << 63, 2**64 - 4]),
                              rng.choice([0, 1, 2, 7, 9, 2**32 - 1]),
                              rng.choice([0, 1, 4, 64, 0x10000, 2**32 - 1])) + payload
    if command == WRITE and rng.random() < 0.5:
        return write_message(rng.randrange(0x120), rng.randbytes(rng.randrange(1, 17)), CONFIG)
    if command == SET_IRQS and rng.random() < 0.7:
        payload = struct.pack("<IIIII", rng.choice([20, 0, 2**32 - 1]), rng.randrange(64),
                              rng.choice([0, 2, 3, 4, 99]), rng.choice([0, 1, 2**32 - 1]),
                              rng.choice([0, 1, 2, 2**32 - 1])) + payload
    sizes = [None, None, None, 0, 15, 16, 17, 0x7fffffff, 2**32 - 1]
    return message(command, payload, rng.choice(sizes), rng.randrange(65536),
                   rng.choice([0, 0, 0, 1, 0x10, 0x20, 2**32 - 1]))


def garble(path, seed):
    rng = random.Random(seed)
    client = Client(path)
    try:
        if rng.random() < 0.7:
            client.ask(hello())
        elif rng.random() < 0.5:
            client.socket.sendall(rng.randbytes(rng.randrange(1, 5000)))
        for _ in range(rng.randrange(8)):
            data = bad_message(rng)
            client.socket.sendall(data[:rng.randrange(len(data))] if rng.random() < 0.2 else data)
    except (OSError, EOFError):
        pass
    client.socket.close()


def stall(path, command):
    for data in b"", hello()[:8], hello()[:-4], hello() + message(READ, size=32)[:8], \
            hello() + message(READ, size=32):
        client = Client(path)
        client.socket.sendall(data)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        client.socket.close()


def main():
    verb, path, *rest = sys.argv[1:]
    if verb == "read":
        client = connected(path)
        print(*client.words())
        if rest:
            subprocess.run(rest, check=True, stdout=subprocess.DEVNULL)
            print(*client.words())
    elif verb == "config":
        config(path, rest)
    elif verb == "stall":
        stall(path, rest)
    else:
        before = connected(path).words()
        for seed in range(int(rest[0])):
            garble(path, seed)
            subprocess.run(rest[1:], check=True, stdout=subprocess.DEVNULL)
        assert connected(path).words() == before
        print(rest[0], "connections")


main()
