"""Training that goes wrong as a whole: rates, initialization, depth, data, statistics and modes."""

import torch
from networks import Cnn, Gpt, Mlp, ResNet, Rnn
from registry import COLLAPSE, DIVERGENCE, GROWTH, INPUT, MODE, RUNNING, SATURATION, planted
from torch import nn
from training import Expected, Run, adam, multiply


def _scale_weights(model: nn.Module, factor: float) -> None:
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            multiply(module.weight, factor)


@planted
def learning_rate_mlp(run: Run) -> Expected:
    model = Mlp(depth=run.size(4, [3, 5]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), run.size(3.0, [2.0, 5.0]), 0.9))
    return Expected(DIVERGENCE, ["layers.*"], (run.every, 2 * run.every))


@planted
def learning_rate_cnn(run: Run) -> Expected:
    """Batch norm hides it from the activations, not from what the convolutions put out."""
    model = Cnn()
    run.train(model, run.images(), adam(model, run.size(0.5, [0.3, 1.0])))
    return Expected(DIVERGENCE, ["layers.*"], (run.every, 2 * run.every))


@planted
def learning_rate_gpt(run: Run) -> Expected:
    """Adam at 3e-2: the residual stream grows a hundredfold and more."""
    model = Gpt(depth=run.size(2, [3, 4]))
    run.train(model, run.tokens(), adam(model, run.size(3e-2, [5e-2, 1e-1])))
    return Expected(GROWTH, ["blocks.0.*"], (run.every, 2 * run.every))


@planted
def rate_of_one_step(run: Run) -> Expected:
    """The learning rate is far too high at one step."""
    model, at = Mlp(), run.moment()
    spike = lambda step: 5000.0 if step == at else 1.0
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.02), schedule=spike)
    return Expected(DIVERGENCE, ["layers.*"], run.after(at + 1))


@planted
def initialization_too_large(run: Run) -> Expected:
    model = Mlp(depth=run.size(6, [5, 8]))
    _scale_weights(model, run.size(15.0, [10.0, 30.0]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-7))
    return Expected(GROWTH, ["layers.*"], (0, 0))


@planted
def initialization_too_large_tanh(run: Run) -> Expected:
    model = Mlp(act=nn.Tanh)
    _scale_weights(model, run.size(30.0, [20.0, 60.0]))
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-3))
    return Expected(SATURATION, ["layers.0.act"], (0, 0))


@planted
def initialization_too_small(run: Run) -> Expected:
    """Weights of N(0, 0.01²) and biases of 0."""
    model = Mlp(depth=run.size(6, [5, 8]), act=run.size(nn.Tanh, [nn.ReLU, nn.GELU]))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.01)
            nn.init.zeros_(module.bias)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.01))
    return Expected(GROWTH, ["layers.*"], (0, 0))


@planted
def vanishing_depth(run: Run) -> Expected:
    """Twenty layers of PyTorch's default initialization: each makes the values smaller."""
    model = Mlp(depth=run.size(20, [15, 25]))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-3))
    return Expected(GROWTH, ["layers.*"], (0, 0))


@planted
def exploding_depth(run: Run) -> Expected:
    """Twenty layers that each double the values."""
    model = Mlp(depth=run.size(20, [12, 25]))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            multiply(module.weight, 2.0)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-20))
    return Expected(GROWTH, ["layers.*"], (0, 0))


@planted
def exploding_rnn(run: Run) -> Expected:
    """Recurrent weights with a gain of 3 and a rectifier: each step triples the state."""
    model = Rnn(act=nn.ReLU)
    multiply(model.recurrent.weight, run.size(4.0, [3.0, 6.0]))
    run.train(model, run.tokens(length=8), torch.optim.SGD(model.parameters(), 1e-9))
    return Expected(GROWTH, ["act*"], (0, 0))


@planted
def weights_blown_up(run: Run) -> Expected:
    """The weights of one layer are multiplied by a thousand at one step."""
    model, at = Mlp(depth=run.size(4, [3, 5])), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].linear.weight, 1000.0)

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-3), before=before)
    return Expected(DIVERGENCE, [f"layers.{k}.*"], run.after(at))


@planted
def weights_blown_up_cnn(run: Run) -> Expected:
    """The same before a batch norm, which hides it from all layers behind it."""
    model, at = Cnn(), run.moment()
    k = run.choose.randrange(len(model.layers))

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].conv.weight, 300.0)

    run.train(model, run.images(), before=before)
    return Expected(DIVERGENCE, [f"layers.{k}.*"], run.after(at))


@planted
def weights_shrunk(run: Run) -> Expected:
    """The weights of one layer are almost erased at one step."""
    model, at = Mlp(act=nn.Tanh), run.moment()
    k = run.choose.randrange(1, len(model.layers))

    def before(step: int) -> None:
        if step == at:
            multiply(model.layers[k].linear.weight, 1e-3)
            multiply(model.layers[k].linear.bias, 1e-3)

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 1e-3), before=before)
    return Expected(GROWTH, [f"layers.{k}.*"], run.after(at))


@planted
def weight_decay_too_strong(run: Run) -> Expected:
    """Decay erases the weights before the norms, until ε is larger than the variance."""
    model = Mlp(norm=nn.LayerNorm)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.1, weight_decay=run.size(2.0, [3.0])))
    return Expected((*GROWTH, *COLLAPSE), ["layers.*"], (run.every, run.steps))


@planted
def unscaled_inputs(run: Run) -> Expected:
    """Pixels from 0 to 255, straight into a network without normalization."""
    model = Mlp()
    run.train(model, run.images(scale=run.size(60.0, [40.0]), offset=128.0), torch.optim.SGD(model.parameters(), 1e-5))
    return Expected(INPUT, ["layers.0.*"], (0, 0))


@planted
def unscaled_inputs_tanh(run: Run) -> Expected:
    model = Mlp(act=nn.Tanh)
    run.train(model, run.images(scale=run.size(60.0, [40.0]), offset=128.0), torch.optim.SGD(model.parameters(), 1e-3))
    return Expected(SATURATION, ["layers.0.*"], (0, 0))


@planted
def batch_norm_unfrozen(run: Run) -> Expected:
    """A frozen batch norm is brought back to training by model.train() in mid-run."""
    model, at = ResNet(), run.moment()
    run.pretrain(model)
    frozen = [model.bn, *(norm for block in model.blocks for norm in (block.bn1, block.bn2))]
    names = ["bn", *(f"blocks.{k}.{name}" for k in range(4) for name in ("bn1", "bn2"))]
    k = run.choose.randrange(len(frozen))
    frozen[k].eval()

    def before(step: int) -> None:
        if step == at:
            model.train()

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.005, 0.9), before=before)
    return Expected(MODE, [names[k]], run.after(at), "train")


@planted
def batch_norm_frozen_in_mid_run(run: Run) -> Expected:
    """All batch norms of the trunk stay in evaluation mode after an evaluation."""
    model, at = Cnn(depth=run.size(3, [2, 4])), run.moment()

    def before(step: int) -> None:
        if step == at:
            model.layers.eval()

    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.01, 0.9), before=before)
    return Expected(MODE, ["layers.0.*"], run.after(at), "eval")


@planted
def batch_norm_never_trained(run: Run) -> Expected:
    """Batch norms in evaluation mode from the start: their running statistics are 0 and 1, whatever the data are."""
    model = Cnn()
    for layer in model.layers:
        layer.norm.eval()
    run.train(model, run.images(scale=5.0, offset=3.0), torch.optim.SGD(model.parameters(), 1e-3))
    return Expected(RUNNING, ["layers.*"], (0, 0))


@planted
def momentum_too_small(run: Run) -> Expected:
    """Running statistics that hardly move: at the end they are still near 0 and 1."""
    model = Cnn()
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm.momentum = run.size(1e-4, [1e-3])
    run.train(model, run.images(scale=3.0, offset=2.0))
    return Expected(RUNNING, [f"layers.{k}.*"], (0, run.steps))


@planted
def momentum_of_keras(run: Run) -> Expected:
    """0.99 means in Keras what 0.01 means in PyTorch: here only the last batch is kept."""
    model = Cnn()
    k = run.choose.randrange(len(model.layers))
    model.layers[k].norm.momentum = run.size(0.99, [0.9, 0.997])
    run.train(model, run.images())
    return Expected(RUNNING, [f"layers.{k}.*"], (0, run.steps), "momentum")


@planted
def evaluation_of_other_data(run: Run) -> Expected:
    """Data that are normalized another way in evaluation than in training: the running statistics do not fit them."""
    model = Cnn()
    held_out = run.images(64, scale=4.0, offset=6.0)(0)[0]
    run.pretrain(model)
    run.train(model, run.images(), torch.optim.SGD(model.parameters(), 0.01, 0.9), probe=held_out)
    return Expected(RUNNING, ["layers.0.*"], (0, 0))
