"""Fills in a manifest: fill.py TEMPLATE DIST VERSION REPOSITORY. Ends with 1 where an archive that it names is not in DIST."""

import hashlib
import re
import sys
from pathlib import Path

template, dist, version, repository = sys.argv[1:]
text = Path(template).read_text()
values = {"VERSION": version, "REPOSITORY": repository, "RELEASE": f"{repository}/releases/download/v{version}"}
absent = []


def value(found):
    kind, _, name = found[1].partition(":")
    if kind != "SHA256":
        return values[kind]
    archive = Path(dist) / name
    if not archive.is_file():
        absent.append(name)
        return "0" * 64
    return hashlib.sha256(archive.read_bytes()).hexdigest()


text = re.sub(r"@([A-Z0-9]+(?::[^@]+)?)@", value, text).replace("OWNER", repository.rsplit("/", 2)[-2])
if absent:
    print(f"{Path(template).name}: not built: {', '.join(absent)}")
    sys.exit(1)
(Path(dist) / Path(template).name).write_text(text)
