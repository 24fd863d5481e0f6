"""Mutate, critique, refine, then decorate, after PromptWizard.

Paper: Agarwal et al. 2024, arXiv 2405.18369.

Idea: vary an instruction in several thinking styles, keep the best, have it criticised by what it
got wrong (or right) and refined; then add demonstrations of hard examples, chains of reasoning and
an expert identity.

The eight parameters have the reference's names and meanings. What differs from its code, and why:

- Candidates are compared on the same examples and to the end of a paired race; the reference stops
  a candidate at its first wrong answer, on examples of its own, which ranks them almost by chance.
  Every answer counts, not only the first of a batch.
- What is searched is what ships: demonstrations, reasoning and identity are candidates that must
  win their race like any other. The reference adds them at the end, unscored.
- A positive critique looks at outputs that were really given and right; a negative one only at
  outputs that were really wrong. Demonstrations are train examples, never invented ones.
- A refused or unreadable answer ends a step with its reason, and never counts as an answer.
- Thinking styles and the seen set are drawn by the run's seed instead of being the first of their
  lists; steps of one round are in flight together, and a run can be resumed and repeated.
- Equal variants fall to the shortest text; the reference prefers the longest, so its prompts grow.
"""

from collections.abc import Awaitable, Callable

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import Parameters, Program
from promptevolver_statistics import stream
from pydantic import Field

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.critique_refine import critique_refine
from promptevolver_optimizer.operators.demonstrations import (
    choose,
    demonstrate,
    demonstrations_component,
    shown_by,
)
from promptevolver_optimizer.operators.drafts import Assignment, Unusable
from promptevolver_optimizer.operators.mutate_styles import mutate_styles
from promptevolver_optimizer.operators.persona import persona
from promptevolver_optimizer.operators.reasoning import explain
from promptevolver_optimizer.search import Draft, Plan, Search, Slot, Trial
from promptevolver_optimizer.strategies._knowledge import (
    informative,
    leading,
    least_tried,
    remember,
    writable,
)
from promptevolver_optimizer.strategies._params import StrategyParams
from promptevolver_optimizer.strategies._running import perfect
from promptevolver_optimizer.strategies._trials import Track, race_bound, race_trial, refused

_DEMONSTRATION_SETS = 3
_CHOICE = 4
"""Examples that are looked at for each demonstration chosen."""


MUTATES = True


class Params(StrategyParams):
    """The reference's parameters, and those of this implementation's races."""

    mutate_refine_iterations: int = Field(
        3, ge=1, le=100, description="Iterations of mutating, then refining, the best instruction"
    )
    mutation_rounds: int = Field(
        3, ge=1, le=100, description="Questions for variants in each iteration"
    )
    seen_set_size: int = Field(
        25, ge=1, le=10_000, description="Train examples that this strategy looks at"
    )
    few_shot_count: int = Field(5, ge=0, le=50, description="Demonstrations in the final prompt")
    generate_reasoning: bool = Field(
        default=True, description="Try a chain of reasoning in each demonstration"
    )
    generate_expert_identity: bool = Field(
        default=True, description="Try an expert identity above the instruction"
    )
    temperature: float = Field(0.7, ge=0, le=2, description="Of the reflecting model")
    max_tokens: int = Field(
        2048, ge=64, le=200_000, description="Bound of the reflecting model's answers, in tokens"
    )
    style_variation: int = Field(
        3, ge=1, le=20, description="Variants, and thinking styles, in each question"
    )
    minibatch_size: int = Field(6, ge=1, le=64, description="Examples that variants are tried on")
    race_maximum: int = Field(24, ge=1, le=500, description="Most train examples of one race")


async def run(search: Search, params: Params) -> None:
    """Go through the stages; each starts from the best candidate of those before it."""
    wizard = _Wizard(search, params)
    if wizard.names:
        for _ in range(params.mutate_refine_iterations):
            await wizard.stage(wizard.mutate, wizard.plan(1), params.mutation_rounds)
            await wizard.stage(wizard.refine, wizard.plan(2))
    if params.few_shot_count:
        await wizard.stage(wizard.demonstrate, wizard.plan(0), _DEMONSTRATION_SETS)
        if params.generate_reasoning:
            await wizard.stage(wizard.reason, wizard.plan(params.few_shot_count))
    if params.generate_expert_identity and wizard.names:
        await wizard.stage(wizard.identify, wizard.plan(1))


class _Wizard:
    """What the steps of one run share."""

    def __init__(self, search: Search, params: Params) -> None:
        self._search = search
        self._params = params
        self._seen = _seen_set(search, params.seen_set_size)
        self._assignment = Assignment(
            search.brief, Parameters(temperature=params.temperature, max_tokens=params.max_tokens)
        )
        self.names = writable(search.original)
        self._carrier = demonstrations_component(search.original) or self.names[0]

    def plan(self, asks: int) -> Plan:
        """Bound a step of any stage by the dearest one."""
        params = self._params
        variants = params.style_variation * params.minibatch_size
        looked = max(params.minibatch_size, self._choice)
        race = race_bound(params.race_maximum, looked, len(self._search.validation))
        return Plan(task_calls=variants + race, asks=asks)

    async def stage(
        self, step: Callable[[Slot], Awaitable[Trial]], plan: Plan, steps: int = 1
    ) -> None:
        """Run the steps of one stage."""
        await self._search.evolve(step, steps=steps, plan=plan, until=perfect)

    async def mutate(self, slot: Slot) -> Trial:
        """Ask for variants, try them on one mini-batch, and race the best of them."""
        parent, component, sheet = await self._look(slot)
        count = self._params.style_variation
        drafts = await mutate_styles(slot, sheet, component, count, self._assignment)
        if isinstance(drafts, Unusable):
            return refused(drafts.reason, remember(parent, component, sheet))
        batch = self._examples(sheet)
        tried = [await slot.score(draft.program, batch, "screening") for draft in drafts]
        ranked = sorted(
            zip(drafts, tried, strict=True),
            key=lambda pair: (-pair[1].mean, len(pair[0].program.texts[component])),
        )
        return await self._race(slot, sheet, component, ranked[0][0])

    async def refine(self, slot: Slot) -> Trial:
        """Have the best candidate criticised and refined."""
        _, component, sheet = await self._look(slot)
        draft = await critique_refine(slot, sheet, component, self._assignment)
        return await self._race(slot, sheet, component, draft)

    async def demonstrate(self, slot: Slot) -> Trial:
        """Add demonstrations of what the best candidate finds hard."""
        parent = leading(slot)
        sheet = await self._hard(slot, parent)
        chosen = choose(slot, sheet, self._params.few_shot_count)
        return await self._race(
            slot, sheet, self._carrier, demonstrate(parent, self._carrier, chosen)
        )

    async def reason(self, slot: Slot) -> Trial:
        """Add reasoning to the best candidate's demonstrations, or demonstrations with it."""
        parent = leading(slot)
        sheet = await self._hard(slot, parent)
        count = self._params.few_shot_count
        shown = shown_by(parent, self._seen)
        own = tuple(example for example in self._seen if example.id in shown)[:count]
        examples = own or choose(slot, sheet, count)
        draft = await explain(slot, parent, self._carrier, examples, self._assignment)
        return await self._race(slot, sheet, self._carrier, draft)

    async def identify(self, slot: Slot) -> Trial:
        """Add an expert identity to the best candidate."""
        parent, component, sheet = await self._look(slot)
        draft = await persona(slot, parent, component, self._assignment)
        return await self._race(slot, sheet, component, draft)

    async def _look(self, slot: Slot) -> tuple[Program, str, Sheet]:
        """Score the best candidate on a mini-batch of the seen set."""
        parent = leading(slot)
        component = least_tried(slot, parent, self.names)
        batch = informative(slot, parent, self._seen, self._params.minibatch_size)
        return parent, component, await slot.score(parent, batch, "minibatch")

    async def _hard(self, slot: Slot, parent: Program) -> Sheet:
        """Score a candidate on more examples than are chosen, half of them known failures."""
        batch = informative(slot, parent, self._seen, self._choice)
        return await slot.score(parent, batch, "minibatch")

    @property
    def _choice(self) -> int:
        return min(_CHOICE * self._params.few_shot_count, len(self._seen))

    async def _race(
        self, slot: Slot, sheet: Sheet, component: str, draft: Draft | Unusable
    ) -> Trial:
        parent = sheet.program
        if isinstance(draft, Unusable):
            return refused(draft.reason, remember(parent, component, sheet))
        size = self._params.minibatch_size
        first = self._examples(sheet)[:size]
        return await race_trial(
            slot, parent, draft, Track(self._seen, first, self._params.race_maximum, size)
        )

    def _examples(self, sheet: Sheet) -> tuple[Example, ...]:
        by_id = {example.id: example for example in self._seen}
        return tuple(by_id[each] for each in sheet.scores)


def _seen_set(search: Search, size: int) -> tuple[Example, ...]:
    order = stream(search.seed, "promptwizard", "seen set").permutation(len(search.train))
    return tuple(search.train[int(at)] for at in order[:size])
