"""Values that no longer are numbers, and channels that no longer say anything."""

import torch
from networks import Cnn, Gpt, Mlp, Rnn
from norms import HalfLayerNorm
from registry import COLLAPSE, DEAD, GROWTH, MASSIVE, NON_FINITE, SATURATION, planted
from torch import Tensor, nn
from training import Expected, Run, adam, fill, multiply, warmup


class UnitLength(nn.Module):
    """Divides by the length of each vector, which is 0 where the vector is: named like an activation, so recorded."""

    def forward(self, x: Tensor) -> Tensor:
        return x / x.norm(dim=1, keepdim=True)


class UnitReLU(UnitLength):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.relu())


class LogReLU(nn.Module):
    """A rectifier, and once it is switched the logarithm of the rectified value, which may be 0."""

    def __init__(self) -> None:
        super().__init__()
        self.is_switched = False

    def forward(self, x: Tensor) -> Tensor:
        return x.relu().log() if self.is_switched else x.relu()


class HalfReLU(nn.Module):
    """Computes in float16, as autocast does; its largest number is 65,504."""

    def forward(self, x: Tensor) -> Tensor:
        return x.half().float().relu().half()


class Cast(nn.Module):
    """An MLP whose layers may give float16."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.layers, self.head = inner.layers, inner.head

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers:
            x = layer(x.float())
        return self.head(x.float())


@planted
def division_by_zero(run: Run) -> Expected:
    """A layer divides by the length of vectors; from a step on, some are 0."""
    model, at = Mlp(norm=nn.LayerNorm), run.recorded_moment()
    k = run.choose.randrange(len(model.layers) - 1)
    model.layers[k].act = UnitReLU()

    def before(step: int) -> None:
        if step == at:
            fill(model.layers[k].norm.weight, 0.0)
            fill(model.layers[k].norm.bias, -1.0)

    run.train(model, run.images(), adam(model, 1e-3), before=before)
    return Expected(NON_FINITE, [f"layers.{k}.act"], run.after(at), "NaN")


@planted
def log_of_zero(run: Run) -> Expected:
    """A logarithm of 0 gives −∞, and the next layer makes NaN of it."""
    model, at = Mlp(norm=nn.LayerNorm), run.recorded_moment()
    k = run.choose.randrange(len(model.layers) - 1)

    act = LogReLU()
    model.layers[k].act = act

    def before(step: int) -> None:
        if step == at:
            act.is_switched = True

    run.train(model, run.images(), adam(model, 1e-3), before=before)
    return Expected(NON_FINITE, [f"layers.{k}.act"], run.after(at), "[Ii]nf")


@planted
def nan_in_the_data(run: Run) -> Expected:
    """One value of one batch is NaN: the weights are lost from the next step on."""
    model, at = Cnn(), run.recorded_moment()
    clean = run.images()

    def batches(step: int) -> "tuple[Tensor, Tensor]":
        images, labels = clean(step)
        if step == at:
            images[3, 0, 2, 2] = float("nan")
        return images, labels

    run.train(model, batches)
    return Expected(NON_FINITE, ["layers.0.conv"], run.after(at), "NaN")


@planted
def float16_overflow(run: Run) -> Expected:
    """The values of a layer that computes in float16 grow beyond its largest number."""
    model, at = Mlp(), run.recorded_moment()
    k = run.choose.randrange(1, len(model.layers) - 1)
    model.layers[k].act = HalfReLU()

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].linear.weight, 1e6)

    run.train(Cast(model), run.images(), torch.optim.SGD(model.parameters(), 0.01), before=before)
    return Expected(NON_FINITE, [f"layers.{k}.*"], run.after(at))


@planted
def float16_underflow(run: Run) -> Expected:
    """The values of a layer that computes in float16 fall below its smallest number."""
    model, at = Mlp(), run.moment()
    k = run.choose.randrange(1, len(model.layers) - 1)
    model.layers[k].act = HalfReLU()

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].linear.weight, 1e-9)
            multiply(model.layers[k].linear.bias, 1e-9)

    run.train(Cast(model), run.images(), torch.optim.SGD(model.parameters(), 0.01), before=before)
    return Expected((*NON_FINITE, *DEAD, *GROWTH), [f"layers.{k}.*"], run.after(at))


@planted
def epsilon_underflow(run: Run) -> Expected:
    """An ε of 1e-12 is 0 in float16; padded rows have no variance, so they give 0/0."""
    model, at = Gpt(), run.recorded_moment()
    model.blocks[0].ln1 = HalfLayerNorm(model.head.in_features, eps=1e-12)
    batches = run.tokens()

    def padded(step: int) -> "tuple[Tensor, Tensor]":
        tokens, labels = batches(step)
        if step >= at:
            tokens = tokens.clone()
            tokens[:, -4:] = 0
        return tokens, labels

    def before(step: int) -> None:
        if step == at:
            with torch.no_grad():
                model.tokens.weight[0] = 0.0
                model.positions.weight[-4:] = 0.0

    def forward(tokens: Tensor) -> Tensor:
        return torch.nan_to_num(model(tokens))

    run.train(model, padded, adam(model, 1e-3), before=before, forward=forward)
    return Expected(NON_FINITE, ["blocks.0.ln1"], run.after(at), "NaN")


@planted
def dead_relu_layer(run: Run) -> Expected:
    """The biases of one layer fall far below 0: its rectifier gives only zeros."""
    model, at = Mlp(depth=run.size(4, [3, 6])), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            fill(model.layers[k].linear.bias, -100.0)

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.02, 0.9), before=before)
    return Expected(DEAD, [f"layers.{k}.*"], run.after(at))


@planted
def dead_relu_cnn(run: Run) -> Expected:
    """β of a batch norm falls far below 0."""
    model, at = Cnn(depth=run.size(3, [2, 4])), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            fill(model.layers[k].norm.bias, -50.0)

    run.train(model, run.images(), before=before)
    return Expected(DEAD, [f"layers.{k}.*"], run.after(at))


@planted
def gamma_zero(run: Run) -> Expected:
    """γ and β of one batch norm are set to 0."""
    model, at = Cnn(), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step >= at:
            fill(model.layers[k].norm.weight, 0.0)
            fill(model.layers[k].norm.bias, 0.0)

    run.train(model, run.images(), before=before)
    return Expected(DEAD, [f"layers.{k}.norm", f"layers.{k}.act"], run.after(at), "γ")


@planted
def gamma_zero_once(run: Run) -> Expected:
    """γ of one batch norm is set to 0 at one step; training begins to bring it back."""
    model, at = Cnn(), run.recorded_moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            fill(model.layers[k].norm.weight, 0.0)

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.01, 0.9), before=before)
    return Expected((*DEAD, *GROWTH), [f"layers.{k}.norm", f"layers.{k}.act"], run.after(at))


@planted
def gamma_zero_channels(run: Run) -> Expected:
    """γ and β of a quarter of the channels of one layer are pruned to 0 from the first step."""
    model = Cnn()
    k = run.choose.randrange(len(model.layers))

    def before(_: int) -> None:
        norm = model.layers[k].norm
        few = norm.num_features // 4
        fill(norm.weight[:few], 0.0)
        fill(norm.bias[:few], 0.0)

    run.train(model, run.images(), before=before)
    return Expected(DEAD, [f"layers.{k}.norm", f"layers.{k}.act"], (0, 0), "γ")


@planted
def saturated_tanh(run: Run) -> Expected:
    """The weights of one layer are 50 times too large from the start."""
    model = Mlp(act=nn.Tanh, depth=run.size(4, [3, 6]))
    k = run.choose.randrange(len(model.layers))
    multiply(model.layers[k].linear.weight, run.size(50.0, [30.0, 100.0]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.02))
    return Expected(SATURATION, [f"layers.{k}.act"], (0, 0))


@planted
def saturated_sigmoid(run: Run) -> Expected:
    """The weights of one layer are multiplied in mid-run."""
    model, at = Mlp(act=nn.Sigmoid, norm=nn.BatchNorm1d), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].norm.weight, run.size(50.0, [30.0, 100.0]))

    run.train(model, run.images(64), torch.optim.SGD(model.parameters(), 0.1), before=before)
    return Expected(SATURATION, [f"layers.{k}.*"], run.after(at))


@planted
def saturated_rnn(run: Run) -> Expected:
    """The recurrent weights have a gain of 20."""
    model = Rnn()
    multiply(model.recurrent.weight, run.size(20.0, [15.0, 40.0]))
    run.train(model, run.tokens(length=8), adam(model))
    return Expected(SATURATION, ["act"], (0, 0))


@planted
def massive_channel(run: Run) -> Expected:
    """One channel of the residual stream becomes a thousand times larger than the others."""
    model, at = Gpt(width=run.size(32, [48, 64])), run.moment()
    block = run.choose.randrange(len(model.blocks))
    channel = run.choose.randrange(model.head.in_features)

    def before(step: int) -> None:
        if step == at:
            with torch.no_grad():
                model.blocks[block].attn.proj.bias[channel] += run.size(800.0, [500.0, 3000.0])

    run.train(model, run.tokens(), adam(model, 1e-3), before=before, schedule=warmup(20))
    # The layers do not show which addition of the stream it was: the first norm that reads it does.
    return Expected(MASSIVE, [f"blocks.{block}.ln2*"], run.after(at))


@planted
def constant_input_channel(run: Run) -> Expected:
    """Some features of the last batch norm have no variance, because the weights before are 0."""
    model = Mlp(norm=nn.BatchNorm1d)
    k = run.choose.randrange(len(model.layers))

    def before(_: int) -> None:
        few = model.layers[k].linear.out_features // 3
        multiply(model.layers[k].linear.weight[:few], 0.0)

    run.train(model, run.images(64), before=before)
    return Expected((*DEAD, *COLLAPSE), [f"layers.{k}.*"], (0, 0))


@planted
def zero_weights(run: Run) -> Expected:
    """A layer was initialized with zeros: it learns nothing, and the layers behind it see a constant."""
    model = Mlp(depth=run.size(4, [3, 5]))
    k = run.choose.randrange(1, len(model.layers))

    def before(_: int) -> None:
        fill(model.layers[k].linear.weight, 0.0)

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.02, 0.9), before=before)
    return Expected(DEAD, [f"layers.{k}.*"], (0, 0))
