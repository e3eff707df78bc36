"""What is asked and what comes back: frozen values that know no engine."""
