"""Screens: each lays out widgets and answers their messages."""
