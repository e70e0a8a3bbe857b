"""The figures of a recorded run by PyTorch: what the bench measures Normscope against. The first line it prints is
PyTorch's version; then it reads lines `NAME THREADS FOLDER` and answers each with the seconds of one run.

Of every record, raw and after batch, layer, instance, group (G = 32) and RMS normalization: mean and variance of every
unit, minimum, maximum, zeros, NaN and infinities, mean and deviation of each channel, a histogram of 1024 bins of the
even and of the odd samples, the percentiles 15, 50 and 85 of it, and the shift from the layer's first step: Wasserstein-1
of the values and of the standardized values, its noise floor between the two halves, Kolmogorov-Smirnov, Jensen-Shannon,
and the distance of the channels. Layer and RMS normalization of sequences are at each position, as transformers do it.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

GROUPS = 32
BINS = 1024
EPS = 1e-5
PERCENTILES = np.array([0.15, 0.5, 0.85])
TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
PARAMETERS = ("weight", "bias", "running_mean", "running_var")


def records(folder):
    """The run's activations as float32, file after file."""
    for path in sorted(Path(folder).glob("*.safetensors")):
        data = bytearray(path.read_bytes())
        start = 8 + int.from_bytes(data[:8], "little")
        for name, entry in json.loads(data[8:start]).items():
            if name == "__metadata__" or name.rpartition(".")[2] in PARAMETERS:
                continue
            low, high = (start + offset for offset in entry["data_offsets"])
            values = torch.frombuffer(memoryview(data)[low:high], dtype=TYPES[entry["dtype"]])
            yield name, values.view(entry["shape"]).float()


class Histogram:
    """Counts of the even and the odd samples over equal bins of [low, high]."""

    def __init__(self, halves, low, high):
        self.halves = halves
        self.edges = np.linspace(low, high, BINS + 1)
        self.cdf = cumulative(halves[0] + halves[1])

    def percentiles(self):
        return np.interp(PERCENTILES, self.cdf, self.edges)

    def floor(self):
        even, odd = (cumulative(half) for half in self.halves)
        return np.abs(even - odd).sum() * (self.edges[1] - self.edges[0])


def cumulative(counts):
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    return sums / max(sums[-1], 1.0)


def distances(a, edges_a, b, edges_b):
    """Wasserstein-1, Kolmogorov-Smirnov and Jensen-Shannon of two cumulative distributions over bins of their own."""
    edges = np.union1d(edges_a, edges_b)
    p, q = np.interp(edges, edges_a, a), np.interp(edges, edges_b, b)
    gap = np.abs(p - q)
    w1 = ((gap[1:] + gap[:-1]) / 2 * np.diff(edges)).sum()
    dp, dq = np.diff(p), np.diff(q)
    middle = (dp + dq) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        js = np.nansum(dp * np.log2(dp / middle)) / 2 + np.nansum(dq * np.log2(dq / middle)) / 2
    return w1, gap.max(), js


def shift(now, first):
    (histogram, mean, std, channels), (reference, mean0, std0, channels0) = now, first
    w1, ks, js = distances(reference.cdf, reference.edges, histogram.cdf, histogram.edges)
    shape, _, _ = distances(
        reference.cdf, (reference.edges - mean0) / std0, histogram.cdf, (histogram.edges - mean) / std
    )
    channel = float(sum((a - b).square() for a, b in zip(channels, channels0)).sqrt().mean()) / std0
    return w1 / std0, histogram.floor() / std0, ks, js, shape, (mean - mean0) / std0, np.log(std / std0), channel


def straightforward(x, is_sequence):
    """As in a notebook: each method with its own function, and each figure of its result."""
    v = x.transpose(1, 2) if is_sequence else x
    rows = (2,) if is_sequence else tuple(range(1, x.dim()))
    flat = v.reshape(v.shape[0], v.shape[1], -1)
    (x == 0).sum(), torch.isnan(x).sum(), torch.isinf(x).sum()
    units = {
        "none": lambda: torch.var_mean(x, unbiased=False),
        "batch": lambda: torch.var_mean(flat, dim=(0, 2), unbiased=False),
        "layer": lambda: torch.var_mean(x, dim=rows, unbiased=False),
        "instance": lambda: torch.var_mean(flat, dim=2, unbiased=False),
        "group": lambda: torch.var_mean(flat.reshape(x.shape[0], groups_of(flat), -1), dim=2, unbiased=False),
        "rms": lambda: x.square().mean(dim=rows),
    }
    outputs = {
        "none": lambda: v,
        "batch": lambda: F.batch_norm(v, None, None, training=True, eps=EPS),
        "layer": lambda: F.layer_norm(x, [x.shape[axis] for axis in rows], eps=EPS),
        "instance": lambda: F.instance_norm(v, eps=EPS),
        "group": lambda: F.group_norm(v, groups_of(flat), eps=EPS),
        "rms": lambda: x / torch.sqrt(x.square().mean(dim=rows, keepdim=True) + EPS),
    }
    for method, make in outputs.items():
        units[method]()
        y = make()
        low, high = float(y.min()), float(y.max())
        halves = [torch.histc(half, BINS, low, high).numpy() for half in (y[0::2], y[1::2])]
        channel_axes = [axis for axis in range(y.dim()) if axis != (2 if is_sequence and method in ("layer", "rms") else 1)]
        variance, mean = torch.var_mean(y, dim=channel_axes, unbiased=False)
        yield Histogram(halves, low, high), float(y.mean()), float(y.std(unbiased=False)), (mean, variance.sqrt())


def groups_of(flat):
    """32, or the largest divisor of the number of channels below it."""
    channels = flat.shape[1]
    return next(groups for groups in range(min(GROUPS, channels), 0, -1) if channels % groups == 0)


def expert(x, is_sequence):
    """Moments once for each (sample, channel), from which those of every method follow; samples sorted by halves once;
    values normalized in place."""
    v = x.transpose(1, 2) if is_sequence else x.flatten(2)
    v = torch.cat([v[0::2], v[1::2]])
    n, c, _ = v.shape
    half = (n + 1) // 2
    variance, mean = torch.var_mean(v, dim=2, unbiased=False)
    (x == 0).sum(), torch.isfinite(x).all()

    def merged(means, variances, dims):
        m = means.mean(dim=dims, keepdim=True)
        return m, (variances + (means - m) ** 2).mean(dim=dims, keepdim=True)

    groups = groups_of(v)
    maps = [(torch.zeros(1, 1, 1), None)]
    m, s = merged(mean, variance, (0,))
    maps += [(m.expand(n, c)[..., None], s.expand(n, c)[..., None])]
    if is_sequence:
        s, m = torch.var_mean(v, dim=1, unbiased=False, keepdim=True)
    else:
        m, s = (each[..., None] for each in merged(mean, variance, (1,)))
    by_row = [(m, s), (torch.zeros_like(m), s + m * m)]
    maps += [by_row[0], (mean[..., None], variance[..., None])]
    grouped = merged(mean.view(n, groups, -1), variance.view(n, groups, -1), (2,))
    maps += [tuple(each.expand(n, groups, c // groups).reshape(n, c)[..., None] for each in grouped), by_row[1]]
    y = torch.empty_like(v)
    for m, s in maps:
        if s is None:
            y.copy_(v)
        else:
            torch.sub(v, m, out=y).mul_(torch.rsqrt(s + EPS))
        low, high = (float(each) for each in torch.aminmax(y))
        halves = [torch.histc(part, BINS, low, high).numpy() for part in (y[:half], y[half:])]
        if s is None or s.shape[2] == 1 and not is_sequence:
            scale = torch.ones(1, 1) if s is None else torch.rsqrt(s + EPS)[..., 0]
            of_channel = merged((mean - m[..., 0]) * scale, variance * scale * scale, (0,))
        else:
            of_channel = torch.var_mean(y, dim=(0, 2), unbiased=False)[::-1]
        channel_mean, channel_variance = (each.flatten() for each in of_channel)
        whole_mean, whole_variance = merged(channel_mean, channel_variance, (0,))
        yield (
            Histogram(halves, low, high),
            float(whole_mean),
            float(whole_variance.sqrt()),
            (channel_mean, channel_variance.sqrt()),
        )


def figures(folder, methods_of):
    """Every record's figures, in the run's order."""
    first = {}
    for name, x in records(folder):
        of_methods = list(methods_of(x, x.dim() == 3))
        reference = first.setdefault(name, of_methods)
        yield name, [
            (now[0].percentiles(), *now[1:3], *shift(now, then)) for now, then in zip(of_methods, reference)
        ]


METHODS = {"straightforward": straightforward, "expert": expert}


def main():
    print(f"PyTorch {torch.__version__}", flush=True)
    for line in sys.stdin:
        name, threads, folder = line.rstrip("\n").split(" ", 2)
        torch.set_num_threads(int(threads))
        started = time.perf_counter()
        with torch.no_grad():
            for _ in figures(folder, METHODS[name]):
                pass
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
