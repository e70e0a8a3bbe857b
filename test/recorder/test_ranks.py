"""Four ranks under torch.distributed: every rank's files, and the batch statistics of all of them together."""

import unittest

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
            self.assertEqual([each["rank"] for each in records if "rank" in each], [0, 1, 2, 3])
            merged = next(each for each in records if each.get("ranks") == [0, 1, 2, 3])
            units = merged["methods"]["batch"]["units"]
            for name in ("mean", "variance"):
                self.assertEqual(len(units[name]), len(expected[name]))
                for value, truth in zip(units[name], expected[name]):
                    self.assertAlmostEqual(value, truth, delta=1e-6 * max(1.0, abs(truth)), msg=f"{name} at {step}")


if __name__ == "__main__":
    unittest.main()
