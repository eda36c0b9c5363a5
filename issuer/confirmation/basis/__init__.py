"""What a confirmation rests on: the result that stands, unseen questions, and what a sitting shows now."""
