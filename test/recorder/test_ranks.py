"""Four ranks under torch.distributed: every rank's files, and the batch statistics of all of them together."""

import unittest
from typing import Any, Dict, List

import torch
from support import RecorderTest, read_dump, report

import ranks  # isort: skip (found through support)


class Ranks(RecorderTest):
    def test_write_files_of_their_own_that_merge_into_one_batch(self) -> None:
        ranks.record(self.folder, self.home / "meeting")
        expected_files = [f"step_{step:06d}_rank{rank}.safetensors" for step in range(2) for rank in range(4)]
        self.assertEqual(self.files(), ["normscope.json", *expected_files])
        for name in expected_files:
            metadata, _ = read_dump(self.folder / name)
            self.assertEqual(f"step_{metadata['step']:06d}_rank{metadata['rank']}.safetensors", name)
        found = report(self.folder, "--statistics")
        self.assertEqual(found["problems"], [])
        inputs = next(layer for layer in found["layers"] if layer["fullName"] == self.sidecar()["layers"]["stem.1"]["input"])
        for step, expected in ranks.together().items():
            records = [each for each in inputs["steps"] if each["step"] == step]
            self.assertEqual([each["rank"] for each in records], [0, 1, 2, 3])
            merged = merge([each["methods"]["batch"]["units"] for each in records])
            for name in ("mean", "variance"):
                for value, truth in zip(merged[name], expected[name]):
                    self.assertAlmostEqual(value, truth, delta=1e-6 * max(1.0, abs(truth)), msg=f"{name} at {step}")


def merge(units: List[Dict[str, Any]]) -> Dict[str, List[float]]:
    """Of parts with as many values each: the mean of the means; the mean of the variances, and their spread."""
    means = torch.tensor([each["mean"] for each in units], dtype=torch.float64)
    variances = torch.tensor([each["variance"] for each in units], dtype=torch.float64)
    mean = means.mean(0)
    return {"mean": mean.tolist(), "variance": (variances.mean(0) + (means - mean).square().mean(0)).tolist()}


if __name__ == "__main__":
    unittest.main()
