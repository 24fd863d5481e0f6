from collections.abc import Sequence

from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Spend
from promptevolver_optimizer.costs import GROWTH_BYTES, JUDGE_ATTEMPTS, grown, worst_score
from support.scripted_effects import toy_examples, toy_program

MODELS = Models(
    task=ModelSpec(model="task"),
    reflection=ModelSpec(model="reflection"),
    judge=ModelSpec(model="judge", parameters=Parameters(max_tokens=7)),
)
EXACT = MetricSpec(name="exact", kind="exact_match")
JUDGE = MetricSpec(name="judge", kind="llm_judge", parameters={"rubric": "be kind"})
EXAMPLES = toy_examples("train", 3)


class Asked:
    """A price list that writes down what it was asked: one call, a token for each character."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def __call__(
        self,
        model: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters,
        schema: dict[str, object] | None,
    ) -> Spend:
        length = sum(len(message.content) for message in messages)
        self.calls.append((model, length, parameters.max_tokens))
        return Spend(calls=1, prompt_tokens=length)


def test_each_stage_example_and_repeat_is_a_call() -> None:
    price = Asked()
    spend = worst_score(
        toy_program(stages=2), EXAMPLES, models=MODELS, metrics=[EXACT], repeats=4, price=price
    )
    assert spend.calls == 2 * len(EXAMPLES) * 4
    assert {model for model, *_ in price.calls} == {"task"}


def test_a_judge_may_be_asked_twice_and_reads_the_longest_output() -> None:
    price = Asked()
    program = toy_program()
    spend = worst_score(
        program, EXAMPLES, models=MODELS, metrics=[EXACT, JUDGE], repeats=1, price=price
    )
    assert spend.calls == len(EXAMPLES) * (1 + JUDGE_ATTEMPTS)
    judged = [(length, tokens) for model, length, tokens in price.calls if model == "judge"]
    assert len(judged) == len(EXAMPLES)
    longest = program.stages[-1].parameters.max_tokens * 4
    assert all(length > longest and tokens == 7 for length, tokens in judged)


def test_a_child_is_taken_to_be_longer_and_cost_more() -> None:
    program = toy_program(stages=2)
    child = grown(program)
    assert len(child.texts["plan"]) == len(program.texts["plan"]) + GROWTH_BYTES

    def cost(each: Program) -> int:
        return worst_score(
            each,
            EXAMPLES,
            models=MODELS,
            metrics=[EXACT],
            repeats=1,
            price=Asked(),
        ).prompt_tokens

    assert cost(child) == cost(program) + GROWTH_BYTES * len(EXAMPLES)


def test_a_program_that_cannot_evolve_does_not_grow() -> None:
    program = toy_program()
    fixed = program.model_copy(
        update={
            "components": {
                name: component.model_copy(update={"evolve": False})
                for name, component in program.components.items()
            }
        }
    )
    assert grown(fixed) is fixed
