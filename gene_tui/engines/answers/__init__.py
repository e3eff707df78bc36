"""From a question about rows to an answer with its chances."""
