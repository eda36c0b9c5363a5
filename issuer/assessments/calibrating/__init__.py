"""What calibration does with banks; with NumPy, so nothing that takes or scores may ask for it."""
