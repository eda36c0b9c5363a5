"""Measurement: pure mathematics over item parameters and evidence; no input or output, and no NumPy.

Everything here is a function of its arguments, and gives the same bits on every machine: sums go from
left to right, the exponential is our own, and what a choice or a decision depends on has six decimals.
"""
