"""The query language: text to Query.

    HBA1                    nearest genes (HBA1 ~ ?)
    HBA1 ~ HBB              how similar two genes are
    ? ~ ?                   closest pairs of the whole space
    A - B + C, 2*A + B      nearest genes to a weighted sum
    A, B, C   @list         nearest genes to a list
    @a - @b   @a + GENE     nearest genes to a sum with lists in it
    A : B                   pairs whose difference is parallel to A - B (A : B :: ? : ?)
    A + B :: ? + ?          pairs whose sum points the same way
    A : B :: C : ?          complete the analogy
    A : B, E : F :: C : ?   a relation by example; also :: ? : ?, and @pairs.tsv :: ? : ?
    A : B :: C : D          how good this analogy is
    A : ? :: C : ?          which two genes make the differences parallel
    A : ?                   best analogies that contain A (A : ? :: ? : ?)
    ? : ?                   best analogies of the whole space (? : ? :: ? : ?)

Mirrored shapes ask the mirrored question. Every ``?`` is a place that a hit fills, left to right.
"""
