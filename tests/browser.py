"""Chromium, asked by its debugging protocol over a pipe: pages are opened, typed into, measured and pictured."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars"


class Browser:
    """One tab."""

    def __init__(self, folder: Path) -> None:
        assert CHROMIUM is not None
        here, theirs = os.pipe(), os.pipe()
        # the protocol is spoken over the descriptors 3 and 4: a shell ties them, no fork of this process
        told = [CHROMIUM, *OPTIONS.split(), "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" 3<&{here[0]} 4>&{theirs[1]}', "bash", *told],
            pass_fds=(here[0], theirs[1]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(here[0])
        os.close(theirs[1])
        self.out, self.back = here[1], os.fdopen(theirs[0], "rb")
        self.number, self.session = 0, ""
        self.met: list[str] = []
        """What the page complained of."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **told: Any) -> Any:
        self.number += 1
        asked = {"id": self.number, "method": method, "params": told}
        os.write(self.out, json.dumps(asked | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        while True:
            found = json.loads(self.read())
            if found.get("id") == self.number:
                assert "error" not in found, found["error"]
                return found["result"]
            self.hear(found)

    def read(self) -> bytes:
        held = bytearray()
        while (byte := self.back.read(1)) != b"\0":
            assert byte, "the browser ended"
            held += byte
        return bytes(held)

    def hear(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.met.append(str(told["exceptionDetails"]))
        elif event.get("method") == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.met.append(told["entry"]["text"] + " " + told["entry"].get("url", ""))

    def open(self, url: str, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)

    def value(self, script: str) -> Any:
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = 30) -> Any:
        """The value of an expression, as soon as it has one that is true."""
        script = f"(() => {{ try {{ return {script} }} catch {{}} }})()"
        end = time.monotonic() + seconds
        while not (found := self.value(script)):
            assert time.monotonic() < end, f"not within {seconds} s: {script}; {self.met}"
            time.sleep(0.02)
        return found

    def type(self, name: str, text: str) -> None:
        """Put a text into a field, as if typed."""
        self.value(
            f"(() => {{ const field = document.getElementById({json.dumps(name)}); field.value = {json.dumps(text)};"
            "field.dispatchEvent(new Event('input', {bubbles: true})); "
            "field.dispatchEvent(new Event('change', {bubbles: true})) })()"
        )

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    found = Browser(folder)
    try:
        yield found
    finally:
        found.process.terminate()
        found.process.wait(30)
        os.close(found.out)
        found.back.close()
