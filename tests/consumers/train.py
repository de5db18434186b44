"""One optimiser step of every TRL format of a bundle: python tests/consumers/train.py BUNDLE, in a venv with trl.

The model is made here, with random weights, and so is the tokenizer, over the bytes of UTF-8: nothing is downloaded.
Every configuration of the card is loaded and compared with its file; where the trainer says which tokens are learned,
they must be the corrected turn and nothing else. Trains with TRL's prm trainer where there is one (up to 1.13).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")
os.environ["HF_HOME"] = tempfile.mkdtemp()

import torch
import trl
import yaml
from datasets import load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForTokenClassification,
    PreTrainedTokenizerFast,
)

TEMPLATE = (
    "{% if tools %}<|tools|>{% for tool in tools %}{{ tool | tojson }}{% endfor %}<|end|>{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>"
    "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}"
    "{% for call in m.tool_calls or [] %}<|call|>{{ call.function.name }}{{ call.function.arguments | tojson }}"
    "{% endfor %}<|end|>{% endgeneration %}{% else %}{{ m.content }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = [f"<|{name}|>" for name in ("pad", "end", "tools", "system", "user", "assistant", "tool", "call")]


def tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer with a token for every byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE({letter: place for place, letter in enumerate(alphabet)}, []))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=bytewise, pad_token=SPECIAL[0], eos_token=SPECIAL[1])
    made.add_special_tokens({"additional_special_tokens": SPECIAL[2:]})
    made.chat_template = TEMPLATE
    return made


def config(words: PreTrainedTokenizerFast) -> LlamaConfig:
    """Return the shape of a model of some ten thousand weights."""
    return LlamaConfig(
        vocab_size=len(words),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        pad_token_id=words.pad_token_id,
        eos_token_id=words.eos_token_id,
    )


def say(text: str) -> None:
    """Tell what was seen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def said(message: dict[str, Any]) -> str:
    """Return what the template makes of one turn of the agent."""
    calls = [call["function"] for call in message.get("tool_calls") or []]
    dumped = "".join(f"<|call|>{f['name']}{json.dumps(f['arguments'], ensure_ascii=False)}" for f in calls)
    return f"{message['content']}{dumped}<|end|>"


def load(data: Path) -> dict[str, Any]:
    """Load every configuration of the card; each must be its files, row for row."""
    head = yaml.safe_load((data / "README.md").read_text(encoding="utf-8").split("\n---\n")[0])
    loaded = {}
    for entry in head["configs"]:
        rows = [
            json.loads(line) for file in entry["data_files"] for line in (data / file).read_bytes().splitlines() if line
        ]
        keys = dict.fromkeys(key for row in rows for key in row)
        loaded[entry["config_name"]] = found = load_dataset(str(data), entry["config_name"], split="train")
        expected = [{key: row.get(key) for key in keys} for row in rows]
        assert list(found) == expected, entry["config_name"]
        say(f"loaded    {entry['config_name']:20} {len(rows)} rows, exact")
    return loaded


def options(kind: Any, **more: Any) -> Any:
    """Return the arguments of a trainer for one step on the CPU."""
    return kind(
        output_dir=tempfile.mkdtemp(),
        max_steps=1,
        per_device_train_batch_size=2,
        learning_rate=1e-2,
        report_to=[],
        save_strategy="no",
        logging_steps=1,
        use_cpu=True,
        **{"bf16": False, "max_length": 2048, **more},
    )


def step(name: str, trainer: Any) -> None:
    """Take one optimiser step; the loss must be a number and the weights must have moved."""
    before = {key: value.detach().clone() for key, value in trainer.model.named_parameters()}
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    moved = sum(bool((value != before[key]).any()) for key, value in trainer.model.named_parameters() if key in before)
    assert losses, name
    assert all(math.isfinite(float(loss)) for loss in losses), (name, losses)
    assert moved, name
    say(f"one step  {name:20} loss {float(losses[0]):.4f}, {moved} of {len(before)} tensors moved")


def learned(trainer: Any, words: PreTrainedTokenizerFast) -> list[str]:
    """Return the text of the tokens that are in the loss, row by row, in the order of the data set."""
    batch = trainer.data_collator([trainer.train_dataset[n] for n in range(len(trainer.train_dataset))])
    return [words.decode(row[row != -100]) for row in batch["labels"]]


def main(bundle: Path) -> None:
    """Load everything and train on what TRL reads."""
    versions = {name: importlib.metadata.version(name) for name in ("datasets", "trl", "transformers", "torch")}
    say("with      " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    torch.manual_seed(0)
    rows = load(bundle / "data")
    words = tokenizer()

    def model() -> LlamaForCausalLM:
        return LlamaForCausalLM(config(words))

    sft = trl.SFTTrainer(model(), options(trl.SFTConfig), train_dataset=rows["sft"], processing_class=words)
    expected = [said(row["completion"][0]) for row in rows["sft"]]
    assert learned(sft, words) == expected, "something else than the corrected turn is in the loss"
    tokens = sum(len(words(text)["input_ids"]) for text in expected)
    say(f"loss on   sft: the corrected turns alone, {tokens} tokens of {len(expected)} rows")
    step("sft", sft)

    whole = options(trl.SFTConfig, assistant_only_loss=True)
    chats = trl.SFTTrainer(model(), whole, train_dataset=rows["messages"], processing_class=words)
    every = ["".join(said(m) for m in row["messages"] if m["role"] == "assistant") for row in rows["messages"]]
    assert learned(chats, words) == every, "what the card says of messages does not hold"
    say("loss on   messages: all turns of the agent, as the card says, and no tool result")
    step("messages", chats)

    dpo, kto = options(trl.DPOConfig), options(named("KTOConfig"))
    step("preference (DPO)", trl.DPOTrainer(model(), model(), dpo, **given(rows["preference"], words)))
    step("kto", named("KTOTrainer")(model(), model(), kto, **given(rows["kto"], words)))
    try:
        prm = importlib.import_module("trl.experimental.prm")
    except ModuleNotFoundError:
        say(f"no prm    trl {versions['trl']} has no trainer of stepwise data any more")
        return
    judge = LlamaForTokenClassification(config(words))
    arguments = options(prm.PRMConfig, max_length=512)
    step("stepwise (PRM)", prm.PRMTrainer(judge, args=arguments, **given(rows["stepwise"], words)))


def given(rows: Any, words: PreTrainedTokenizerFast) -> dict[str, Any]:
    """Return the arguments that every trainer takes."""
    return {"train_dataset": rows, "processing_class": words}


def named(name: str) -> Any:
    """Return what TRL calls *name*, at the top or, in some versions, among its experiments."""
    return getattr(trl, name, None) or getattr(importlib.import_module("trl.experimental.kto"), name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
