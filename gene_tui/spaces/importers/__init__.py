"""One file per source format: each knows how to recognise its files and how to read them."""
