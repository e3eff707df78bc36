"""Gene symbols that a spreadsheet has turned into dates, such as ``1-Sep`` for SEPT1."""

from __future__ import annotations

import re

#: What stood before the number, by month, as the symbols are today.
_MONTHS = {"mar": ("MARCHF", "MTARC"), "sep": ("SEPTIN",), "dec": ("DELEC",)}
_NUMBERS = {"mar": 3, "sep": 9, "dec": 12}
_WORD = r"(?P<month>mar|sept?|dec)[a-z]*"
_DAY = r"0?(?P<day>[1-9]|1[0-9])"
_DATES = (
    re.compile(rf"{_DAY}[-. /]{_WORD}([-. /]\d{{2,4}})?", re.IGNORECASE),
    re.compile(rf"{_WORD}[-. /]{_DAY}([-. /,]+\d{{2,4}})?", re.IGNORECASE),
    re.compile(rf"\d{{4}}[-/.](?P<number>0?3|0?9|12)[-/.]{_DAY}( 00:00:00)?"),
    re.compile(rf"(?P<number>0?3|0?9|12)/{_DAY}/\d{{2,4}}"),
)


def symbols_of_date(name: str) -> tuple[str, ...]:
    """The genes that ``name`` may have been before a spreadsheet read it as a date; () if none.

    ``1-Sep`` gives SEPTIN1, ``2-Mar`` MARCHF2 and MTARC2 (MARC2, like MARCH2, became 2-Mar).
    """
    name = name.strip()
    if name.isalnum():  # nothing stands between a day and its month
        return ()
    for form in _DATES:
        found = form.fullmatch(name)
        if not found:
            continue
        parts = found.groupdict()
        if parts.get("month"):
            month = parts["month"].lower()[:3]
        else:
            number = int(parts["number"])
            month = next(key for key, value in _NUMBERS.items() if value == number)
        day = int(parts["day"])
        return tuple(f"{word}{day}" for word in _MONTHS[month] if _exists(word, day))
    return ()


def _exists(word: str, number: int) -> bool:
    return number <= {"MARCHF": 11, "MTARC": 2, "SEPTIN": 14, "DELEC": 1}[word]
