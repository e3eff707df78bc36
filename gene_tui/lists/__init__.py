"""Lists of genes: what names mean one, who its members are, what they have in common."""
