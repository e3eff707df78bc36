"""What the main screen does, one subject a module: each owns its part of the state."""
