"""Lists of genes: what their members have in common."""
