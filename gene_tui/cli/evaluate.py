"""``gene-tui evaluate``: how well a space does on what is known of its genes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gene_tui.cli.common import (
    open_session,
    running,
    space_options,
    terminal_width,
    write_out,
)
from gene_tui.cli.words import FILE, OUTPUT, SPACE
from gene_tui.errors import UsageError

if TYPE_CHECKING:
    from gene_tui.evaluate import Evaluation
    from gene_tui.evaluate.closeness import Closeness


@click.command("evaluate")
@click.argument("place", metavar="[SPACE]", type=SPACE, required=False)
@click.option(
    "--pairs",
    type=FILE,
    metavar="FILE",
    help="The analogy set. Default: 300 human gene pairs in 15 relations.",
)
@click.option(
    "--gmt",
    type=FILE,
    metavar="FILE",
    help="Judge by these gene sets, GMT or .gmt.gz, instead of by analogies.",
)
@click.option(
    "--sets",
    is_flag=True,
    help="The same by the setting gene_sets, else by Reactome's pathways in the box.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    help="Of the shuffled partners, the draws of pairs, and the random pairs for gene sets.",
)
@space_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
)
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    metavar="FILE",
    help="Write there instead of to standard output.",
)
def evaluate_command(
    place: str | None,
    pairs: Path | None,
    gmt: Path | None,
    sets: bool,
    seed: int,
    space: str | None,
    center: bool,
    drop_components: int,
    unit: bool,
    threads: int | None,
    form: str,
    output: Path | None,
) -> None:
    """Score SPACE on analogies whose answer is known, or on gene sets.

    \b
    gene-tui evaluate human-expression
    gene-tui evaluate words --pairs questions-words.txt --format markdown -o words.md
    gene-tui evaluate atlas --sets
    gene-tui evaluate human-expression --gmt pathways.gmt

    The FILE of --pairs has lines ': relation', each followed by pairs, two words a line, or by
    questions A B C D, four words a line. Every two pairs of a relation that share no word make two
    questions, A : B :: C : ? and C : D :: A : ?. All rows but A, B and C compete for each.

    \b
    How to read it:
      coverage   share of the questions whose words the space knows; only these count below.
                 Spaces compare only where they cover the same questions
      hit@1      share of the questions whose answer came first; hit@10: among the first ten
      MRR        mean of 1/rank of the answer
      near C     baseline: just the nearest to C. A measure that is no better has found that
      near B     pairs are neighbours, not that they are related in the same way; likewise
                 the nearest to B, which finds answers because they are all of one kind
      AUC        how often two pairs are more parallel than the same genes paired at random:
                 0.5 the pairing does not matter, 1 always. The overall AUC is the mean of
                 the relations', all other overall figures are over all questions
      Each pair asked of the others of its relation, all genes but C competing:
      direction, 3CosAvg  the relation of the others, by direction and by 3CosAdd with means
      1 pair, 1 dir       a single other pair, by 3CosAdd and by direction, in the mean
      near C, mean B      baselines: the nearest to C, and to the mean of the other B
      macro mean          over the relations, large and small alike; intervals over draws of pairs
    With --sets or --gmt:
      AUC        how often two genes of a set are closer (by cosine) than two random genes that
                 are in any set: 0.5 as often as not, 1 always. Overall it is the mean over all
                 sets with 5 to 100 genes in the space, with its 95 % interval over draws of sets
    """
    from gene_tui.evaluate import evaluate
    from gene_tui.evaluate.closeness import set_closeness

    if pairs is not None and (sets or gmt is not None):
        raise UsageError(
            "a space is judged by --pairs or by gene sets", "give one of them at a time"
        )
    if place is not None and space is not None and place != space:
        raise UsageError("two spaces are named", "give SPACE or --space, not both")
    with running() as run:
        session = open_session(
            place if place is not None else space,
            center=center,
            drop_components=drop_components,
            unit=unit,
            threads=threads,
            run=run,
        )
        if gmt is None and not sets:
            evaluation: Evaluation | Closeness = evaluate(session, pairs, seed=seed, run=run)
        else:
            evaluation = set_closeness(session, gmt, seed=seed, run=run)
    if form == "json":
        printed = json.dumps(evaluation.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
    else:
        from gene_tui.evaluate.score_tables import to_markdown, to_text

        width = None if output is not None else terminal_width()
        printed = (
            to_markdown(evaluation) if form == "markdown" else to_text(evaluation, width=width)
        )
    write_out(printed, output)
