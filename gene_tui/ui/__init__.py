"""The full-screen app: widgets show, controllers act, dialogs ask, jobs work in threads."""
