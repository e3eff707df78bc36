"""Model checkpoints: safetensors, torch, and the folders of Geneformer and scGPT."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from gene_tui.errors import FileError, UsageError
from gene_tui.spaces.importers import open_source
from gene_tui.spaces.importing import Recipe, import_space

from . import checkpoints
from .checkpoints import Stored
from .sources import cut, names, numbers, refused, whole

WEIGHT = "bert.embeddings.word_embeddings.weight"
OTHERS = {"bert.embeddings.position_embeddings.weight": numbers(9, 4, 1)}
GENES = ["<pad>", "<mask>", *names(28)]


def tokens(folder: Path, labels: list[str], name: str = "token_dictionary.pkl") -> Path:
    path = folder / name
    path.write_bytes(pickle.dumps({label: row for row, label in enumerate(labels)}))
    return path


def geneformer(folder: Path, kind: str = "safetensors") -> Path:
    """A model folder with 30 tokens; returns the file of weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text('{"model_type": "bert"}')
    if kind == "safetensors":
        path = folder / "model.safetensors"
        save_file({WEIGHT: numbers(30, 4), **OTHERS}, path)
        return path
    stored = {name: Stored(array) for name, array in {WEIGHT: numbers(30, 4), **OTHERS}.items()}
    return checkpoints.save(folder / "pytorch_model.bin", stored)


@pytest.mark.parametrize("kind", ["safetensors", "torch"])
@pytest.mark.parametrize("given", ["folder", "file"])
def test_geneformer(tmp_path: Path, kind: str, given: str) -> None:
    weights = geneformer(tmp_path, kind)
    dictionary = tokens(tmp_path, GENES, "token_dictionary_gc104M.pkl")
    read = whole(tmp_path if given == "folder" else weights)
    assert read.source.format == "geneformer"
    assert read.labels == GENES
    np.testing.assert_array_equal(read.vectors, numbers(30, 4))
    assert read.source.files == (weights, dictionary)
    assert WEIGHT in read.notes


def test_row_is_token_id_not_order_in_the_dictionary(tmp_path: Path) -> None:
    geneformer(tmp_path)
    shuffled = {label: np.int16(row) for row, label in reversed(list(enumerate(GENES)))}
    (tmp_path / "token_dictionary.pkl").write_bytes(pickle.dumps(shuffled))
    assert whole(tmp_path).labels == GENES


@pytest.mark.parametrize(
    "place", ["", "geneformer", "geneformer/gene_dictionaries_30m", "Geneformer-V1-10M"]
)
def test_dictionaries_where_the_repository_keeps_them(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "Geneformer-V1-10M"
    geneformer(folder)
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    tokens(tmp_path / place, GENES, "token_dictionary_gc30M.pkl")
    tokens(tmp_path, GENES[:20], "token_dictionary_a_wrong_one.pkl")
    assert whole(folder).labels == GENES


@pytest.mark.real_data
@pytest.mark.parametrize(("version", "rows"), [("v1", 25_426), ("v2", 20_275)])
def test_real_dictionaries_name_the_rows_of_their_own_model_only(
    tmp_path: Path, real_data: Path, version: str, rows: int
) -> None:
    formats = real_data / "formats"
    own = {
        "v1": formats / "geneformer_v1_token_dictionary.pkl",
        "v2": formats / "geneformer_v2_token_dictionary_gc104M.pkl",
    }
    table = numbers(rows, 3)
    save_file({WEIGHT: table}, tmp_path / "model.safetensors")
    read = whole(tmp_path, labels=own[version])
    expected = {"v1": {2: "ENSG00000000003"}, "v2": {4: "ENSG00000000003", 3: "<eos>"}}
    for row, label in expected[version].items():
        assert read.labels[row] == label
    np.testing.assert_array_equal(read.vectors, table)
    other = own["v2" if version == "v1" else "v1"]
    with pytest.raises(FileError) as caught:
        open_source(tmp_path, labels=other)
    assert other.name in caught.value.message
    assert "25,426" in caught.value.message
    assert "20,275" in caught.value.message
    assert "V1" in caught.value.hint


def test_wrong_tokens(tmp_path: Path) -> None:
    weights = geneformer(tmp_path)
    refused(weights, "its rows have no names")
    wrong = tokens(tmp_path, GENES[:-1])
    with pytest.raises(FileError, match=r"29 tokens, model\.safetensors has 30 rows"):
        open_source(tmp_path)
    wrong.write_bytes(pickle.dumps(dict.fromkeys(GENES, 0)))
    with pytest.raises(FileError, match="row 0 of token"):
        open_source(tmp_path)
    wrong.write_bytes(pickle.dumps({label: row + 1 for row, label in enumerate(GENES)}))
    with pytest.raises(FileError, match="out of range"):
        open_source(tmp_path)
    wrong.write_bytes(wrong.read_bytes()[:-30])
    with pytest.raises(FileError, match=r"token_dictionary\.pkl: the pickle is cut short"):
        open_source(tmp_path)


def test_a_folder_without_weights(tmp_path: Path) -> None:
    tokens(tmp_path, GENES)
    refused(tmp_path, "no source|one number", format="geneformer")


# safetensors


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
def test_kinds_of_numbers(tmp_path: Path, kind: str) -> None:
    tokens(tmp_path, GENES)
    table = numbers(30, 4)
    if kind == "bfloat16":
        halves = (table.view(np.uint32) >> 16).astype(np.uint16)
        expected = (halves.astype(np.uint32) << 16).view(np.float32)
        stored: Any = halves  # which NumPy knows as whole numbers
    else:
        stored = table.astype(kind)
        expected = stored.astype(np.float32)
    path = tmp_path / "model.safetensors"
    save_file({WEIGHT: stored}, path)
    if kind == "bfloat16":
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        forged(path, data[8 : 8 + length].replace(b'"U16"', b'"BF16"'), data[8 + length :])
    read = whole(path)
    np.testing.assert_array_equal(read.vectors, expected)


def forged(path: Path, header: Any, body: bytes = b"\0" * 48) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


def entry(shape: Any, begin: Any, end: Any, kind: Any = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("header", "match"),
    [
        ({WEIGHT: entry([3, 4], 0, 48), "x": entry([3, 4], 0, 48)}, "leaves or doubles"),
        ({WEIGHT: entry([3, 3], 12, 48)}, "leaves or doubles bytes at 12"),
        ({WEIGHT: entry([3, 3], 0, 36)}, "accounts for 36 bytes of numbers, there are 48"),
        ({WEIGHT: entry([3, 8], 0, 96)}, "should end at byte 96"),
        ({WEIGHT: entry([3, 5], 0, 48)}, r"shape \[3, 5\] F32 and 48 bytes"),
        ({WEIGHT: entry([3, 4], 48, 0)}, "nothing sound"),
        ({WEIGHT: entry([-3, -4], 0, 48)}, "nothing sound"),
        ({WEIGHT: entry([3, 4.0], 0, 48)}, "nothing sound"),
        ({WEIGHT: entry("34", 0, 48)}, "nothing sound"),
        ({WEIGHT: entry([3, 4], 0, None)}, "nothing sound"),
        ({WEIGHT: [1]}, "nothing sound"),
        ({WEIGHT: entry([3, 4], 0, 48, "F4")}, "of kind F4, not read"),
        ({WEIGHT: entry([12], 0, 48)}, "not rows of numbers"),
        ({WEIGHT: entry([1 << 40, 1 << 40], 0, 48, "F4")}, "the most is|tokens"),
        ([1], "not JSON"),
        (b"{" + b"x" * 90, "not JSON"),
        (b'{"a":' * 50_000, "not JSON"),
    ],
)
def test_headers_that_lie(tmp_path: Path, header: Any, match: str) -> None:
    labels = tokens(tmp_path, GENES[:3])
    path = forged(tmp_path / "model.safetensors", header)
    with pytest.raises(FileError, match=match):
        whole(path, labels=labels, format="geneformer")


@pytest.mark.parametrize("keep", [0.02, 0.4, 0.8, -1])
def test_truncated_safetensors(tmp_path: Path, keep: float | int) -> None:
    path = geneformer(tmp_path)
    tokens(tmp_path, GENES)
    refused(cut(path, keep), "header|should end at byte")


# torch


def torch_source(folder: Path, stored: Stored, **options: Any) -> Any:
    path = checkpoints.save(folder / "pytorch_model.bin", {WEIGHT: stored})
    labels = tokens(folder, GENES[:5])
    return whole(path, labels=labels, **options)


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8"])
def test_views_of_storages(tmp_path: Path, dtype: str) -> None:
    table = numbers(5, 4).astype(dtype)
    expected = table.astype(np.float32)
    columns_first = Stored(np.asfortranarray(table))
    inside = Stored(
        np.concatenate([np.full(7, 9, dtype), table.ravel(), np.full(3, 9, dtype)]),
        view=(7, (5, 4), (4, 1)),
    )
    wide = Stored(np.hstack([table, table]), view=(0, (5, 4), (8, 1)))
    for stored in (Stored(table), columns_first, inside, wide):
        np.testing.assert_array_equal(torch_source(tmp_path, stored).vectors, expected)


def test_bfloat16(tmp_path: Path) -> None:
    halves = (numbers(5, 4).view(np.uint32) >> 16).astype(np.uint16)
    with np.errstate(all="ignore"):
        stored = Stored(halves.view(np.float16), storage="BFloat16Storage")
    expected = (halves.astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(torch_source(tmp_path, stored).vectors, expected)


@pytest.mark.parametrize(
    ("view", "match"),
    [
        ((0, (5, 5), (5, 1)), "more numbers than the 20"),
        ((1, (5, 4), (4, 1)), "more numbers than the 20"),
        ((0, (5, 4, 1 << 40), (0, 0, 0)), "not rows of numbers"),
        ((0, (5, 1 << 40), (0, 0)), "the most is"),
        ((0, (5, 1 << 19), (0, 0)), "more numbers than the 20"),
        ((0, (5, 4), (1, 1 << 50)), "more numbers than the 20"),
        ((-1, (5, 4), (4, 1)), "impossible"),
        ((0, (5, 4), (-4, 1)), "impossible"),
        ((0, (0, 4), (4, 1)), "impossible|tokens"),
        ((0, (5,), (1,)), "not rows of numbers"),
        ((0, (5, 4), (1,)), "cut short or damaged"),
    ],
)
def test_views_that_reach_beyond(tmp_path: Path, view: Any, match: str) -> None:
    stored = Stored(numbers(5, 4), view=view)
    with pytest.raises(FileError, match=match):
        torch_source(tmp_path, stored)


def test_nested_dictionaries_and_other_values(tmp_path: Path) -> None:
    content = {
        "epoch": 3,
        "rate": 0.1,
        "model": {"a": {WEIGHT: Stored(numbers(5, 4))}, "norm": Stored(numbers(1, 4)[0])},
    }
    path = checkpoints.save(tmp_path / "x.bin", content, folder="odd name")
    read = whole(path, labels=tokens(tmp_path, GENES[:5]))
    np.testing.assert_array_equal(read.vectors, numbers(5, 4))
    assert f"model.a.{WEIGHT}" in read.notes


def test_torch_checkpoints_with_code_in_them(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> Any:
            return Path.touch, (trap,)

    path = checkpoints.save(tmp_path / "x.pt", {WEIGHT: Stored(numbers(5, 4)), "x": Trap()})
    refused(path, "asks for .*(touch|getattr).*, which is not allowed")
    assert not trap.exists()


@pytest.mark.parametrize("keep", [0.1, 0.6, -1])
def test_truncated_torch(tmp_path: Path, keep: float | int) -> None:
    path = checkpoints.save(tmp_path / "x.pt", {WEIGHT: Stored(numbers(5, 4))})
    refused(cut(path, keep), "no torch checkpoint, or it is cut short")


def test_damaged_torch(tmp_path: Path) -> None:
    path = checkpoints.save(tmp_path / "x.pt", {WEIGHT: Stored(numbers(30, 4))})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    labels = tokens(tmp_path, GENES)
    for change, match in [
        ({"archive/data/0": b"short"}, "more numbers than the 1"),
        ({"archive/data/0": None}, "storage 0 are missing"),
        ({"archive/byteorder": b"big"}, "big-endian"),
        ({"archive/data.pkl": b"\x80\x02}."}, "it has no tensors"),
        ({"archive/data.pkl": b""}, "no pickle"),
        ({"archive/data.pkl": b"hello"}, "no pickle of plain data|damaged"),
    ]:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in {**members, **change}.items():
                if data is not None:
                    archive.writestr(name, data)
        with pytest.raises(FileError, match=match):
            whole(path, labels=labels, key=WEIGHT, format="checkpoint")
    path.write_bytes(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
    refused(path, "torch before 1.6")


def test_written_by_torch_itself(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    table = numbers(30, 4)
    tokens(tmp_path, GENES)
    for dtype in (torch.float32, torch.float16, torch.bfloat16, torch.float64):
        weight = torch.tensor(table).to(dtype)
        torch.save({WEIGHT: weight}, tmp_path / "pytorch_model.bin")
        expected = weight.to(torch.float32).numpy()
        np.testing.assert_array_equal(whole(tmp_path).vectors, expected)


# Any other checkpoint


def test_any_matrix_by_key_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "esm.safetensors"
    save_file({"a.table": numbers(5, 4), "b.table": numbers(5, 3)}, path)
    labels = tmp_path / "names.txt"
    labels.write_text("\n".join(names(5)))
    refused(path, "2 matrices", labels=labels)
    read = whole(path, key="b.table", labels=labels)
    assert read.source.format == "checkpoint"
    assert read.labels == names(5)
    np.testing.assert_array_equal(read.vectors, numbers(5, 3))
    refused(path, "several weights are called table", key="table", labels=labels)
    refused(path, "no weight c", key="c", labels=labels)
    refused(path, "have no names", key="b.table")


def test_vectors_by_name(tmp_path: Path) -> None:
    table = numbers(5, 4)
    content = {name: Stored(row) for name, row in zip(names(5), table, strict=True)}
    read = whole(checkpoints.save(tmp_path / "esm2.pt", content))
    assert read.source.format == "checkpoint"
    assert read.labels == names(5)
    np.testing.assert_array_equal(read.vectors, table)


# scGPT


def scgpt(folder: Path, vocabulary: list[str], rows: int = 30, prefix: str = "") -> None:
    content = {
        f"{prefix}encoder.embedding.weight": Stored(numbers(rows, 4)),
        f"{prefix}encoder.enc_norm.weight": Stored(numbers(1, 4, 2)[0]),
        f"{prefix}encoder.enc_norm.bias": Stored(numbers(1, 4, 3)[0]),
        f"{prefix}decoder.fc.0.weight": Stored(numbers(4, 4)),
    }
    checkpoints.save(folder / "best_model.pt", content)
    (folder / "vocab.json").write_text(json.dumps({name: i for i, name in enumerate(vocabulary)}))
    (folder / "args.json").write_text('{"embsize": 4, "nlayers": 12}')


@pytest.mark.parametrize("prefix", ["", "module."])
def test_scgpt(tmp_path: Path, prefix: str) -> None:
    scgpt(tmp_path, names(30), prefix=prefix)
    for given in (tmp_path, tmp_path / "best_model.pt"):
        read = whole(given)
        assert read.source.format == "scgpt"
        assert read.labels == names(30)
        np.testing.assert_array_equal(read.vectors, numbers(30, 4))
    assert [file.name for file in read.source.files] == [
        "best_model.pt",
        "vocab.json",
        "args.json",
    ]


def test_scgpt_as_the_model_normalises(tmp_path: Path) -> None:
    scgpt(tmp_path, names(30))
    read = whole(tmp_path, key="enc_norm")
    rows = numbers(30, 4).astype(np.float64)
    spread = np.sqrt(((rows - rows.mean(1, keepdims=True)) ** 2).mean(1, keepdims=True) + 1e-5)
    expected = (rows - rows.mean(1, keepdims=True)) / spread * numbers(1, 4, 2) + numbers(1, 4, 3)
    np.testing.assert_allclose(read.vectors, expected, rtol=1e-5, atol=1e-6)
    assert "enc_norm" in read.notes
    with pytest.raises(UsageError, match="no key 'other'"):
        whole(tmp_path, key="other", format="scgpt")


def test_scgpt_adds_its_own_tokens(tmp_path: Path) -> None:
    scgpt(tmp_path, names(27))
    assert whole(tmp_path).labels == [*names(27), "<pad>", "<cls>", "<eoc>"]
    scgpt(tmp_path, ["<pad>", *names(27)])
    assert whole(tmp_path).labels == ["<pad>", *names(27), "<cls>", "<eoc>"]


@pytest.mark.real_data
def test_scgpt_with_its_real_vocabulary(tmp_path: Path, real_data: Path) -> None:
    vocabulary = real_data / "formats/scgpt_vocab.json"
    content = {"encoder.embedding.weight": Stored(numbers(48_295, 2))}
    path = checkpoints.save(tmp_path / "best_model.pt", content)
    read = whole(path, labels=vocabulary)
    assert read.labels[48_291] == "ZZZ3"
    assert read.labels[-3:] == ["<pad>", "<cls>", "<eoc>"]
    assert len(set(read.labels)) == 48_295


def test_broken_scgpt(tmp_path: Path) -> None:
    scgpt(tmp_path, names(26))
    with pytest.raises(FileError, match=r"vocab.json: it has 26 tokens, best_model.pt has 30 rows"):
        open_source(tmp_path)
    scgpt(tmp_path, names(31))
    with pytest.raises(FileError, match="31 tokens"):
        open_source(tmp_path)
    scgpt(tmp_path, names(30))
    (tmp_path / "args.json").write_text('{"embsize": 512}')
    with pytest.raises(FileError, match="embsize is 512, the weights have rows of 4"):
        open_source(tmp_path)
    (tmp_path / "args.json").write_text("{")
    with pytest.raises(FileError, match=r"args\.json: it is not JSON"):
        open_source(tmp_path)
    (tmp_path / "args.json").unlink()
    assert whole(tmp_path).source.rows == 30
    (tmp_path / "vocab.json").write_text('{"A": "x"}')
    with pytest.raises(FileError, match=r"vocab\.json: it holds no list of names"):
        open_source(tmp_path)
    (tmp_path / "vocab.json").unlink()
    with pytest.raises(FileError, match=r"vocab\.json: no such file"):
        open_source(tmp_path / "best_model.pt")


@pytest.mark.parametrize("form", ["d", "1 × d"])
@pytest.mark.parametrize("inside", [(), ("embeddings",), ("model", "embeddings")])
def test_vectors_by_name_however_deep(tmp_path: Path, inside: tuple[str, ...], form: str) -> None:
    rows = numbers(9, 4)
    labels = ["HBA1", "HBB", "TP53", "EGFR", "HLA-A", "RP11-34P13.7", "7157", "MYC", "KRAS"]
    content: dict[object, Any] = {
        int(label) if label.isdigit() else label: Stored(row if form == "d" else row[None])
        for label, row in zip(labels, rows, strict=True)
    }
    for name in reversed(inside):
        content = {name: content}
    read = whole(checkpoints.save(tmp_path / "x.pt", content))  # type: ignore[arg-type]
    assert read.labels == labels
    np.testing.assert_array_equal(read.vectors, rows)
    assert bool(read.notes) is bool(inside)


def test_one_bad_tensor_is_dropped_and_counted(tmp_path: Path) -> None:
    content = {name: Stored(row) for name, row in zip(names(9), numbers(9, 4), strict=True)}
    checkpoints.save(tmp_path / "x.pt", {**content, "X": Stored(numbers(1, 7)[0])})
    space = import_space(Recipe(tmp_path / "x.pt"), tmp_path / "s", name="s")
    assert space.n == 9
    assert [(one["reason"], one["examples"]) for one in space.manifest.dropped] == [
        ("another number of dimensions", ["X"])
    ]


def test_two_dictionaries_that_fit_are_not_guessed_between(tmp_path: Path) -> None:
    tokens = {name: row for row, name in enumerate(names(9))}
    turned = {name: row for row, name in enumerate(reversed(names(9)))}
    weights = numbers(9, 4)
    checkpoints.save(
        tmp_path / "pytorch_model.bin",
        {"bert.embeddings.word_embeddings.weight": Stored(weights)},
    )
    one, other = tmp_path / "token_dictionary_a.pkl", tmp_path / "token_dictionary_b.pkl"
    one.write_bytes(pickle.dumps(tokens))
    other.write_bytes(pickle.dumps(tokens))
    assert whole(tmp_path).labels == names(9)  # they say the same
    other.write_bytes(pickle.dumps(turned))
    with pytest.raises(FileError, match="2 dictionaries of tokens fit") as caught:
        whole(tmp_path)
    assert "--labels" in caught.value.hint and "token_dictionary_b.pkl" in caught.value.message
    assert whole(tmp_path, labels=other).labels == names(9)[::-1]


def test_what_esm_says_of_one_protein_is_no_space(tmp_path: Path) -> None:
    layers = {layer: Stored(numbers(1, 8)[0]) for layer in (6, 33)}
    for count in (1, 2):
        content = {"label": "TP53", "mean_representations": dict(list(layers.items())[:count])}
        refused(checkpoints.save(tmp_path / "TP53.pt", content), "what ESM says of one protein")
