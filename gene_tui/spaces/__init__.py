"""Embedding spaces on disk: the folder, what is in it, how it gets there."""
