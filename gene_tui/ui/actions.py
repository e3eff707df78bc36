"""The registry of actions: keys, footer, help and palette come from it.

The actions stand in ``actions.txt``, one a line; a controller does what each says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from textual import keys as textual_keys
from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS

from gene_tui.text import clean, fit
from gene_tui.ui.textual_parts import key_name

#: Panes an action can belong to; "" is every pane but the query line, which takes letters.
PANES = ("", "query", "results", "history", "details")


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do.

    Attributes:
        id: names it in the settings' ``[keys]`` and in controllers.
        keys: its usual keys; none for what only the palette offers.
        label: two words for the footer.
        help: one sentence.
        verb: as the palette lists it, "" if it makes no sense there.
        group: heading in the help and the palette.
        pane: where the keys work: "" for everywhere letters are not being typed.
        hint: place in the footer, small first; 0 keeps it out.
        everywhere: the keys work even while typing.
        types: what is typed next belongs to a line, however soon it comes.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    verb: str
    group: str
    pane: str = ""
    hint: int = 0
    everywhere: bool = False
    types: bool = False


def read_actions(table: str) -> Iterator[Action]:
    """The actions of ``actions.txt``: "[group]" above lines of cells that the first line names."""
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    columns, group = [name.strip() for name in lines[0].split("|")], ""
    for line in lines[1:]:
        if line.startswith("["):
            group = line[1:-1]
            continue
        cells = ("" if cell.strip() == "-" else cell.strip() for cell in line.split("|"))
        cell = dict(zip(columns, cells, strict=True))
        yield Action(
            id=cell["id"],
            keys=tuple(cell["keys"].split()),
            label=cell["label"],
            help=cell["help"],
            verb=cell["verb"],
            group=group,
            pane=cell["pane"],
            hint=int(cell["hint"] or 0),
            everywhere="everywhere" in cell["flags"],
            types="types" in cell["flags"],
        )


#: All of them, in the order of the help; and the headings they stand under.
ACTIONS = tuple(read_actions(Path(__file__).with_name("actions.txt").read_text(encoding="utf-8")))
GROUPS = tuple(dict.fromkeys(action.group for action in ACTIONS))
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_KEYS = frozenset({key.value for key in textual_keys.Keys} | set(KEY_NAME_REPLACEMENTS.values()))
_SHOWN = {
    "comma": ",",
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "question_mark": "?",
    "enter": "⏎",
    "space": "space",
    "escape": "Esc",
    "tab": "Tab",
    "up": "↑",
    "down": "↓",
    "delete": "Del",
    "f1": "F1",
}


def bindings(pane: str) -> list[BindingType]:
    """The key bindings of a pane, for its widget's (or, for "", the screen's) ``BINDINGS``."""
    return [
        Binding(
            ",".join(action.keys),
            f"screen.do('{action.id}')",
            action.label or action.help,
            show=False,
            id=action.id,
            # Else keys that arrive together would go to the pane that had the focus before.
            priority=action.everywhere or action.types,
        )
        for action in ACTIONS
        if action.pane == pane and action.keys
    ]


def key_shown(key: str) -> str:
    """A key as a person knows it: ``slash`` is ``/``, ``ctrl+p`` is ``^p``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _SHOWN.get(key, key)


class Keys:
    """Which keys each action has, after the user's settings.

    Args:
        changed: keys by action, from the settings; an empty tuple takes the keys away.

    Attributes:
        warnings: one line for each entry that names no action, and for each key given twice.
    """

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        given = {name: tuple(map(_named, keys)) for name, keys in (changed or {}).items()}
        unknown = sorted(set(given) - set(BY_ID))
        self.warnings = [f"keys: there is no action {_quoted(name)}" for name in unknown]
        changed = {}
        for name, keys in given.items():
            wrong = [key for key in keys if not _is_key(key)]
            self.warnings += [f"keys: {name} has {_quoted(key)}, which is no key" for key in wrong]
            if name in BY_ID and (len(wrong) < len(keys) or not keys):
                changed[name] = tuple(key for key in keys if key not in wrong)
        self._keys = {action.id: action.keys for action in ACTIONS} | changed
        self.warnings += self._clashes(changed)
        self.keymap = {
            # A key no keyboard has: the binding cannot be taken away, only moved.
            name: ",".join(keys) or "f63"
            for name, keys in changed.items()
            if BY_ID[name].keys
        }

    def of(self, action: str) -> tuple[str, ...]:
        """The keys of an action."""
        return self._keys[action]

    def shown(self, action: str, most: int = 1) -> str:
        """The first keys of an action as a person knows them; "" if it has none."""
        return " ".join(key_shown(key) for key in self.of(action)[:most])

    def hidden(self, action: str, pane: str) -> bool:
        """Whether ``pane`` has an action of its own on a key of ``action``."""
        if BY_ID[action].pane == pane:
            return False
        keys = set(self.of(action))
        return any(keys & set(self.of(other.id)) for other in ACTIONS if other.pane == pane)

    def typed(self, action: str) -> bool:
        """Whether a key of ``action`` may be a letter where text is being typed."""
        return any("+" not in key and not re.fullmatch(r"f\d+", key) for key in self.of(action))

    def hints(self, pane: str) -> list[tuple[str, str, str]]:
        """(action, key, label) for the footer while ``pane`` has the focus, in order."""
        fit = [
            action
            for action in ACTIONS
            if action.hint and action.pane in (("query",) if pane == "query" else ("", pane))
        ]
        fit += [BY_ID["palette"], BY_ID["help"]] if pane == "query" else []
        fit.sort(key=lambda action: action.hint)
        typing = pane == "query"
        keys = {a.id: [k for k in self.of(a.id) if not (typing and _types(k))] for a in fit}
        return [(a.id, key_shown(keys[a.id][0]), a.label) for a in fit if keys[a.id]]

    def _clashes(self, changed: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
        for name in changed:
            for other in ACTIONS:
                same = set(self._keys.get(name, ())) & set(self._keys[other.id])
                if name in BY_ID and other.id != name and other.pane == BY_ID[name].pane and same:
                    yield f"keys: {sorted(same)[0]} is given to {name} and to {other.id}"


def _types(key: str) -> bool:
    """Whether a key is a letter or sign where text is being typed."""
    return len(key) == 1 or (len(_SHOWN.get(key, "  ")) == 1 and _SHOWN[key].isascii())


def _quoted(text: str) -> str:
    return fit(clean(repr(text)), 40)


def _named(key: str) -> str:
    """A key as the registry names it: ``,`` is ``comma``."""
    return key_name(key) if len(key) == 1 and not key.isalnum() else key


def _is_key(key: str) -> bool:
    """Whether a terminal may ever send such a key."""
    *held, last = key.split("+")
    if not _MODIFIERS.issuperset(held):
        return False
    if len(last) == 1:
        return last.isprintable()
    if re.fullmatch(r"f\d{1,2}", last) or last in _KEYS:
        return True
    try:
        unicodedata.lookup(last.replace("_", " "))
    except KeyError:
        return False
    return True
