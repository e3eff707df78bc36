"""The query language: text to Query, and what comes back."""
