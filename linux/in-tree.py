#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""in-tree.py TREE OUT: write the driver to OUT as it belongs into the Linux tree TREE.

The files get their places in the tree, and what pvfeat_compat.h provides for other
kernels is replaced by what TREE has.
"""

import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
DRIVER = 'drivers/misc/pvfeat'

# Place in the tree of each file or folder of this repository; the longest match counts
PLACES = {
    'include/linux': 'include/uapi/linux',
    'driver': DRIVER,
    'driver/pvfeat.h': 'include/linux/pvfeat.h',
    'driver/samples': 'samples/pvfeat',
    'driver/Documentation': 'Documentation',
}
LEFT_OUT = {'driver/Kbuild', 'driver/pvfeat_compat.h'}


class Tree:
    """What a Linux tree has."""

    def __init__(self, path):
        self.path = path
        found = re.search(r'^VERSION = (\d+)\nPATCHLEVEL = (\d+)$', self.text('Makefile'), re.M)
        if not found:
            sys.exit(f'error: {path} is not a Linux source tree')
        self.version = tuple(int(number) for number in found.groups())

    def text(self, name):
        path = self.path / name
        return path.read_text() if path.exists() else ''

    def has(self, name, pattern):
        return re.search(pattern, self.text(name)) is not None

    def header(self, pattern, *names):
        """The first of the headers that matches the pattern."""
        for name in names:
            if self.has(name, pattern):
                return re.sub(r'^(arch/x86/)?include/', '', name)
        sys.exit(f'error: no {pattern} in {names} of {self.path}')


def headers(tree):
    """(pattern of what a file uses, header that it needs then)"""
    return [
        (r'\bARRAY_SIZE\(', 'linux/array_size.h'),
        (r'\bEXPORT_SYMBOL_IF_KUNIT\(', 'linux/export.h'),
        (r'\bhex2bin\(', 'linux/hex.h'),
        (r'\bsha256_', 'crypto/sha2.h'),
        (r'\bcpuid_(count|eax)\(',
         tree.header(r'\bcpuid_count\(', 'arch/x86/include/asm/cpuid/api.h',
                     'arch/x86/include/asm/cpuid.h', 'arch/x86/include/asm/processor.h')),
        (r'\bKUNIT_STATIC_STUB_REDIRECT\(', 'kunit/static_stub.h'),
        (r'\bEXPORT_SYMBOL_IF_KUNIT\(', 'kunit/visibility.h'),
    ]


def replacements(tree):
    """(pattern, replacement) for pvfeat_compat.h, places of files, and macros of Linux"""
    const = 'const ' if tree.has('include/linux/sysfs.h',
                                 r'\*read\)\([^)]*const struct bin_attribute') else ''
    sha256 = 'ctx' if tree.has('include/crypto/sha2.h', r'void sha256_init\(struct sha256_ctx') \
        else 'state'
    following = '{}.{}'.format(tree.version[0], tree.version[1] + 1)
    return [
        (r'pvfeat_bin_attribute\b', f'{const}struct bin_attribute'),
        (r'pvfeat_bin_attr_ptr ', f'{const}struct bin_attribute *{const}'),
        (r'pvfeat_uevent_device\b', 'const struct device'),
        (r'pvfeat_sha256_state\b', f'struct sha256_{sha256}'),
        (r'sizeof\((\w+)\) / sizeof\(\1\[0\]\)', r'ARRAY_SIZE(\1)'),
        (r'PVFEAT_KERNEL_REVIEWED && \\\n\s*', ''),
        (r'"(\.\./)?pvfeat\.h"', '<linux/pvfeat.h>'),
        (r'; the tables of spec/pci-device\.md are checked against them', ''),
        (r'\bspec/pci-device\.md\b', 'the specification'),
        (r'(SPDX-License-Identifier: )GPL-2.0-or-later OR BSD-2-Clause',
         r'\1((GPL-2.0-or-later WITH Linux-syscall-note) OR BSD-2-Clause)'),
        (r'(maintainers:\n  - ).*', r'\1@SUBMITTER@'),
        (r'(KernelVersion:\t)[0-9.]+', rf'\g<1>{following}'),
    ]


def defines(tree):
    """Macros of pvfeat_compat.h, and whether TREE has what they stand for"""
    return {
        '__KERNEL__': True,
        'PVFEAT_HAVE_PRIVATE_MMIO': tree.has('arch/x86/include/asm/x86_init.h',
                                             'is_private_mmio'),
        'PVFEAT_HAVE_REALMS': tree.has('arch/arm64/include/asm/rsi.h', 'is_realm_world'),
        'PVFEAT_HAVE_NAMESPACE_STRING': tree.version >= (6, 13),
    }


def resolve(text, tree):
    have = defines(tree)
    flags = [f'-{"D" if value else "U"}{name}' for name, value in have.items()]
    # unifdef's status is 1 if it changed something, 2 on an error
    done = subprocess.run(['unifdef', *flags], input=text, text=True, check=False,
                          stdout=subprocess.PIPE)
    if done.returncode > 1:
        sys.exit('error: unifdef failed')
    text = done.stdout
    # unifdef does not shorten a condition
    for name in have:
        text = text.replace(f' && defined({name})', '')
    for pattern, replacement in replacements(tree):
        text = re.sub(pattern, replacement, text)
    for used, header in headers(tree):
        if re.search(used, text):
            text = include(text, header)
    text = re.sub(r'#include "(\.\./)?pvfeat_compat\.h"\n', '', text)
    return re.sub(r'\n\n\n+', '\n\n', text)


def include(text, header):
    """Add the header: beside the first of its folder, or in alphabetical order."""
    line = f'#include <{header}>\n'
    if line in text:
        return text
    if header.startswith('asm/'):
        return text.replace('#include <asm/cpufeature.h>\n', f'#include <asm/cpufeature.h>\n{line}')
    block = re.search(r'(#include <.*>\n)+', text)
    lines = sorted(block[0].splitlines(True) + [line])
    return text[:block.start()] + ''.join(lines) + text[block.end():]


def place(name):
    for prefix in sorted(PLACES, key=len, reverse=True):
        if name == prefix or name.startswith(prefix + '/'):
            return PLACES[prefix] + name[len(prefix):]
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    tree, out = Tree(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2])
    names = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', 'driver', 'include/linux'],
                           cwd=TOP, check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    for name in names:
        if name in LEFT_OUT or not (TOP / name).exists():
            continue
        text = (TOP / name).read_text()
        if name.endswith(('.c', '.h')) and name.startswith('driver/'):
            text = resolve(text, tree)
        else:
            for pattern, replacement in replacements(tree):
                text = re.sub(pattern, replacement, text)
        target = out / place(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


main()
