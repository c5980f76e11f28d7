"""Blocks on workers against the matrix of one machine: rows, columns, values, duplicates, ids of both kinds."""

import numpy as np
import pytest
from parts_on_disk import write_parts
from scipy.sparse import vstack

from ucf_core.base.errors import DatasetError, SpecError
from ucf_core.base.linalg.products import ThreadedGram
from ucf_core.cluster.build.biases import fit_item_biases, weighted_block
from ucf_core.cluster.build.embedding import DaskGram
from ucf_core.cluster.input.blocks import read_blocks
from ucf_core.cluster.input.parts import cut_into_parts, find_parts, read_part
from ucf_core.embedding.block_lanczos import block_lanczos
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.ratings.weighting import weighted


def same_matrix(blocks, ratings):
    parts = blocks.client.gather(blocks.futures)
    found = vstack([part.matrix for part in parts]).tocsr()
    np.testing.assert_array_equal(found.indptr, ratings.matrix.indptr)
    np.testing.assert_array_equal(found.indices, ratings.matrix.indices)
    np.testing.assert_array_equal(found.data, ratings.matrix.data)
    assert np.concatenate([part.users for part in parts]).tolist() == ratings.users.ids.tolist()
    assert blocks.items.ids.tolist() == ratings.items.ids.tolist()
    assert (blocks.n_users, blocks.n_items, blocks.n_ratings) == (
        ratings.n_users,
        ratings.n_items,
        ratings.n_ratings,
    )


@pytest.mark.parametrize("shuffled", [False, True], ids=["by user", "in any order"])
def test_blocks_together_are_the_matrix_of_one_machine(client, small, tmp_path, shuffled):
    folder = write_parts(small, tmp_path, 5, shuffled=shuffled)
    blocks = read_blocks(client, find_parts(str(folder)))
    assert len(blocks.futures) == 8
    same_matrix(blocks, small)
    np.testing.assert_array_equal(blocks.item_counts, small.item_counts)
    assert blocks.mean == pytest.approx(small.mean, rel=1e-12)
    np.testing.assert_array_equal(blocks.values[0], small.value_counts[0])
    np.testing.assert_array_equal(blocks.values[1], small.value_counts[1])


def test_parts_of_csv_and_of_parquet_make_the_same(client, small, tmp_path):
    import pyarrow.csv
    import pyarrow.parquet as pq

    folder = write_parts(small, tmp_path / "mixed" / "ratings", 4, titles=False)
    for path in sorted(folder.glob("*.parquet"))[:2]:
        pyarrow.csv.write_csv(pq.read_table(path), path.with_suffix(".csv"))
        path.unlink()
    same_matrix(read_blocks(client, find_parts(str(tmp_path / "mixed"))), small)


def test_of_ratings_given_twice_the_last_by_time_wins_across_parts(client, tmp_path):
    (tmp_path / "a.csv").write_text("user,item,rating,timestamp\n1,10,5,200\n2,10,1,100\n3,11,2,100\n")
    (tmp_path / "b.csv").write_text("user,item,rating,timestamp\n1,10,3,100\n2,10,4,300\n1,11,2,100\n")
    blocks = read_blocks(client, find_parts(str(tmp_path)))
    expected = Ratings.from_columns(
        np.array([1, 2, 3, 1, 2, 1]),
        np.array([10, 10, 11, 10, 10, 11]),
        np.array([5, 1, 2, 3, 4, 2], dtype=np.float32),
        np.array([200, 100, 100, 100, 300, 100]),
    )
    same_matrix(blocks, expected)
    assert (blocks.n_read, blocks.n_ratings) == (6, 4)


def test_where_one_part_has_text_ids_all_are_text(client, tmp_path):
    (tmp_path / "a.csv").write_text("user,item,rating\n7,10,5\n30,x,1\n")
    (tmp_path / "b.csv").write_text("user,item,rating\n007,10,3\n7,11,4\nbob,10,2\n")
    blocks = read_blocks(client, find_parts(str(tmp_path)))
    expected = Ratings.from_columns(
        np.array(["7", "30", "007", "7", "bob"]),
        np.array(["10", "x", "10", "11", "10"]),
        np.array([5, 1, 3, 4, 2], dtype=np.float32),
    )
    same_matrix(blocks, expected)


@pytest.fixture(scope="module")
def blocks(client, small, tmp_path_factory):
    return read_blocks(client, find_parts(str(write_parts(small, tmp_path_factory.mktemp("blocks"), 3))))


def test_biases_and_weightings_are_those_of_one_machine(client, blocks, small):
    expected = fit_biases(small.matrix)
    biases = fit_item_biases(blocks)
    np.testing.assert_allclose(biases.item, expected.item, atol=1e-10)
    assert biases.mean == pytest.approx(expected.mean, rel=1e-12)
    parts = client.gather(blocks.futures)
    users = np.concatenate([biases.with_users(part.matrix).user for part in parts])
    np.testing.assert_allclose(users, expected.user, atol=1e-10)
    for weighting in ("raw", "centred", "residual"):
        found = np.concatenate([weighted_block(part, biases, weighting).data for part in parts])
        np.testing.assert_allclose(found, weighted(small.matrix, weighting, expected).data, atol=2e-6)


def test_the_products_over_blocks_are_those_of_the_whole_matrix(client, blocks, small):
    matrices = client.map(_matrix, blocks.futures, pure=False)
    gram, whole = DaskGram(client, matrices, blocks.n_items), ThreadedGram(small.matrix)
    vectors = np.random.default_rng(0).standard_normal((small.n_items, 24), dtype=np.float32)
    np.testing.assert_allclose(gram(vectors), whole(vectors), rtol=1e-4, atol=1e-1)
    np.testing.assert_allclose(gram.inner(vectors), whole.inner(vectors), rtol=1e-6, atol=1e-2)
    assert gram.size == small.n_items
    # the same solver on both
    here, there = block_lanczos(whole, 20)[0], block_lanczos(gram, 20)[0]
    np.testing.assert_allclose(there, here, rtol=1e-5)


def _matrix(block):
    return block.matrix


@pytest.mark.parametrize("rows", [30, 100, 10_000])
def test_a_file_is_cut_into_parts_that_hold_the_same_rows(small, tmp_path, rows):
    import pyarrow as pa
    import pyarrow.csv

    table = pa.table({"user": np.arange(250), "item": np.arange(250) % 7, "rating": np.full(250, 3.5)})
    pyarrow.csv.write_csv(table, tmp_path / "all.csv")
    count = cut_into_parts(tmp_path / "all.csv", tmp_path / "parts", rows=rows)
    parts = find_parts(str(tmp_path / "parts")).ratings
    assert len(parts) == count == -(-250 // rows)
    columns = [read_part(part) for part in parts]
    assert np.concatenate([each.users for each in columns]).tolist() == list(range(250))
    assert max(len(each.ratings) for each in columns) == min(rows, 250)
    with pytest.raises(SpecError, match="is not empty"):
        cut_into_parts(tmp_path / "all.csv", tmp_path / "parts")


def test_what_cannot_be_read_names_the_part(client, small, tmp_path):
    with pytest.raises(DatasetError, match="holds no parts of ratings"):
        find_parts(str(tmp_path))
    with pytest.raises(DatasetError, match="cannot be read"):
        find_parts(str(tmp_path / "nowhere"))
    folder = write_parts(small, tmp_path, 2)
    (folder / "part-zzz.csv").write_text("user,item,rating\n1,2,nan\n")
    with pytest.raises(DatasetError, match=r"part-zzz\.csv"):
        read_blocks(client, find_parts(str(folder)))
    (folder / "part-zzz.csv").write_text("user,score\n1,2\n")
    with pytest.raises(DatasetError, match=r"part-zzz\.csv.* lacks a column for item"):
        read_blocks(client, find_parts(str(folder)))
    (folder / "part-zzz.csv").unlink()
    (folder / "part-zzz.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match=r"part-zzz\.parquet"):
        read_blocks(client, find_parts(str(folder)))
