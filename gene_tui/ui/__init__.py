"""The full-screen app: widgets show, screens wire, jobs work in threads."""
