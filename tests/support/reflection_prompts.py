"""Prompts in the manner of several optimizers, to test that a reflecting model understands them."""

from collections.abc import Sequence

type Shown = Sequence[tuple[str, str, str]]
"""Of each example: the ticket, the answer that was given, and the feedback on it."""


def fenced_reflection(instruction: str, shown: Shown) -> str:
    parts = [
        f"# Example {number}\n## Inputs\n### ticket\n{ticket}\n\n## Generated Outputs\n{answer}\n\n"
        f"## Feedback\n{feedback}"
        for number, (ticket, answer, feedback) in enumerate(shown, start=1)
    ]
    return (
        "An assistant works by the following instruction:\n```\n"
        + instruction
        + "\n```\n\nHere is how it did on some inputs, with feedback on each answer:\n```\n"
        + "\n\n".join(parts)
        + "\n```\n\nWrite a new instruction for the assistant that keeps what works and states "
        "what the feedback shows to be missing. Provide the new instruction within ``` blocks."
    )


def gradient(instruction: str, shown: Shown, reasons: int) -> str:
    errors = "\n\n".join(
        f'Text: "{ticket}"\nPrediction: {answer}\nFeedback: {feedback}'
        for ticket, answer, feedback in shown
    )
    return (
        f'My prompt for sorting texts could be better.\n\nThe current prompt:\n"{instruction}"\n\n'
        f"It gets the following examples wrong:\n{errors}\n\n"
        f"Give {reasons} reasons why the prompt could have gotten these examples wrong.\n"
        "Wrap each reason with <START> and <END>."
    )


def gradient_edit(instruction: str, shown: Shown, critique: str, variants: int) -> str:
    errors = "\n\n".join(f'Text: "{ticket}"\nPrediction: {answer}' for ticket, answer, _ in shown)
    return (
        f'My prompt for sorting texts could be better.\n\nThe current prompt:\n"{instruction}"\n\n'
        f"It gets these examples wrong:\n{errors}\n\n"
        f"The problem with the prompt is that:\n{critique}\n\n"
        f"With this in mind, write {variants} different improved prompts.\n"
        "Wrap each prompt with <START> and <END>."
    )


def critique(instruction: str, shown: Shown) -> str:
    errors = "\n\n".join(
        f"[Question] {ticket}\n[Answer] {answer}\n[Expected] {feedback}"
        for ticket, answer, feedback in shown
    )
    return (
        "An instruction for a language model did badly on the examples below.\n\n"
        f"Instruction:\n{instruction}\n\n[Examples]\n{errors}\n\n"
        "Look at them closely and provide a critique that names what the instruction lacks, so "
        "that it can be improved later."
    )


def critique_refinement(instruction: str, shown: Shown, remarks: str) -> str:
    errors = "\n\n".join(f"[Question] {ticket}\n[Answer] {answer}" for ticket, answer, _ in shown)
    return (
        "An instruction for a language model did badly on some examples.\n\n"
        f"Instruction:\n{instruction}\n\n[Examples]\n{errors}\n\nCritique:\n{remarks}\n\n"
        "Use the critique and write a refined instruction. "
        "Wrap it between <START> and <END>."
    )


def variations(instruction: str, styles: Sequence[str], count: int) -> str:
    listed = "\n".join(f"{number}. {style}" for number, style in enumerate(styles, start=1))
    return (
        f"Instruction:\n{instruction}\n\nThinking styles:\n{listed}\n\n"
        f"Generate {count} variations of this instruction, each after one of the styles. "
        "Wrap each between <START> and <END>."
    )


def crossover(first: str, second: str) -> str:
    return (
        "Cross over these two prompts and keep the best of both.\n\n"
        f"Prompt 1:\n```\n{first}\n```\n\nPrompt 2:\n```\n{second}\n```\n\n"
        "Answer with the new prompt between <prompt> and </prompt>."
    )


def persona(task: str) -> str:
    return (
        f"Task: {task}\n\nDescribe the expert who would do this task best, in the second person. "
        "Wrap the expert identity between <START> and <END>."
    )


def reasoning(ticket: str, answer: str) -> str:
    return (
        f"[Question] {ticket}\n[Answer] {answer}\n\n"
        "Explain step by step how one comes to this answer. Give the reasoning only, between "
        "<START> and <END>."
    )


def json_reflection(instruction: str, shown: Shown) -> str:
    errors = "\n".join(f"- {ticket} => {answer} ({feedback})" for ticket, answer, feedback in shown)
    return (
        f"<current_instruction>\n{instruction}\n</current_instruction>\n\nFailures:\n{errors}\n\n"
        'Rewrite the instruction. Reply in JSON: {"improved_prompt": "..."}'
    )


def sectioned_reflection(instruction: str, shown: Shown) -> str:
    errors = "\n".join(f"ticket: {ticket}\nfeedback: {feedback}" for ticket, _, feedback in shown)
    return (
        f"[[ ## basic_instruction ## ]]\n{instruction}\n\n[[ ## task_demos ## ]]\n{errors}\n\n"
        "Respond with the corresponding output fields, starting with the field "
        "`[[ ## proposed_instruction ## ]]`, and then ending with the marker for "
        "`[[ ## completed ## ]]`."
    )
