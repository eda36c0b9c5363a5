"""Measurement: pure mathematics over item parameters and evidence; no input or output, and no NumPy.

Everything here is a function of its arguments, and gives the same bits on every machine: sums are exactly
rounded, the exponential is our own, and what a choice or a decision depends on has six decimals.
"""
