"""Makes summary pages against the stand-ins, and looks at them in Chromium as a reader would.

Usage: browser.py FOLDER-OF-PROGRAMS [FOLDER-FOR-SCREENSHOTS]
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from xml.sax.saxutils import quoteattr

PROGRAMS = ["chromium", "google-chrome", "chromium-browser"]
EVIL = '<script>window.pwned=1</script><img src=x onerror="window.pwned=1"><svg onload="window.pwned=1">'
SETTINGS = """
redact = ['hunter\\d+']
[azure]
project = "Shop"
plan = "Regression"
[[azure.configurations]]
when = { browser = "Chrome*" }
use = "Windows 10 + Chrome"
[katalon]
team = "QA"
project = "Shop"
[cases.azure]
"shop.LoginTest › valid user" = [1001]
"shop.LoginTest › wrong password" = [1002]
"""

# What a reader needs, asked of the page itself. Colours are compared as the Web Content Accessibility Guidelines 2.1 say.
QUESTIONS = r"""
(() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const parse = text => text.match(/[\d.]+/g).map(Number);
  const back = element => {
    for (let it = element; it; it = it.parentElement) {
      const c = parse(getComputedStyle(it).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  for (let node; (node = walker.nextNode());) {
    if (!node.data.trim() || !node.parentElement.checkVisibility() || node.parentElement.closest('svg')) continue;
    texts += 1;
    const [a, b] = [light(parse(getComputedStyle(node.parentElement).color)), light(back(node.parentElement))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${node.data.trim().slice(0, 60)}`);
  }
  const all = [...document.querySelectorAll('*')];
  const root = document.documentElement;
  return JSON.stringify({
    texts, faint,
    back: getComputedStyle(document.body).backgroundColor,
    overflow: root.scrollWidth - root.clientWidth,
    wide: all.filter(it => !it.closest('table') && it.getBoundingClientRect().right > innerWidth + 1).map(it => it.outerHTML.slice(0, 80)),
    scripts: document.scripts.length,
    handlers: all.filter(it => [...it.attributes].some(a => a.name.startsWith('on'))).length,
    foreign: all.filter(it => (it.src || (it.tagName === 'LINK' && it.href))).length,
    links: [...document.links].map(it => it.protocol),
    pwned: window.pwned === 1,
    slices: [...document.querySelectorAll('.chart rect')].map(it => it.getBoundingClientRect().width),
    heading: document.querySelector('h1').textContent,
    text: document.body.textContent,
  });
})()
"""


class Browser:
    """Chromium, spoken to through two pipes (docs: Chrome DevTools Protocol, --remote-debugging-pipe)."""

    def __init__(self, folder):
        to_browser, self.out = os.pipe()
        self.back, from_browser = os.pipe()

        def move():
            high = [os.dup(to_browser), os.dup(from_browser)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " \
            "--disable-component-update --disable-sync --hide-scrollbars --remote-debugging-pipe"
        self.process = subprocess.Popen(
            [next(filter(None, map(shutil.which, PROGRAMS))), *flags.split(), f"--user-data-dir={folder}"],
            close_fds=False, preexec_fn=move, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number, self.events = b"", 0, []

    def call(self, method, session=None, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def next(self):
        while b"\0" not in self.rest:
            chunk = os.read(self.back, 1 << 20)
            if not chunk:
                raise SystemExit("the browser is gone")
            self.rest += chunk
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def wait(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.next())

    def look(self, path, width, scheme, bypass, shot):
        """Opens a page, and returns what it answers and what the console said."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.events.clear()
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable", session)
        # Without the page's own ban on scripts, escaping alone has to hold.
        self.call("Page.setBypassCSP", session, enabled=bypass)
        self.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", session, url=path.resolve().as_uri())
        self.wait("Page.loadEventFired")
        answer = json.loads(self.call("Runtime.evaluate", session, expression=QUESTIONS)["result"]["value"])
        picture = self.call("Page.captureScreenshot", session, captureBeyondViewport=True)["data"]
        shot.write_bytes(base64.b64decode(picture))
        answer["paper"] = len(self.call("Page.printToPDF", session)["data"])
        answer["console"] = [event for event in self.events
                             if event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")]
        self.call("Target.closeTarget", targetId=target)
        return answer


def report():
    """A report whose every text tries to be more than a text."""
    long = "very-long-word-" * 60
    failure = '<failure message={}>{}</failure>'
    cases = [
        ("shop.LoginTest", "valid user", ""),
        ("shop.LoginTest", "wrong password", '<failure message="expected 401, got 200 for hunter2">at LoginTest.java:42</failure>'),
        ("shop.Evil", EVIL, failure.format(quoteattr(EVIL), "&lt;/pre&gt;&lt;/main&gt;&lt;script&gt;window.pwned=1&lt;/script&gt;")),
        ("shop.Evil", '"onmouseover="window.pwned=1" x="', "<error message=\"'&gt;{{ 7*7 }}{% if %}\"/>"),
        ("shop.Long", long, failure.format(quoteattr(long), long)),
        ("shop.Cart", "is emptied", "<skipped/>"),
    ]
    cases += [("shop.Many", f"number {number}", "<failure message='no'/>" if number % 40 == 0 else "") for number in range(300)]
    lines = [f"<testcase classname={quoteattr(cls)} name={quoteattr(name)}>{body}</testcase>" for cls, name, body in cases]
    return '<testsuite name="Web"><properties><property name="browser" value="Chrome 120"/></properties>' + "\n".join(lines) + "</testsuite>"


def stand_ins(programs):
    """Starts the stand-ins on free ports, and returns them with the variables that lead there."""
    process = subprocess.Popen(
        [programs / "handin-sandbox", "serve", "--azure-port", "0", "--qtest-port", "0", "--katalon-port", "0", "--kiwi-port", "0"],
        stdout=subprocess.PIPE, text=True)
    variables = {}
    for line in process.stdout:
        if line.strip().startswith("export "):
            name, value = line.strip().removeprefix("export ").split("=", 1)
            variables[name] = value
        if line.startswith("Stop"):
            break
    return process, variables


def pages(programs, folder):
    """Hands in, well and badly, and returns the pages of both."""
    (folder / "handin.toml").write_text(SETTINGS)
    (folder / ".git").mkdir()
    (folder / "a.xml").write_text(report())
    server, variables = stand_ins(programs)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **variables}
    handin = (programs / "handin").resolve()

    def submit(page, code, *more, **changed):
        command = [handin, "submit", "a.xml", "--summary", page, *more]
        done = subprocess.run(command, cwd=folder, env={**environment, **changed}, capture_output=True, text=True)
        assert done.returncode == code, done
        return folder / page

    try:
        return {
            "done": submit("done.html", 0),
            "refused": submit("refused.html", 6, "--again", "--timeout", "5s", HANDIN_KATALON_URL="http://127.0.0.1:9"),
            "each": submit("each.html", 0, "--each"),
        }
    finally:
        server.terminate()
        server.wait()


def judge(name, answer, scheme):
    """Returns what is wrong with a page."""
    wrong = [f"console: {entry}" for entry in answer["console"]]
    wrong += [f"too faint: {text}" for text in answer["faint"]]
    wrong += [f"wider than the window: {text}" for text in answer["wide"]]
    if answer["overflow"] > 0:
        wrong.append(f"scrolls sideways by {answer['overflow']} pixels")
    for what in ("scripts", "handlers", "foreign", "pwned"):
        if answer[what]:
            wrong.append(f"{what}: {answer[what]}")
    if set(answer["links"]) - {"http:", "https:"}:
        wrong.append(f"links: {answer['links']}")
    if len(answer["slices"]) != 4 or min(answer["slices"]) < 2:
        wrong.append(f"the chart shows {answer['slices']}")
    if (answer["back"] == "rgb(255, 255, 255)") != (scheme == "light"):
        wrong.append(f"{scheme}, and the background is {answer['back']}")
    if "hunter2" in answer["text"] or "[redacted]" not in answer["text"]:
        wrong.append("a secret is shown")
    if EVIL not in answer["text"] or "wrong password" not in answer["text"]:
        wrong.append("a failed test is not shown as it is called")
    if answer["texts"] < 40 or answer["paper"] < 10_000:
        wrong.append(f"only {answer['texts']} texts, {answer['paper']} bytes on paper")
    return [f"{name}, {scheme}: {it}" for it in wrong]


def main():
    programs = pathlib.Path(sys.argv[1])
    # The browser may still write while its folder goes.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        place = pathlib.Path(place)
        shots = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else place / "shots"
        shots.mkdir(exist_ok=True)
        (place / "desk").mkdir()
        made = pages(programs, place / "desk")
        browser = Browser(place / "profile")
        wrong = []
        try:
            for name, page in made.items():
                for width in (400, 1280):
                    for scheme in ("light", "dark"):
                        shot = shots / f"{name}-{width}-{scheme}.png"
                        answer = browser.look(page, width, scheme, scheme == "dark", shot)
                        wrong += judge(f"{name} at {width}", answer, scheme)
                        print(f"{name} at {width}, {scheme}: {answer['texts']} texts, {answer['heading']}")
        finally:
            browser.process.terminate()
            browser.process.wait()
    for line in wrong:
        print("WRONG", line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
