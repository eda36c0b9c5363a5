"""What people ask to have looked at again: their words, sealed; who looked, and what they were answered."""
