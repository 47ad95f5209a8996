"""Draws a terminal and a summary page, each from a real run against the stand-ins.

Usage: pictures.py FOLDER-OF-PROGRAMS FOLDER-FOR-PICTURES
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.text import Text

COLUMNS = 96
SETTINGS = """\
reports = ["reports/*.xml"]

[azure]
project = "Shop"
plan = "Regression"

[[azure.configurations]]
when = { browser = "Chrome*" }
use = "Windows 10 + Chrome"

[cases.azure]
"shop.LoginTest › valid user" = [1001]
"shop.LoginTest › wrong password" = [1002]
"""
REPORT = """\
<testsuites name="web">
  <testsuite name="Web" tests="3" failures="1" timestamp="2026-01-05T09:30:00Z" time="4.3">
    <properties><property name="browser" value="Chrome 140"/></properties>
    <testcase classname="shop.LoginTest" name="valid user" time="1.2"/>
    <testcase classname="shop.LoginTest" name="wrong password" time="0.9">
      <failure message="expected 401 but was 200" type="AssertionError">at LoginTest.java:42</failure>
    </testcase>
    <testcase classname="shop.SearchTest" name="finds a product" time="2.2"/>
  </testsuite>
</testsuites>
"""
COMMANDS = ["handin verify", "handin submit --summary page.html", "handin submit   # the step is run again"]


def main(programs: pathlib.Path, pictures: pathlib.Path) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    ports = ["--azure-port", "0", "--qtest-port", "0", "--katalon-port", "0", "--kiwi-port", "0"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([programs / "handin-sandbox", "serve", *ports], stdout=subprocess.PIPE, text=True) as sandbox,
    ):
        try:
            draw(pathlib.Path(folder), programs, pictures, exported(sandbox.stdout))
        finally:
            sandbox.terminate()


def exported(lines) -> dict[str, str]:
    """Returns what the stand-ins say that a shell should export."""
    found = {}
    for line in lines:
        if match := re.match(r"\s*export (\w+)=(\S+)", line):
            found[match[1]] = match[2]
        if line.startswith("Stop with"):
            return found
    sys.exit("the stand-ins did not come up")


def draw(folder: pathlib.Path, programs: pathlib.Path, pictures: pathlib.Path, variables: dict[str, str]) -> None:
    (folder / "reports").mkdir()
    (folder / "handin.toml").write_text(SETTINGS)
    (folder / "reports/TEST-web.xml").write_text(REPORT)
    known = {"PATH": f"{programs.resolve()}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    screen = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))
    for command in COMMANDS:
        words = command.split("#")[0]
        shell = f"stty cols {COLUMNS}; exec {words} --no-progress"
        ran = subprocess.run(["script", "-qec", shell, "/dev/null"], cwd=folder, env=known | variables, stdin=subprocess.DEVNULL, capture_output=True)
        shown = ran.stdout.decode().replace("\r\n", "\n").replace(variables["HANDIN_AZURE_URL"], "https://dev.azure.com/acme")
        # Links that can be clicked are not drawn.
        shown = re.sub("\x1b\\]8;;[^\x1b\x07]*(\x1b\\\\|\x07)", "", shown)
        screen.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        screen.print(Text.from_ansi(shown.rstrip("\n")))
        screen.print(Text(f"exit code {ran.returncode}\n", "dim"))
    picture = screen.export_svg(title="handin")
    # No font is fetched from anywhere: the reader's own does.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL).replace("Fira Code", "ui-monospace, monospace")
    (pictures / "terminal.svg").write_text(picture)
    page = folder / "page.html"
    text = page.read_text().replace(variables["HANDIN_AZURE_URL"], "https://dev.azure.com/acme")
    page.write_text(text)
    browser = next(path for name in ("chromium", "google-chrome", "chromium-browser") if (path := shutil.which(name)))
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1", "--window-size=960,900"]
    target = (pictures / "page.png").resolve()
    subprocess.run([browser, *options, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
