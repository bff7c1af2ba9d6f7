#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vfio_user.py read SOCKET | garble SOCKET SERVER CONTROL COUNT

A client of a vfio-user server, without a hypervisor.

  read     print the first 16 words of BAR0, in hexadecimal
  garble   COUNT connections, each with other malformed, cut, oversized or random
           messages, the same in each run. After each one the control socket must
           answer (SERVER is the program to ask with), and after all of them BAR0
           must be readable.
"""

import random
import socket
import struct
import subprocess
import sys

VERSION, GET_INFO, REGION_INFO, IRQ_INFO, SET_IRQS, READ, WRITE, RESET = 1, 4, 5, 7, 8, 9, 10, 13
HEADER = struct.Struct("<HHIII")
SECONDS = 20


def message(command, payload=b"", size=None, number=1, flags=0):
    size = HEADER.size + len(payload) if size is None else size
    return HEADER.pack(number, command, size, flags, 0) + payload


def hello():
    return message(VERSION, struct.pack("<HH", 0, 1) + b'{"capabilities":{"max_msg_fds":1}}\0')


def read_message(offset=0, count=64, region=0):
    return message(READ, struct.pack("<QII", offset, region, count))


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


def words(path):
    client = Client(path)
    client.ask(hello())
    answer = client.ask(read_message())
    return [f"{word:08x}" for word in struct.unpack("<16I", answer[16:80])]


def bad_message(rng):
    command = rng.choice([VERSION, GET_INFO, REGION_INFO, IRQ_INFO, SET_IRQS, READ, WRITE, RESET,
                          rng.randrange(65536)])
    payload = rng.randbytes(rng.choice([0, 1, 4, 15, 16, 20, 32, 200]))
    if command in (READ, WRITE) and rng.random() < 0.7:
        payload = struct.pack("<QII", rng.choice([0, 0xfffc, 0x10000, 1 << 63, 2**64 - 4]),
                              rng.choice([0, 1, 2, 7, 9, 2**32 - 1]),
                              rng.choice([0, 1, 4, 64, 0x10000, 2**32 - 1])) + payload
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


def main():
    if sys.argv[1] == "read":
        print(*words(sys.argv[2]))
        return
    path, server, control, count = sys.argv[2:]
    before = words(path)
    for seed in range(int(count)):
        garble(path, seed)
        subprocess.run([server, "--set=" + control], check=True, stdout=subprocess.DEVNULL)
    assert words(path) == before
    print(count, "connections")


main()
