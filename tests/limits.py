"""Calls in processes of their own, whose memory and processor time are limited.

A clean interpreter is started once and forks for each call. The process of the tests cannot fork by itself: what they
import (JAX, PyTorch) has threads, which do not live on in a fork.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from functools import cache
from typing import IO, Any

MEMORY = 1 << 30
SECONDS = 12
"""Of one core. Each call takes less than 5 on a quick one; the limit is for those that never end."""


def limited(call: Callable[..., Any], *arguments: Any) -> str:
    """What a call ends in, in a process with limits: ``read``, or the name of the error with its message."""
    server = started()
    assert server.stdin and server.stdout
    pickle.dump((call, arguments), server.stdin)
    server.stdin.flush()
    return str(pickle.load(server.stdout))


@cache
def started() -> subprocess.Popen[bytes]:
    """The server: it has the import path of the tests, and ends when they do and its standard input closes."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", __name__], stdin=pipe, stdout=pipe, env=environment)


def serve(calls: IO[bytes], answers: IO[bytes]) -> None:
    import sympy  # noqa: F401

    import matdiff as md

    # what is loaded and compiled at first use is so once, here, and not in every process below
    md.derive("a^a", "a").render("latex")
    md.equal("a^a", "a^a + 1")
    md.generate("a^a", "a")
    while True:
        try:
            call, arguments = pickle.load(calls)
        except EOFError:
            return
        pickle.dump(ending(call, arguments), answers)
        answers.flush()


def ending(call: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    from matdiff.errors import MatdiffError

    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        answer = "nothing"
        try:
            gc.freeze()
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            call(*arguments)
            answer = "read"
        except MatdiffError as error:
            answer = f"{type(error).__name__}: {error}"
        except BaseException:
            answer = traceback.format_exc()
        finally:
            os.write(sending, answer[:4000].encode("utf-8", "backslashreplace"))
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as stream:
        told = stream.read()
    os.waitpid(child, 0)
    return told.decode() if told else "killed: it took too long"


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
