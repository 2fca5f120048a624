"""Answers within a time: what takes longer is stopped, and is a `TimeLimitError`."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

from matdiff.errors import ArgumentTypeError, TimeLimitError

R = TypeVar("R")


class _Expired(BaseException):
    """What stops the thread; no error of the package, so that no search takes it for a failed try."""


class Stop:
    """Called, it stops the answer that it was given to, from any thread; before and after that it does nothing."""

    def __init__(self) -> None:
        self.now: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.now()


def within(seconds: float | None, answer: Callable[[], R], stop_by: Stop | None = None) -> R:
    """The answer, stopped after some seconds, or by ``stop_by``, in whichever thread this is.

    Raises `TimeLimitError`, and `ArgumentTypeError` where ``seconds`` is no positive number.
    """
    if seconds is None:
        return answer()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < threading.TIMEOUT_MAX:
        raise ArgumentTypeError("timeout is a number of seconds above 0")
    lock, state = threading.Lock(), {"over": False, "stopped": False}
    thread = ctypes.c_ulong(threading.get_ident())

    def stop() -> None:
        with lock:
            if not state["over"] and not state["stopped"]:
                state["stopped"] = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_Expired))

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
            with lock:
                state["over"] = True
            if state["stopped"]:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)  # it may not have arrived yet
    except _Expired:
        raise TimeLimitError(f"no answer within {seconds:g} seconds: give a longer timeout, or ask for less") from None
