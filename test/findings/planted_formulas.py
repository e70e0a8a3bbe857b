"""Normalization layers that compute something else than they should, in networks that train on all the same."""

from functools import partial

import norms
import torch
from networks import Cnn, Dense, Gpt, Mlp
from registry import AXIS, BATCH, COLLAPSE, FORMULA, RUNNING, planted
from torch import Tensor, nn
from training import Expected, Run, adam, warmup


def _gpt(run: Run, model: nn.Module) -> None:
    run.train(model, run.tokens(), adam(model, 1e-3), schedule=warmup(20))


def _one_wrong(run: Run, model: nn.Module, kind: type, *arguments: object, **options: object) -> str:
    """Puts a wrong norm into one place of a GPT, and gives its name."""
    block = run.choose.randrange(len(model.blocks))
    name = run.choose.choice(["ln1", "ln2"])
    setattr(model.blocks[block], name, kind(*arguments, **options))
    return f"blocks.{block}.{name}"


@planted
def layer_norm_n_minus_1(run: Run) -> Expected:
    model = Gpt(width=run.size(32, [16, 48]))
    layer = _one_wrong(run, model, norms.UnbiasedLayerNorm, model.head.in_features)
    _gpt(run, model)
    return Expected(FORMULA, [layer], (0, 0), r"n ?[−-] ?1")


@planted
def annotated_layer_norm(run: Run) -> Expected:
    """All norms are of one wrong class: n − 1, ε outside."""
    model = Gpt(norm=norms.AnnotatedLayerNorm)
    _gpt(run, model)
    return Expected(FORMULA, ["blocks.0.ln1"], (0, 0), r"n ?[−-] ?1")


@planted
def batch_norm_n_minus_1(run: Run) -> Expected:
    model = Cnn(norm=norms.UnbiasedBatchNorm2d)
    run.train(model, run.images(run.size(4, [3, 6])), torch.optim.SGD(model.parameters(), 0.02, 0.9))
    return Expected(FORMULA, ["layers.0.norm"], (0, 0), r"n ?[−-] ?1")


@planted
def rms_norm_epsilon_outside(run: Run) -> Expected:
    """The embedding is small (0.002), so that ε counts: the output is up to 1.5 times too large."""
    model = Gpt(norm=partial(norms.RMSNorm, eps=1e-5))
    torch.nn.init.normal_(model.tokens.weight, 0.0, 2e-3)
    torch.nn.init.normal_(model.positions.weight, 0.0, 2e-3)
    width = model.head.in_features
    model.blocks[0].ln1 = norms.OutsideRMSNorm(width, eps=1e-5)
    _gpt(run, model)
    return Expected(FORMULA, ["blocks.0.ln1"], (0, 0), "outside")


@planted
def layer_norm_epsilon_outside(run: Run) -> Expected:
    model = Gpt(norm=partial(nn.LayerNorm, eps=run.size(1e-3, [1e-2, 1e-4])))
    layer = _one_wrong(run, model, norms.OutsideLayerNorm, model.head.in_features, eps=model.lnf.eps)
    _gpt(run, model)
    return Expected(FORMULA, [layer], (0, run.every), "outside")


@planted
def layer_norm_wrong_axis(run: Run) -> Expected:
    model = Gpt()
    layer = _one_wrong(run, model, norms.WrongAxisLayerNorm, model.head.in_features)
    _gpt(run, model)
    return Expected(FORMULA, [layer], (0, 0), "ax[ei]s")


@planted
def batch_norm_wrong_axis(run: Run) -> Expected:
    model = Cnn(depth=run.size(3, [2, 4]))
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = norms.WrongAxisBatchNorm2d(model.layers[k].conv.out_channels)
    run.train(model, run.images())
    return Expected(FORMULA, [f"layers.{k}.norm"], (0, 0))


@planted
def group_norm_wrong_groups(run: Run) -> Expected:
    model = Cnn(norm=norms.grouped(nn.GroupNorm, run.size(8, [4])))
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = norms.WrongGroupsGroupNorm(run.size(8, [4]), model.layers[k].conv.out_channels)
    run.train(model, run.images())
    return Expected(FORMULA, [f"layers.{k}.norm"], (0, 0), "groups?")


@planted
def group_norm_interleaved(run: Run) -> Expected:
    model = Cnn(norm=norms.grouped(nn.GroupNorm, 4))
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = norms.InterleavedGroupNorm(4, model.layers[k].conv.out_channels)
    run.train(model, run.images())
    return Expected(FORMULA, [f"layers.{k}.norm"], (0, 0))


@planted
def group_norm_bands(run: Run) -> Expected:
    model = Cnn(norm=norms.grouped(nn.GroupNorm, 4))
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = norms.BandsGroupNorm(4, model.layers[k].conv.out_channels)
    run.train(model, run.images())
    return Expected(FORMULA, [f"layers.{k}.norm"], (0, 0))


@planted
def rms_norm_other_epsilon(run: Run) -> Expected:
    """Carries ``variance_epsilon`` 1e-6, and adds 1e-3."""
    model = Gpt(norm=norms.RMSNorm)
    layer = _one_wrong(run, model, norms.OtherEpsilonRMSNorm, model.head.in_features, used=run.size(1e-3, [1e-4, 1e-2]))
    _gpt(run, model)
    return Expected(FORMULA, [layer], (0, run.every), "ε|eps")


@planted
def doubled_offset(run: Run) -> Expected:
    """γ was stored with the 1 in it, and the layer adds 1 again."""
    model = Gpt(norm=norms.OffsetRMSNorm)
    layer = _one_wrong(run, model, norms.OffsetRMSNorm, model.head.in_features)
    nn.init.ones_(model.get_submodule(layer).weight)
    _gpt(run, model)
    return Expected(FORMULA, [layer], (0, 0), r"1 ?\+ ?γ")


@planted
def epsilon_too_large(run: Run) -> Expected:
    """ε of 1 in a batch norm whose input has a variance of a few hundredths."""
    model = Mlp(norm=nn.BatchNorm1d)
    k = run.choose.randrange(1, len(model.layers))
    model.layers[k].norm.eps = run.size(10.0, [5.0, 50.0])
    run.train(model, run.images(64))
    return Expected(COLLAPSE, [f"layers.{k}.linear", f"layers.{k}.norm"], (0, 0), "ε|eps")


@planted
def epsilon_too_large_gpt(run: Run) -> Expected:
    """ε of 0.1 where the embeddings have a variance of 0.001."""
    model = Gpt(norm=partial(nn.LayerNorm, eps=run.size(0.1, [0.05, 1.0])))
    _gpt(run, model)
    return Expected(COLLAPSE, ["blocks.0.ln1*"], (0, 0), "ε|eps")


@planted
def channel_axis(run: Run) -> Expected:
    """BatchNorm1d after a Linear that is given [N, L, C] with L = C: it normalizes positions."""

    class PerPosition(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(32, 32)
            self.layers = nn.ModuleList(Dense(32, 32, nn.ReLU, nn.BatchNorm1d) for _ in range(run.size(2, [1, 3])))
            self.head = nn.Linear(32, 32)

        def forward(self, tokens: Tensor) -> Tensor:
            x = self.tokens(tokens)
            for layer in self.layers:
                x = layer(x)
            return self.head(x)

    model = PerPosition()
    run.train(model, run.tokens(length=32), adam(model))
    return Expected(AXIS, ["layers.0.linear", "layers.0.norm"], (0, 0))


@planted
def batch_of_two(run: Run) -> Expected:
    """Of two values, normalization leaves ±1."""
    model = Mlp(norm=nn.BatchNorm1d, depth=run.size(3, [2, 4]))
    run.train(model, run.images(2), torch.optim.SGD(model.parameters(), 0.01))
    return Expected(BATCH, ["layers.0.norm", "layers.0.linear"], (0, 0))


@planted
def batch_of_three(run: Run) -> Expected:
    """Evaluation divides by a variance that is n/(n − 1) = 1.5 times that of training."""
    model = Mlp(norm=nn.BatchNorm1d)
    run.train(model, run.images(3), torch.optim.SGD(model.parameters(), 0.01))
    return Expected((*BATCH, *RUNNING), ["layers.0.norm", "layers.0.linear"], (0, 0))


@planted
def groups_of_one(run: Run) -> Expected:
    """Group norm with as many groups as a vector has channels: each unit is one value, and the output is β."""
    model = Mlp(norm=nn.LayerNorm)
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = nn.GroupNorm(64, 64)
    run.train(model, run.images())
    return Expected(BATCH, [f"layers.{k}.norm", f"layers.{k}.linear"], (0, 0))


@planted
def pairs_of_values(run: Run) -> Expected:
    """Group norm with half as many groups as a vector has channels: each output is ±1."""
    model = Mlp(norm=nn.LayerNorm)
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm = nn.GroupNorm(32, 64)
    run.train(model, run.images())
    return Expected(BATCH, [f"layers.{k}.norm", f"layers.{k}.linear"], (0, 0))
