"""The engines that answer, on arrays alone."""
