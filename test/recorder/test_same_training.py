"""Training is bit for bit the same with a recorder and a probe as without."""

import random
import unittest
from typing import Any, Dict, List

import torch
from support import ConvNet, Recorder, RecorderTest, Transformer
from torch import Tensor, nn

STEPS = 7


class Forgetful(nn.Module):
    """Draws random numbers of every kind in its forward pass, and counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.net = ConvNet()
        self.dropout = nn.Dropout(0.3)
        self.calls = 0
        self.register_buffer("average", torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        y = self.net(self.dropout(x)) * (1 + 0.1 * random.random())
        self.average.mul_(0.9).add_(y.detach().mean(0), alpha=0.1)
        return y


def convolutional() -> Any:
    return Forgetful(), lambda: torch.randn(6, 3, 5, 5)


def transformer() -> Any:
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.2, batch_first=True)
    return nn.Sequential(Transformer(), nn.Unflatten(1, (4, 1)), nn.Flatten(), nn.Linear(4, 16), Row(), layer), (
        lambda: torch.randn(4, 6, 5)
    )


class Row(nn.Module):
    """Puts features into sequences of one position."""

    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(1)


class SameTraining(RecorderTest):
    def train(self, network: Any, name: str, options: Dict[str, Any]) -> List[Any]:
        """Everything that training leaves: losses, parameters, buffers, gradients, flags and random states."""
        torch.manual_seed(11)
        random.seed(11)
        model, batch = network()
        probe = batch() if options.pop("with_probe", False) else None
        torch.manual_seed(12)
        recorder = None
        if name != "":
            recorder = Recorder(model, self.folder / name, **options, **({} if probe is None else {"probe": probe}))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        losses = []
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = model(batch()).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            if recorder is not None:
                recorder.step(step, loss=loss, lr=optimizer.param_groups[0]["lr"])
        if recorder is not None:
            recorder.close()
            self.assertTrue(list((self.folder / name).glob("step_*.safetensors")), name)
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        flags = [(path, module.training) for path, module in model.named_modules()]
        hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
        state = [*losses, *model.state_dict().values(), *gradients, torch.get_rng_state()]
        return [*state, flags, hooks, random.getstate(), getattr(model, "calls", None)]

    def assert_same(self, network: Any) -> None:
        torch.use_deterministic_algorithms(True)
        self.addCleanup(torch.use_deterministic_algorithms, False)
        plain = self.train(network, "", {})
        variants: Dict[str, Dict[str, Any]] = {
            "default": {"every": 3},
            "summaries": {"every": 2, "summarize": True},
            "each step": {"every": 1, "dtype": "float32", "phases": ("train", "eval")},
            "few samples": {"every": 2, "max_samples": 2, "layers": "*"},
            "probe in eval": {"every": 2, "with_probe": True},
            "probe in train": {"every": 1, "with_probe": True, "probe_mode": "train"},
        }
        for name, options in variants.items():
            with self.subTest(name):
                recorded = self.train(network, name, options)
                self.assertEqual(len(plain), len(recorded))
                for before, after in zip(plain, recorded):
                    same = torch.equal(before, after) if isinstance(before, Tensor) else before == after
                    self.assertTrue(same, f"{name}: {before} became {after}")
        self.assertEqual(self.messages(), [])

    def test_convolutional_network_with_dropout_and_running_statistics(self) -> None:
        self.assert_same(convolutional)

    def test_transformer(self) -> None:
        self.assert_same(transformer)


if __name__ == "__main__":
    unittest.main()
