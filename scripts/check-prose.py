#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lint of prose: phrases that this project does not use, long lines, broken links.

check-prose.py [FILE...]: the files, or all that git tracks. Prose is Markdown, manual
pages, the ABI document, and the comments of C files and scripts.
"""
import os
import re
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
WIDTH = 80

# What is not written, and what is written instead
PHRASES = [
    (r"\bholds? (it|them|\w+ \w+) against\b", "compares, cross-checks"),
    (r"\b(does|do) not count\b|\bwindows? counts?\b|\bwhat counts\b", "contributes, is ignored"),
    (r"\bwh(at|ich) (comes|came|becomes|became) of\b", "result"),
    (r"\bsettles?\b|\bsettled\b|\bsettling\b", "stabilises, is unstable"),
    (r"\bhas gone\b|\bgoes away\b|\bwent away\b", "is removed, was removed"),
    (r"\b(takes|needs) root\b", "requires root"),
    (r"\bturns? nothing on\b", "its features are ignored"),
    (r"\banew\b|\bonce more\b", "again"),
    (r"\bfor ever\b", "indefinitely"),
    (r"\bof now\b", "current"),
    (r"\bone an? line\b|\ba line each\b", "one per line"),
    (r"\bhas found nothing\b", "is treated as absent"),
    (r"\bnobody\b|\bsomebody\b", "name the subject"),
    (r"\bwhose word\b", "tainted"),
    (r"\bvouch(es|ed)?\b", "reports as private"),
    (r"\bleave to\b", "write access, permission"),
    (r"(?:^|[.;:!?] |\n\n)Who(ever)? (?!is\b)[a-z]+s?\b", "the reader, the driver ..."),
    (r"\bfor who\b|\bby who\b|\bwith who\b", "for callers that ..."),
    (r"\b(says|tells|told|knows|believes?|believed|hears?|heard)\b",
     "reports, indicates, notifies, detects, assumes"),
    (r"\bin vain\b|\bof its own accord\b|\bmind you\b", "plain words"),
]


def tracked():
    out = subprocess.run(["git", "-C", TOP, "ls-files", "-z"], check=True,
                         capture_output=True, text=True).stdout
    return out.rstrip("\0").split("\0")


def kind_of(path):
    if path.endswith(".md"):
        return "markdown"
    if re.search(r"\.[1-9]$", path):
        return "manual"
    if "/Documentation/ABI/" in path:
        return "text"
    if path.endswith((".c", ".h")):
        return "c"
    if path.endswith((".sh", ".t", ".py", ".mak", ".yaml")) or path.endswith("Makefile"):
        return "script"
    return None


def blank(match):
    """The same number of lines, without words"""
    return re.sub(r"[^\n]", " ", match.group(0))


def prose_of(path, kind, text):
    if kind == "markdown":
        text = re.sub(r"^(```.*?^```)", blank, text, flags=re.S | re.M)
        text = re.sub(r"^(    .*)$", blank, text, flags=re.M)
        return re.sub(r"`[^`\n]*`", blank, text)
    if kind == "c":
        keep = [m.span() for m in re.finditer(r"/\*.*?\*/|//[^\n]*", text, flags=re.S)]
        out, at = "", 0
        for begin, end in keep:
            out += re.sub(r"[^\n]", " ", text[at:begin]) + text[begin:end]
            at = end
        return out + re.sub(r"[^\n]", " ", text[at:])
    if kind == "script":
        return re.sub(r"^(?!\s*#(?!!)).*$", lambda m: " " * len(m.group(0)), text, flags=re.M)
    return text


def check_links(path, text):
    for match in re.finditer(r"\]\(([^)#\s]+)(#[^)\s]*)?\)", text):
        target = match.group(1)
        if re.match(r"[a-z]+:", target):
            continue
        if not os.path.exists(os.path.join(TOP, os.path.dirname(path), target)):
            line = text.count("\n", 0, match.start()) + 1
            yield line, f"broken link: {target}"


def check_width(text):
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            fenced = not fenced
        if fenced or line.startswith(("|", "    ", "<!--", "[!")) or len(line) <= WIDTH:
            continue
        # A link cannot be broken
        if re.search(r"\S{60,}", line):
            continue
        yield number, f"line of {len(line)} columns, {WIDTH} are allowed"


def check(path):
    kind = kind_of(path)
    if not kind:
        return
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        text = file.read()
    prose = prose_of(path, kind, text)
    for pattern, instead in PHRASES:
        for match in re.finditer(pattern, prose):
            line = prose.count("\n", 0, match.end()) + 1
            yield line, f"'{match.group(0).strip()}': write {instead}"
    if kind == "markdown":
        yield from check_width(text)
        yield from check_links(path, text)


def main():
    os.chdir(TOP)
    bad = 0
    for path in sys.argv[1:] or tracked():
        if path == "scripts/check-prose.py" or not os.path.isfile(path):
            continue
        for line, what in sorted(check(path)):
            print(f"{path}:{line}: {what}")
            bad += 1
    print(f"{bad} findings")
    sys.exit(bad > 0)


main()
