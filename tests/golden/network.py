"""The network in PyTorch: plain nn.Embedding, nn.LSTM and nn.Linear under the names of our model files.

A context is 73 numbers: offset, note, duration and position in 24ths of a beat of the last event, then the same of the
event to predict, then what sounds, the last events and the voices, then velocity and instrument: see
src/music/context.rs. The candidates of an
event are [3, 8, 2] numbers: see src/music/candidates.rs.

`load_state_dict` with the tensors of a model file must succeed as it is: same names, same shapes.
"""

import torch
from torch import nn

# Of each field the columns of the last event, of the event to predict, and the first of those of the last events.
COLUMNS = {"offset": (0, 4, 24), "note": (1, 5, 32), "duration": (2, 6, 40), "velocity": (53, 54, 55), "instrument": (63, 64, 65)}
CORE = ["offset", "note", "duration"]  # these have candidates
TICKS, BEATS = 24, 12
# How a column of the context chooses a row: a number divided by this, or an interval (see src/model/conditioning.rs).
NUMBER, INTERVAL, PITCH_INTERVAL = 1, "interval", "pitch interval"
CANDIDATE_TABLES = {"runs": 81, "rhythm": 9, "count": 6, "distance": 6, "rounds": 24}
BITS = [7, 4, 3, 3, 5]  # of the classes of a candidate, from the lowest on
VALUES, REACH = 75, 37  # that are predicted at intervals from a reference


class Network(nn.Module):
    """`config` is the ModelConfig that a model file holds as JSON."""

    def __init__(self, config):
        super().__init__()
        streams, combined = config["stream_size"], config["combined_size"]
        self.fields = config.get("fields", CORE)  # in the order in which they are predicted
        for s, stream in enumerate(self.fields):
            embedding = nn.Embedding(config["input_vocab_sizes"][s], config["embedding_size"])
            self.add_module(f"embedding_{stream}", embedding)
            self.add_module(f"lstm_{stream}", nn.LSTM(config["embedding_size"], streams))
        flags = ["metre", "chord", "last", "relative", "matches"]
        self.metre, self.chord, self.last, self.relative, self.matches = (config[flag] for flag in flags)
        if self.metre:
            self.add_metre("embedding", config["embedding_size"])
        if self.relative:
            self.embedding_note_interval = nn.Embedding(129, config["embedding_size"])
        self.lstm_combined = nn.LSTM(len(self.fields) * streams, combined, num_layers=config["combined_layers"])
        self.shared = nn.Linear(combined, config["shared_size"])
        classes = dict(zip(self.fields, config["output_vocab_sizes"]))
        self.conditions = [self.condition_tables(classes, s) for s in range(len(self.fields))]
        for s, stream in enumerate(self.fields):
            size = config["head_size"]
            head = nn.Sequential(nn.Linear(config["shared_size"], size), nn.ReLU(), nn.Linear(size, classes[stream]))
            self.add_module(f"head_{stream}", head)
            for name, rows, _, _ in self.conditions[s]:
                self.add_module(f"condition_{stream}_{name}", nn.Embedding(rows, size))
            if self.matches and stream in CORE:
                parts = {"query": nn.Linear(size, 32), "score": nn.Linear(32, 1)}
                parts |= {name: nn.Embedding(rows, 32) for name, rows in CANDIDATE_TABLES.items()}
                self.add_module(f"candidate_{stream}", nn.ModuleDict(parts))
        if self.relative:
            self.relative_note = nn.Linear(config["head_size"], 4 * VALUES)

    def condition_tables(self, classes, s):
        """What adds to the hidden layer of head s: name, rows, columns of the context and how they choose a row."""
        field = self.fields[s]
        tables = [(known, classes[known], [COLUMNS[known][1]], NUMBER) for known in self.fields[:s]]
        if self.relative and field in ["duration", "velocity"]:
            tables.append(("interval", 129, [5], PITCH_INTERVAL))
        if self.metre:
            position = 3 if field == "offset" else 7
            tables += [("tick", TICKS, [position], 1), ("beat", BEATS, [position], TICKS)]
        if self.chord:
            counts = 8 if field == "offset" else 10
            tables += [("remaining", 97, [counts], NUMBER), ("polyphony", 33, [counts + 1], NUMBER)]
            if field == "offset":
                tables.append(("together", 16, [52], NUMBER))
            if field == "note":
                pitches = classes["note"] + 1
                tables += [("sounding", pitches, range(12, 18), NUMBER), ("ended", pitches, range(18, 24), NUMBER)]
            if field == "note" and self.relative:
                tables.append(("sounding_interval", 129, range(12, 18), INTERVAL))
                tables.append(("ended_interval", 129, range(18, 24), INTERVAL))
                tables.append(("place", 16, [51], NUMBER))
        with_durations = ["duration"] if field == "offset" and "duration" in self.fields else []
        for of_last in [field, *with_durations] if self.last else []:
            for age in range(8):
                tables.append((f"last_{of_last}_{age}", classes[of_last] + 1, [COLUMNS[of_last][2] + age], NUMBER))
        for age in range(1, 8) if self.last and self.relative and field == "note" else []:
            tables.append((f"last_interval_{age}", 129, [32 + age], INTERVAL))
        return tables

    def add_metre(self, prefix, size):
        self.add_module(f"{prefix}_tick", nn.Embedding(TICKS, size))
        self.add_module(f"{prefix}_beat", nn.Embedding(BEATS, size))

    def rows(self, context, columns, kind, count):
        """The rows that a table of `count` rows gives for these columns, [T, B, columns]."""
        last = context[:, :, 1:2]
        last = torch.where(last > 127, 60, last)
        numbers = context[:, :, list(columns)]
        if kind == INTERVAL:
            return torch.where(numbers == 0, 0, 65 + (numbers - 1 - last).clamp(-64, 63))
        if kind == PITCH_INTERVAL:
            return 65 + (numbers - last).clamp(-64, 63)
        return numbers // kind % count

    def head(self, s, x, context, candidates):
        """The logits of one head: what it is conditioned on adds to its hidden layer, scores of candidates to its logits."""
        field = self.fields[s]
        first, relu, last = getattr(self, f"head_{field}")
        hidden = first(x)
        for name, count, columns, kind in self.conditions[s]:
            embedding = getattr(self, f"condition_{field}_{name}")
            hidden = hidden + embedding(self.rows(context, columns, kind, count)).sum(2)
        hidden = relu(hidden)
        logits = last(hidden)
        if self.matches and field in CORE:
            parts = getattr(self, f"candidate_{field}")
            tokens, packed = candidates[:, :, CORE.index(field)].unbind(3)
            evidence = parts["query"](hidden).unsqueeze(2)
            for name, bits in zip(CANDIDATE_TABLES, BITS):
                evidence = evidence + parts[name](packed & (2**bits - 1))
                packed = packed >> bits
            scores = parts["score"](torch.relu(evidence)).squeeze(3)
            scores = torch.where(tokens > 0, scores, 0.0)
            logits = logits.scatter_add(2, (tokens - 1).clamp(min=0), scores)
        if self.relative and field == "note":
            logits = self.at_intervals(hidden, context, logits)
        return logits

    def at_intervals(self, hidden, context, logits):
        """Adds what is predicted at intervals from four notes; rules out what would not ascend within a chord."""
        values = self.relative_note(hidden).unflatten(2, (4, VALUES))
        pitches = torch.arange(logits.shape[2])
        for at, column in enumerate([32, 48, 49, 50]):
            reference = context[:, :, column : column + 1]
            columns = (pitches - (reference - 1) + REACH).clamp(0, 2 * REACH)
            logits = logits + torch.where(reference > 0, values[:, :, at].gather(2, columns), 0.0)
        ruled_out = (context[:, :, 4:5] == 0) & (pitches < context[:, :, 32:33])
        return torch.where(ruled_out, -30.0, logits)

    def forward(self, context, candidates, state=None):
        """Context [T, B, 73] and candidates [T, B, 3, 8, 2] to the logits of each field, [T, B, V], and the state of each LSTM for the
        next call."""
        state = state or {}
        outputs, state_after = [], {}
        for stream in self.fields:
            x = getattr(self, f"embedding_{stream}")(context[:, :, COLUMNS[stream][0]])
            if self.metre and stream == "offset":
                position = context[:, :, 3]
                x = x + self.embedding_tick(position % TICKS) + self.embedding_beat(position // TICKS % BEATS)
            if self.relative and stream == "note":
                x = x + self.embedding_note_interval(self.rows(context, [33], INTERVAL, 129)).sum(2)
            output, state_after[stream] = getattr(self, f"lstm_{stream}")(x, state.get(stream))
            outputs.append(output)
        x = torch.cat(outputs, dim=2)
        x, state_after["combined"] = self.lstm_combined(x, state.get("combined"))
        x = torch.relu(self.shared(x))
        return [self.head(s, x, context, candidates) for s in range(len(self.fields))], state_after
