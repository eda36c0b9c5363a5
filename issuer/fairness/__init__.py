"""Fairness and integrity: control charts over items, adverse impact, what is recorded and for how long.

Statistics here are signals for people: none decides about anybody, and none goes into a credential.
"""
