"""Calibration: item parameters from recorded responses, and what the responses say against them.

The only rooms with NumPy and SciPy (extra `measurement`) are this one and those above it that report; taking
an assessment and scoring need neither.
"""
