"""Embedding spaces on disk: the folder, what is in it, how it gets there."""

from gene_tui.doors import make_callable

make_callable(__name__)
