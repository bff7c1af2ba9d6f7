#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""flips.py DUMP START END: make a dump for lspci -F from a dump of one function.

The result has a function for each bit of config space from START to END (hex), with
that bit flipped, and one for each byte there, whose config space ends before it.
"""

import itertools
import sys


def read_config(path):
    config = bytearray()
    with open(path, encoding="ascii") as dump:
        for line in dump:
            address, _, row = line.partition(": ")
            if row and int(address, 16) == len(config):
                config += bytes.fromhex(row)
    return config


def main(path, start, end):
    config = read_config(path)
    names = (f"{n >> 8:02x}:{n >> 3 & 31:02x}.{n & 7}" for n in itertools.count())
    for at in range(start, end):
        changed = [config[:at]]
        for bit in range(8):
            flipped = bytearray(config)
            flipped[at] ^= 1 << bit
            changed.append(flipped)
        for one in changed:
            print(next(names), "dump")
            for row in range(0, len(one), 16):
                print(f"{row:02x}: {one[row:row + 16].hex(' ')}")
            print()


main(sys.argv[1], int(sys.argv[2], 16), int(sys.argv[3], 16))
