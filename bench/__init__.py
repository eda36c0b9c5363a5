"""Comparisons that print ratios: every figure is measured interleaved with its yardstick, within one run."""
