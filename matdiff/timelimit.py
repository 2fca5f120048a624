"""Answers within a time: what takes longer is stopped, and is a `TimeLimitError`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from matdiff.errors import ArgumentTypeError, TimeLimitError

R = TypeVar("R")


AGAIN = 0.05
"""Seconds until an answer that goes on is stopped once more."""


thread_time: Callable[[], float] = getattr(time, "thread_time", time.perf_counter)
"""The CPU seconds of this thread; where no such clock is, there is one thread, and the time that passes is its own."""


class _Expired(BaseException):
    """What stops the thread; no error of the package, so that no search takes it for a failed try."""


class Stop:
    """Called, it stops the answer that it was given to, from any thread; before and after that it does nothing."""

    def __init__(self) -> None:
        self.now: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.now()


def imports(thread: int) -> bool:
    """Whether a thread imports a module, which would be left half made."""
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def within(seconds: float | None, answer: Callable[[], R], stop_by: Stop | None = None) -> R:
    """The answer, stopped after some seconds, or by ``stop_by``, in whichever thread this is.

    Raises `TimeLimitError`, and `ArgumentTypeError` where ``seconds`` is no positive number.
    """
    if seconds is None:
        return answer()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < threading.TIMEOUT_MAX:
        raise ArgumentTypeError("timeout is a number of seconds above 0")
    import ctypes  # not everywhere, where nobody asks for a limit

    lock, state = threading.Lock(), {"over": False, "stopped": False}
    thread = ctypes.c_ulong(threading.get_ident())

    def stop() -> None:
        with lock:
            if state["over"]:
                return
            if not imports(thread.value):
                state["stopped"] = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_Expired))
            again = threading.Timer(AGAIN, stop)  # what is raised in a callback of the interpreter's own is lost
            again.daemon = True
            again.start()

    def over() -> None:
        with lock:
            state["over"] = True
        if state["stopped"]:
            try:  # what has not arrived yet comes now: taken back, it would leave the thread waiting for it
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_Expired))
                while True:
                    pass
            except _Expired:
                pass

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    if stop_by is not None:
        stop_by.now = stop
    try:
        try:
            timer.start()
            return answer()
        finally:
            timer.cancel()
            over()
    except _Expired:
        over()
        raise TimeLimitError(f"no answer within {seconds:g} seconds: give a longer timeout, or ask for less") from None
