"""The reference pages, one module each. A module's `page` gives the whole text."""
