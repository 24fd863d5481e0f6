"""The search: strategies, operators, archive, ledger, exam."""
