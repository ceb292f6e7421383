# SPDX-License-Identifier: GPL-3.0-or-later
"""A call in a process of its own, which Ctrl-C ends without a word."""

import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def alone(call: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """What `call`, a module's function, returns or raises there. BrokenProcessPool if the process is killed."""
    # A terminal sends Ctrl-C to both processes; this one answers it for both.
    deaf = signal.SIGINT, signal.SIG_IGN
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=signal.signal, initargs=deaf) as process:
        try:
            return process.submit(call, *args, **options).result()
        except KeyboardInterrupt:
            for child in active_children():
                child.terminate()
            raise
