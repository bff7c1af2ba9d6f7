#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Validate output of pvfeat --json.

check-json.py COMMAND <OUTPUT: by the definition of that name in
tools/pvfeat/output/pvfeat.schema.json; prints each violation.
"""
import json
import os
import sys

import jsonschema

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../tools/pvfeat/output/pvfeat.schema.json")


def main():
    with open(SCHEMA, encoding="utf-8") as file:
        schema = json.load(file)
    if len(sys.argv) != 2 or sys.argv[1] not in schema["$defs"]:
        sys.exit("usage: check-json.py COMMAND")
    jsonschema.Draft202012Validator.check_schema(schema)
    schema["$ref"] = "#/$defs/" + sys.argv[1]
    validator = jsonschema.Draft202012Validator(schema)
    errors = list(validator.iter_errors(json.load(sys.stdin)))
    for error in errors:
        print(f"{error.json_path}: {error.message}")
    sys.exit(bool(errors))


main()
