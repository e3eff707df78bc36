"""Which engine is asked what: from a question about rows to an answer with its chances.

Names stay outside: a Question holds row numbers, an Answer arrays. The Session turns text into
the one and the other into a Result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gene_tui.engines.answers.question import Answer, Question
from gene_tui.engines.answers.wanted import Wanted
from gene_tui.model.options import Options
from gene_tui.model.query import BY_OFFSET
from gene_tui.run import QUIET, Progress, Run
from gene_tui.spaces.space import Space

if TYPE_CHECKING:
    from gene_tui.engines.answers.analogy import AnalogyAnswers
    from gene_tui.engines.answers.similarity import SimilarityAnswers
    from gene_tui.engines.pair_index.index import PairIndex


class Engines:
    """The engines of one open space (of one view of it), made when first needed.

    Attributes:
        wanted: random questions that answers would have needed; ``prepare`` asks them.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.wanted = Wanted()
        self._similarity: SimilarityAnswers | None = None
        self._analogy: AnalogyAnswers | None = None

    @property
    def similarity(self) -> SimilarityAnswers:
        """Answers questions of ``~`` and weighted sums."""
        if self._similarity is None:
            from gene_tui.engines.answers.similarity import SimilarityAnswers

            self._similarity = SimilarityAnswers(self.space, self.wanted)
        return self._similarity

    @property
    def analogy(self) -> AnalogyAnswers:
        """Answers questions of ``:`` and ``::``."""
        if self._analogy is None:
            from gene_tui.engines.answers.analogy import AnalogyAnswers

            self._analogy = AnalogyAnswers(self.space, self.wanted)
        return self._analogy

    def answer(
        self,
        question: Question,
        options: Options,
        *,
        index: PairIndex | None = None,
        nprobe: int | None = None,
        run: Run = QUIET,
    ) -> Answer:
        """Answer one question.

        Args:
            index: ask this index instead of the exact engine; pairs and sums only.
            nprobe: how many of the index's lists to visit; None for its default.
            run: told first what a long question will cost (``cost.estimate``); the long kinds
                give it the best hits so far as a ``Found``, from any thread.

        Raises:
            NoAnswer: it has no meaning in this space (no direction, too few genes).
            UsageError: the options do not go with the kind.
            Cancelled: stopped, where no partial answer is possible.
        """
        if index is not None:
            return self.analogy.from_index(question, options, index, nprobe, run=run)
        from gene_tui.engines.answers.cost import estimate

        cost = estimate(self.space, question, options)
        if cost is not None:
            run.report(Progress(cost.text))
        asked = self.analogy if question.kind in BY_OFFSET else self.similarity
        answer = asked.answer(question, options, run=run)
        if cost is None:
            return answer
        return replace(answer, notes=(*answer.notes, f"expected: {cost.text}"))

    def prepare(self, *, run: Run = QUIET) -> None:
        """Compute and store what makes answers fast and gives them z and "1 in N", where missing.

        Raises:
            Cancelled: what was finished until then is kept.
        """
        self.analogy.prepare_geometry(run=run)
        self.similarity.prepare(run=run)
        self.analogy.chances.prepare(run=run)
