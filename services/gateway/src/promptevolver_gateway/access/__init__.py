"""Who may call, as whom, how often, and what they may repeat."""
