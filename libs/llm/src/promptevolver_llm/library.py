"""LiteLLM, imported at its first use: that takes seconds and 180 MB."""

import functools
import importlib
import logging
import os
from typing import Any


@functools.cache
def litellm() -> Any:
    """Import LiteLLM with everything switched off that reaches out, prints or logs content.

    Imported by name, so that neither start-up nor the type checker has to read it.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it is downloaded
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else it reads a .env file
    module: Any = importlib.import_module("litellm")
    module.suppress_debug_info = True
    module.telemetry = False
    # Its faults reach the caller as exceptions; its log lines may quote messages.
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    return module
