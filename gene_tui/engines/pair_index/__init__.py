"""The second engine: a FAISS index over all pairs of genes, approximate."""
