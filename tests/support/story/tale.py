"""The story from its beginning to its end."""

from pydantic import SecretStr

from support.backend import backend
from support.people import TOKEN_SECRET, first_admin
from support.receiver import receiver
from support.story import data, outwards, people, prompts, runs
from support.story.telling import Story

_SETTINGS = {
    "simulated": True,
    "registration": "open",
    "webhooks_allow_private": True,
    "default_model": "openai/simulated-task",
    "default_reflection_model": "openai/simulated-reflection",
    "default_judge_model": "openai/simulated-judge",
    "token_secret": (SecretStr(TOKEN_SECRET),),
    "rate_limit_sign_in": 10**6,
    "heartbeat_s": 0.1,
}


async def tell(url: str) -> Story:
    """Tell all of it over a migrated database."""
    async with receiver() as ears, backend(url, **_SETTINGS) as api:
        admin = await first_admin(api.http, api.database)
        story = Story(api, admin, ears.url)
        story.person = await people.arrivals(story, admin)
        await people.team(story, admin)
        await people.health(story)
        await outwards.evaluators(story)
        await outwards.subscription(story)
        examples = await data.dataset(story)
        await runs.search(story, examples)
        await runs.descendants(story, examples)
        await runs.readings(story)
        await runs.comparisons(story)
        await prompts.registry(story)
        await prompts.templates(story)
        await data.second_version(story, story.ids["example_id"])
        await outwards.opinions(story)
        await outwards.deliveries(story)
        await outwards.files(story)
        await prompts.goodbyes(story)
        await data.goodbyes(story)
        await people.goodbyes(story, admin)
        return story
