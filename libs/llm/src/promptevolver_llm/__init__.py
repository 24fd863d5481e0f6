"""How a model is called: LiteLLM, faults, retries, adaptive limits, response cache, prices."""

from promptevolver_llm.answers import AnswerBucket
from promptevolver_llm.calls import Answer, Call, LlmError
from promptevolver_llm.client import LlmClient
from promptevolver_llm.prices import Prices
from promptevolver_llm.settings import LlmSettings, Price

__all__ = [
    "Answer",
    "AnswerBucket",
    "Call",
    "LlmClient",
    "LlmError",
    "LlmSettings",
    "Price",
    "Prices",
]
