"""The answer to ``A, B, C``: nearest genes to the centre of a list, and the list itself."""

from __future__ import annotations

import numpy as np

from gene_tui.arrays import Floats, Matrix, Rows
from gene_tui.engines.answers.question import Answer, Membership, Question
from gene_tui.engines.exact import weighted_sum
from gene_tui.engines.found import Found
from gene_tui.engines.similarity import Population, Similarity
from gene_tui.errors import NoAnswer
from gene_tui.lists.coherence import Togetherness, as_vector, random_coherences, togetherness
from gene_tui.lists.groups import MOST, group_cut, groups
from gene_tui.model.options import Metric, Options
from gene_tui.model.query import Kind
from gene_tui.run import Run

#: Scores are compared after rounding to this many digits.
_DIGITS = 12


def target(vectors: Matrix, norms: Floats, question: Question, metric: Metric) -> Floats:
    """What a question of one gene, a sum or a list seeks to be near to, (d,) float64.

    Raises:
        NoAnswer: a list has no direction, so it is nothing to add.
    """
    genes = question.genes
    if question.kind is Kind.LIST:
        return as_vector(vectors, norms, np.array(genes, dtype=np.int64), metric)
    if len(genes) == 1 and not question.weights:
        return np.asarray(vectors[genes[0]], dtype=np.float64)
    if not question.sizes:
        return weighted_sum(vectors, genes, question.weights or (1.0,))
    total = np.zeros(vectors.shape[1])
    ends = np.cumsum(question.sizes)
    for weight, end, size in zip(question.weights, ends, question.sizes, strict=True):
        members = np.array(genes[end - size : end], dtype=np.int64)
        term = as_vector(vectors, norms, members, metric)
        if size > 1 and not term.any():
            raise NoAnswer(
                "the genes of a list cancel each other out, so it is nothing to add",
                "use the Euclidean metric",
            )
        total += weight * term
    return total


class ListAnswers:
    """Answers about lists in one space.

    Args:
        vectors: (n, d). norms: (n,) float64, lengths of the rows.
    """

    def __init__(self, vectors: Matrix, norms: Floats) -> None:
        self.vectors = vectors
        self.norms = norms
        self._random: dict[int, Population | None] = {}
        self._cut: float | None = None
        self._cut_known = False

    def answer(
        self,
        engine: Similarity,
        members: Rows,
        options: Options,
        candidates: Rows | None,
        run: Run,
    ) -> tuple[Answer, Population]:
        """Nearest genes to the centre of ``members``, none of them a hit; and the scores of all
        other genes, for z.

        Args:
            members: (m,) different rows, at least two.

        Raises:
            NoAnswer: the members have no common direction.
            Cancelled: the user stopped it.
        """
        listed = togetherness(self.vectors, self.norms, members, options.metric)
        if listed.centre is None:
            raise NoAnswer(
                "the genes of this list cancel each other out, so it has no direction"
                if listed.directed
                else "no gene of this list has a direction: their vectors are zero",
                "use the Euclidean metric",
            )
        hits, population = engine.nearest(
            listed.centre, options.k, exclude=np.sort(members), candidates=candidates
        )
        notes = []
        if lost := len(members) - listed.directed:
            noun = "gene has" if lost == 1 else "genes have"
            notes.append(f"{lost:,} {noun} a vector of zeros and no part in fit and coherence")
        membership = Membership(
            members,
            listed.fits,
            listed.coherence,
            self._coherence_z(listed, run),
            *self._groups(members, run),
        )
        beats = self._beats(hits, listed)
        return Answer(hits, beats=beats, membership=membership, notes=tuple(notes)), population

    def _beats(self, hits: Found, listed: Togetherness) -> Floats | None:
        """The share of members whose fit each hit's cosine to the centre reaches; (h,)."""
        fits = np.round(listed.fits[np.isfinite(listed.fits)], _DIGITS)
        if not len(fits) or listed.centre is None or not listed.centre.any():
            return None
        rows = hits.rows[:, 0]
        lengths = np.where(self.norms[rows] > 0, self.norms[rows], 1.0)
        direction = listed.centre / np.linalg.norm(listed.centre)
        cosines = (self.vectors[rows].astype(np.float64) @ direction) / lengths
        reached = np.searchsorted(np.sort(fits), np.round(cosines, _DIGITS), side="right")
        beats: Floats = reached / len(fits)
        return beats

    def _groups(self, members: Rows, run: Run) -> tuple[tuple[Rows, ...], float | None]:
        """The groups the list falls apart into, and where they were cut."""
        if not 4 <= len(members) <= MOST:
            return (), None
        if not self._cut_known:
            self._cut = group_cut(self.vectors, self.norms, cancelled=run.cancelled)
            self._cut_known = True
        if self._cut is None:
            return (), None
        found = [
            one for one in groups(self.vectors, self.norms, members, self._cut) if len(one) > 1
        ]
        return tuple(found) if len(found) > 1 else (), self._cut

    def _coherence_z(self, listed: Togetherness, run: Run) -> float | None:
        if listed.coherence is None:
            return None
        size = listed.directed
        if size not in self._random:
            random = random_coherences(self.vectors, self.norms, size, cancelled=run.cancelled)
            self._random[size] = (
                Population(float(random.mean()), float(random.std())) if len(random) else None
            )
        chance = self._random[size]
        # Below this the random lists are all alike but for rounding.
        if chance is None or chance.sd <= 1e-12:
            return None
        return (listed.coherence - chance.mean) / chance.sd
