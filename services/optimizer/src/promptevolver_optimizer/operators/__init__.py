"""Operators: each makes a child of a program, or says why it made none.

An operator sees train examples only, asks the reflecting model through the slot that it is given,
and imports no I/O, clock or chance of its own.
"""
