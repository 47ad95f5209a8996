"""Fills in a manifest: fill.py TEMPLATE DIST VERSION REPOSITORY. Ends with 1 where an archive that it names is not in DIST."""

import hashlib
import re
import sys
from pathlib import Path

template, dist, version, repository = sys.argv[1:]
text = Path(template).read_text()
values = {"VERSION": version, "REPOSITORY": repository, "RELEASE": f"{repository}/releases/download/v{version}"}
absent = set()


def value(found):
    """A value of its own, or of the one archive whose name is like that: its name without the ending, or its digest."""
    kind, _, pattern = found[1].partition(":")
    if not pattern:
        return values[kind]
    archives = sorted(Path(dist).glob(pattern))
    if len(archives) != 1:
        absent.add(pattern)
        return "0" * 64
    return archives[0].stem if kind == "NAME" else hashlib.sha256(archives[0].read_bytes()).hexdigest()


text = re.sub(r"@([A-Z0-9]+(?::[^@]+)?)@", value, text).replace("OWNER", repository.rsplit("/", 2)[-2])
if absent:
    print(f"{Path(template).name}: not built: {', '.join(sorted(absent))}")
    sys.exit(1)
(Path(dist) / Path(template).name).write_text(text)
