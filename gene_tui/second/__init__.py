"""What other spaces say of an answer: where its genes stand there, without asking anew.

>>> import gene_tui
>>> from gene_tui.second import second_opinions
>>> session = gene_tui.open_space()
>>> other = gene_tui.open_space(center=True)             # any other space of the same genes
>>> result = second_opinions(session.query("HBA1", k=3), [other])
>>> [hit.also[0].rank for hit in result.hits]
[1, 2, 3]
"""

from __future__ import annotations

from gene_tui.second.joining import Join
from gene_tui.second.opinions import by_agreement, check_different, second_opinions

__all__ = ["Join", "by_agreement", "check_different", "second_opinions"]
