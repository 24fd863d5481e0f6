"""The provider's models by the last segment of their id."""

from collections.abc import Callable, Sequence

from promptevolver_local.provider.chat import ChatRequest
from promptevolver_local.provider.judge_model import JudgeModel
from promptevolver_local.provider.landscape import Landscape
from promptevolver_local.provider.reflection_model import ReflectionModel
from promptevolver_local.provider.task_model import TaskModel
from promptevolver_local.provider.tickets import TicketIndex

type Model = Callable[[ChatRequest, int], str]


def build_models(landscapes: Sequence[Landscape], seed: int) -> dict[str, Model]:
    """Return the answering function of each model id."""
    index = TicketIndex(landscapes)
    return {
        "simulated-task": TaskModel(landscapes, index, seed).answer,
        "simulated-reflection": ReflectionModel(landscapes, index, seed).answer,
        "simulated-judge": JudgeModel(landscapes, index, seed).answer,
    }


def find_model(models: dict[str, Model], name: str) -> Model | None:
    """Return the model whose id the name contains."""
    return next((model for known, model in models.items() if known in name), None)
