"""A probe among several ranks: none of them ever waits for a rank that does not run the probe too.

Each rank is a process of its own (gloo, one machine), which the test ends where it has not ended by itself.
"""

import json
import os
import subprocess
import sys
import time
import unittest
import warnings
from pathlib import Path
from typing import Any, Callable, Dict, List

import torch
from support import Recorder, RecorderTest, normscope, read_dump
from torch import Tensor, distributed, nn

import ranks  # isort: skip (found through support)

RANKS = 2
SECONDS = 60
"""After which a rank that is still running has hung."""
STEPS = range(7, 17)
ROOM = 356
"""Bytes that are enough for one step of :class:`Gathers` and too few for all."""


class Gathers(nn.Module):
    """Shifts a batch by its mean over all ranks, as synchronized batch norm does."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.linear(x)
        mean = h.detach().mean(0)
        distributed.all_reduce(mean)
        return self.norm(h - mean / RANKS)


class Silent(nn.Module):
    """Does not communicate by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.linear(x))


class Carries(Gathers):
    """Goes on without the other ranks where communication fails."""

    def forward(self, x: Tensor) -> Tensor:
        try:
            return super().forward(x)
        except RuntimeError:
            return self.norm(self.linear(x))


def failing(batch: Tensor) -> Callable[[nn.Module], Any]:
    """A probe that soon finds no memory for its batch, say."""
    calls = []

    def probe(model: nn.Module) -> Any:
        calls.append(model)
        if len(calls) > 4:
            raise MemoryError
        return model(batch)

    return probe


def train(rank: int, home: Path, options: Dict[str, Any]) -> Dict[str, Any]:
    """What one rank runs: training with a recorder as ``options`` say, and what it saw."""
    model = {"gathers": Gathers, "silent": Silent, "carries": Carries}[options["model"]]
    torch.manual_seed(0)
    parallel = nn.parallel.DistributedDataParallel(model())
    optimizer = torch.optim.SGD(parallel.parameters(), lr=0.1)
    recorder = None
    if rank in options["recorders"]:
        unwritable = rank in options.get("unwritable", ())
        folder = home / "file" / "run" if unwritable else home / "run"
        limits = {"max_bytes": RANKS * ROOM} if rank in options.get("no_room", ()) else {}
        batch = torch.ones(4, 4) * (1 + rank)
        probe: Any = failing(batch) if rank in options.get("fails", ()) else batch
        every = options.get("every", 1)
        recorder = Recorder(parallel, folder, every=every, probe=probe, probe_mode="train", dtype="float32", **limits)
    torch.manual_seed(10 + rank)
    losses, seconds = [], []
    for step in STEPS:
        loss = parallel(torch.randn(8, 4)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if rank in options.get("dies", ()) and step == STEPS[3]:
            os._exit(9)
        started = time.monotonic()
        if recorder is not None:
            recorder.step(step)
        seconds.append(time.monotonic() - started)
    if recorder is not None:
        recorder.close()
    return {"losses": losses, "seconds": seconds}


def run_rank(rank: int, home: Path, options: Dict[str, Any]) -> None:
    normscope.AGREEMENT_SECONDS = options.get("patience", 3.0)
    distributed.init_process_group("gloo", init_method=(home / "meeting").as_uri(), rank=rank, world_size=RANKS)
    seen: Dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            seen = train(rank, home, options)
        except RuntimeError as error:
            seen = {"error": str(error)}
    seen["messages"] = [str(each.message) for each in warned if str(each.message).startswith("normscope: ")]
    (home / f"seen_{rank}.json").write_text(json.dumps(seen))
    os._exit(0)


class ProbeRanks(RecorderTest):
    plain: Dict[str, List[List[float]]] = {}
    """By model: each rank's losses where nothing records."""

    def run_ranks(self, expected_codes: Any = (0,) * RANKS, **options: Any) -> List[Dict[str, Any]]:
        """What each rank saw; fails where one has not ended in time."""
        (self.home / "file").write_text("not a folder")
        (self.home / "meeting").unlink(missing_ok=True)
        options = {"model": "gathers", "recorders": [0, 1], **options}
        codes = ranks.exit_codes(run_rank, RANKS, self.home, options, deadline_s=SECONDS)
        self.assertEqual(codes, list(expected_codes), f"None hung, with {options}")
        paths = [self.home / f"seen_{rank}.json" for rank in range(RANKS)]
        return [json.loads(path.read_text()) if path.exists() else {} for path in paths]

    def dumps(self, rank: int) -> List[int]:
        names = sorted(path.name for path in self.folder.glob(f"step_*_rank{rank}.safetensors"))
        return [int(name.split("_")[1]) for name in names]

    def assert_trained_as_without(self, seen: List[Dict[str, Any]], model: str = "gathers") -> None:
        if model not in self.plain:
            self.plain[model] = [each["losses"] for each in self.run_ranks(model=model, recorders=[])]
        self.assertEqual([each["losses"] for each in seen], self.plain[model])

    def test_all_ranks_agree_and_record_every_step(self) -> None:
        seen = self.run_ranks()
        self.assertEqual([each["messages"] for each in seen], [[], []])
        for rank in range(RANKS):
            self.assertEqual(self.dumps(rank), list(STEPS))
        self.assert_trained_as_without(seen)
        # The shift is by the mean over both ranks' probes, so that they are centered together, not each by itself.
        inputs = [read_dump(path)[1]["norm.input"] for path in self.folder.glob("step_000007_rank*.safetensors")]
        self.assertLess(torch.stack(inputs).mean((0, 1)).abs().max(), 1e-6)
        self.assertGreater(inputs[0].mean(0).abs().max(), 1e-3)

    def test_a_rank_that_cannot_write_ends_the_probe_of_all(self) -> None:
        seen = self.run_ranks(unwritable=[0])
        self.assertEqual(len(seen[1]["messages"]), 1, seen[1]["messages"])
        self.assertIn("not every rank agreed", seen[1]["messages"][0])
        self.assertTrue(any("could not be written" in message for message in seen[0]["messages"]))
        self.assert_trained_as_without(seen)

    def test_a_rank_that_has_no_room_ends_the_probe_of_all(self) -> None:
        seen = self.run_ranks(no_room=[1])
        self.assertIn("not every rank agreed", " ".join(seen[0]["messages"]))
        self.assertIn("max_bytes", " ".join(seen[1]["messages"]))
        # The rank that stopped said so: nobody waits for it.
        self.assertLess(max(seen[0]["seconds"]), 3.0)
        self.assert_trained_as_without(seen)

    def test_a_rank_whose_steps_are_there_already_does_not_hang_the_others(self) -> None:
        self.run_ranks(every=5)
        for path in self.folder.glob("*_rank0.safetensors"):
            path.unlink()
        seen = self.run_ranks(every=5)
        self.assert_trained_as_without(seen)

    def test_a_rank_whose_probe_fails_at_a_later_step_does_not_hang_the_others(self) -> None:
        seen = self.run_ranks(fails=[1])
        self.assertIn("not every rank agreed", " ".join(seen[0]["messages"]))
        self.assertIn("MemoryError", " ".join(seen[1]["messages"]))
        self.assertGreater(len(self.dumps(0)), 0)
        self.assert_trained_as_without(seen)

    def test_a_rank_that_dies_does_not_hang_the_others_in_the_probe(self) -> None:
        seen = self.run_ranks(expected_codes=(0, 9), dies=[1])
        # What ends rank 0 is its own training step, which needs rank 1.
        self.assertIn("error", seen[0])

    def test_without_a_recorder_on_the_other_rank_the_probe_is_refused_after_one_wait(self) -> None:
        seen = self.run_ranks(recorders=[0], patience=1.0)
        self.assertEqual(len(seen[0]["messages"]), 1)
        self.assertIn("not every rank agreed", seen[0]["messages"][0])
        self.assertEqual(sum(each > 0.9 for each in seen[0]["seconds"]), 1, seen[0]["seconds"])
        self.assertEqual(self.files(), [])
        self.assert_trained_as_without(seen)

    def test_a_model_that_does_not_communicate_needs_no_other_rank(self) -> None:
        seen = self.run_ranks(model="silent", recorders=[0])
        self.assertEqual(seen[0]["messages"], [])
        self.assertEqual(self.dumps(0), list(STEPS))
        self.assert_trained_as_without(seen, "silent")

    def test_a_model_that_goes_on_without_communication_is_not_recorded_that_way(self) -> None:
        seen = self.run_ranks(model="carries", recorders=[0], patience=1.0)
        self.assertIn("not every rank agreed", " ".join(seen[0]["messages"]))
        self.assertEqual(self.files(), [])


COLLECTIVES: Dict[str, Callable[[Tensor], Any]] = {
    "all_reduce": lambda x: distributed.all_reduce(x),
    "all_reduce of functional": lambda x: __import__("torch.distributed.nn.functional", fromlist=["x"]).all_reduce(x),
    "all_gather": lambda x: distributed.all_gather([x.clone()], x),
    "all_gather of functional": lambda x: __import__("torch.distributed.nn.functional", fromlist=["x"]).all_gather(x),
    "all_gather_object": lambda x: distributed.all_gather_object([None], 1),
    "all_gather_into_tensor": lambda x: distributed.all_gather_into_tensor(x.clone(), x),
    "_all_gather_base": lambda x: distributed._all_gather_base(x.clone(), x),
    "reduce_scatter": lambda x: distributed.reduce_scatter(x, [x.clone()]),
    "reduce_scatter_tensor": lambda x: distributed.reduce_scatter_tensor(x, x.clone()),
    "reduce": lambda x: distributed.reduce(x, 0),
    "broadcast": lambda x: distributed.broadcast(x, 0),
    "broadcast_object_list": lambda x: distributed.broadcast_object_list([1], 0),
    "gather": lambda x: distributed.gather(x, [x.clone()], 0),
    "scatter": lambda x: distributed.scatter(x, [x.clone()], 0),
    "all_to_all": lambda x: distributed.all_to_all([x], [x.clone()]),
    "all_to_all_single": lambda x: distributed.all_to_all_single(x, x.clone()),
    "barrier": lambda x: distributed.barrier(),
    "monitored_barrier": lambda x: distributed.monitored_barrier(),
    "isend": lambda x: distributed.isend(x, 0),
    "recv": lambda x: distributed.recv(x, 0),
    "irecv of any": lambda x: distributed.irecv(x),
    "all_reduce_coalesced": lambda x: distributed.all_reduce_coalesced([x]),
}


class Forbidden(RecorderTest):
    """Each way to communicate, tried with one rank in a process of its own."""

    def test_every_way_to_communicate_is_stopped_before_it_starts(self) -> None:
        command = [sys.executable, __file__, str(self.home)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        found = json.loads(done.stdout.decode().splitlines()[-1])
        self.assertGreaterEqual(len(found), len(COLLECTIVES))
        self.assertEqual({name: each for name, each in found.items() if each != "stopped"}, {})


def try_collectives(home: Path) -> None:
    distributed.init_process_group("gloo", init_method=(home / "meeting").as_uri(), rank=0, world_size=1)
    tried = dict(COLLECTIVES)
    if hasattr(distributed, "_functional_collectives"):
        functional, group = distributed._functional_collectives, distributed.group.WORLD
        tried["functional all_reduce"] = lambda x: functional.all_reduce(x, "sum", group)
        tried["functional all_gather_tensor"] = lambda x: functional.all_gather_tensor(x, 0, group)
    found = {}
    for name, call in tried.items():
        guard = normscope._NoCommunication()
        try:
            with torch.no_grad(), guard, normscope._no_call_past(guard):
                call(torch.ones(4))
            found[name] = "went through"
        except RuntimeError as error:
            found[name] = "stopped" if guard.tripped else str(error)
    print(json.dumps(found), flush=True)
    os._exit(0)


@unittest.skipUnless(hasattr(distributed, "device_mesh"), "PyTorch 1.13's FSDP does not import on Python 3.11")
class Spread(RecorderTest):
    """Parameters in parts on the ranks, tried with one rank in a process of its own."""

    def test_probe_is_refused_in_words(self) -> None:
        command = [sys.executable, __file__, str(self.home), "spread"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        found = json.loads(done.stdout.decode().splitlines()[-1])
        for name, messages in found.items():
            self.assertEqual(len(messages), 1, f"{name}: {messages}")
            self.assertIn("shards the model's parameters", messages[0], name)
        self.assertEqual(found.keys(), {"FullyShardedDataParallel", "fully_shard", "DTensor"})


def try_spread(home: Path) -> None:
    distributed.init_process_group("gloo", init_method=(home / "meeting").as_uri(), rank=0, world_size=1)
    found = {}
    for name, make in spread_models().items():
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            model = make(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)))
            recorder = Recorder(model, home / name, every=1, probe=torch.ones(2, 4))
            recorder.step(0)
            recorder.step(1)
            recorder.close()
        found[name] = [str(each.message) for each in warned if str(each.message).startswith("normscope: ")]
    print(json.dumps(found), flush=True)
    os._exit(0)


def spread_models() -> Dict[str, Callable[[nn.Module], nn.Module]]:
    from torch.distributed import device_mesh, fsdp, tensor

    mesh = device_mesh.init_device_mesh("cpu", (1,))

    def flat(model: nn.Module) -> nn.Module:
        # Without an accelerator it cannot be constructed; the probe goes by the class.
        wrapper = fsdp.FullyShardedDataParallel.__new__(fsdp.FullyShardedDataParallel)
        nn.Module.__init__(wrapper)
        wrapper._fsdp_wrapped_module = model
        return nn.Sequential(wrapper)

    return {
        "FullyShardedDataParallel": flat,
        "fully_shard": lambda model: fsdp.fully_shard(model, mesh=mesh),
        "DTensor": lambda model: tensor.distribute_module(model, mesh),
    }


if __name__ == "__main__":
    if len(sys.argv) == 2:
        try_collectives(Path(sys.argv[1]))
    elif len(sys.argv) == 3:
        try_spread(Path(sys.argv[1]))
    else:
        unittest.main()
