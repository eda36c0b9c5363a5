"""Results from outside assessment providers: who is registered, what they state, and what it leads to."""
