"""Running a program on one example: stage after stage, each one model call."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Shard, StageOutput
from promptevolver_contracts.programs import ChatMessage, Stage
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Answer, Call, LlmError

from promptevolver_evaluator.faults import InfrastructureFault, bad_request
from promptevolver_evaluator.schemas import OutputSchema, UnusableSchema


class Llm(Protocol):
    """What asks a model; LlmClient in production."""

    async def answer(self, call: Call) -> Answer:
        """Give the model's answer. Raises LlmError."""


def payer_of(shard: Shard) -> str:
    """Name who pays for a shard's calls: a later attempt at the shard is the same payer."""
    return f"{shard.run_id}/{shard.shard_id.partition('~')[0]}"


@dataclass(frozen=True, slots=True)
class Trace:
    """What a program did with one example."""

    stages: tuple[StageOutput, ...] = ()
    prompt: tuple[ChatMessage, ...] = ()
    spend: Spend = Spend()  # noqa: RUF009 - frozen
    full_spend: Spend = Spend()  # noqa: RUF009 - frozen
    """What the answers cost, whoever paid."""
    latency_ms: float = 0.0
    """Model time of all answers, also of those that the cache gave."""
    waited_ms: float = 0.0
    """Model time of the answers that this run paid for."""
    notes: str = ""
    """What the program itself has to say as feedback."""
    fault: Fault | None = None
    """Set when the candidate is at fault."""

    @property
    def outputs(self) -> dict[str, str]:
        """Outputs by stage."""
        return {stage.stage: stage.output for stage in self.stages}


class ProgramRunner:
    """Runs the program of one shard."""

    def __init__(self, llm: Llm, shard: Shard) -> None:
        """Compile the stages' schemas. Raises InfrastructureFault for a wrong one."""
        self._llm = llm
        self._shard = shard
        self._schemas = {
            stage.name: _compiled(stage.name, stage.output_schema)
            for stage in shard.program.stages
            if stage.output_schema is not None
        }

    async def run(self, example: Example) -> Trace:
        """Run all stages, or those up to one where the candidate is at fault.

        Raises InfrastructureFault when a model does not answer.
        """
        trace = Trace()
        for stage in self._shard.program.stages:
            trace = await self._step(trace, stage, example)
            if trace.fault is not None:
                break
        return trace

    async def _step(self, trace: Trace, stage: Stage, example: Example) -> Trace:
        messages = self._rendered(stage, example, trace.outputs)
        prompt = (*trace.prompt, *messages)
        try:
            answer = await self._llm.answer(self._call(stage, messages, example))
        except LlmError as error:
            if not error.fault.of_candidate:
                raise InfrastructureFault(error.fault) from error
            note = f"Stage '{stage.name}': {_why(error.fault)}"
            return replace(
                trace,
                prompt=prompt,
                spend=trace.spend + error.spend,
                notes=_joined(trace.notes, note),
                fault=error.fault,
            )
        complaint = self._complaint(stage, answer.text)
        return Trace(
            stages=(*trace.stages, StageOutput(stage=stage.name, output=answer.text)),
            prompt=prompt,
            spend=trace.spend + answer.spend,
            full_spend=trace.full_spend + answer.full_spend,
            latency_ms=trace.latency_ms + answer.latency_ms,
            waited_ms=trace.waited_ms + (0 if answer.cached else answer.latency_ms),
            notes=_joined(trace.notes, _truncation(stage, answer), complaint),
            fault=Fault(kind="unusable_output", message=complaint[:2000]) if complaint else None,
        )

    def _rendered(
        self, stage: Stage, example: Example, outputs: Mapping[str, str]
    ) -> tuple[ChatMessage, ...]:
        try:
            return self._shard.program.render(stage, example.inputs, outputs)
        except KeyError as error:
            raise bad_request(
                f"example '{example.id}' has no input {error}, which stage '{stage.name}' uses"
            ) from error

    def _call(self, stage: Stage, messages: tuple[ChatMessage, ...], example: Example) -> Call:
        task = self._shard.models.task
        return Call(
            messages=messages,
            model=stage.model or task.model,
            parameters=stage.parameters,
            output_schema=stage.output_schema,
            repeat=self._shard.repeat,
            timeout_s=self._shard.call_timeout_s,
            fallbacks=() if stage.model else task.fallbacks,
            payer=f"{payer_of(self._shard)}/{example.id}/{stage.name}",
            cache=self._shard.response_cache,
        )

    def _complaint(self, stage: Stage, output: str) -> str:
        schema = self._schemas.get(stage.name)
        if schema is None:
            return ""
        try:
            complaint = schema.complaint(output)
        except UnusableSchema as error:
            raise bad_request(f"output_schema of stage '{stage.name}': {error}") from error
        return f"Stage '{stage.name}': {complaint}" if complaint else ""


def _compiled(stage: str, schema: dict[str, Any]) -> OutputSchema:
    try:
        return OutputSchema(schema)
    except UnusableSchema as error:
        raise bad_request(f"output_schema of stage '{stage}': {error}") from error


def _truncation(stage: Stage, answer: Answer) -> str:
    if answer.finish_reason != "length":
        return ""
    return (
        f"Stage '{stage.name}': the answer was cut off at max_tokens="
        f"{stage.parameters.max_tokens}; ask for a shorter one."
    )


def _why(fault: Fault) -> str:
    words = {
        "refused": "the model refused to answer",
        "over_context": "the prompt is longer than the model's context",
        "unusable_output": "the output is unusable",
    }
    return f"{words[fault.kind]} ({fault.message})."


def _joined(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
