"""What the app can do, action by action; ``ui/actions.py`` makes keys, footer and help of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

#: Panes an action can belong to; "" is every pane but the query line, which takes letters.
PANES = ("", "query", "results", "history", "details")
GROUPS = ("Ask", "Look closer", "Mark", "Copy and keep", "Panes", "Space", "Program")


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


def _ask() -> Iterator[Action]:
    group = "Ask"
    yield Action(
        "focus-query",
        ("slash",),
        "query",
        "Go to the query line.",
        "Type a query",
        group,
        hint=10,
        types=True,
    )
    yield Action("submit", ("enter",), "ask", "Ask what is typed.", "", group, "query", 10)
    yield Action(
        "complete",
        ("tab",),
        "complete",
        "Take the suggestion; without one, go on to the next pane.",
        "",
        group,
        "query",
        20,
    )
    yield Action(
        "older-query",
        ("up",),
        "recall",
        "Recall an earlier query that begins with what is typed.",
        "",
        group,
        "query",
        30,
    )
    yield Action(
        "newer-query",
        ("down",),
        "",
        "Go down the suggestions, or to a later query.",
        "",
        group,
        "query",
    )
    yield Action(
        "search-history",
        ("ctrl+r",),
        "search",
        "Find an earlier query by typing part of it or of a gene's name; again for an older one.",
        "Search the earlier queries",
        group,
        "query",
        40,
    )
    yield Action(
        "ask-gene",
        ("enter",),
        "ask gene",
        "Ask for the nearest genes of the gene under the cursor.",
        "Ask the gene under the cursor",
        group,
        "results",
        20,
    )
    yield Action(
        "back",
        ("left_square_bracket",),
        "back",
        "Go back to the answer before.",
        "Go back",
        group,
        hint=60,
    )
    yield Action(
        "forward",
        ("right_square_bracket",),
        "forward",
        "Go forward again.",
        "Go forward",
        group,
        hint=61,
    )
    yield Action(
        "metric",
        ("m",),
        "metric",
        "Measure by cosine or by Euclidean distance, and ask again.",
        "Change the metric",
        group,
        hint=100,
    )
    yield Action(
        "measure",
        ("M",),
        "measure",
        "Score analogies by direction, 3CosAdd or 3CosMul, and ask again.",
        "Change the analogy measure",
        group,
    )
    yield Action(
        "coding",
        ("t",),
        "coding only",
        "Let only protein-coding genes fill the ?, or all again, and ask again.",
        "Protein-coding genes only",
        group,
    )
    yield Action(
        "more",
        ("n",),
        "more",
        "Show the next page of hits, or ask for more of them.",
        "More hits",
        group,
        hint=90,
    )
    yield Action(
        "fewer",
        ("N",),
        "page back",
        "Show the page of hits before.",
        "Previous page of hits",
        group,
    )
    yield Action(
        "again",
        ("r",),
        "ask again",
        "Ask this question again, in the space that is open.",
        "Ask again",
        group,
    )
    yield Action(
        "open-scan",
        (),
        "",
        "Browse the best analogies of a whole space, as gene-tui scan wrote them.",
        "Browse a whole-space scan",
        group,
    )
    yield Action(
        "escape",
        ("escape",),
        "stop",
        "One step a press: close a dialog, the suggestions, stop what runs, leave the query line.",
        "",
        group,
        everywhere=True,
    )
    yield Action(
        "stop",
        ("ctrl+c",),
        "",
        "Stop what runs; a long query keeps its best hits so far.",
        "Stop what runs",
        group,
        everywhere=True,
    )


def _look() -> Iterator[Action]:
    group = "Look closer"
    yield Action(
        "filter",
        ("f",),
        "filter",
        "Show only hits with these words in a symbol, label, name or gene type.",
        "Filter the rows shown",
        group,
        hint=70,
        types=True,
    )
    yield Action(
        "sort",
        ("S",),
        "sort",
        "Sort by the column of the cursor; again turns it round, a third time ends it.",
        "Sort the rows shown",
        group,
        hint=80,
    )
    yield Action(
        "picture",
        ("v",),
        "picture",
        "Draw the answer: background, map, parallelogram, offsets.",
        "Draw the answer",
        group,
        hint=55,
    )
    yield Action(
        "enrich",
        (),
        "",
        "Test the hits or the marked genes against gene sets of a GMT file on this machine.",
        "Enrich the hits or the basket in gene sets",
        group,
    )
    for keys, name, what in (
        (("h",), "left", "left"),
        (("j",), "down", "down"),
        (("k",), "up", "up"),
        (("l",), "right", "right"),
    ):
        yield Action(f"cursor-{name}", keys, "", f"Move {what}.", "", group, "results")
    yield Action("first-row", ("g",), "", "Go to the first row.", "", group, "results")
    yield Action("last-row", ("G",), "", "Go to the last row.", "", group, "results")


def _mark() -> Iterator[Action]:
    group = "Mark"
    yield Action(
        "mark",
        ("space",),
        "mark",
        "Mark the gene under the cursor, or unmark it. Marks stay from answer to answer.",
        "Mark the gene under the cursor",
        group,
        "results",
        40,
    )
    yield Action(
        "analogy",
        ("a",),
        "analogy",
        "Ask the analogy of the marked genes: A : B, A : B :: C : ? or A : B :: C : D.",
        "Analogy of the marked genes",
        group,
        hint=50,
    )
    yield Action(
        "mean",
        ("plus",),
        "mean",
        "Ask for the genes nearest to the sum of the marked ones.",
        "Genes nearest to the marked ones",
        group,
        hint=51,
    )
    yield Action("clear-marks", ("u",), "unmark", "Take all marks away.", "Clear the marks", group)


def _copy() -> Iterator[Action]:
    group = "Copy and keep"
    yield Action(
        "copy-link",
        ("y",),
        "copy link",
        "Copy the Protein Atlas link of the gene under the cursor, or of all marked genes.",
        "Copy the Protein Atlas link",
        group,
        hint=30,
    )
    yield Action(
        "copy-menu",
        ("Y",),
        "copy …",
        "Choose what to copy: other links, IDs, the row, the table.",
        "Copy something else",
        group,
        hint=31,
    )
    yield Action(
        "open-link",
        ("o",),
        "",
        "Open the Protein Atlas page in a browser, where this machine has one.",
        "Open the Protein Atlas page",
        group,
    )
    yield Action(
        "export",
        ("e",),
        "export",
        "Write the answer or the whole session to a file: Markdown, csv, tsv, json, SVG.",
        "Export the answer",
        group,
        hint=56,
    )


def _panes() -> Iterator[Action]:
    group = "Panes"
    yield Action(
        "fold-history",
        ("H",),
        "history",
        "Show or fold the history pane.",
        "Fold the history pane",
        group,
        hint=120,
    )
    yield Action(
        "fold-details",
        ("D",),
        "details",
        "Show or fold the pane with the gene's details.",
        "Fold the details pane",
        group,
        hint=121,
    )
    history = (
        ("reopen", ("enter",), "reopen", "Show the answer again, without computing.", 10),
        ("rerun", ("r",), "ask again", "Ask the question again, in the space that is open.", 20),
        ("pin", ("p",), "pin", "Keep the answer until it is deleted, or let it go again.", 30),
        ("delete", ("d", "delete"), "delete", "Forget the question; asks where it is pinned.", 40),
        ("undo-delete", ("u",), "undo", "Bring back what was deleted last.", 45),
        ("clear-history", ("X",), "clear", "Forget all entries that are not pinned.", 50),
        ("filter-history", ("f",), "filter", "Show only questions with these words.", 15),
    )
    for name, keys, label, told, hint in history:
        verb = "Clear the history" if name == "clear-history" else ""
        types = name == "filter-history"
        yield Action(name, keys, label, told, verb, group, "history", hint, types=types)
    yield Action("history-down", ("j",), "", "Move down.", "", group, "history")
    yield Action("history-up", ("k",), "", "Move up.", "", group, "history")
    yield Action("details-down", ("j",), "", "Scroll down.", "", group, "details")
    yield Action("details-up", ("k",), "", "Scroll up.", "", group, "details")


def _rest() -> Iterator[Action]:
    space = "Space"
    yield Action(
        "space",
        ("s",),
        "space",
        "Open another space; the present one stays usable until it is ready.",
        "Open another space",
        space,
        hint=110,
    )
    yield Action(
        "prepare",
        (),
        "",
        "Compute what makes analogies fast and gives answers z and E.",
        "Prepare the space",
        space,
    )
    yield Action(
        "engine",
        ("i",),
        "engine",
        "Ask pairs of the exact engine or of the pair index, and ask again.",
        "Exact engine or pair index",
        space,
    )
    yield Action(
        "missed",
        (),
        "",
        "Show the best pairs that the pair index does not find.",
        "What the index missed",
        space,
    )
    yield Action("load-index", (), "", "Read the pair index again.", "Load the pair index", space)
    yield Action(
        "compare",
        (),
        "",
        "See whether genes keep their neighbours in another space, and hits their ranks.",
        "Compare with another space",
        space,
    )
    program = "Program"
    yield Action(
        "palette",
        ("ctrl+p",),
        "palette",
        "Find any action by its name.",
        "",
        program,
        hint=200,
        everywhere=True,
    )
    yield Action(
        "doctor",
        (),
        "",
        "What this terminal and this machine can do, and what to change.",
        "Doctor: look at terminal and machine",
        program,
    )
    yield Action(
        "theme",
        (),
        "",
        "Choose the colours: dark, light, plain and more.",
        "Change the theme",
        program,
    )
    yield Action(
        "help",
        ("question_mark", "f1"),
        "help",
        "List the keys, those of the focused pane first.",
        "Help: the keys",
        program,
        hint=210,
    )
    yield Action("quit", ("q", "ctrl+q"), "quit", "Leave the program.", "Quit", program, hint=220)


#: All of them, in the order of the help.
ACTIONS: tuple[Action, ...] = (
    *_ask(),
    *_look(),
    *_mark(),
    *_copy(),
    *_panes(),
    *_rest(),
)
