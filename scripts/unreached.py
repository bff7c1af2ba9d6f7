#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Report the coverage of tests: unreached.py INFO REASONS

Print a table of the source files in lcov's tracefile INFO with their reached lines and
branches, their totals and percentages; then each function that has unreached lines, with
their numbers and the reason from the file REASONS, which has one line per function:

    FILE FUNCTION the reason

Exit with 1 if such a function has no reason, or if a reason names no such function.
"""

import bisect
import collections
import sys


class Source:
    """The records of one source file in a tracefile."""

    def __init__(self):
        self.starts = []      # (first line, function)
        self.lines = {}       # line -> whether it is reached
        self.branches = []    # whether each branch is reached

    def missed(self):
        """Functions with unreached lines, and those lines."""
        functions = collections.defaultdict(list)
        self.starts.sort()
        for line, reached in sorted(self.lines.items()):
            if not reached:
                at = bisect.bisect(self.starts, (line, "\x7f")) - 1
                functions[self.starts[at][1] if at >= 0 else "-"].append(line)
        return functions


def read_info(path):
    sources, source = {}, None
    with open(path, encoding="utf-8") as info:
        for record in info:
            kind, _, rest = record.strip().partition(":")
            fields = rest.split(",")
            if kind == "SF":
                source = sources.setdefault(rest, Source())
            elif kind == "FN":
                source.starts.append((int(fields[0]), fields[-1]))
            elif kind == "DA":
                source.lines[int(fields[0])] = fields[1] != "0"
            elif kind == "BRDA":
                source.branches.append(fields[3] not in ("-", "0"))
    return sources


def read_reasons(path):
    reasons = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, function, reason = line.split(None, 2)
                reasons[name, function] = reason.strip()
    return reasons


def share(flags):
    """Reached, total and percentage, rounded down, so that 100 means all."""
    flags = list(flags)
    percent = 100 * sum(flags) // len(flags) if flags else 100
    return f"{sum(flags)} of {len(flags)} | {percent} %"


def ranges(lines):
    """1 2 3 5 as "1-3, 5"."""
    runs = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in runs)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sources, reasons = read_info(sys.argv[1]), read_reasons(sys.argv[2])
    print("| file | lines | | branches | |\n|---|---|---|---|---|")
    for name, source in sorted(sources.items()):
        print(f"| `{name}` | {share(source.lines.values())} | "
              f"{share(source.branches)} |")
    print("\n| not reached | lines | why |\n|---|---|---|")
    errors = []
    for name, source in sorted(sources.items()):
        for function, lines in sorted(source.missed().items()):
            reason = reasons.pop((name, function), None)
            if not reason:
                errors.append(f"{name} {function}: no reason given for lines {ranges(lines)}")
            print(f"| `{function}()` in `{name}` | {ranges(lines)} | {reason or '?'} |")
    errors += [f"{name} {function}: has a reason, but is reached or does not exist"
               for name, function in reasons]
    for error in errors:
        print(f"error: {error}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
