"""Every operation of the API as the call that it makes."""
