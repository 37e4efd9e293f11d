"""Teaches the small network of the default model.

Three steps, each from a seed:

    python gather.py --out PICTURES
    python network.py views --teacher mobilenet_v2.onnx --out CACHE FOLDER=SHARE ...
    python network.py train --cache CACHE --out network.bin [--leave-out clothing]

`views` cuts many views out of the pictures and asks the teacher, a pretrained network, what it sees
in each: its answer, and two of its maps on the way. `train` teaches a network of 2.8 million numbers
to answer the same; it writes that one's numbers, and none of the teacher's, as the file that
`likeness bench train-model --network` takes in. docs/decisions/0032-taught-network.md says why and
with which figures, and which shares the sets of pictures had.

Only this program needs Python (3.11, numpy 2.4.6, torch 2.13.0, onnx 1.23.1, onnxruntime 1.30.0,
pillow 12.3.0); the build, the tests and the product do not.
"""

import argparse
import math
import os
import random
import time
from pathlib import Path

import numpy as np

SIDE = 128
TEACHER_SIDE = 224

# What the teacher is asked for: two maps, each brought to the size of one of ours, and its answer.
TAPS = {"middle": ("add_314", 96, 8), "late": ("conv_415", 320, 4)}
ANSWER, ANSWERS = "globalaveragepool_427", 1280

# The answer along its widest axes, the wide ones damped.
AXES = 256
DAMPING = 0.25

# Width and stride of each convolution; io.likeness.features.builtin.Network has the same strides.
STEPS = [(24, 2), (48, 2), (96, 2), (96, 1), (96, 1), (192, 2), (192, 1), (192, 1), (320, 2), (320, 1)]
WIDE = 512


# ---- Views ----


def pictures_of(folder):
    from PIL import Image, ImageOps

    for file in sorted(Path(folder).iterdir()):
        with Image.open(file) as picture:
            yield ImageOps.exif_transpose(picture).convert("RGBA" if picture.mode == "RGBA" else "RGB")


class Views:
    """Parts of pictures, with parts of others laid over or blended in, turned, lit otherwise; those
    that are cut out stand on grounds of one colour and on parts of pictures."""

    def __init__(self, shares, apart, seed):
        self.rng = random.Random(seed)
        self.pictures, self.sets = [], {}
        for folder in sorted(shares):
            some = list(pictures_of(folder))
            print(f"{len(some)} pictures of {folder}", flush=True)
            name = Path(folder).name
            self.sets[name] = range(len(self.pictures), len(self.pictures) + len(some))
            self.pictures += some
        self.apart = apart
        self.shares = {Path(folder).name: share for folder, share in shares.items()}
        # A set that may be left out mixes with itself only, and is nobody's ground.
        shared = [i for name, some in self.sets.items() if name not in apart for i in some]
        self.partners = {name: some if name in apart else shared for name, some in self.sets.items()}
        self.grounds = [i for i in shared if self.pictures[i].mode == "RGB"]

    def part(self, number, smallest):
        """A box somewhere in the picture: an even choice of scales, other proportions a little."""
        width, height = self.pictures[number].size
        area = math.exp(self.rng.uniform(math.log(smallest), 0))
        tall = math.exp(self.rng.uniform(-0.4, 0.4))
        w = min(width, width * math.sqrt(area / tall))
        h = min(height, height * math.sqrt(area * tall))
        x = self.rng.uniform(0, width - w)
        y = self.rng.uniform(0, height - h)
        return x, y, min(width, x + w), min(height, y + h)

    def light(self):
        """A table that changes exposure, contrast and colour, for each channel."""
        rng = self.rng
        bright, contrast = rng.uniform(0.65, 1.4), rng.uniform(0.7, 1.3)
        table = []
        for _ in range(3):
            gain = bright * rng.uniform(0.85, 1.15)
            table += [int(min(255, max(0, (i * gain - 128) * contrast + 128))) for i in range(256)]
        return table

    def piece(self, number, smallest):
        """A part of a picture, and where it stands on what ground if it was cut out."""
        rng = self.rng
        piece = {"picture": number, "box": self.part(number, smallest)}
        if self.pictures[number].mode == "RGBA":
            kind = rng.choices(["white", "grey", "colour", "picture"], [30, 15, 15, 40])[0]
            if kind == "picture":
                ground = rng.choice(self.grounds)
                piece["ground"] = ground, self.part(ground, 0.05)
            else:
                grey = rng.randrange(256)
                colours = {"white": (255,) * 3, "grey": (grey,) * 3, "colour": [rng.randrange(256) for _ in range(3)]}
                piece["ground"] = tuple(colours[kind])
            piece["inset"] = rng.uniform(0, 0.35)
            piece["at"] = rng.random(), rng.random()
        return piece

    def draw(self):
        """What the next view is to be."""
        rng = self.rng
        name = rng.choices(list(self.shares), list(self.shares.values()))[0]
        number = rng.choice(self.sets[name])
        kind = rng.choices(["whole", "part", "mix", "blend"], [20, 42, 23, 15])[0]
        large = max(self.pictures[number].size) > 1000
        cut_out = self.pictures[number].mode == "RGBA"
        smallest = 0.02 if large else 0.5 if kind == "whole" else 0.35 if cut_out else 0.08
        channels = [(1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2)]
        view = {
            "kind": kind,
            "set": name,
            "piece": self.piece(number, smallest),
            "flip": rng.random() < 0.5,
            "light": self.light() if rng.random() < 0.4 else None,
            "turn": rng.uniform(-25, 25) if rng.random() < 0.25 else None,
            "channels": list(rng.choice(channels)) if rng.random() < 0.06 else [0, 1, 2],
        }
        if kind in ("mix", "blend"):
            view["other"] = self.piece(rng.choice(self.partners[name]), 0.12)
            view["place"] = (rng.random(), rng.random(), rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.7))
            view["share"] = rng.uniform(0.25, 0.5)
        return view

    def place(self, piece, size):
        from PIL import Image

        def resized(number, box, to):
            return self.pictures[number].resize(to, Image.BILINEAR, box=box)

        box = piece["box"]
        if "ground" not in piece:
            return resized(piece["picture"], box, size)
        ground = piece["ground"]
        placed = Image.new("RGB", size, ground) if len(ground) == 3 else resized(*ground, size)
        w, h = box[2] - box[0], box[3] - box[1]
        scale = (1 - piece["inset"]) * min(size[0] / w, size[1] / h)
        thing = resized(piece["picture"], box, (max(8, round(w * scale)), max(8, round(h * scale))))
        left, top = ((room - used) * at for room, used, at in zip(size, thing.size, piece["at"]))
        placed.paste(thing, (round(left), round(top)), thing)
        return placed

    def render(self, view, side):
        from PIL import Image

        picture = self.place(view["piece"], (side, side))
        if view["kind"] == "mix":
            x, y, w, h = view["place"]
            other = self.place(view["other"], (round(w * side), round(h * side)))
            picture.paste(other, (round(x * (1 - w) * side), round(y * (1 - h) * side)))
        elif view["kind"] == "blend":
            picture = Image.blend(picture, self.place(view["other"], (side, side)), view["share"])
        if view["turn"] is not None:
            picture = picture.rotate(view["turn"], Image.BILINEAR, fillcolor=(128, 128, 128))
        if view["flip"]:
            picture = picture.transpose(Image.FLIP_LEFT_RIGHT)
        if view["light"] is not None:
            picture = picture.point(view["light"])
        return np.asarray(picture)[..., view["channels"]].transpose(2, 0, 1)


def teacher_of(file):
    import onnx
    import onnxruntime

    names = [name for name, _, _ in TAPS.values()] + [ANSWER]
    model = onnx.load(file)
    for name in names:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda views: session.run(names, {name: (views.astype(np.float32) - 127.5) / 127.5})


def shrunk(maps, places):
    """Maps with fewer places, each the mean of what it covers."""
    side = maps.shape[2]
    weights = np.zeros((places, side), np.float32)
    for place in range(places):
        low, high = place * side / places, (place + 1) * side / places
        for i in range(side):
            weights[place, i] = max(0, min(high, i + 1) - max(low, i))
    weights /= weights.sum(1, keepdims=True)
    return np.matmul(np.matmul(weights, maps), weights.T)


def views(args):
    shares = dict(folder.rsplit("=", 1) for folder in args.folders)
    source = Views({folder: float(share) for folder, share in shares.items()}, args.apart, args.seed)
    ask = teacher_of(args.teacher)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    def table(name, shape, kind):
        file = out / f"{name}-{args.seed}.npy"
        return np.lib.format.open_memmap(file, "w+", kind, (args.count,) + shape)

    pictures = table("picture", (3, SIDE, SIDE), np.uint8)
    maps = [table(name, (width, side, side), np.float16) for name, (_, width, side) in TAPS.items()]
    answers = table("answer", (ANSWERS,), np.float32)
    sets = []
    began = time.time()
    for start in range(0, args.count, 16):
        some = [source.draw() for _ in range(min(16, args.count - start))]
        end = start + len(some)
        sets += [view["set"] for view in some]
        pictures[start:end] = np.stack([source.render(view, SIDE) for view in some])
        *seen, answer = ask(np.stack([source.render(view, TEACHER_SIDE) for view in some]))
        for to, of in zip(maps, seen):
            to[start:end] = shrunk(of, to.shape[2])
        answers[start:end] = answer.reshape(len(some), -1)
        if start % 3200 == 0:
            print(f"{start} of {args.count} views, {time.time() - began:.0f} s", flush=True)
    np.save(out / f"set-{args.seed}.npy", np.array(sets))
    print(f"{args.count} views, {time.time() - began:.0f} s")


# ---- The network ----


def network():
    """Picture -0.5..0.5 times 4 -> answer. All convolutions plain: fast everywhere."""
    import torch
    from torch import nn

    def step(a, b, size, stride):
        return nn.Sequential(nn.Conv2d(a, b, size, stride, size // 2, bias=False), nn.BatchNorm2d(b))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [3] + [width for width, _ in STEPS]
            self.steps = nn.ModuleList(step(a, b, 3, s) for a, (b, s) in zip(widths, STEPS))
            self.wide = step(widths[-1], WIDE, 1, 1)
            self.head = nn.Linear(WIDE, AXES)
            # From our maps to the teacher's; for learning alone.
            self.hints = nn.ModuleDict()
            for name, (_, width, side) in TAPS.items():
                ours = [b for i, (b, _) in enumerate(STEPS) if self.side_after(i) == side][-1]
                self.hints[name] = nn.Conv2d(ours, width, 1)

        @staticmethod
        def side_after(number):
            side = SIDE
            for _, stride in STEPS[: number + 1]:
                side //= stride
            return side

        def forward(self, x, hints=False):
            maps = {}
            for one, (_, stride) in zip(self.steps, STEPS):
                y = one(x)
                x = torch.relu(y if stride > 1 else y + x)
                maps[x.shape[2]] = x
            answer = self.head(torch.relu(self.wide(x)).mean((2, 3)))
            if not hints:
                return answer
            return answer, [self.hints[name](maps[side]) for name, (_, _, side) in TAPS.items()]

    return Network()


class Cache:
    """All that `views` wrote."""

    def __init__(self, folder):
        seeds = sorted(int(file.stem.split("-")[1]) for file in Path(folder).glob("set-*.npy"))

        def parts(name):
            return [np.load(Path(folder) / f"{name}-{seed}.npy", mmap_mode="r") for seed in seeds]

        self.sets = np.concatenate(parts("set"))
        self.answers = np.concatenate(parts("answer"))
        self.pictures = parts("picture")
        self.maps = [parts(name) for name in TAPS]
        self.begins = np.cumsum([0] + [len(part) for part in self.pictures])

    def rows(self, parts, rows):
        part = np.searchsorted(self.begins, rows, "right") - 1
        return np.stack([parts[p][row - self.begins[p]] for p, row in zip(part, rows)])


def axes_of(answers):
    mean = answers.mean(0)
    spread, axes = np.linalg.eigh(np.cov((answers - mean).T))
    spread, axes = spread[::-1][:AXES], axes[:, ::-1][:, :AXES]
    axes = axes * (spread + spread[AXES // 4]) ** -DAMPING
    return mean, (axes / np.sqrt((((answers - mean) @ axes) ** 2).mean())).astype(np.float32)


def train(args):
    """In processes that share their gradients: threads that wait for each other at each step of the
    network are slow beside other work."""
    import torch
    import torch.distributed as together

    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    cache = Cache(args.cache)
    learnt = np.flatnonzero(~np.isin(cache.sets, args.leave_out))
    left = np.flatnonzero(np.isin(cache.sets, args.leave_out))[:800]
    before = torch.load(args.warm, weights_only=False) if args.warm else None
    mean, axes = before["axes"] if before else axes_of(cache.answers[learnt])
    answers = torch.from_numpy((cache.answers - mean) @ axes).share_memory_()
    scales = []
    for parts in cache.maps:
        some = cache.rows(parts, learnt[::97]).astype(np.float32)
        scale = np.stack([some.mean((0, 2, 3)), some.std((0, 2, 3)) + 1e-3])
        scales.append(torch.from_numpy(scale)[:, None, :, None, None])

    meeting = Path(args.out).with_suffix(f".{os.getpid()}")
    rank = 0
    for other in range(1, args.processes):
        if os.fork() == 0:
            rank = other
            break
    together.init_process_group("gloo", init_method=f"file://{meeting.absolute()}", rank=rank, world_size=args.processes)

    rng = torch.Generator().manual_seed(args.seed * 1000 + rank)
    shuffle = np.random.default_rng(args.seed)
    model = network().to(memory_format=torch.channels_last)
    if before:
        model.load_state_dict(before["model"])
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": weights, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}])
    if rank == 0:
        print(f"{sum(p.numel() for p in model.parameters())} numbers, {len(learnt)} views", flush=True)

    def batch(rows):
        x = torch.from_numpy(cache.rows(cache.pictures, rows)).float() / 255
        maps = [
            (torch.from_numpy(cache.rows(parts, rows)).float() - scale[0]) / scale[1]
            for parts, scale in zip(cache.maps, scales)
        ]
        flip = torch.rand(len(x), generator=rng) < 0.5
        for one in [x] + maps:
            one[flip] = one[flip].flip(3)
        # Of a grey or darker copy the same is to be told.
        grey = torch.rand(len(x), generator=rng) < 0.1
        luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
        x[grey] = (x[grey] * luma).sum(1, keepdim=True)
        lit = torch.rand(len(x), generator=rng) < 0.3
        light = torch.empty(len(x), 1, 1, 1).uniform_(0.7, 1.3, generator=rng)
        x[lit] = (x[lit] * light[lit]).clamp(0, 1)
        return prepared(x), answers[rows], maps

    def prepared(x):
        return ((x - 0.5) * 4).contiguous(memory_format=torch.channels_last)

    def known(rows):
        """The share of the teacher's spread that is known."""
        model.eval()
        said = []
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            for some in np.array_split(rows, math.ceil(len(rows) / 100)):
                said.append(model(prepared(torch.from_numpy(cache.rows(cache.pictures, some)).float() / 255)).float())
        model.train()
        answer = answers[rows]
        return 1 - float((torch.cat(said) - answer).pow(2).sum() / (answer - answer.mean(0)).pow(2).sum())

    normal = torch.nn.functional.normalize
    running = np.zeros(5)
    order = np.zeros(0, int)
    began = time.time()
    each = args.batch // args.processes
    steps = args.pictures // args.batch
    for number in range(steps):
        rate = args.rate * min(1, (number + 1) / 300) * 0.5 * (1 + math.cos(math.pi * number / steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        if len(order) < args.batch:
            order = shuffle.permutation(learnt)
        rows, order = order[rank * each : (rank + 1) * each], order[args.batch :]
        x, answer, maps = batch(np.sort(rows))
        with torch.autocast("cpu", torch.bfloat16):
            said, seen = model(x, hints=True)
        said = said.float()
        hints = [(a.float() - b).pow(2).mean() for a, b in zip(seen, maps)]
        off = (said - answer).pow(2).mean()
        a, b = normal(said, dim=1), normal(answer, dim=1)
        turned = 1 - (a * b).sum(1).mean()
        related = 10 * (a @ a.T - b @ b.T).pow(2).mean()
        loss = 0.5 * hints[0] + 0.7 * hints[1] + off + turned + related
        optimiser.zero_grad()
        loss.backward()
        flat = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
        together.all_reduce(flat)
        at = 0
        for p in model.parameters():
            p.grad.copy_(flat[at : at + p.numel()].view_as(p) / args.processes)
            at += p.numel()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        now = np.array([float(one.detach()) for one in hints + [off, turned, related]])
        running = now if number == 0 else 0.98 * running + 0.02 * now
        if rank == 0 and ((number + 1) % args.tell == 0 or number + 1 == steps):
            told = f"known {known(learnt[:: max(1, len(learnt) // 600)]):.3f}"
            told += f", of what is left out {known(left):.3f}" if len(left) else ""
            print(f"{(number + 1) * args.batch} pictures, {time.time() - began:.0f} s: losses {running.round(3)}, {told}", flush=True)
            torch.save({"model": model.state_dict(), "axes": (mean, axes)}, Path(args.out).with_suffix(".pt"))
    if rank == 0:
        write(model.eval(), args.out)
        meeting.unlink(missing_ok=True)


def folded(step):
    """A convolution with its normalisation folded in: kernels and shift."""
    conv, norm = step
    factor = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
    kernels = (conv.weight * factor.view(-1, 1, 1, 1)).detach().numpy()
    shift = (norm.bias - norm.running_mean * factor).detach().numpy()
    return kernels, shift[None, :, None, None]


def write(model, out):
    import onnx
    from onnx import numpy_helper

    tensors = {}
    for name, step in [(str(i), one) for i, one in enumerate(model.steps)] + [("wide", model.wide)]:
        tensors[f"network.{name}.kernels"], tensors[f"network.{name}.shift"] = folded(step)
    tensors["network.head"] = model.head.weight.detach().numpy().T
    tensors["network.head.shift"] = model.head.bias.detach().numpy()
    halves = [
        numpy_helper.from_array(np.ascontiguousarray(values.astype(np.float16)), "learned." + name)
        for name, values in tensors.items()
    ]
    graph = onnx.helper.make_graph([], "learned", [], [], halves)
    Path(out).write_bytes(graph.SerializeToString(deterministic=True))
    print(f"written to {out}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    view = commands.add_parser("views", help="cut views and ask the teacher; again with other seeds for more")
    view.add_argument("folders", nargs="+", metavar="FOLDER=SHARE", help="pictures, and how often they are taken")
    view.add_argument("--teacher", required=True)
    view.add_argument("--out", required=True)
    view.add_argument("--count", type=int, default=25600)
    view.add_argument("--apart", action="append", default=[], metavar="SET", help="mixes with its own photos only")
    view.set_defaults(run=views)
    learn = commands.add_parser("train", help="teach the network")
    learn.add_argument("--cache", required=True)
    learn.add_argument("--out", required=True)
    learn.add_argument("--leave-out", action="append", default=[], metavar="SET")
    learn.add_argument("--warm", metavar="PT", help="go on from here")
    learn.add_argument("--pictures", type=int, default=1_200_000)
    learn.add_argument("--batch", type=int, default=128)
    learn.add_argument("--rate", type=float, default=2e-3)
    learn.add_argument("--tell", type=int, default=400)
    learn.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    learn.set_defaults(run=train)
    for command in (view, learn):
        command.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
