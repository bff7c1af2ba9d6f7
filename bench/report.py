#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print measurements as tables, JSON and plots: report.py [--short] FOLDER

Read the records that the parts of bench.sh left in FOLDER, print a table for each subject
with notes on its numbers, and write bench.json, accesses.svg and latency.svg there. With
--short, print the table of docs/results.md and write nothing.
"""

import collections
import json
import pathlib
import subprocess
import sys

NO = "-"


def read_records(folder):
    """Lists of records by table, from the parts' lines "TABLE NAME=VALUE ..."."""
    tables = collections.defaultdict(list)
    for part in sorted(folder.glob("*.txt")):
        for line in part.read_text(encoding="utf-8").splitlines():
            table, *fields = line.split()
            record = {}
            for field in fields:
                name, value = field.split("=", 1)
                try:
                    record[name] = json.loads(value)
                except ValueError:
                    record[name] = value
            tables[table].append(record)
    return tables


def find(records, **wanted):
    """The first record with these values, or {}."""
    for record in records:
        if all(record.get(name) == value for name, value in wanted.items()):
            return record
    return {}


def total(record, *names):
    """Sum of these fields, or NO if there is none."""
    return sum(record.get(name, 0) for name in names) if record else NO


def values(records, name):
    """The distinct values of a field, in order of occurrence."""
    return list(dict.fromkeys(r[name] for r in records if name in r))


def show(title, head, rows, notes=()):
    """Print a table, followed by its notes."""
    if not rows:
        return
    print(f"\n{title}\n")
    texts = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in texts) for i in range(len(head))]
    for row in texts:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
    for note in notes:
        print(f"  * {note}")


def exits(kvm, words, window):
    """Exits under KVM caused by register accesses of one enumeration."""
    r = find(kvm, words=words, window=window)
    return round(r["mmio"] / r["times"]) if r else NO


def accesses(records, kvm):
    """One row for each architecture and number of words."""
    rows = []
    for arch in values(records, "arch"):
        for words in values(records, "words"):
            def window(name, arch=arch, words=words):
                return find(records, arch=arch, words=words, window=name)
            pci, virtio = window("pci"), window("virtio")
            # virtio's feature negotiation carries 64 bits
            fits = bool(virtio) and words <= 2
            rows.append([
                arch, words, pci.get("table", NO), total(pci, "config", "msix"),
                window("cpuid").get("table", NO), window("mmio").get("table", NO),
                virtio.get("table", NO) if fits else NO,
                total(virtio, "config", "msix", "device") - virtio["table"] if fits else NO,
                *(exits(kvm, words, name) if arch == "x86_64" else NO for name in ("pci", "mmio")),
            ])
    return rows


def hotpath(records):
    """One row for each architecture and question."""
    return [[r["arch"], r["ask"] + "()", *(r.get(name, NO) for name in
             ("instructions", "loads", "calls", "atomics")),
             f"{r['picoseconds'] / 1000:.1f}" if "picoseconds" in r else NO]
            for r in records]


def probe(records):
    """One row for each architecture and module."""
    rows = []
    for r in records:
        if "module" in r:
            rows.append([r["arch"], r["module"], r.get("started") or NO, r.get("bound") or NO,
                         r.get("bytes") or NO])
        else:
            rows.append([r["arch"], "pvfeat (the tool)", NO, NO, r["kib"] * 1024])
    return rows


def latency(records):
    """One row for each architecture, pace and stage: medians and tails side by side."""
    stages = {"qmp": "command to user space", "kernel": "interrupt to kernel code",
              "user": "interrupt to user space"}
    rows = []
    for arch in values(records, "arch"):
        for pause in values(records, "pause"):
            for stage, text in stages.items():
                row = [arch, f"{pause} ms" if pause else "none", text]
                for what in ("pvfeat", "virtio"):
                    r = find(records, arch=arch, what=what, pause=pause, stage=stage)
                    row += [r.get("p50", NO), r.get("p99", NO)]
                rows.append(row)
    return rows


def scale(records):
    """One row for each QEMU that was started."""
    names = {"none": "without the function", "one": "with it",
             "long": "with 32 words", "many": "with 64 functions of 32 words"}
    base = find(records, start="none")
    return [[names[r["start"]], f"{r['us'] / 1000:.1f}", f"{r['us'] / base['us']:.1f}",
             r["kib"] - base["kib"]] for r in records if "start" in r]


def tables_of(t):
    """All tables, as title, head, rows, notes."""
    many = find(t["scale"], guest="many")
    yield ("Accesses that leave the guest, until all words are known",
           ["architecture", "words", "PCI table", "once", "CPUID", "registers",
            "virtio", "once", "KVM: PCI", "registers"],
           accesses(t["accesses"], t["kvm"]),
           ["PCI table: the driver's loads from BAR0 that leave the guest. Once: accesses to config "
            "space and the vector, until the driver is bound and notified of changes; independent of "
            "the number of words.",
            "On s390x (zPCI) a load from a BAR is an instruction that QEMU serves. There the table "
            "costs as much as a register file, and there is no CPUID as an alternative.",
            "CPUID: leaves that the driver reads, some more than once. A leaf has four words: for few "
            "words this costs less than \"once\" for PCI, but does not report later changes.",
            "Registers: as many loads from the device edu. virtio: the 64 bits of features of "
            "virtio-rng, which is the maximum. Once: config space, vectors, status and queue, until "
            "its driver is bound.",
            *(["KVM: its count of exits for registers, as the difference between a small guest that "
               "loads the words 100 times and one that does not load them, divided by 100; the "
               "firmware adds noise of about 0.1."]
              if find(t["kvm"], window="pci") else []),
            *(["KVM does not work on this machine."] if find(t["kvm"], usable="no") else [])])
    yield ("Cost of a query on a hot path",
           ["architecture", "query", "instructions", "loads", "calls", "atomics", "ns"],
           hotpath(t["hotpath"]),
           ["Instructions of the query, less those of a function that returns false. Nanoseconds: the "
            "whole call, on this processor, in UML; fractions depend on code alignment.",
            "cpu_feature_enabled() is patched into the code when the kernel starts. The features of a "
            "paravisor may change later; callers that need a patched jump use a notifier and static "
            "keys."])
    yield ("Time until features are available, and memory",
           ["architecture", "module", "start", "bind", "bytes"], probe(t["probe"]),
           ["Thousands of instructions, from initcall_debug with a clock that counts them. Start: of "
            "the module, including all windows and functions. Bind: of one function.",
            "pvpanic-pci has one register, no interrupt and nothing to compare. virtio-rng consists "
            "of virtio_pci, which is built in, and virtio_rng. The tool: the peak of pvfeat watch.",
            "The bytes of pvfeat include two sets of features as a fallback when an allocation fails: "
            "turning features off must not fail."])
    yield ("Change latency, microseconds under TCG",
           ["architecture", "pause", "from, to", "pvfeat p50", "p99", "virtio p50", "p99"],
           latency(t["latency"]),
           ["virtio: block_resize of a virtio disk (including its file), its interrupt, its uevent.",
            "Before it notifies anyone, pvfeat reads, checks and compares the whole table; a disk, "
            "only its size.",
            "Without a pause the driver deliberately waits 1 to 2 ms between two readings, so that a "
            "host that sends interrupts continuously cannot keep a real-time thread spinning."])
    yield ("On the host", ["QEMU", "ms to start", "ratio", "extra KiB"], scale(t["scale"]),
           [f"A guest binds all {many['windows']} functions, each in {many['bound']} thousand "
            "instructions."]
           if many else [])
    yield ("The tool", ["architecture", "pvfeat has, us", "of which process start"],
           [[r["arch"], r["has"], f"{r['start'] * 100 // r['has']} %"] for r in t["tool"]], [])
    yield ("Duration of this project's commands, most recent run of each",
           ["command", "cache", "seconds", "date"],
           [["make " + r["what"], r["cache"], r["seconds"], r["date"]] for r in t["speed"]], [])


def short(t):
    """Print the table of docs/results.md."""
    print("| until all features are known, x86_64 | PCI window | CPUID | registers (MMIO) | virtio |")
    print("|---|---|---|---|---|")
    for row in accesses(t["accesses"], t["kvm"]):
        if row[0] != "x86_64" or row[1] not in (1, 32):
            continue
        words = "1 word" if row[1] == 1 else f"{row[1]} words"
        virtio = f"{row[6]}, and {row[7]} once" if row[6] != NO else NO
        print(f"| accesses that leave the guest, {words} | {row[2]}, and {row[3]} once "
              f"| {row[4]} | {row[5]} | {virtio} |")


def plot(folder, t):
    """Write accesses.svg and latency.svg."""
    x86 = [r for r in t["accesses"] if r["arch"] == "x86_64"]
    once = ("config", "msix")
    series = [("PCI window: the table", "pci", ("table",), 32),
              ("PCI window: all of it", "pci", ("table", *once), 32),
              ("CPUID", "cpuid", ("table",), 32),
              ("registers", "mmio", ("table",), 32),
              ("virtio: all of it", "virtio", ("device", *once), 1)]
    # A logarithmic scale that includes zero
    script = ["set terminal svg size 720,440 background 'white'",
              f"set output '{folder}/accesses.svg'", "set key outside below",
              "set logscale x", "set nonlinear y via log10(1 + y) inverse 10 ** y - 1",
              "set xrange [0.8:40]", "set yrange [-0.2:200]",
              "set xtics (1, 4, 16, 32)", "set ytics (0, 1, 10, 100)",
              "set title 'Accesses that leave the guest, x86\\_64'",
              "set xlabel 'feature words'", "set ylabel 'accesses'"]
    for i, (_, window, names, most) in enumerate(series):
        script.append(f"$d{i} << E")
        for r in x86:
            if r["window"] == window and r["words"] <= most:
                script.append(f"{r['words']} {total(r, *names)}")
        script.append("E")
    script.append("plot " + ", ".join(f"$d{i} with linespoints linewidth 2 title '{name}'"
                                      for i, (name, *_) in enumerate(series)))
    stages = [r for r in t["latency"] if r["arch"] == "x86_64" and r["stage"] == "qmp"]
    script += ["reset", f"set output '{folder}/latency.svg'", "set style data histograms",
               "set bmargin 4", "set key outside",
               "set style fill solid", "set ylabel 'microseconds, TCG'", "set yrange [0:]",
               "set title 'From the command on the host to user space in the guest, x86\\_64'",
               "$l << E", "what p50 p90 p99"]
    for r in stages:
        pause = f"{r['pause']} ms apart" if r["pause"] else "without a pause"
        script.append(f"\"{r['what']}\\n{pause}\" {r['p50']} {r['p90']} {r['p99']}")
    script += ["E", "plot for [i=2:4] $l using i:xtic(1) title columnheader(i)"]
    subprocess.run(["gnuplot"], input="\n".join(script), text=True, check=True)


def main():
    folder = pathlib.Path(sys.argv[-1])
    t = read_records(folder)
    if sys.argv[1:-1] == ["--short"]:
        short(t)
        return
    for table in tables_of(t):
        show(*table)
    print()
    (folder / "bench.json").write_text(json.dumps(t, indent=1) + "\n", encoding="utf-8")
    if t["accesses"] and t["latency"]:
        plot(folder, t)


main()
