"""Who signs, and what a signature proves."""
