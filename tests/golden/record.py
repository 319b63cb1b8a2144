"""Records what PyTorch computes in f64, for tests/golden.rs to compare the reference with.

    pip install torch numpy
    python record.py

Writes one JSON file per subject beside this script. Inputs are not stored, they are formulas on both sides: mostly
`wave(phase, n)`, the numbers cos(phase + 1.3·i) for i in 0..n. State dicts, targets and such are spelled out in the
test that reads the file. `digest` stands for a tensor too long to store: its product with a wave.
"""

import json
import math
import pathlib

import torch
from network import COLUMNS, CORE, Network
from torch import nn
from torch.nn import functional

torch.set_default_dtype(torch.float64)
FOLDER = pathlib.Path(__file__).parent


def wave(phase, *shape):
    numbers = [math.cos(phase + 1.3 * i) for i in range(math.prod(shape))]
    return torch.tensor(numbers).reshape(shape)


def digest(tensor):
    return (tensor * wave(0.5, *tensor.shape)).sum().item()


def write(name, values):
    def plain(value):
        return value.detach().reshape(-1).tolist() if isinstance(value, torch.Tensor) else value

    lines = [f"  {json.dumps(key)}: {json.dumps(plain(value))}" for key, value in values.items()]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{name}.json: {len(values)} values")


def fill(module):
    """Every parameter becomes a wave; the phase is its place in the list."""
    with torch.no_grad():
        for phase, parameter in enumerate(module.parameters()):
            parameter.copy_(wave(phase, *parameter.shape))


def gradients(module):
    return {f"d{name}": parameter.grad for name, parameter in module.named_parameters()}


def lstm_known():
    """The LSTM(2, 3) whose final state is printed in many places."""
    lstm = nn.LSTM(2, 3)
    bias = torch.tensor([-1.0, 1.0, -0.5, 2.0] * 3)
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.arange(24.0).cos().reshape(12, 2))
        lstm.weight_hh_l0.copy_(torch.arange(36.0).sin().reshape(12, 3))
        lstm.bias_ih_l0.copy_(bias)
        lstm.bias_hh_l0.copy_(bias.cos())
    x = torch.tensor([[[v, v / 2]] for v in [3.0, 1, 4, 1, 5, 9, 2]])
    output, (hidden, cell) = lstm(x)
    output.sum().backward()
    write("lstm_known", {"hidden": hidden, "cell": cell, "output": output, **gradients(lstm)})


def lstm():
    """Two layers, 3 lanes, 5 steps, from a state that is not zero; loss = sum of output times a wave."""
    lstm = nn.LSTM(3, 4, num_layers=2)
    fill(lstm)
    x = wave(0.1, 5, 3, 3).requires_grad_()
    output, (hidden, cell) = lstm(x, (wave(0.2, 2, 3, 4), wave(0.3, 2, 3, 4)))
    (output * wave(0.4, 5, 3, 4)).sum().backward()
    write("lstm", {"output": output, "hidden": hidden, "cell": cell, "dx": x.grad, **gradients(lstm)})


def linear():
    """ReLU(Linear(4 to 3)) on 5 rows; loss = sum of output times a wave."""
    linear = nn.Linear(4, 3)
    fill(linear)
    x = wave(0.1, 5, 4).requires_grad_()
    output = functional.relu(linear(x))
    (output * wave(0.4, 5, 3)).sum().backward()
    write("linear", {"output": output, "dx": x.grad, **gradients(linear)})


def cross_entropy():
    """Five rows of 4 logits, up to ±100, the third ignored; loss = 0.3 times the sum."""
    logits = (wave(0.1, 5, 4) * torch.tensor([1.0, 100, 10, 30, 0.1]).reshape(5, 1)).requires_grad_()
    losses = functional.cross_entropy(logits, torch.tensor([3, 2, -100, 0, 1]), reduction="none")
    (0.3 * losses.sum()).backward()
    write("cross_entropy", {"losses": losses, "dlogits": logits.grad})


def adamw():
    """Six steps with decay; the gradient of step n is a wave of phase n, the third 0, the fourth a million times."""
    parameters = nn.Parameter(wave(0.1, 5))
    optimizer = torch.optim.AdamW([parameters], lr=0.03, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)
    values = {}
    for step in range(1, 7):
        parameters.grad = wave(step, 5) * {3: 0.0, 4: 1e6}.get(step, 1.0)
        optimizer.step()
        values[f"parameters_{step}"] = parameters.detach().clone()
    state = optimizer.state[parameters]
    write("adamw", {**values, "m": state["exp_avg"], "v": state["exp_avg_sq"]})


def gradient_clip():
    """Two gradients, waves of phases 0.1 and 0.2, clipped at several bounds."""
    values = {}
    for max_grad_norm in [0.5, 3.0, 100.0]:
        parameters = [nn.Parameter(torch.zeros(7)), nn.Parameter(torch.zeros(4))]
        for parameter, phase in zip(parameters, [0.1, 0.2]):
            parameter.grad = wave(phase, parameter.numel())
        norm = nn.utils.clip_grad_norm_(parameters, max_grad_norm)
        values[f"{max_grad_norm}"] = torch.cat([norm.reshape(1)] + [p.grad for p in parameters])
    write("gradient_clip", values)


def random():
    """No PyTorch here: the generator of src/engine/reference/random.rs, written down a second time from its description."""

    def pcg(v):
        state = (v * 747796405 + 2891336453) % 2**32
        word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737 % 2**32
        return (word >> 22) ^ word

    inputs = [0, 1, 2, 2**31, 2**32 - 1]
    draws = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (7, 8, 9), (2**32 - 1, 12345, 678910)]
    uniform = [(pcg(index ^ pcg(counter ^ pcg(seed))) >> 8) * 2**-24 for seed, counter, index in draws]
    write("random", {"inputs": inputs, "pcg": [pcg(v) for v in inputs], "draws": draws, "uniform": uniform})


def run_with_resets(network, context, candidates, reset, state):
    """Step by step, since nn.LSTM has no resets; `reset` is [T, B]."""
    steps = []
    for t in range(context.shape[0]):
        keep = (1.0 - reset[t]).reshape(1, -1, 1)
        state = {name: (hidden * keep, cell * keep) for name, (hidden, cell) in state.items()}
        logits, state = network(context[t : t + 1], candidates[t : t + 1], state)
        steps.append(logits)
    return [torch.cat(parts) for parts in zip(*steps)], state


# A factor, the number of classes and the place of each class of a candidate.
PACKED = [(11, 81, 0), (3, 9, 7), (5, 6, 11), (7, 6, 14), (13, 24, 17)]


# Ids of the inputs and classes of each field.
SIZES = {"offset": (5, 6), "note": (7, 5), "duration": (4, 3), "velocity": (4, 4), "instrument": (3, 3)}


def model(subject, fields=CORE):
    """The whole network: four training steps on four batches, with carried state, resets and clipping."""
    config = {
        "fields": fields,
        "input_vocab_sizes": [SIZES[field][0] for field in fields],
        "output_vocab_sizes": [SIZES[field][1] for field in fields],
        "embedding_size": 2,
        "stream_size": 3,
        "combined_size": 4,
        "combined_layers": 2,
        "shared_size": 5,
        "head_size": 6,
        "metre": True,
        "chord": True,
        "last": True,
        "relative": True,
        "matches": True,
    }
    network = Network(config)
    fill(network)
    trained = []
    for name, parameter in network.named_parameters():
        if ".bias_hh_" in name:  # our engine has one bias: the second is 0 and stays 0
            parameter.requires_grad_(False).zero_()
        else:
            trained.append(parameter)
    optimizer = torch.optim.AdamW(trained, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    seq_len, lanes = 4, 3
    state, values = {}, {"names": [name for name, _ in network.named_parameters()]}
    for batch in range(4):
        rows = range(batch * seq_len * lanes, (batch + 1) * seq_len * lanes)
        events = [[(row * row + 3 * row + s) % SIZES[name][0] for s, name in enumerate(COLUMNS)] for row in rows]
        target = [[(row * row + 5 * row + s) % SIZES[name][1] for s, name in enumerate(COLUMNS)] for row in rows]
        for row, event in zip(rows, target):
            if row % 7 == 3:
                event[1:] = [-100] * 4  # the end of a song is an offset alone

        def extra(row, event, next):
            """Last, next and last ids of velocity and instrument; 0 without them."""
            for s, name in enumerate(COLUMNS):
                if name not in CORE:
                    ids = [event[s], max(next[s], 0)] + [(row + 5) * age % (SIZES[name][1] + 1) for age in range(8)]
                    yield from ids if name in fields else [0] * 10

        context = [
            event[:3]
            + [31 * row]
            + [max(known, 0) for known in next[:3]]
            + [31 * row + 17 * next[0]]
            + [(row * column + 7 * column) % (6 if 4 <= column < 16 else 33) for column in range(16)]
            + [(row * column + 5 * column) % size for size in [7, 6, 4] for column in range(8)]
            + [(row * row + 7 * row) % size for size in [6, 6, 6, 16, 16]]
            + list(extra(row, event, next))
            for row, event, next in zip(rows, events, target)
        ]
        context = torch.tensor(context).reshape(seq_len, lanes, 73)
        # Of each field as many candidates as the row says, with any classes.
        candidates = [
            [(row + k) % size + 1, sum((row * b + k) % n << shift for b, n, shift in PACKED)] if k < (row + s) % size else [0, 0]
            for row in rows
            for s, size in enumerate([6, 5, 3])
            for k in range(8)
        ]
        candidates = torch.tensor(candidates).reshape(seq_len, lanes, 3, 8, 2)
        targets = torch.tensor(target)
        reset = torch.tensor([float(row % 5 == 0) for row in rows]).reshape(seq_len, lanes)

        state = {name: (hidden.detach(), cell.detach()) for name, (hidden, cell) in state.items()}
        logits, state = run_with_resets(network, context, candidates, reset, state)
        losses = [
            functional.cross_entropy(logits.flatten(0, 1), targets[:, list(COLUMNS).index(field)], reduction="sum") / len(rows)
            for field, logits in zip(fields, logits)
        ]
        optimizer.zero_grad()
        sum(losses).backward()
        values[f"gradients_{batch}"] = [digest(p.grad) for p in trained]
        norm = nn.utils.clip_grad_norm_(trained, 0.5)
        optimizer.step()
        values[f"losses_{batch}"] = torch.stack(losses)
        values[f"norm_{batch}"] = [norm.item()]
        values[f"parameters_{batch}"] = [digest(p.detach()) for p in trained]
        for stream, logits in zip(fields, logits):
            values[f"logits_{stream}_{batch}"] = [digest(logits.detach())]
    write(subject, values)


def characters():
    """A character model in three lanes of a text: embedding, two LSTM layers, linear; 20 steps of AdamW with clipping."""
    text = "frere jacques, frere jacques, dormez-vous? dormez-vous? sonnez les matines, sonnez les matines! din, din, don."
    vocabulary = sorted(set(text))
    ids = torch.tensor([vocabulary.index(character) for character in text])
    network = nn.ModuleDict(
        {
            "embedding": nn.Embedding(len(vocabulary), 5),
            "lstm": nn.LSTM(5, 9, num_layers=2),
            "head": nn.Linear(9, len(vocabulary)),
        }
    )
    fill(network)
    trained = []
    for name, parameter in network.named_parameters():
        if "bias_hh" in name:  # as in model()
            parameter.requires_grad_(False).zero_()
        else:
            trained.append(parameter)
    optimizer = torch.optim.AdamW(trained, lr=0.01, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    seq_len, lanes, steps = 7, 3, 20
    starts = torch.arange(lanes) * (len(text) // lanes)
    state, losses, norms = None, [], []
    for step in range(steps):
        places = starts + step * seq_len + torch.arange(seq_len).reshape(-1, 1)
        output, state = network["lstm"](network["embedding"](ids[places % len(text)]), state)
        state = [part.detach() for part in state]
        logits = network["head"](output)
        loss = functional.cross_entropy(logits.flatten(0, 1), ids[(places + 1) % len(text)].flatten())
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(trained, 0.5).item())
        losses.append(loss.item())
        optimizer.step()
    names = [name for name, _ in network.named_parameters()]
    write("characters", {"text": text, "names": names, "losses": losses, "norms": norms})


if __name__ == "__main__":
    for record in [lstm_known, lstm, linear, cross_entropy, adamw, gradient_clip, random, characters]:
        record()
    model("model")
    model("fields", ["offset", "instrument", "note", "duration", "velocity"])
