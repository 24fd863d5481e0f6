# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations by resource, to be sent."""
