"""Looking again: replaying a result, asking for review, annulling items, and what two persons approve."""
