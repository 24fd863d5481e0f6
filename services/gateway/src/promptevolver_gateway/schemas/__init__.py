"""What the API takes. Requests refuse unknown fields, so that a typing error is told."""

from promptevolver_gateway.schemas.base import RUN_ID, Body
from promptevolver_gateway.schemas.configuration import (
    BudgetBody,
    MetricBody,
    ModelBody,
    ModelChoice,
    ModelsBody,
    StrategyBody,
)
from promptevolver_gateway.schemas.controls import ReasonBody, TopUpBody
from promptevolver_gateway.schemas.datasets import DatasetBody, DatasetHash, ExampleBody
from promptevolver_gateway.schemas.descendants import (
    ChangesBody,
    ContinueBody,
    ForkBody,
    RerunBody,
    StrategyChange,
)
from promptevolver_gateway.schemas.programs import (
    ComponentBody,
    MessageBody,
    ParametersBody,
    ProgramBody,
    StageBody,
)
from promptevolver_gateway.schemas.runs import EvaluationBody, OptimizeBody, RunBody

__all__ = [
    "RUN_ID",
    "Body",
    "BudgetBody",
    "ChangesBody",
    "ComponentBody",
    "ContinueBody",
    "DatasetBody",
    "DatasetHash",
    "EvaluationBody",
    "ExampleBody",
    "ForkBody",
    "MessageBody",
    "MetricBody",
    "ModelBody",
    "ModelChoice",
    "ModelsBody",
    "OptimizeBody",
    "ParametersBody",
    "ProgramBody",
    "ReasonBody",
    "RerunBody",
    "RunBody",
    "StageBody",
    "StrategyBody",
    "StrategyChange",
    "TopUpBody",
]
