"""From filters, sorts and positions to SQL with parameters; pure.

Names come from a whitelist of columns, everything else goes as a parameter.
"""
