"""Numbers that a script gives with a step: the loss, the learning rate."""

import math
import unittest
from typing import Any, Dict

import torch
from support import ConvNet, Recorder, RecorderTest, read_dump, report
from torch import nn


class Scalars(RecorderTest):
    def given(self, **scalars: Any) -> Dict[str, Any]:
        """What the file of a step says of scalars that were given with it."""
        with Recorder(nn.LayerNorm(2), self.folder, overwrite=True) as recorder:
            recorder.model(torch.ones(2, 2))
            recorder.step(0, **scalars)
        return self.dump()[0].get("scalars", {})

    def test_are_numbers_or_tensors_of_one_element_of_any_type(self) -> None:
        loss = torch.tensor(0.1, dtype=torch.float64, requires_grad=True) * 3
        scalars = {
            "loss": loss,
            "half": torch.tensor([1.5], dtype=torch.bfloat16),
            "correct": torch.tensor(17),
            "lr": 1e-3,
            "epoch": 2,
            "best": torch.tensor(True),
            "train/accuracy": torch.tensor([[0.25]]).numpy()[0, 0],
        }
        expected = {
            "loss": loss.item(),
            "half": 1.5,
            "correct": 17.0,
            "lr": 1e-3,
            "epoch": 2.0,
            "best": 1.0,
            "train/accuracy": 0.25,
        }
        self.assertEqual(self.given(**scalars), expected)
        self.assertEqual(self.messages(), [])

    def test_may_be_nan_or_infinite(self) -> None:
        found = self.given(a=math.nan, b=torch.tensor(math.inf), c=-math.inf, d=1e308)
        self.assertEqual(found, {"a": "nan", "b": "inf", "c": "-inf", "d": 1e308})

    def test_that_are_no_numbers_give_a_warning_and_nothing_else(self) -> None:
        class Odd:
            def __float__(self) -> float:
                raise KeyError("no")

        odd = {
            "vector": torch.ones(3),
            "complex": torch.tensor(1j),
            "sparse": torch.ones(1).to_sparse(),
            "meta": torch.ones((), device="meta"),
            "none": None,
            "text": "high",
            "huge": 10**400,
            "odd": Odd(),
        }
        self.assertEqual(self.given(lr=0.5, **odd), {"lr": 0.5})
        self.assertEqual(len(self.messages()), len(odd))
        for name in odd:
            self.assertTrue(any(name in message for message in self.messages()), name)
        self.assertEqual(sorted(self.dump()[1]), ["model", "model.bias", "model.input", "model.weight"])

    def test_are_those_of_their_step_though_the_tensor_changes_afterwards(self) -> None:
        running = torch.zeros(())
        with Recorder(nn.LayerNorm(2), self.folder, every=1) as recorder:
            for step in range(4):
                recorder.model(torch.ones(2, 2))
                running += 1
                recorder.step(step, running=running)
        self.assertEqual([self.dump(step)[0]["scalars"] for step in range(4)], [{"running": float(n)} for n in (1, 2, 3, 4)])

    def test_are_not_touched_at_steps_that_do_not_record(self) -> None:
        class Read(Exception):
            pass

        class Untouched:
            def __float__(self) -> float:
                raise Read

        with Recorder(nn.LayerNorm(2), self.folder) as recorder:
            for step in range(5):
                recorder.model(torch.ones(2, 2))
                recorder.step(step, loss=Untouched() if step in (3, 4) else 1.0)
        self.assertEqual(self.messages(), [])
        self.assertEqual(len([name for name in self.files() if name.startswith("step")]), 3)

    def test_are_in_the_file_of_each_phase_and_with_a_probe(self) -> None:
        model = ConvNet()
        with Recorder(model, self.folder, phases=("train", "eval")) as recorder:
            model(torch.randn(2, 3, 5, 5))
            model.eval()(torch.randn(2, 3, 5, 5))
            recorder.step(0, loss=torch.tensor(0.5))
        for phase in ("train", "eval"):
            self.assertEqual(read_dump(self.folder / f"step_000000_{phase}.safetensors")[0]["scalars"], {"loss": 0.5})
        self.folder = self.home / "probe"
        with Recorder(ConvNet(), self.folder, probe=torch.randn(2, 3, 5, 5)) as recorder:
            recorder.step(0, loss=torch.tensor(0.75))
        self.assertEqual(self.dump()[0]["scalars"], {"loss": 0.75})

    def test_are_in_the_report(self) -> None:
        losses = [0.5, math.nan, 0.25]
        with Recorder(nn.LayerNorm(2), self.folder, every=1) as recorder:
            for step, loss in enumerate(losses):
                recorder.model(torch.randn(4, 2))
                recorder.step(step, loss=loss, lr=torch.tensor(0.1))
        scalars = report(self.folder)["scalars"]
        rounded = torch.tensor(0.1).item()
        self.assertEqual(
            scalars,
            [
                {"name": "loss", "steps": [0, 1, 2], "values": [0.5, None, 0.25]},
                {"name": "lr", "steps": [0, 1, 2], "values": [rounded] * 3},
            ],
        )


if __name__ == "__main__":
    unittest.main()
