"""The exact analogy engine, on rows and arrays alone."""
