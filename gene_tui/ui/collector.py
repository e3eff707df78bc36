"""When Python collects garbage: rarely while the loop runs, and not what stays anyway.

A full collection walks every object there is, with all threads at a standstill: 30 to 80 ms
once numpy, pandas, faiss and numba are there, as a rule in the midst of drawing an answer.
"""

from __future__ import annotations

import gc

#: Collections of the middle generation before a full one; Python's own figure is 10. What an
#: answer leaves behind is found by the small collections.
_RARELY = 100


_rarely = False


def collect_rarely() -> None:
    """For a program that mostly waits; at its start."""
    global _rarely
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _RARELY)
    _rarely = True


def keep_what_is_there() -> None:
    """Take all objects out of the collector's sight, at once.

    For when the libraries, the first space and the human gene table are there, which stay: a
    small collection that meets the table's columns for the first time takes 20 ms and more. What
    is in use then and refers to itself is never freed.
    """
    if _rarely:
        gc.freeze()
