#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""lies.py FOLDER: write dumps of functions for "pvfeat conformance --dump".

Each line of standard input is a name and options of paravisor-pci-hostile, as in
lies.txt; "-" means none. NAME.dump has the format of "lspci -vvxxxx", NAME.bar is
an image of BAR0. Exits with an error for an option that a dump cannot represent.
"""

import pathlib
import struct
import sys

from dumps import Config

# Config space of QEMU's function in a slot of q35: capabilities at 0x40 and 0x7c, the
# DVSEC at 0x100
EXPRESS = """00=f41af510 04=02001000 08=01008008 10=000080fe 14=000081fe
    2c=f41a0011 34=40 40=107c9200 7c=110000000100000001080000
    100=23000100 104=f41ac101 108=f5100000 10c=5076544c 110=01 118=00100000"""
# A table with the feature vtpm
WORDS = [0x40008003, 0x65467650, 0x76507461, 0x74616546, 0x10000, 0, 0, 1,
         0, 0, 0, 0, 1 << 16]
BAR_BYTES = 0x10000
REGIONS = ("\tRegion 0: Memory at fe800000 (32-bit, non-prefetchable) [size=64K]\n"
           "\tRegion 1: Memory at fe810000 (32-bit, non-prefetchable) [size=4K]\n")


def main(folder):
    for line in sys.stdin:
        name, options = line.split()
        config = Config().poke(EXPRESS.split())
        words = WORDS + [0] * (BAR_BYTES // 4 - len(WORDS))
        for option in [] if options == "-" else options.split(","):
            kind, pokes = option.split("=", 1)
            if kind not in ("poke-config", "poke-words"):
                raise ValueError(f"{name}: {kind}: a dump cannot represent it")
            for poke in pokes.split("+"):
                where, value = (int(number, 0) for number in poke.split("="))
                if kind == "poke-config":
                    config.data[where] = value
                else:
                    words[where] = value
        title, hexadecimal = config.dump(5).split("\n", 1)
        (folder / f"{name}.dump").write_text(f"{title}\n{REGIONS}{hexadecimal}")
        (folder / f"{name}.bar").write_bytes(struct.pack(f"<{len(words)}I", *words))


main(pathlib.Path(sys.argv[1]))
