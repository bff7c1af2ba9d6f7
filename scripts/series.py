#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a series of patches, as git format-patch writes it, from steps.

A step is a file: "Subject: ..." with continuation lines, an empty line, the message, and
then a diff of existing files. Lines of the message can be directives:

  Adds: PATH       the step adds this file, or a newer state of it, from --final
  Sed: PATH EXPR   the file is changed with "sed -E EXPR" until a later step adds it again

Lines of added files that name an object or a provider (TRIMMED) which no file defines
yet are left out, so that each step builds.

The text "@SUBMITTER@" becomes the identity of the committer in git.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def die(message):
    sys.exit(f'error: {message}')


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          **options).stdout.strip()


def identity():
    """The committer's identity in the checkout, as "Name <address>"."""
    here = pathlib.Path(__file__).resolve().parent
    try:
        ident = run('git', 'var', 'GIT_COMMITTER_IDENT', cwd=here, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        die('the patches are signed off: set user.name and user.email of git')
    return re.sub(r' \d+ [+-]\d+$', '', ident)


class Step:
    def __init__(self, path):
        self.name = path.name
        text = path.read_text()
        start = re.search(r'^diff --git ', text, re.M)
        start = start.start() if start else len(text)
        head, self.diff = text[:start], text[start:]
        subject, _, body = head.partition('\n\n')
        subject = ' '.join(subject.split())
        if not subject.startswith('Subject: '):
            die(f'{self.name}: does not begin with "Subject: "')
        subject = re.sub(r'^Subject: (\[PATCH[^]]*\] )?', '', subject)
        self.adds, self.seds, kept = [], [], []
        for line in body.splitlines():
            word, _, rest = line.partition(' ')
            if word == 'Adds:':
                self.adds.append(rest)
            elif word == 'Sed:':
                self.seds.append(rest.split(' ', 1))
            elif line == '---':
                break
            else:
                kept.append(line)
        self.message = subject + '\n\n' + '\n'.join(kept).strip() + '\n'

    def changed(self):
        """The files that the diff changes, without those that it creates."""
        return re.findall(r'^--- a/(\S+)', self.diff, re.M)


def objects(text, folder):
    """A makefile without the objects and folders that do not exist."""
    lines = []
    for line in text.splitlines(True):
        name = re.search(r'[:+]= (\w+)(\.o|/)$', line.rstrip())
        if name and name[2] == '.o' and not line.startswith('obj-') and \
                not (folder / f'{name[1]}.c').exists():
            continue
        if name and name[2] == '/' and not (folder / name[1]).is_dir():
            continue
        lines.append(line)
    return ''.join(lines)


def providers(text, folder):
    """A source without the names of providers that no file of the folder defines."""
    defined = set()
    for path in folder.glob('*.c'):
        defined.update(re.findall(r'pvfeat_(\w+)_provider = {', path.read_text()))
    lines = []
    for line in text.splitlines(True):
        name = re.search(r'^(?:\t&|extern const struct pvfeat_provider )pvfeat_(\w+)_provider[,;]$',
                         line)
        if not name or name[1] in defined:
            lines.append(line)
    return re.sub(r'#ifdef \w+\n#endif\n', '', ''.join(lines))


TRIMMED = {'Makefile': objects, 'pvfeat_main.c': providers, 'pvfeat_provider.h': providers}


class Series:
    def __init__(self, base, final, replace):
        self.base, self.final, self.replace = base, final, replace
        self.seds = {}
        self.submitter = identity()
        name, address = re.fullmatch(r'(.*) <(.*)>', self.submitter).groups()
        # Nothing of the user's configuration changes the patches
        self.environment = {
            **os.environ, 'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_CONFIG_NOSYSTEM': '1',
            'GIT_AUTHOR_NAME': name, 'GIT_AUTHOR_EMAIL': address,
            'GIT_COMMITTER_NAME': name, 'GIT_COMMITTER_EMAIL': address,
        }
        self.repo = pathlib.Path(tempfile.mkdtemp())

    def git(self, *args):
        return run('git', *args, cwd=self.repo, env=self.environment)

    def start(self, steps):
        """Commit the files of the base that the steps change."""
        self.git('init', '-q', '--template=', '-b', 'series')
        for name in sorted({name for step in steps for name in step.changed()}):
            source, target = self.base / name, self.repo / name
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        self.git('add', '-A', '-f')
        self.git('commit', '-q', '--allow-empty', '-m', 'base')

    def render(self):
        """Write the added files in the state that fits the others."""
        for name in self.seds:
            path = self.repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.final / name, path)
        for name, expressions in self.seds.items():
            path = self.repo / name
            text = path.read_text()
            for expression in expressions:
                text = subprocess.run(['sed', '-E', expression], input=text, text=True,
                                      check=True, stdout=subprocess.PIPE).stdout
            trim = TRIMMED.get(path.name)
            if trim:
                text = trim(text, path.parent)
            text = text.replace('@SUBMITTER@', self.submitter)
            if expressions or trim:
                text = re.sub(r'\n\n\n+', '\n\n', text)
            path.write_text(text)

    def commit(self, step):
        for name in step.changed():
            if not (self.repo / name).exists():
                die(f'{step.name} does not apply to {self.base}: it has no {name}')
        if step.diff:
            diff = step.diff.replace('@SUBMITTER@', self.submitter)
            for old, new in self.replace:
                diff = diff.replace(old, new)
            done = subprocess.run(['patch', '-s', '-f', '-p1', '-F0', '--no-backup-if-mismatch'],
                                  cwd=self.repo, input=diff, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                die(f'{step.name} does not apply to {self.base}: {done.stdout.splitlines()[0]}')
        for name in step.adds:
            if not (self.final / name).exists():
                die(f'{step.name} adds {name}, which does not exist')
            self.seds[name] = []
        for name, expression in step.seds:
            if name not in self.seds:
                die(f'{step.name}: Sed: {name} is not added yet')
            self.seds[name].append(expression)
        self.render()
        self.git('add', '-A', '-f')
        self.git('commit', '-q', '-s', '--cleanup=verbatim', '-m', step.message)

    def check_complete(self):
        """All files of --final are there in their final state."""
        for path in sorted(self.final.rglob('*')):
            name = path.relative_to(self.final)
            if not path.is_file():
                continue
            final = path.read_text().replace('@SUBMITTER@', self.submitter)
            if str(name) not in self.seds or (self.repo / name).read_text() != final:
                die(f'no step adds the final state of {name}')

    def write(self, since, cover, rfc, out):
        out.mkdir(parents=True)
        self.git('config', 'branch.series.description', cover.read_text())
        self.git('format-patch', '-q', '--cover-letter', '--cover-from-description=subject',
                 '--zero-commit', *(['--rfc'] if rfc else []), '-o', str(out.resolve()), since)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--base', type=pathlib.Path, required=True, help='the tree')
    parser.add_argument('--final', type=pathlib.Path, help='files to add, at their places')
    parser.add_argument('--after', type=pathlib.Path, action='append', default=[],
                        help='a step on which the series is based, but which is not part of it')
    parser.add_argument('--replace', nargs=2, action='append', default=[],
                        metavar=('OLD', 'NEW'), help='replace a text in all diffs')
    parser.add_argument('--cover', type=pathlib.Path, required=True, help='text of the cover letter')
    parser.add_argument('--rfc', action='store_true', help='a request for comments')
    parser.add_argument('--out', type=pathlib.Path, required=True, help='folder to create')
    parser.add_argument('step', type=pathlib.Path, nargs='+')
    args = parser.parse_args()
    before = [Step(path) for path in args.after]
    steps = [Step(path) for path in args.step]
    series = Series(args.base, args.final, args.replace)
    try:
        series.start(before + steps)
        for step in before:
            series.commit(step)
        since = series.git('rev-parse', 'HEAD')
        for step in steps:
            series.commit(step)
        if args.final:
            series.check_complete()
        series.write(since, args.cover, args.rfc, args.out)
    finally:
        shutil.rmtree(series.repo)


main()
