"""Securing mechanisms, one module each, both directions, without I/O."""
