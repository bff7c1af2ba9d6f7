#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""dumps.py CASES FOLDER: write dumps for lspci -F from a list of cases.

The lines of the list are:

  # ...             a comment
  base NAME         start a base, the initial config space of cases
  poke POKE...      change the base
  case TITLE        start a case
  dump BASE POKE... -> VERDICT
                    a function of the case, which is the base with these changes,
                    and the expected verdict of judge.c
  (tab)...          expected output of lspci -vv for the case's locators, verbatim

A POKE is ADDRESS=BYTES, all in hex, with the bytes in the order of their
addresses, or size=BYTES, the size of config space or of its readable part.

For case N, the files N.title, N.dump, N.verdicts and N.expected are written.
"""

import pathlib
import sys


class Config:
    def __init__(self, data=bytes(4096), size=4096):
        self.data = bytearray(data)
        self.size = size

    def poke(self, pokes):
        for poke in pokes:
            where, value = poke.split("=")
            if where == "size":
                self.size = int(value, 16)
                continue
            new = bytes.fromhex(value)
            start = int(where, 16)
            if not new or start + len(new) > len(self.data):
                raise ValueError(f"{poke}: not in config space")
            self.data[start:start + len(new)] = new
        return self

    def dump(self, slot):
        lines = [f"00:{slot:02x}.0 dump"]
        for at in range(0, self.size, 16):
            row = self.data[at:min(at + 16, self.size)]
            lines.append(f"{at:02x}: {row.hex(' ')}")
        return "\n".join(lines) + "\n\n"


def main(cases, folder):
    bases = {}
    found = []
    base = case = None
    for line in cases.read_text().splitlines():
        if line.startswith("\t"):
            case["expected"] += line + "\n"
            continue
        word, *rest = line.split() or ["#"]
        if word == "base":
            base = bases[rest[0]] = Config()
        elif word == "poke":
            base.poke(rest)
        elif word == "case":
            case = {"title": " ".join(rest) + "\n", "dump": "", "verdicts": "",
                    "expected": ""}
            found.append(case)
        elif word == "dump":
            arrow = rest.index("->")
            start = bases[rest[0]]
            function = Config(start.data, start.size).poke(rest[1:arrow])
            slot = case["dump"].count("dump")
            case["dump"] += function.dump(slot)
            case["verdicts"] += " ".join([f"00:{slot:02x}.0", *rest[arrow + 1:]]) + "\n"
        elif not word.startswith("#"):
            raise ValueError(f"unknown line: {line}")
    for count, case in enumerate(found, 1):
        for kind, text in case.items():
            (folder / f"{count:02}.{kind}").write_text(text)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
