"""Figures of people that a report tells: they move seldom, and by twenty people at least."""
