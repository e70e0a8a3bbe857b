"""Writes the files that test/bench/bigFiles.mjs measures: a zip64 .npz and a .pt of 6 GB, HDF5 files of 3 GB
(unpacked) in many datasets and in one.

Usage: python3 bigFiles.py FOLDER (with NumPy, PyTorch and h5py). Steps of one layer each, 205 MB a tensor; the data repeats, so that
writing is quick, but no chunk compresses to nothing.
"""

import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import torch

STEP = (64, 256, 56, 56)  # 205 MB of float32
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
block = np.random.default_rng(0).standard_normal(STEP, np.float32)

with zipfile.ZipFile(folder / "activations.npz", "w", zipfile.ZIP_STORED) as archive:
    for step in range(30):
        with archive.open(f"step_{step:06d}/conv1.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array(member, block)

shared = torch.from_numpy(block)
torch.save({f"step_{step:06d}": {"conv1": shared.clone()} for step in range(30)}, folder / "activations.pt")

# Half of the bits are noise: gzip takes it to some 40 %. What follows are the first batch's chunks again, which saves
# the minutes that compressing them takes.
coarse = (block.view("<u4") & 0xFFFF0000).view("<f4")
options = {"chunks": (4, 64, 56, 56), "compression": "gzip", "compression_opts": 1, "shuffle": True}


def copy_chunks(source, target, batch):
    for number in range(source.id.get_num_chunks()):
        sample, *rest = source.id.get_chunk_info(number).chunk_offset
        mask, chunk = source.id.read_direct_chunk((sample, *rest))
        target.id.write_direct_chunk((batch * STEP[0] + sample, *rest), chunk, mask)


with h5py.File(folder / "activations.h5", "w") as f:
    first = f.create_dataset("step_000000/conv1", data=coarse, **options)
    for step in range(1, 15):
        copy_chunks(first, f.create_dataset(f"step_{step:06d}/conv1", STEP, "f4", **options), 0)
    # One dataset of 3 GB.
    with h5py.File(folder / "conv1.h5", "w") as g:
        whole = g.create_dataset("conv1", (15 * STEP[0], *STEP[1:]), "f4", **options)
        for batch in range(15):
            copy_chunks(first, whole, batch)
