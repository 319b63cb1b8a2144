"""The network in PyTorch: plain nn.Embedding, nn.LSTM and nn.Linear under the names of our model files.

A context is 64 numbers: offset, note, duration and position in 24ths of a beat of the event heard last, then the same of
the event to predict, then what sounds, the scale, the last events and what followed them before: see src/features.rs.

`load_state_dict` with the tensors of a model file must succeed as it is: same names, same shapes.
"""

import torch
from torch import nn

STREAMS = ["offset", "note", "duration"]
TICKS, BEATS = 24, 12
LENGTH_CLASSES, ROUND_CLASSES = 8, 8


class Network(nn.Module):
    """`config` is the ModelConfig that a model file holds as JSON."""

    def __init__(self, config):
        super().__init__()
        streams, combined = config["stream_size"], config["combined_size"]
        for s, stream in enumerate(STREAMS):
            embedding = nn.Embedding(config["input_vocab_sizes"][s], config["embedding_size"])
            self.add_module(f"embedding_{stream}", embedding)
            self.add_module(f"lstm_{stream}", nn.LSTM(config["embedding_size"], streams))
        flags = ["metre", "chord", "scale", "last", "recall"]
        self.metre, self.chord, self.scale, self.last, self.recall = (config.get(flag, False) for flag in flags)
        self.chained = config.get("chained_heads", False)
        if self.metre:
            self.add_metre("embedding", config["embedding_size"])
        self.lstm_combined = nn.LSTM(3 * streams, combined, num_layers=config["combined_layers"])
        self.shared = nn.Linear(combined, config["shared_size"])
        for s, stream in enumerate(STREAMS):
            head = nn.Sequential(
                nn.Linear(config["shared_size"], config["head_size"]),
                nn.ReLU(),
                nn.Linear(config["head_size"], config["output_vocab_sizes"][s]),
            )
            self.add_module(f"head_{stream}", head)
            for known, rows in zip(STREAMS[:s] if self.chained else [], config["output_vocab_sizes"]):
                self.add_module(f"condition_{stream}_{known}", nn.Embedding(rows, config["head_size"]))
            if self.metre:
                self.add_metre(f"condition_{stream}", config["head_size"])
            if self.chord:
                chord = {"remaining": 97, "polyphony": 33}
                if s == 1 and self.chained:
                    chord |= dict.fromkeys(["sounding", "ended"], config["output_vocab_sizes"][1] + 1)
                for name, rows in chord.items():
                    self.add_module(f"condition_{stream}_{name}", nn.Embedding(rows, config["head_size"]))
            for pitch_class in range(12) if self.scale and s == 1 else []:
                self.add_module(f"condition_note_class_{pitch_class}", nn.Embedding(33, config["head_size"]))
            for part, age in self.last_columns(s):
                embedding = nn.Embedding(config["output_vocab_sizes"][part] + 1, config["head_size"])
                self.add_module(f"condition_{stream}_last_{STREAMS[part]}_{age}", embedding)
            if self.recall:
                rows = 1 + LENGTH_CLASSES * config["output_vocab_sizes"][s]
                self.add_module(f"condition_{stream}_recall", nn.Embedding(rows, config["head_size"]))
                rounds = nn.Embedding(1 + LENGTH_CLASSES * ROUND_CLASSES, config["head_size"])
                self.add_module(f"condition_{stream}_rounds", rounds)

    def last_columns(self, s):
        """What a head hears of the last events: its own part, that of the offsets the durations too."""
        parts = ([0, 2] if s == 0 else [s]) if self.last else []
        return [(part, age) for part in parts for age in range(8)]

    def add_metre(self, prefix, size):
        self.add_module(f"{prefix}_tick", nn.Embedding(TICKS, size))
        self.add_module(f"{prefix}_beat", nn.Embedding(BEATS, size))

    def in_metre(self, prefix, position):
        tick, beat = getattr(self, f"{prefix}_tick"), getattr(self, f"{prefix}_beat")
        return tick(position % TICKS) + beat(position // TICKS % BEATS)

    def head(self, s, x, context):
        """The logits of one head: what is known of the event to predict adds to the hidden layer."""
        first, relu, last = getattr(self, f"head_{STREAMS[s]}")
        hidden = first(x)
        for part, known in enumerate(STREAMS[:s] if self.chained else []):
            hidden = hidden + getattr(self, f"condition_{STREAMS[s]}_{known}")(context[:, :, 4 + part])
        if self.metre:
            position = context[:, :, 7 if self.chained and s > 0 else 3]
            hidden = hidden + self.in_metre(f"condition_{STREAMS[s]}", position)
        if self.chord:
            counts = 10 if self.chained and s > 0 else 8
            columns = {"remaining": slice(counts, counts + 1), "polyphony": slice(counts + 1, counts + 2)}
            if s == 1 and self.chained:
                columns |= {"sounding": slice(12, 18), "ended": slice(18, 24)}
            for name, part in columns.items():
                hidden = hidden + getattr(self, f"condition_{STREAMS[s]}_{name}")(context[:, :, part]).sum(2)
        for pitch_class in range(12) if self.scale and s == 1 else []:
            hidden = hidden + getattr(self, f"condition_note_class_{pitch_class}")(context[:, :, 24 + pitch_class])
        for part, age in self.last_columns(s):
            embedding = getattr(self, f"condition_{STREAMS[s]}_last_{STREAMS[part]}_{age}")
            hidden = hidden + embedding(context[:, :, 36 + 8 * part + age])
        if self.recall:
            hidden = hidden + getattr(self, f"condition_{STREAMS[s]}_recall")(context[:, :, 60 + s])
            hidden = hidden + getattr(self, f"condition_{STREAMS[s]}_rounds")(context[:, :, 63])
        return last(relu(hidden))

    def forward(self, context, state=None):
        """Context [T, B, 64] to logits, three of [T, B, V], and the state of each LSTM for the next call."""
        state = state or {}
        outputs, state_after = [], {}
        for s, stream in enumerate(STREAMS):
            x = getattr(self, f"embedding_{stream}")(context[:, :, s])
            if self.metre and s == 0:
                x = x + self.in_metre("embedding", context[:, :, 3])
            output, state_after[stream] = getattr(self, f"lstm_{stream}")(x, state.get(stream))
            outputs.append(output)
        x = torch.cat(outputs, dim=2)
        x, state_after["combined"] = self.lstm_combined(x, state.get("combined"))
        x = torch.relu(self.shared(x))
        return [self.head(s, x, context) for s in range(3)], state_after
