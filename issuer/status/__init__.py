"""Whether a credential still stands: its bit in a signed list, and why we set it."""
