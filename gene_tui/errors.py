"""What can go wrong, as a tree a caller can catch at the height they need.

    GeneTuiError                 anything this package raises on purpose
    ├── QueryError          (1)  the question cannot be answered as typed
    │   ├── QuerySyntaxError     the text is not a query; knows the character
    │   ├── UnknownGene          no gene of the space has that name
    │   ├── AmbiguousGene        several genes have that name
    │   └── NoAnswer             well-formed, but there is nothing it could mean here
    ├── UsageError          (2)  options that do not go together, names already taken
    ├── FileError           (3)  a file or a space is missing, damaged or foreign
    ├── InternalError       (1)  a fault of this program, told in a line
    └── Cancelled         (130)  the user stopped it

The number is the exit code of the command line. Every error is one line that says what is
wrong and where (``message``), and one line that says what to do (``hint``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class GeneTuiError(Exception):
    """Base of all errors shown to users.

    Args:
        message: one line, what is wrong and where.
        hint: one line, what to do about it; may be empty.
    """

    exit_code = 1
    #: What programs know it by.
    kind = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def to_json(self) -> dict[str, Any]:
        """The error in the documented JSON form; what an error does not know is None or empty."""
        return {
            "kind": self.kind,
            "message": self.message,
            "hint": self.hint or None,
            "exit_code": self.exit_code,
            "position": getattr(self, "position", None),
            "name": getattr(self, "name", None),
            "suggestions": list(getattr(self, "suggestions", ())),
            "candidates": list(getattr(self, "candidates", ())),
        }


class QueryError(GeneTuiError):
    """The question cannot be answered as typed."""

    kind = "query"


class QuerySyntaxError(QueryError):
    """The text is not a query.

    Args:
        message: what was expected, without the place.
        position: character offset from 0 in the text at which it went wrong.
        line: line from 1; differs from 1 only when queries are read from a file.
    """

    kind = "syntax"

    def __init__(self, message: str, position: int, hint: str = "", line: int = 1) -> None:
        super().__init__(f"query:{line}:{position + 1} {message}", hint)
        self.detail = message
        self.position = position
        self.line = line


class UnknownGene(QueryError):
    """No gene of the space has that name.

    Args:
        name: as typed. suggestions: closest spellings, best first.
    """

    kind = "unknown gene"

    def __init__(
        self, name: str, message: str, hint: str = "", suggestions: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint)
        self.name = name
        self.suggestions = tuple(suggestions)


class AmbiguousGene(QueryError):
    """Several genes have that name.

    Args:
        name: as typed. candidates: labels of the rows it could mean.
    """

    kind = "ambiguous gene"

    def __init__(
        self, name: str, message: str, hint: str = "", candidates: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint)
        self.name = name
        self.candidates = tuple(candidates)


class NoAnswer(QueryError):
    """Well-formed, but there is nothing it could mean here (as A : B with A = B)."""

    kind = "no answer"


class UsageError(GeneTuiError):
    """Options that do not go together, or a name already taken."""

    exit_code = 2
    kind = "usage"


class FileError(GeneTuiError):
    """A file or a space is missing, damaged, foreign or cannot be written."""

    exit_code = 3
    kind = "file"


class Cancelled(GeneTuiError):
    """The user stopped it; nothing half made is left behind."""

    exit_code = 130
    kind = "stopped"

    def __init__(self, message: str = "stopped", hint: str = "") -> None:
        super().__init__(message, hint)


class InternalError(GeneTuiError):
    """A fault of this program."""

    kind = "internal"


def internal(error: BaseException) -> InternalError:
    """What is told of an error that should not be: one line, and how more is learned."""
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    return InternalError(f"internal error: {what}", "run again with --debug and report it")
