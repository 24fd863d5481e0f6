"""`dspy.Evaluate` over a module that sends finished messages: `… BASE THREADS`."""

import sys
from typing import Any

import dspy  # type: ignore[import-not-found]  # lives in the tools' environment
from bench.peers.protocol import serve


class Ask(dspy.Module):  # type: ignore[misc]  # has no types here
    """A program without an adapter: the messages are those of everybody else."""

    def forward(self, body: dict[str, Any]) -> Any:
        (text,) = dspy.settings.lm(messages=body["messages"])
        return dspy.Prediction(answer=text)


def main(base: str, threads: int) -> None:
    model = dspy.LM(
        "openai/simulated-task",
        api_base=base,
        api_key="simulated",
        cache=False,
        temperature=0,
        max_tokens=200,
    )
    dspy.configure(lm=model)

    def right(example: Any, prediction: Any, _trace: Any = None) -> bool:
        return bool(prediction.answer.strip() == example.expected)

    def batch(cases: list[dict[str, Any]]) -> int:
        examples = [dspy.Example(**case).with_inputs("body") for case in cases]
        evaluate = dspy.Evaluate(
            devset=examples, metric=right, num_threads=threads, display_progress=False
        )
        share: float = evaluate(Ask()).score / 100
        return round(share * len(cases))

    serve(batch)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
