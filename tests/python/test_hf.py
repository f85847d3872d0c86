"""skim.hf with a small made-up model: Hugging Face's texts and distributions."""

import numpy as np
import pytest
import torch

import skim

transformers = pytest.importorskip("transformers", reason="skim.hf needs transformers")
import skim.hf  # noqa: E402

VOCAB = 500


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=VOCAB,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    made = transformers.LlamaForCausalLM(config).eval()
    with torch.no_grad():
        made.lm_head.weight.mul_(40)  # else every token is about as likely
    return made


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Nothing here is large enough for more, and their barriers take long on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


PROMPT = torch.tensor([[5, 17, 300]])
FILTERS = {
    "none": {"top_k": 0},
    "default top-k": {},
    "temperature": {"temperature": 0.7, "top_k": 0},
    "top-k": {"top_k": 20},
    "top-p": {"top_k": 0, "top_p": 0.8},
    "min-p": {"top_k": 0, "min_p": 0.05},
    "all": {"temperature": 1.3, "top_k": 40, "top_p": 0.9, "min_p": 0.02},
}
every_filter = pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)


def probabilities(model, **arguments):
    """Of the next token, as Hugging Face's own loop has them."""
    asked = {"do_sample": True, "output_scores": True, "return_dict_in_generate": True}
    result = model.generate(PROMPT, max_new_tokens=1, **asked, **arguments)
    return result.scores[0][0].softmax(-1).double().numpy()


def check_counts(tokens, expected):
    """Chi-square of counts, those that are expected fewer than 10 times taken together."""
    counts = np.bincount(np.asarray(tokens), minlength=len(expected))
    assert counts[expected == 0].sum() == 0, "drew what the filters drop"
    wanted = expected * counts.sum()
    rare = wanted < 10
    found = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(wanted[~rare], wanted[rare].sum())
    found, wanted = found[wanted > 0], wanted[wanted > 0]
    squares = ((found - wanted) ** 2 / wanted).sum()
    freedom = max(len(found) - 1, 1)
    # A normal bound of 6 sigma on chi-square, by Wilson and Hilferty.
    share = 2 / (9 * freedom)
    assert squares < freedom * (1 - share + 6 * share**0.5) ** 3, (squares, freedom)


# ---- generate ----


GREEDY = [
    {},
    {"repetition_penalty": 1.3},
    {"no_repeat_ngram_size": 2, "min_new_tokens": 5},
    {"renormalize_logits": True},
]


@pytest.mark.parametrize("arguments", GREEDY, ids=str)
def test_greedy_text_is_the_same(model, arguments):
    prompts = torch.randint(3, VOCAB, (4, 6), generator=torch.Generator().manual_seed(1))
    arguments = {"max_new_tokens": 25, "do_sample": False, **arguments}
    wanted = model.generate(prompts, **arguments)
    assert torch.equal(skim.hf.generate(model, prompts, **arguments), wanted)
    assert wanted.shape[1] > 12


def next_tokens(model, rows=4000, **arguments):
    prompts = PROMPT.expand(rows, -1)
    text = skim.hf.generate(model, prompts, seed=3, max_new_tokens=1, do_sample=True, **arguments)
    return text[:, -1]


@every_filter
def test_distribution_of_the_next_token(model, filters):
    check_counts(next_tokens(model, **filters), probabilities(model, **filters))


@every_filter
def test_warpers_leave_the_same_tokens(model, filters):
    filters = {"top_k": 50, **filters}
    found = probabilities(
        model, logits_processor=skim.hf.warpers(**filters), temperature=1.0, top_k=0, top_p=1.0
    )
    np.testing.assert_allclose(found, probabilities(model, **filters), rtol=1e-5)


def test_a_wrong_distribution_is_noticed(model):
    with pytest.raises(AssertionError):
        check_counts(next_tokens(model, top_k=0), probabilities(model, temperature=0.9, top_k=0))


def test_the_same_seed_gives_the_same_text(model):
    def text(seed):
        prompts = PROMPT.expand(3, -1)
        return skim.hf.generate(model, prompts, seed=seed, max_new_tokens=20, do_sample=True)

    assert torch.equal(text(5), text(5)) and not torch.equal(text(5), text(6))
    assert len({tuple(row.tolist()) for row in text(5)}) == 3, "rows draw independently"


def test_a_request_draws_the_same_alone_and_in_a_batch(model):
    prompts = torch.randint(3, VOCAB, (4, 6), generator=torch.Generator().manual_seed(2))
    seeds = [7, 2**64 - 1, 9, 7]
    arguments = {"max_new_tokens": 15, "do_sample": True, "top_p": 0.95, "eos_token_id": None}
    together = skim.hf.generate(model, prompts, seed=seeds, **arguments)
    for prompt, seed, row in zip(prompts, seeds, together):
        alone = skim.hf.generate(model, prompt[None], seed=[seed], **arguments)
        assert torch.equal(alone[0], row)


def test_a_streamer_sees_every_token(model):
    class Streamer:
        def __init__(self):
            self.tokens, self.ended = [], False

        def put(self, value):
            self.tokens += value.flatten().tolist()

        def end(self):
            self.ended = True

    streamer = Streamer()
    arguments = {"max_new_tokens": 8, "do_sample": True}
    text = skim.hf.generate(model, PROMPT, seed=1, streamer=streamer, **arguments)
    assert streamer.tokens == text[0].tolist() and streamer.ended


def test_a_warper_of_the_callers_that_keeps_more_stays_one():
    own = transformers.TopPLogitsWarper(0.3, min_tokens_to_keep=5)
    kept = skim.hf._with_sampler(transformers.LogitsProcessorList([own]), True, 0)
    assert kept[0] is own and len(kept) == 2
    plain = transformers.LogitsProcessorList([transformers.TopPLogitsWarper(0.3)])
    assert len(skim.hf._with_sampler(plain, True, 0)) == 1


def test_a_sampler_in_hugging_faces_own_call(model):
    filters = {"temperature": 0.8, "top_k": 30}
    sampler = skim.hf.Sampler(seed=4, **filters)
    found = model.generate(PROMPT, logits_processor=[sampler], max_new_tokens=12, do_sample=False)
    wanted = skim.hf.generate(model, PROMPT, seed=4, max_new_tokens=12, do_sample=True, **filters)
    assert torch.equal(found, wanted)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("seed", [3, [5, 2**64 - 1, 7]], ids=str)
def test_a_sampler_draws_the_same_on_a_gpu(seed):
    logits = torch.randn(3, VOCAB, generator=torch.Generator().manual_seed(0)) * 4
    filters = {"temperature": 0.8, "top_k": 50, "top_p": 0.9}
    on_cpu, on_gpu = skim.hf.Sampler(seed=seed, **filters), skim.hf.Sampler(seed=seed, **filters)
    for _ in range(5):
        assert torch.equal(on_gpu.draw(logits.cuda()).cpu(), on_cpu.draw(logits))


# ---- what is refused ----


NO_TOKEN = [(torch.nan, "holds a NaN"), (-torch.inf, "has no logit above -inf")]


@pytest.mark.parametrize("logit, what", NO_TOKEN)
def test_a_row_without_a_token_is_an_error(logit, what):
    logits = torch.randn(3, 50)
    logits[1] = logit
    text = f"row 1 {what} at step 0, so it has no token; correct the model"
    for temperature in (0, 1):
        with pytest.raises(skim.InvalidRequest, match=text):
            skim.hf.Sampler(seed=1, temperature=temperature).draw(logits)


REFUSED = {
    "beams": ({"num_beams": 2, "do_sample": False}, "generation mode is beam_search"),
    "no seed": ({"do_sample": True}, "seed is None, and skim has no state"),
    "seeds": ({"do_sample": True, "seed": [1, 2]}, "seed has 2 entries for rows = 1"),
    "negative seed": ({"do_sample": True, "seed": [-1]}, "seed = -1 is outside"),
    "typical": ({"do_sample": True, "seed": 1, "typical_p": 0.9}, "typical_p = 0.9 is nothing that skim"),
    "epsilon": ({"do_sample": True, "seed": 1, "epsilon_cutoff": 0.01}, "epsilon_cutoff = 0.01 is nothing"),
    "scores": ({"output_scores": True}, "output_scores = True is nothing"),
    "assistant": ({"assistant_model": object()}, "assistant_model and custom_generate draw in ways of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_skim_does_not_draw_is_refused(name, model):
    arguments, text = REFUSED[name]
    with pytest.raises(skim.InvalidRequest, match=text):
        skim.hf.generate(model, PROMPT, max_new_tokens=2, **arguments)
