"""Training on two ranks with gloo: each rank writes files of its own, and training is the same as without a recorder."""

import unittest
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Tuple

import torch
from support import ConvNet, Recorder, RecorderTest
from torch import Tensor, nn
from twins import Seen, VERSION, read_step, same, watched

import ranks  # isort: skip (found through support)

RANKS, STEPS, EVERY = 2, 5, 2


class Feedforward(nn.Module):
    """Layers of one kind each, so that every wrapper finds submodules to take apart."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)) for _ in range(2)
        )
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = x + block(x)
        return self.norm(x)


def data_parallel(model: nn.Module) -> nn.Module:
    return nn.parallel.DistributedDataParallel(model)


def compiled_data_parallel(model: nn.Module) -> nn.Module:
    return torch.compile(nn.parallel.DistributedDataParallel(model), backend="aot_eager")


def static_data_parallel(model: nn.Module) -> nn.Module:
    return nn.parallel.DistributedDataParallel(model, static_graph=True, gradient_as_bucket_view=True)


def fully_sharded(model: nn.Module) -> nn.Module:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh("cpu", (RANKS,))
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    return fully_shard(model, mesh=mesh)


def sharded_by_the_first_fsdp(model: nn.Module) -> nn.Module:
    from torch.distributed.fsdp import FullyShardedDataParallel
    from torch.distributed.fsdp.wrap import ModuleWrapPolicy

    policy = ModuleWrapPolicy({nn.Sequential})
    return FullyShardedDataParallel(model, auto_wrap_policy=policy, device_id=torch.device("cpu"), use_orig_params=True)


def whole(value: Tensor) -> Tensor:
    """The values of all ranks together, where a tensor is spread over them."""
    return value.full_tensor() if hasattr(value, "full_tensor") else value.detach().clone()


def run_rank(rank: int, home: Path, build: Callable[[], nn.Module], wrap: Callable[..., nn.Module]) -> None:
    """What each rank runs: a training without a recorder and one with. Leaves what both left in a file."""
    torch.distributed.init_process_group("gloo", init_method=(home / "meeting").as_uri(), rank=rank, world_size=RANKS)
    plain, _ = train(rank, build, wrap, None)
    recorded, clones = train(rank, build, wrap, home / "run")
    torch.save({"plain": plain, "recorded": recorded, "clones": clones}, home / f"rank{rank}.pt")
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def train(
    rank: int, build: Callable[[], nn.Module], wrap: Callable[..., nn.Module], folder: Optional[Path]
) -> Tuple[Dict[str, Any], Dict[int, Seen]]:
    """What training leaves, and clones made by hooks at each step."""
    torch.manual_seed(5)
    network = build()
    model = wrap(network)
    recorder = None if folder is None else Recorder(model, folder, every=EVERY, dtype="float32")
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses, clones = [], {}
    for step in range(STEPS):
        x = torch.randn(4, *shape_of(network), generator=torch.Generator().manual_seed(10 * step + rank))
        optimizer.zero_grad()
        with watched(network) as seen:
            loss = model(x).square().mean()
        clones[step] = {path.replace("_fsdp_wrapped_module.", ""): values for path, values in seen.items()}
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        if recorder is not None:
            recorder.step(step)
    if recorder is not None:
        recorder.close()
    return {
        "losses": losses,
        "parameters": [whole(value) for value in model.parameters()],
        "buffers": [value.clone() for value in model.buffers()],
        "optimizer": [whole(value) for each in optimizer.state.values() for value in each.values()],
        "random state": torch.get_rng_state(),
    }, clones


def shape_of(network: nn.Module) -> Any:
    return (3, 5, 5) if isinstance(network, ConvNet) else (6, 8)


class Distributed(RecorderTest):
    def assert_same_training(self, build: Callable[[], nn.Module], wrap: Callable[..., nn.Module]) -> None:
        ranks.run_ranks(run_rank, RANKS, self.home, build, wrap)
        names = [f"step_{step:06d}_rank{rank}.safetensors" for step in range(0, STEPS, EVERY) for rank in range(RANKS)]
        self.assertEqual([name for name in self.files() if not name.startswith(".")], ["normscope.json", *names])
        for rank in range(RANKS):
            left = torch.load(self.home / f"rank{rank}.pt")
            for what, before in left["plain"].items():
                self.assertTrue(same(before, left["recorded"][what]), f"{what} of rank {rank}")
            for step in range(0, STEPS, EVERY):
                metadata, tensors = read_step(self.folder, step, rank)
                self.assertEqual((metadata["step"], metadata["rank"]), (step, rank))
                for path, clones in left["clones"][step].items():
                    is_input = path.endswith(".input")
                    found = metadata["tensors"][path[: -len(".input")]]["input"] if is_input else path
                    self.assertEqual(len(clones), 1)
                    self.assertTrue(same(clones[0], tensors[found]), f"{path} of rank {rank} at step {step}")
                    self.assertNotIn(f"{found}#1", tensors)

    def test_data_parallel(self) -> None:
        self.assert_same_training(ConvNet, data_parallel)

    def test_data_parallel_with_a_static_graph(self) -> None:
        self.assert_same_training(Feedforward, static_data_parallel)

    @unittest.skipIf(VERSION < (2, 0), "PyTorch 1.13 has no torch.compile")
    def test_compiled_data_parallel(self) -> None:
        self.assert_same_training(Feedforward, compiled_data_parallel)

    @unittest.skipIf(VERSION < (2, 6), "fully_shard came with PyTorch 2.6")
    def test_fully_sharded(self) -> None:
        self.assert_same_training(Feedforward, fully_sharded)

    @unittest.skipIf(VERSION < (2, 6), "before PyTorch 2.6, FullyShardedDataParallel needs a GPU")
    def test_sharded_by_the_first_fsdp(self) -> None:
        self.assert_same_training(Feedforward, sharded_by_the_first_fsdp)


if __name__ == "__main__":
    unittest.main()
