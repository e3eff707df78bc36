"""The dialogs, one a file: each is imported when it is first opened, not before the first paint."""
