"""What makes Python's runtime serve the event loop first.

A full garbage collection walks every object there is, with all threads at a standstill: 30 to
80 ms once numpy, pandas, faiss and numba are there, as a rule in the midst of drawing an answer.
And a thread that computes in Python lets another in only every 5 ms.
"""

from __future__ import annotations

import gc
import sys

#: Collections of the middle generation before a full one; Python's own figure is 10. What an
#: answer leaves behind is found by the small collections.
_RARELY = 100
#: Seconds a thread may compute in Python while another wants to.
_TURN = 0.001

_serving = False


def serve_the_loop() -> None:
    """For a program that mostly waits; at its start."""
    global _serving
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _RARELY)
    sys.setswitchinterval(_TURN)
    _serving = True


def keep_what_is_there() -> None:
    """Take all objects out of the collector's sight, at once.

    For when the libraries and the first space are there, which stay. What is in use then and
    refers to itself is never freed.
    """
    if _serving:
        gc.freeze()
