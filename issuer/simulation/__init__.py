"""Simulation: a whole assessment taken by people of known ability, in worlds that differ from the model.

What an assessment promises before anybody took it. NumPy is imported by the modules that run simulations, not
by those that hold figures or judge them: figures that are shipped or stored need no run.
"""
