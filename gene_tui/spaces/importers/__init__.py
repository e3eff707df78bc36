"""One module per source format: each knows how to recognise its files and how to read them.

A new format is a module with ``NAME``, ``probe`` and ``read`` as in ``registry.Importer``, and
a line in ``registry.FORMATS``.
"""

from gene_tui.spaces.importers.registry import FORMATS, Format, Importer, companions, open_source

__all__ = ["FORMATS", "Format", "Importer", "companions", "open_source"]
