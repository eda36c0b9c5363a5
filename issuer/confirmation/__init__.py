"""Supervised confirmation: a short sitting on unseen items under a supervisor's eyes, and what it settles."""
