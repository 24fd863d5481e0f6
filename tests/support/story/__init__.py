"""One story in which every operation of the API is called with success.

A team makes a dataset of support tickets, evolves its prompt on the simulated provider, and puts
the winner to use. Its answers are the examples of the OpenAPI document.
"""
