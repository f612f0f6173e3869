# A DLRM in PyTorch with the names of the reference, whose tables may be FBTT's: python3 reference_dlrm.py STATE JSON
# Loads STATE (torch.save or safetensors) strictly and prints the probabilities of the batch in JSON.
import json, struct, sys
import numpy, torch
from torch import nn


class TensorTrainBag(nn.Module):
    def __init__(self, row_shape, col_shape, ranks):
        super().__init__()
        self.shapes = list(zip(row_shape, ranks, col_shape, ranks[1:]))
        self.tt_cores = nn.ParameterList(
            nn.Parameter(torch.empty(1, p, left * q * right)) for p, left, q, right in self.shapes
        )

    def forward(self, indices, offsets):
        full = torch.ones(1, 1, 1)
        for core, shape in zip(self.tt_cores, self.shapes):
            full = torch.einsum('ncr,prqs->npcqs', full, core.reshape(shape))
            full = full.reshape(full.shape[0] * full.shape[1], -1, full.shape[4])
        return nn.functional.embedding_bag(indices, full[:, :, 0], offsets, mode='sum', include_last_offset=True)


class DLRM(nn.Module):
    def __init__(self, config):
        super().__init__()
        mlp = lambda sizes, last: nn.Sequential(*[
            layer
            for i in range(len(sizes) - 1)
            for layer in (nn.Linear(sizes[i], sizes[i + 1]), last if i == len(sizes) - 2 else nn.ReLU())
        ])
        self.emb_l = nn.ModuleList(
            TensorTrainBag(**table) if isinstance(table, dict)
            else nn.EmbeddingBag(table, config['dim'], mode='sum', include_last_offset=True)
            for table in config['tables']
        )
        self.bot_l = mlp(config['bottom'], nn.ReLU())
        self.top_l = mlp(config['top'], nn.Sigmoid())

    def forward(self, dense, bags):
        x = self.bot_l(dense)
        rows = torch.stack([x] + [table(*bag) for table, bag in zip(self.emb_l, bags)], dim=1)
        pairs = torch.bmm(rows, rows.transpose(1, 2))
        i, j = torch.tril_indices(rows.shape[1], rows.shape[1], offset=-1)
        return self.top_l(torch.cat([x, pairs[:, i, j]], dim=1))[:, 0]


def read_safetensors(path):
    data = open(path, 'rb').read()
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop('__metadata__', None)
    return {
        name: torch.from_numpy(
            numpy.frombuffer(data, '<f4', offset=8 + length + entry['data_offsets'][0],
                             count=int(numpy.prod(entry['shape']))).reshape(entry['shape']).copy()
        )
        for name, entry in header.items()
    }


state_path, config_path = sys.argv[1:]
config = json.load(open(config_path))
model = DLRM(config)
state = torch.load(state_path, weights_only=True) if state_path.endswith('.pt') else read_safetensors(state_path)
model.load_state_dict(state, strict=True)
bags = [(torch.tensor(bag['indices']), torch.tensor(bag['offsets'])) for bag in config['bags']]
with torch.no_grad():
    print(json.dumps(model(torch.tensor(config['dense']), bags).tolist()))
