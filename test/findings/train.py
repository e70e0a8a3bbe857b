"""Trains runs: ``train.py FOLDER NAME SEED [NAME SEED …]`` writes each to ``FOLDER/NAME-SEED`` and says so in a line.

``train.py --list`` prints the names as JSON: ``{"planted": […], "healthy": […]}``.
"""

import json
import shutil
import sys
import traceback
import warnings
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "media/recorder")]

from runs import HEALTHY, PLANTED  # noqa: E402
from training import Run  # noqa: E402


def main(arguments: "list[str]") -> int:
    if arguments == ["--list"]:
        print(json.dumps({"planted": list(PLANTED), "healthy": list(HEALTHY)}))
        return 0
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    warnings.simplefilter("ignore")
    home, failed = Path(arguments[0]), 0
    for name, seed in zip(arguments[1::2], arguments[2::2]):
        run = Run(home, name, int(seed))
        shutil.rmtree(run.folder, ignore_errors=True)
        train = PLANTED.get(name) or HEALTHY[name]
        try:
            run.write(train(run))
            print(f"trained {name} {seed}", flush=True)
        except Exception:
            traceback.print_exc()
            failed += 1
    return 1 if failed > 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
