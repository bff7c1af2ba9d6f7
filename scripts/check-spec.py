#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check-spec.py tables|tests|requirements: check spec/pci-device.md for consistency.

tables: compare the spec's tables with the ABI headers, whose dump by
        scripts/abi-dump.c is on standard input, and check the digests of its
        test vectors;
tests:  check that every requirement is named either in a test or, with a reason,
        in spec/untested.txt, and that tests name no unknown ones;
requirements: print the requirements on devices as a C header, for programs that
        print their text.
"""

import hashlib
import pathlib
import re
import struct
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SPEC = (TOP / "spec/pci-device.md").read_text()
REQUIREMENT = re.compile(r"PVF-(DEV|DRV)-(\d\d)((?:, \d\d)*)((?: \.\. \d\d)?)")


def rows(header):
    """The rows of every table of the spec that has this header."""
    found = []
    inside = False
    for line in SPEC.splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if cells == header:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not set(cells[0]) <= {"-"}:
            found.append(cells)
    return found


def check_tables():
    errors = []
    abi = {"number": {}, "text": [], "feature": [], "tee": [], "access": [],
           "rule": []}
    for line in sys.stdin:
        kind, *fields = line.rstrip("\n").split("\t")
        if kind == "number":
            abi["number"][fields[0]] = int(fields[1])
        elif kind in ("needs", "excludes"):
            abi["rule"].append([fields[0], kind, fields[1]])
        else:
            abi[kind].append(fields)

    def same(what, spec, header):
        for row in spec:
            if row not in header:
                errors.append(f"{what}: the spec has {row}, the headers do not")
        for row in header:
            if row not in spec:
                errors.append(f"{what}: the headers have {row}, the spec does not")

    same("registry", rows(["bit", "name", "polarity", "meaning when 1"]), abi["feature"])
    same("rules", rows(["feature", "rule", "feature"]), abi["rule"])
    same("TEE types and access methods", rows(["value", "name", "meaning"]),
         abi["tee"] + abi["access"])

    number = abi["number"]
    table = rows(["offset", "size", "access", "word", "name", "value", "since"])
    for offset, _, _, word, name, value, _ in table:
        if number.get("W_" + name) != int(word) or int(offset, 16) != 4 * int(word):
            errors.append(f"table: {name} is word {number.get('W_' + name)} "
                          f"in the headers, not {word} at {offset}")
        if value.startswith("0x") and name.startswith("SIGNATURE") and \
                int(value[:10], 16) != number[name]:
            errors.append(f"table: {name} is {number[name]:#x} in the headers")
    same("table", [r[4] for r in table],
         [n[2:] for n in number if n.startswith("W_")])
    for offset, _, _, name, _, _ in rows(
            ["offset", "size", "access", "name", "value", "since"]):
        if name.isupper() and number.get(name) != int(offset, 16):
            errors.append(f"locator: {name} is at {number.get(name)} "
                          f"in the headers, not {offset}")
    placeholders = {row[0]: row[1] for row in rows(["ID", "placeholder", "meaning"])}
    for what, name, form in (("vendor", "PCI_VENDOR_ID", "{:#06x}"),
                             ("device", "PCI_DEVICE_ID", "{:#06x}"),
                             ("revision", "PCI_REVISION", "{}"),
                             ("DVSEC vendor", "DVSEC_VENDOR", "{:#06x}"),
                             ("DVSEC ID", "DVSEC_ID", "{:#06x}")):
        if placeholders.get(what) != form.format(number[name]):
            errors.append(f"placeholders: {what} is {form.format(number[name])} "
                          f"in the headers, not {placeholders.get(what)}")
    prose = " ".join(SPEC.split())
    for name, text in (("PCI_CLASS", "MUST have class code 0x{:04x}00"),
                       ("DVSEC_BYTES", "31:20 length {:#x}"),
                       ("VNDR_BYTES", "| VNDR_LENGTH | {:#x} |"),
                       ("LOCATOR_MAGIC", "{:#010x}, \"PvTL\""),
                       ("GENERATION_LAST", "0 follows {:#010x}"),
                       ("NWORDS_MAX", "NWORDS MUST be 1 to {}"),
                       ("NWORDS_ROOM", "check that NWORDS is 1 to {}"),
                       ("TABLE_MAX_BYTES", "a LENGTH above {0} as {0}"),
                       ("TABLE_MIN_BYTES", "a multiple of 16, {} to 4096"),
                       ("ACCESS_BOUNDARY_MAX", "SHARED_GPA_BOUNDARY MUST be 0 to {}"),
                       ("FIRST_VENDOR_FEATURE", "Features {} to 1023 belong"),
                       ("FEATURES_MAX", "every feature from {} on")):
        if text.format(number[name]) not in prose:
            errors.append(f"{name}: the spec does not have "
                          f"'{text.format(number[name])}'")
    for name, text in abi["text"]:
        if text not in SPEC:
            errors.append(f"{name}: the spec does not have '{text}'")
    errors += check_vectors()
    return errors


def vectors():
    """The test vectors of the digest: pairs of a table's words and the digest."""
    for text, digest in rows(["table", "digest"]):
        words = [0] * int(re.search(r"\((\d+) words\)", text)[1])
        for word, value in re.findall(r"(\d+): (0x[0-9a-f]{8})", text):
            words[int(word)] = int(value, 16)
        yield words, digest


def check_vectors():
    errors = []
    seen = 0
    for words, digest in vectors():
        seen += 1
        stable = words[:5] + [0] + words[6:]
        found = hashlib.sha256(struct.pack(f"<{len(stable)}I", *stable)).hexdigest()
        if found != digest:
            errors.append(f"digest: test vector {seen} has {found}, not {digest}")
    if not seen:
        errors.append("digest: the spec has no test vectors")
    return errors


def named_in(text):
    """Requirement IDs in a text, with "01, 02" and "08 .. 12" spelt out."""
    ids = set()
    for kind, first, more, to in REQUIREMENT.findall(text):
        numbers = [int(first)] + [int(n) for n in re.findall(r"\d\d", more)]
        if to:
            numbers += range(numbers[-1], int(to[-2:]) + 1)
        ids |= {f"PVF-{kind}-{n:02d}" for n in numbers}
    return ids


def check_tests():
    errors = []
    defined = re.findall(r"^\* \*\*(PVF-\w+-\d\d)\*\*", SPEC, re.M)
    for twice in sorted({r for r in defined if defined.count(r) > 1}):
        errors.append(f"{twice} is defined twice")
    for kind in ("DEV", "DRV"):
        found = [name for name in defined if kind in name]
        if found != [f"PVF-{kind}-{n:02d}" for n in range(1, len(found) + 1)]:
            errors.append(f"the numbers of PVF-{kind} are not consecutive in the text")
    for name in sorted(named_in(SPEC) - set(defined)):
        errors.append(f"{name} is named in the spec but not defined")
    tested = set()
    for folder in ("driver/tests", "host-tests", "guest-tests"):
        for path in (TOP / folder).rglob("*"):
            if path.is_file() and "corpus" not in path.parts:
                tested |= named_in(path.read_text())
    excused = {}
    for line in (TOP / "spec/untested.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, _, reason = line.partition(" ")
            excused[name] = reason
    for name in sorted(set(defined) | tested | set(excused)):
        if name not in defined:
            errors.append(f"{name} is tested or excused, but not in the spec")
        elif name in tested and name in excused:
            errors.append(f"{name} is tested, but also listed in spec/untested.txt")
        elif name not in tested and not excused.get(name):
            errors.append(f"{name} is in no test, and spec/untested.txt gives "
                          "no reason")
    print(f"{len(defined)} requirements, {len(tested)} in tests, "
          f"{len(excused)} not testable here:")
    for name, reason in excused.items():
        print(f"  {name}: {reason}")
    return errors


def print_requirements():
    """Print PVFEAT_REQUIREMENTS(X), which expands to X("DEV", number, "text") each."""
    found = re.findall(r"^\* \*\*PVF-DEV-(\d\d)\*\* (.*(?:\n  .*)*)", SPEC, re.M)
    print("/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */\n"
          "/* Made from spec/pci-device.md by check-spec.py requirements */\n"
          "#define PVFEAT_REQUIREMENTS(X)", end="")
    for number, text in sorted(found):
        text = " ".join(text.replace("**", "").replace("`", "").split())
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        print(f' \\\n\tX("DEV", {int(number)}, "{text}")', end="")
    print()
    return []


def main():
    checks = {"tables": check_tables, "tests": check_tests,
              "requirements": print_requirements}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    errors = checks[sys.argv[1]]()
    for error in errors:
        print(f"error: {error}")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
