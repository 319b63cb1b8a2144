"""The network in PyTorch: plain nn.Embedding, nn.LSTM and nn.Linear under the names of our model files.

`load_state_dict` with the tensors of a model file must succeed as it is: same names, same shapes.
"""

import torch
from torch import nn

STREAMS = ["offset", "note", "duration"]


class Network(nn.Module):
    """`config` is the ModelConfig that a model file holds as JSON."""

    def __init__(self, config):
        super().__init__()
        streams, combined = config["stream_size"], config["combined_size"]
        for s, stream in enumerate(STREAMS):
            embedding = nn.Embedding(config["input_vocab_sizes"][s], config["embedding_size"])
            self.add_module(f"embedding_{stream}", embedding)
            self.add_module(f"lstm_{stream}", nn.LSTM(config["embedding_size"], streams))
        self.lstm_combined = nn.LSTM(3 * streams, combined, num_layers=config["combined_layers"])
        self.shared = nn.Linear(combined, config["shared_size"])
        for s, stream in enumerate(STREAMS):
            head = nn.Sequential(
                nn.Linear(config["shared_size"], config["head_size"]),
                nn.ReLU(),
                nn.Linear(config["head_size"], config["output_vocab_sizes"][s]),
            )
            self.add_module(f"head_{stream}", head)

    def forward(self, tokens, state=None):
        """Tokens [T, B, 3] to logits, three of [T, B, V], and the state of each LSTM for the next call."""
        state = state or {}
        outputs, state_after = [], {}
        for s, stream in enumerate(STREAMS):
            x = getattr(self, f"embedding_{stream}")(tokens[:, :, s])
            output, state_after[stream] = getattr(self, f"lstm_{stream}")(x, state.get(stream))
            outputs.append(output)
        x = torch.cat(outputs, dim=2)
        x, state_after["combined"] = self.lstm_combined(x, state.get("combined"))
        x = torch.relu(self.shared(x))
        return [getattr(self, f"head_{stream}")(x) for stream in STREAMS], state_after
