"""``python -m gene_tui`` is the command line."""

from gene_tui.cli import main

if __name__ == "__main__":
    main()
