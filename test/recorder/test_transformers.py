"""Models of Hugging Face's transformers, made from a configuration: recorded norms are what hooks see, training is the same."""

import os
import unittest
from typing import Any, Callable, List

import torch
from torch import Tensor, nn
from twins import TwinTest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

try:
    import transformers
except ImportError:
    transformers = None

TOKENS = 60


def llama() -> nn.Module:
    """RMS norms that are not PyTorch's own, a gated activation, grouped keys."""
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=TOKENS,
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            use_cache=False,
        )
    )


def gpt2() -> nn.Module:
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=TOKENS, n_positions=16, n_embd=16, n_layer=2, n_head=2, use_cache=False, bos_token_id=0, eos_token_id=0)
    )


def bert() -> nn.Module:
    return transformers.BertForMaskedLM(
        transformers.BertConfig(
            vocab_size=TOKENS,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=16,
        )
    )


def language_loss(model: nn.Module) -> Tensor:
    tokens = torch.randint(0, TOKENS, (3, 10))
    return model(input_ids=tokens, labels=tokens).loss


@unittest.skipIf(transformers is None, "transformers is not installed")
class HuggingFace(TwinTest):
    def assert_same_with_and_without_checkpointing(self, build: Callable[[], nn.Module], norms: List[str]) -> None:
        variants: Any = {"plain": None, "non-reentrant": {"use_reentrant": False}, "reentrant": {"use_reentrant": True}}
        for name, options in variants.items():

            def build_one(options: Any = options) -> nn.Module:
                model = build().train()
                if options is not None:
                    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options)
                return model

            with self.subTest(name):
                self.folder = self.home / name
                self.assert_same_training(build_one, language_loss)
                modules = [facts.get("module", "") for facts in self.sidecar()["layers"].values()]
                self.assertEqual([name for name in modules if name.endswith("Norm")], norms)

    def test_llama(self) -> None:
        self.assert_same_with_and_without_checkpointing(llama, 5 * ["transformers.models.llama.modeling_llama.LlamaRMSNorm"])

    def test_gpt2(self) -> None:
        self.assert_same_with_and_without_checkpointing(gpt2, 5 * ["torch.nn.LayerNorm"])

    def test_bert(self) -> None:
        self.assert_same_with_and_without_checkpointing(bert, 6 * ["torch.nn.LayerNorm"])


if __name__ == "__main__":
    unittest.main()
