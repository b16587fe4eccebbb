"""Whose ground is it: divisions, grids in layers with dated boundaries, H3 cells, point to grid on a date.

The room promises: a point lies in exactly one base or dedicated grid or in none; nothing here knows an address
or a person.
"""
