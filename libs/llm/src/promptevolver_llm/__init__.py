"""How a model is called: LiteLLM, typed faults, retries, adaptive limits, response cache, prices."""
