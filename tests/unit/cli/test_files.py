import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_cli.documents import FileError
from promptevolver_cli.files import read_examples, read_job, read_program, split_of
from promptevolver_contracts.dataset_library import StagedExample
from promptevolver_contracts.dataset_library.guessing import guessed
from promptevolver_gateway.datasets.columns import columns_of
from promptevolver_gateway.datasets.formats import rows_of
from promptevolver_gateway.datasets.staging import staged
from promptevolver_gateway.schemas import EvaluationBody, OptimizeBody

PROGRAM = """\
name: triage
components:
  instruction:
    text: Sort the ticket.
stages:
  - name: answer
    messages:
      - role: system
        content: "{{ component.instruction }}"
      - role: user
        content: "{{ input.ticket }}"
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def rows(count: int, **extra: object) -> str:
    return "".join(
        json.dumps({"id": f"t{n}", "inputs": {"ticket": f"no {n}"}, "expected": "a", **extra})
        + "\n"
        for n in range(count)
    )


def faults_of(error: pytest.ExceptionInfo[FileError]) -> list[tuple[str, int | None, str]]:
    return [(fault.path.name, fault.line, fault.field) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("broken", "line", "field", "words"),
    [
        (PROGRAM.replace("text:", "txt:"), 4, "components.instruction.txt", "did you mean 'text'"),
        (PROGRAM.replace("role: system", "role: boss"), 8, "stages.0.messages.0.role", "'user'"),
        (PROGRAM.replace("name: answer", "name: My Answer"), 6, "stages.0.name", "small letter"),
        (PROGRAM.replace("component.inst", "component.x"), 5, "stages.answer", "components are"),
        (PROGRAM.replace("name: triage\n", ""), None, "name", "add 'name'"),
        (PROGRAM + "name: again\n", 12, "name", "keep one"),
        (PROGRAM.replace("stages:", "stages: ]"), 5, "", "indentation"),
    ],
)
def test_a_wrong_program_names_file_line_field_and_fix(
    tmp_path: Path, broken: str, line: int | None, field: str, words: str
) -> None:
    path = written(tmp_path, "mine.yaml", broken)
    with pytest.raises(FileError) as error:
        read_program(path)
    assert ("mine.yaml", line, field) in faults_of(error)
    assert words in str(error.value)
    assert "fix: " in str(error.value)


def test_a_missing_file_suggests_the_one_beside_it(tmp_path: Path) -> None:
    written(tmp_path, "program.yaml", PROGRAM)
    with pytest.raises(FileError, match=r"did you mean .*program\.yaml"):
        read_program(tmp_path / "progam.yaml")


def test_every_wrong_line_of_the_data_is_named_at_once(tmp_path: Path) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    lines = [
        '{"id": "1", "inputs": {"ticket": "x"}, "expected": 1}',
        "",
        '{"id": "2", "inputs": {"text": "x"}}',
        '{"id": "1", "inputs": {"ticket": "y"}}',
        '{"id": "3", "inputs": {"ticket": "y"}, "splt": "train"}',
    ]
    with pytest.raises(FileError) as error:
        read_examples(written(tmp_path, "d.jsonl", "\n".join(lines)), program)
    assert faults_of(error) == [
        ("d.jsonl", 3, "inputs.ticket"),
        ("d.jsonl", 4, "id"),
        ("d.jsonl", 5, "splt"),
    ]
    assert "this example has: text" in str(error.value)
    assert "already the id of line 1" in str(error.value)


@pytest.mark.parametrize("line", ['{"id": ', "[1]"])
def test_a_line_that_is_no_json_object_is_named(tmp_path: Path, line: str) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    with pytest.raises(FileError) as error:
        read_examples(written(tmp_path, "d.jsonl", rows(2) + line), program)
    assert faults_of(error) == [("d.jsonl", 3, "")]


def test_missing_splits_are_assigned_and_told(tmp_path: Path) -> None:
    job = read_job(written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.jsonl", rows(400)))
    sizes = job.sizes()
    assert sum(sizes.values()) == 400
    assert 0.5 < sizes["train"] / 400 < 0.7
    assert 0.1 < sizes["test"] / 400 < 0.3
    assert any("400 of 400 examples had no split" in note for note in job.notes)


@given(st.text(min_size=1, max_size=50))
def test_the_split_depends_on_the_key_alone(key: str) -> None:
    assert split_of(key) == split_of(key)
    assert split_of(key) in {"train", "validation", "test"}


def test_examples_of_one_cluster_share_a_split(tmp_path: Path) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    data = written(tmp_path, "d.jsonl", rows(50, cluster="customer-7"))
    examples, _ = read_examples(data, program)
    assert len({example.split for example in examples}) == 1


def test_an_empty_split_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    data = written(tmp_path, "d.jsonl", rows(30, split="train"))
    with pytest.raises(FileError, match="no example has split 'validation'"):
        read_job(written(tmp_path, "p.yaml", PROGRAM), data)


def test_csv_columns_become_inputs_expected_and_metadata(tmp_path: Path) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    text = (
        "id,split,ticket,expected.category,expected.urgent:json,metadata.source\n"
        '1,train,"broken, again",bug,true,mail\n'
    )
    examples, notes = read_examples(written(tmp_path, "d.csv", text), program)
    assert examples[0].inputs == {"ticket": "broken, again"}
    assert examples[0].expected == {"category": "bug", "urgent": True}
    assert examples[0].metadata == {"source": "mail"}
    assert notes == []


TABLES = [
    "Example ID,ticket,Label,group,subset,note\n1,a,billing,g,Val,x\n",
    "ticket,answer,output\na,b,c\n",
    "ticket,expected,label\na,,c\n",
    "inputs.ticket,metadata.team,metadata.n:json,expected.category,expected.n:json\na,t,3,bug,\n",
    'ticket;expected:json;inputs.more:json\na;{"x": 1};\n',
    "ticket,,cluster\n a ,b,\n",
    'inputs:json,inputs.ticket,split\n"{""more"": [1]}",a,dev\n',
]


@pytest.mark.parametrize("text", TABLES)
def test_a_csv_file_is_read_as_an_upload_of_it_is(tmp_path: Path, text: str) -> None:
    table = rows_of(io.BytesIO(text.encode()), "csv", None)
    columns = columns_of(guessed(table.columns), table.columns)
    [uploaded] = [staged(row, columns, texts=table.texts) for row in table]
    assert isinstance(uploaded, StagedExample)

    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    [example], _ = read_examples(written(tmp_path, "d.csv", text), program)

    parts = ("inputs", "expected", "cluster", "metadata")
    assert {name: getattr(example, name) for name in parts} == {
        name: getattr(uploaded, name) for name in parts
    }
    if uploaded.split is not None:
        assert example.split == uploaded.split


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("ticket,inputs.ticket\na,b\n", "ticket", "is there twice"),
        ("ticket,ticket\na,b\n", "ticket", "is there twice"),
        ("ticket,expected:json,expected.x\na,1,b\n", "expected", "comes whole and in parts"),
        ("ticket,metadata.n:json\na,{\n", "metadata.n:json", "holds no JSON"),
    ],
)
def test_columns_that_contradict_are_named(
    tmp_path: Path, text: str, field: str, problem: str
) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    with pytest.raises(FileError) as error:
        read_examples(written(tmp_path, "d.csv", text), program)
    [fault] = error.value.faults
    assert (fault.field, problem in fault.problem) == (field, True)


def test_an_input_that_is_called_like_an_answer_says_so(tmp_path: Path) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM.replace("ticket", "answer")))
    with pytest.raises(FileError, match="a column 'answer' is read as expected: call it"):
        read_examples(written(tmp_path, "d.csv", "answer\na\n"), program)
    [example], _ = read_examples(written(tmp_path, "d.csv", "inputs.answer\na\n"), program)
    assert example.inputs == {"answer": "a"}


def test_a_ragged_csv_row_is_named(tmp_path: Path) -> None:
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    with pytest.raises(FileError, match="does not have 2 columns") as error:
        read_examples(written(tmp_path, "d.csv", "id,ticket\n1,a\n2,b,c\n"), program)
    assert faults_of(error) == [("d.csv", 3, "")]


def test_the_run_file_names_files_beside_itself(tmp_path: Path) -> None:
    written(tmp_path, "p.yaml", PROGRAM)
    written(tmp_path, "d.jsonl", rows(200))
    run = written(
        tmp_path,
        "run.yaml",
        "program: p.yaml\ndata: d.jsonl\nmetrics: [{name: m, kind: exact_match}]\n"
        "budget: {calls: 30}\nstrategy: {name: backprop}\nseed: 3\n",
    )
    body = read_job(None, None, run=run).body()
    assert body["budget"]["calls"] == 30
    assert body["strategy"] == {"name": "backprop", "parameters": {}}
    assert body["seed"] == 3
    assert len(body["dataset"]["examples"]) == 200
    assert "models" not in body


def test_a_wrong_run_file_is_named(tmp_path: Path) -> None:
    run = written(tmp_path, "run.yaml", "program: p.yaml\nbudget:\n  call: 30\n")
    with pytest.raises(FileError, match="did you mean 'calls'") as error:
        read_job(None, None, run=run)
    assert faults_of(error) == [("run.yaml", 3, "budget.call")]


def test_settings_and_models_override_what_the_files_say(tmp_path: Path) -> None:
    job = read_job(written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.jsonl", rows(200)))
    changed = job.with_settings(budget={"usd": 2.0}, seed=None, width=8).with_models(
        task="openai/x", judge=None
    )
    body = changed.body()
    assert body["budget"] == {"calls": 1000, "tokens": None, "usd": 2.0, "seconds": None}
    assert (body["seed"], body["width"]) == (0, 8)
    assert body["models"] == {"task": {"model": "openai/x"}}
    assert changed.digest() != job.digest()


def test_an_evaluation_has_a_split_and_no_search(tmp_path: Path) -> None:
    job = read_job(written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.jsonl", rows(200)))
    body = job.with_settings(strategy={"name": "evaluate"}, split="test").body()
    assert body["split"] == "test"
    assert set(body) <= set(EvaluationBody.model_fields)


def test_the_run_file_takes_what_the_api_takes(tmp_path: Path) -> None:
    given = {
        "lane": "hi",
        "shard_size": 2,
        "call_timeout_s": 5.0,
        "response_cache": False,
        "when_exhausted": "pause",
        "width": 8,
        "repeats": 3,
        "margin": 0.05,
    }
    program, data = written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.jsonl", rows(200))
    run = written(tmp_path, "run.yaml", json.dumps(given))
    body = read_job(program, data, run=run).body()
    assert {name: body[name] for name in given} == given
    sent = OptimizeBody.model_validate({**body, "models": {"task": "openai/x"}})
    assert set(OptimizeBody.model_fields) - sent.model_fields_set == {"metadata"}


def test_the_metric_follows_from_what_is_expected(tmp_path: Path) -> None:
    data = "".join(
        json.dumps({"id": n, "inputs": {"ticket": "x"}, "expected": {"b": 1, "a": n}}) + "\n"
        for n in range(100)
    )
    job = read_job(written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.jsonl", data))
    assert job.settings.metrics[0].kind == "json_fields"
    assert job.settings.metrics[0].parameters == {"fields": ["a", "b"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_file_is_the_headers(tmp_path: Path, delimiter: str) -> None:
    text = "id;ticket;expected\n1;a, b;billing\n".replace(";", delimiter)
    if delimiter == ",":
        text = text.replace("a, b", '"a, b"')
    program = read_program(written(tmp_path, "p.yaml", PROGRAM))
    [example], _ = read_examples(written(tmp_path, "d.csv", text), program)
    assert (example.inputs, example.expected) == ({"ticket": "a, b"}, "billing")


def test_data_without_anything_expected_are_not_scored_0(tmp_path: Path) -> None:
    text = "id,ticket,gold\n" + "".join(f"{n},a,billing\n" for n in range(40))
    program, data = written(tmp_path, "p.yaml", PROGRAM), written(tmp_path, "d.csv", text)
    with pytest.raises(FileError) as refused:
        read_job(program, data)
    [fault] = refused.value.faults
    assert (fault.field, "rename 'gold' to 'expected'" in fault.fix) == ("expected", True)


def test_a_wrong_entry_of_a_list_is_the_only_fault(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        read_program(written(tmp_path, "p.yaml", PROGRAM.replace("role: system", "role: boss")))
    assert faults_of(error) == [("p.yaml", 8, "stages.0.messages.0.role")]
