"""Writes fixtures/recipe.json: loss curves of small DLRMs in PyTorch, one a recipe, from the same start and batches.

Run with Debian's python3-torch (1.13): /usr/bin/python3 tools/golden/python/recipe.py
"""

import json
import math
import os

import torch
import torch.nn.functional as F

DENSE, DIM, BATCH, BATCHES, STEPS = 4, 4, 16, 10, 200
TABLES = {"a": 23, "b": 11, "c": 5}
VECTORS = 1 + len(TABLES)
RANK, LAYERS = 3, 2

torch.manual_seed(7)
batches = [
    {
        "dense": torch.rand(BATCH, DENSE) * 2,
        "ids": [torch.randint(0, rows, (BATCH,)) for rows in TABLES.values()],
    }
    for _ in range(BATCHES)
]
# Labels that can be learnt: a noisy function of the ids and numbers.
for batch in batches:
    score = batch["dense"][:, 0] - 1 + 0.3 * (batch["ids"][0] % 3 - 1) + 0.5 * (batch["ids"][1] % 2)
    batch["labels"] = (torch.sigmoid(2 * score) > torch.rand(BATCH)).float()


def widths(interaction):
    n = VECTORS * DIM
    return {"dot": DIM + VECTORS * (VECTORS - 1) // 2, "dcn": n, "fm": 2 * DIM}[interaction]


def start(interaction, wide):
    """Parameters by the names of ttrec."""
    shapes = {"bottom.0.weight": (5, DENSE), "bottom.0.bias": (5,), "bottom.1.weight": (DIM, 5), "bottom.1.bias": (DIM,)}
    if interaction == "dcn":
        for layer in range(LAYERS):
            n = VECTORS * DIM
            shapes.update({f"cross.{layer}.V": (RANK, n), f"cross.{layer}.U": (n, RANK), f"cross.{layer}.bias": (n,)})
    width = widths(interaction)
    shapes.update({"top.0.weight": (6, width), "top.0.bias": (6,), "top.1.weight": (1, 6), "top.1.bias": (1,)})
    shapes.update({f"table.{name}.weight": (rows, DIM) for name, rows in TABLES.items()})
    if wide:
        shapes["wide.dense"] = (1, DENSE)
        shapes.update({f"wide.{name}.weight": (rows, 1) for name, rows in TABLES.items()})
    return {name: (0.4 * torch.randn(shape)).requires_grad_() for name, shape in shapes.items()}


def logits(p, batch, interaction, wide, sparse):
    x = batch["dense"]
    for layer in range(2):
        x = torch.relu(F.linear(x, p[f"bottom.{layer}.weight"], p[f"bottom.{layer}.bias"]))
    rows = [F.embedding(ids, p[f"table.{name}.weight"], sparse=sparse) for name, ids in zip(TABLES, batch["ids"])]
    vectors = torch.stack([x, *rows], 1)
    if interaction == "dot":
        products = torch.bmm(vectors, vectors.transpose(1, 2))
        i, j = torch.tril_indices(VECTORS, VECTORS, -1)
        z = torch.cat([x, products[:, i, j]], 1)
    elif interaction == "fm":
        z = torch.cat([x, 0.5 * (vectors.sum(1) ** 2 - (vectors ** 2).sum(1))], 1)
    else:
        first = z = vectors.flatten(1)
        for layer in range(LAYERS):
            inner = F.linear(z, p[f"cross.{layer}.V"])
            z = first * F.linear(inner, p[f"cross.{layer}.U"], p[f"cross.{layer}.bias"]) + z
    z = torch.relu(F.linear(z, p["top.0.weight"], p["top.0.bias"]))
    z = F.linear(z, p["top.1.weight"], p["top.1.bias"])[:, 0]
    if wide:
        z = z + F.linear(batch["dense"], p["wide.dense"])[:, 0]
        for name, ids in zip(TABLES, batch["ids"]):
            z = z + F.embedding(ids, p[f"wide.{name}.weight"], sparse=sparse)[:, 0]
    return z


def schedule(config):
    """The factor of the highest rate at a step, from 0: LambdaLR and StepLR with a linear warm-up."""
    if config is None:
        return lambda step: 1.0
    warmup = config.get("warmup", 0)

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        if config["kind"] == "constant":
            return 1.0
        if config["kind"] == "steps":
            return config["factor"] ** ((step - warmup) // config["every"])
        done = min(1.0, (step - warmup) / (config["steps"] - warmup))
        left = (1 + math.cos(math.pi * done)) / 2 if config["kind"] == "cosine" else 1 - done
        final = config.get("final", 0) / config["rate"]
        return final + (1 - final) * left

    return factor


OPTIMIZERS = {
    "sgd": lambda ps, c: torch.optim.SGD(ps, c["lr"]),
    "adagrad": lambda ps, c: torch.optim.Adagrad(ps, c["lr"], weight_decay=c.get("l2", 0), eps=c.get("epsilon", 1e-10)),
    "adam": lambda ps, c: torch.optim.Adam(ps, c["lr"], betas=(c.get("beta1", 0.9), 0.999), weight_decay=c.get("l2", 0)),
    "adamw": lambda ps, c: torch.optim.AdamW(ps, c["lr"], weight_decay=c["weightDecay"]),
    "sparse-adam": lambda ps, c: torch.optim.SparseAdam(ps, c["lr"]),
}


def run(case):
    interaction, wide = case.get("interaction", "dot"), case.get("wide", False)
    sparse = case["tables"]["torch"] == "sparse-adam"
    p = start(interaction, wide)
    first = {name: {"shape": list(value.shape), "data": value.detach().flatten().tolist()} for name, value in p.items()}
    is_table = lambda name: name.startswith("table.") or (name.startswith("wide.") and name != "wide.dense")
    groups = [
        ([value for name, value in p.items() if is_table(name)], case["tables"]),
        ([value for name, value in p.items() if not is_table(name)], case["dense"]),
    ]
    optimizers = [OPTIMIZERS[config["torch"]](list(values), config) for values, config in groups]
    schedulers = [torch.optim.lr_scheduler.LambdaLR(o, schedule(case.get("schedule"))) for o in optimizers]
    losses = []
    for step in range(STEPS):
        batch = batches[step % BATCHES]
        loss = F.binary_cross_entropy_with_logits(logits(p, batch, interaction, wide, sparse), batch["labels"])
        losses.append(loss.item())
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        if "clipNorm" in case:
            torch.nn.utils.clip_grad_norm_(list(p.values()), case["clipNorm"])
        for optimizer, scheduler in zip(optimizers, schedulers):
            optimizer.step()
            scheduler.step()
    return {**case, "start": first, "losses": losses}


SGD = {"torch": "sgd", "lr": 0.05}
ADAGRAD = {"torch": "adagrad", "lr": 0.02}
CASES = [
    {"name": "adagrad", "tables": ADAGRAD, "dense": ADAGRAD},
    {"name": "lazy adam, and adam", "tables": {"torch": "sparse-adam", "lr": 0.01}, "dense": {"torch": "adam", "lr": 0.005, "beta1": 0.8}},
    {"name": "adam with an l2 penalty", "tables": SGD, "dense": {"torch": "adam", "lr": 0.005, "l2": 0.05}},
    {"name": "adamw", "tables": SGD, "dense": {"torch": "adamw", "lr": 0.005, "weightDecay": 0.2}},
    {"name": "adagrad with an l2 penalty", "tables": SGD, "dense": {**ADAGRAD, "l2": 0.05}},
    {"name": "clipping", "tables": SGD, "dense": SGD, "clipNorm": 0.2},
    {"name": "constant rate with warm-up", "tables": SGD, "dense": SGD, "schedule": {"kind": "constant", "rate": 0.05, "warmup": 20}},
    {"name": "linear decay", "tables": SGD, "dense": SGD, "schedule": {"kind": "linear", "rate": 0.05, "steps": 180, "final": 0.01, "warmup": 10}},
    {"name": "cosine decay", "tables": SGD, "dense": SGD, "schedule": {"kind": "cosine", "rate": 0.05, "steps": 180, "warmup": 10}},
    {"name": "decay by steps", "tables": SGD, "dense": SGD, "schedule": {"kind": "steps", "rate": 0.05, "every": 50, "factor": 0.5}},
    {"name": "low-rank cross network", "tables": ADAGRAD, "dense": ADAGRAD, "interaction": "dcn"},
    {"name": "factorization machine", "tables": SGD, "dense": SGD, "interaction": "fm"},
    {"name": "wide term", "tables": ADAGRAD, "dense": ADAGRAD, "wide": True},
]

if __name__ == "__main__":
    shared = [
        {"dense": b["dense"].flatten().tolist(), "ids": [ids.tolist() for ids in b["ids"]], "labels": b["labels"].tolist()}
        for b in batches
    ]
    fixture = {"tables": TABLES, "batches": shared, "cases": [run(case) for case in CASES]}
    path = os.path.join(os.path.dirname(__file__), "..", "fixtures", "recipe.json")
    rounded = json.loads(json.dumps(fixture), parse_float=lambda text: float(f"{float(text):.9g}"))
    with open(path, "w") as file:
        json.dump(rounded, file, separators=(",", ":"))
        file.write("\n")
