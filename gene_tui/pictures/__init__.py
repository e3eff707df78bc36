"""Pictures of an answer as plain data: what to draw, not how."""
