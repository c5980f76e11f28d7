"""Milvus Lite as a neighbour index: the contract, publishing at once or not at all, and what goes wrong."""

import itertools
import pickle
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from milvus_server import build_milvus, milvus_for_tests
from test_every_index import IndexContract, with_duplicates

from ucf_core.base.errors import ServiceError, SpecError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import Milvus, MilvusAddress, pymilvus
from ucf_core.index.milvus.store import MilvusBuild
from ucf_core.neighbours.neighbours import without_self

SPEC = HnswSpec(M=16, ef_construction=300)
NAMES = (f"vectors_{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def milvus(tmp_path_factory):
    with milvus_for_tests(tmp_path_factory.mktemp("milvus")) as address:
        service = Milvus(MilvusAddress.parse(address))
        yield service
        service.close()


@pytest.fixture(scope="module")
def units():
    return unit_rows(np.random.default_rng(3).standard_normal((600, 24)).astype(np.float32))


class OnMilvus(IndexContract):
    engine = "hnsw"

    @pytest.fixture(params=[(60, 12), (187, 47)], ids=str)  # every hit brings its vector, so no larger ones
    def values(self, request) -> np.ndarray:
        return with_duplicates(*request.param, seed=request.param[0])

    @pytest.fixture(autouse=True)
    def _service(self, milvus):
        self.milvus = milvus

    def make(self, values: np.ndarray) -> tuple:
        units = unit_rows(values)
        return build_milvus(self.milvus, next(NAMES), units, SPEC, engine=self.engine), units


class TestMilvusHnsw(OnMilvus):
    pass


class TestMilvusFlat(OnMilvus):
    engine = "exact"


# searching


def test_recall_grows_with_ef_up_to_exact(milvus, units):
    index = build_milvus(milvus, next(NAMES), units, HnswSpec(M=4, ef_construction=10))
    truth = ExactIndex(units).search(units[:100], k=10)

    def recall(ef: int) -> float:
        rows = index.search(units[:100], k=10, ef=ef).rows
        return float(np.mean([np.isin(a, b).mean() for a, b in zip(truth.rows, rows, strict=True)]))

    assert recall(10) < recall(600)
    assert recall(600) > 0.99


def test_threads_with_different_breadths_get_what_each_gets_alone(milvus, units):
    index = build_milvus(milvus, next(NAMES), units, HnswSpec(M=4, ef_construction=10))
    asked = [(row, (10, 600)[row % 2]) for row in range(60)]

    def search(one: tuple[int, int]) -> list:
        return index.search(units[[one[0]]], k=10, ef=one[1]).rows[0].tolist()

    alone = [search(one) for one in asked]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(search, asked)) == alone


def test_exact_search_equals_brute_force_here(milvus, units):
    index = build_milvus(milvus, next(NAMES), units, SPEC, engine="exact")
    here, there = ExactIndex(units).search(units[:50], k=20), index.search(units[:50], k=20)
    np.testing.assert_array_equal(here.rows, there.rows)
    np.testing.assert_allclose(here.similarities, there.similarities, atol=1e-6)
    assert (there.engine, there.ef) == ("exact", None)


def test_a_user_with_twins_is_removed_by_row(milvus):
    units = unit_rows(with_duplicates(60, 12, seed=1))
    index = build_milvus(milvus, next(NAMES), units, SPEC)
    rows, similarities = without_self(index.search(units[[40]], k=3, ef=60), np.array([40]), 2)
    assert rows.tolist() == [[5, 59]]
    np.testing.assert_allclose(similarities, 1, atol=1e-6)


def test_vectors_come_back_in_the_order_asked_for(milvus, units):
    index = build_milvus(milvus, next(NAMES), units, SPEC)
    rows = np.array([7, 3, 599, 3])
    np.testing.assert_array_equal(index.vectors(rows), units[rows])
    with pytest.raises(ServiceError, match="no vector of row 600"):
        index.vectors(np.array([600]))


def test_too_few_rows_are_sought_wider_and_then_exactly(milvus, units):
    asked = []

    def search(name, data, limit, search_params, timeout, **_):
        asked.append(search_params["params"])
        return [[{"row": 0, "entity": {"unit": units[0]}}] * (limit - 1) for _ in data]

    narrow = Milvus(MilvusAddress("http://host:19530"), connect=lambda *_, **__: SimpleNamespace(search=search))
    exact = build_milvus(milvus, next(NAMES), units, SPEC, engine="exact")
    index = MilvusIndex(narrow, "any", dim=24, n_rows=600, engine="hnsw", exact=exact)
    hits = index.search(units[:1], k=5, ef=20)
    assert asked == [{"ef": 20}, {"ef": 80}, {"ef": 320}]
    np.testing.assert_array_equal(hits.rows, ExactIndex(units).search(units[:1], k=5).rows)
    assert (hits.engine, hits.ef) == ("exact", None)
    alone = MilvusIndex(narrow, "any", dim=24, n_rows=600, engine="hnsw")
    with pytest.raises(ServiceError, match="gives 4 of 5 rows; raise ef"):
        alone.search(units[:1], k=5, ef=20)


class Answer(list):
    """Hits as the client gives them, of a server that leaves out rows without direction."""

    def __init__(self, units, query, limit):
        rows = [row for row in np.argsort(-units @ query, kind="stable").tolist() if units[row].any()][:limit]
        super().__init__({"entity": {"unit": units[row]}} for row in rows)
        self.ids = rows


def leaving_out(units, known):
    return SimpleNamespace(
        search=lambda name, data, limit, **_: [Answer(units, query, limit) for query in data],
        get=lambda name, ids, **_: [{"row": row, "unit": known[row]} for row in ids],
    )


@pytest.mark.parametrize("query", [0, 3])
def test_rows_without_direction_that_a_server_leaves_out_are_put_where_exact_search_has_them(units, query):
    units = np.concatenate([units[:6], np.zeros((3, 24), dtype=np.float32), units[6:10]])
    units[3] = 0
    there = Milvus(MilvusAddress("http://host:19530"), connect=lambda *_, **__: leaving_out(units, units))
    index = MilvusIndex(there, "any", dim=24, n_rows=13, engine="exact")
    hits, truth = index.search(units[[query]], k=11), ExactIndex(units).search(units[[query]], k=11)
    np.testing.assert_allclose(hits.similarities, truth.similarities, atol=1e-6)
    assert (hits.rows[0, hits.similarities[0] > 0] == truth.rows[0, truth.similarities[0] > 0]).all()
    assert len(set(hits.rows[0].tolist())) == 11


def test_rows_that_a_server_leaves_out_without_reason_are_a_fault(units):
    shown = units[:8].copy()
    shown[5] = 0
    there = Milvus(MilvusAddress("http://host:19530"), connect=lambda *_, **__: leaving_out(shown, units))
    with pytest.raises(ServiceError, match="gives 7 of 8 rows by exact search; build any again"):
        MilvusIndex(there, "any", dim=24, n_rows=8, engine="exact").search(units[:1], k=8)


def test_more_rows_than_milvus_returns_are_refused(units):
    index = MilvusIndex(Milvus(MilvusAddress("http://host:19530")), "any", dim=24, n_rows=20_000, engine="hnsw")
    with pytest.raises(SpecError, match=r"k=16385 exceeds what Milvus returns.*choose k <= 16,383"):
        index.search(units[:1], k=16_385, ef=20)
    with pytest.raises(SpecError, match="dim=23 do not fit vectors of dim=24"):
        index.search(units[:1, :23], k=5, ef=20)


# building


def names_in(milvus) -> set:
    return set(milvus.call("list_collections"))


def test_a_half_finished_build_is_not_served_and_the_old_one_stays(milvus, units):
    alias = next(NAMES)
    build_milvus(milvus, alias, units[:300], SPEC)
    before = names_in(milvus)
    half = MilvusBuild.begin(milvus, alias, dim=24, spec=SPEC)
    half.add(np.arange(400), units[:400])
    assert MilvusIndex.open(milvus, alias, dim=24).n_rows == 300
    with pytest.raises(ServiceError, match="400 of 600 vectors"):
        half.publish(600)
    assert MilvusIndex.open(milvus, alias, dim=24).n_rows == 300
    milvus.call("drop_collection", half.collection)
    assert names_in(milvus) == before


def test_a_new_build_takes_the_place_of_the_old_one_which_is_dropped(milvus, units):
    alias = next(NAMES)
    build_milvus(milvus, alias, units[:300], SPEC)
    before = names_in(milvus)
    index = build_milvus(milvus, alias, units, SPEC)
    assert index.n_rows == 600
    assert len(names_in(milvus)) == len(before)
    assert names_in(milvus) != before


def test_rows_that_are_sent_twice_are_there_once(milvus, units):
    alias = next(NAMES)
    build = MilvusBuild.begin(milvus, alias, dim=24, spec=SPEC)
    for _ in range(2):
        build.add(np.arange(600), units)
    build.publish(600)
    hits = MilvusIndex.open(milvus, alias, dim=24).search(units[:5], k=600, ef=600)
    assert all(sorted(rows) == list(range(600)) for rows in hits.rows.tolist())


def test_what_was_built_is_there_after_the_file_is_opened_again(tmp_path, units):
    address = MilvusAddress.parse(f"milvus-lite:{tmp_path / 'new folder' / 'v.db'}")
    service = Milvus(address)
    build_milvus(service, "users", units, SPEC)
    service.close()
    again = Milvus(address)
    hits = MilvusIndex.open(again, "users", dim=24).search(units[:5], k=3, ef=100)
    assert hits.rows[:, 0].tolist() == [0, 1, 2, 3, 4]
    again.close()


# what goes wrong


def test_a_missing_collection_and_a_wrong_dimension_have_different_messages(milvus, units):
    with pytest.raises(ServiceError, match=r"no vectors called nothing; build them with `ucf build --scheduler`"):
        MilvusIndex.open(milvus, "nothing", dim=24)
    alias = next(NAMES)
    build_milvus(milvus, alias, units, SPEC)
    with pytest.raises(ServiceError, match=r"dim=24, expected dim=32; build it again"):
        MilvusIndex.open(milvus, alias, dim=32)


def test_an_address_without_a_server_is_one_message_after_four_tries():
    pauses = []
    service = Milvus(MilvusAddress.parse("http://127.0.0.1:9", {}), timeout=0.2, sleep=pauses.append)
    with pytest.raises(ServiceError, match=r"Milvus at http://127.0.0.1:9 does not answer \(tried 4 times"):
        service.call("list_collections")
    assert pauses == [0.2, 0.4, 0.8]


class Failing:
    """A client whose calls fail in turn, and then succeed."""

    def __init__(self, *messages: str) -> None:
        self.errors = [pymilvus().exceptions.MilvusException(message=message) for message in messages]
        self.timeouts: list[float] = []

    def list_collections(self, timeout: float) -> list:
        self.timeouts.append(timeout)
        if self.errors:
            raise self.errors.pop(0)
        return ["found"]


def service_with(client, token: str = "") -> Milvus:
    return Milvus(
        MilvusAddress("http://host:19530", token), timeout=3, connect=lambda *_, **__: client, sleep=lambda _: None
    )


@pytest.mark.parametrize(("listens", "text"), [(True, "set UCF_VECTORS_TOKEN to a token"), (False, "does not answer")])
def test_a_server_that_rejects_the_client_has_another_message_than_one_that_is_not_there(listens, text):
    refused = "Fail connecting to server on 127.0.0.1, illegal connection params or server unavailable"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listens:
            listener.listen()
        address = MilvusAddress(f"http://127.0.0.1:{listener.getsockname()[1]}", "s3cret")
        client = Failing(*[refused] * 4)
        service = Milvus(address, connect=lambda *_, **__: client, sleep=lambda _: None)
        with pytest.raises(ServiceError, match=text) as caught:
            service.call("list_collections")
    assert "s3cret" not in str(caught.value)


def test_a_collection_that_a_server_has_on_disk_only_is_loaded_and_searched(units):
    loaded = []

    def search(name, data, **_):
        if not loaded:
            raise pymilvus().exceptions.MilvusException(message=f"failed to search: collection not loaded[{name}]")
        return [Answer(units, query, 5) for query in data]

    client = SimpleNamespace(search=search, load_collection=lambda name, timeout: loaded.append(name))
    there = Milvus(MilvusAddress("http://host:19530"), connect=lambda *_, **__: client)
    hits = MilvusIndex(there, "users", dim=24, n_rows=600, engine="hnsw").search(units[:1], k=5, ef=20)
    np.testing.assert_array_equal(hits.rows, ExactIndex(units).search(units[:1], k=5).rows)
    assert loaded == ["users"]


def test_what_passes_is_tried_again_with_the_same_timeout():
    client = Failing("server unavailable", "Deadline Exceeded")
    assert service_with(client).call("list_collections") == ["found"]
    assert client.timeouts == [3, 3, 3]


def test_a_slow_server_is_one_message_after_four_tries():
    client = Failing(*["Deadline Exceeded"] * 5)
    with pytest.raises(ServiceError, match=r"does not answer \(tried 4 times, up to 3 s each\)"):
        service_with(client).call("list_collections")
    assert len(client.timeouts) == 4


def test_an_expired_token_is_not_tried_again_nor_shown():
    client = Failing("UNAUTHENTICATED: auth check failure, token s3cret expired")
    with pytest.raises(ServiceError, match="refuses the token; set UCF_VECTORS_TOKEN") as caught:
        service_with(client, "s3cret").call("list_collections")
    assert len(client.timeouts) == 1
    assert "s3cret" not in str(caught.value)


def test_another_mistake_is_raised_at_once_without_the_token():
    client = Failing("illegal something of s3cret")
    with pytest.raises(ServiceError, match=r"cannot list collections: illegal something of \.\.\."):
        service_with(client, "s3cret").call("list_collections")
    assert len(client.timeouts) == 1


def test_a_closed_file_can_be_opened_by_another_process_and_again_here(tmp_path, units):
    service = Milvus(MilvusAddress.parse(f"milvus-lite:{tmp_path / 'v.db'}"))
    build_milvus(service, "users", units, SPEC)
    service.close()
    code = f"from pymilvus import MilvusClient; print(MilvusClient({str(tmp_path / 'v.db')!r}).has_collection('users'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert other.stdout == "True\n"
    assert MilvusIndex.open(service, "users", dim=24).n_rows == 600
    service.close()


def test_a_file_that_another_process_holds_is_one_message(tmp_path):
    path = tmp_path / "v.db"
    code = (
        f"from pymilvus import MilvusClient\nclient = MilvusClient({str(path)!r})\n"
        "print('open', flush=True)\nimport sys\nsys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "open\n"
        service = Milvus(MilvusAddress.parse(f"milvus-lite:{path}"), sleep=time.sleep)
        with pytest.raises(ServiceError, match="held by another process"):
            service.call("list_collections")
        other.communicate("", timeout=30)


# addresses


def test_addresses_of_files_and_servers(tmp_path):
    lite = MilvusAddress.parse(f"milvus-lite:{tmp_path}/v.db")
    assert (lite.is_file, lite.uri) == (True, f"{tmp_path}/v.db")
    server = MilvusAddress.parse("https://vectors.example:19530", {"UCF_VECTORS_TOKEN": "s3cret"})
    assert (server.is_file, server.uri, server.token) == (False, "https://vectors.example:19530", "s3cret")
    assert "s3cret" not in repr(server) + server.shown


@pytest.mark.parametrize("text", ["", "milvus-lite:", "milvus-lite:v.txt", "ftp://host", "host:19530", "http://h:port"])
def test_other_addresses_are_refused(text):
    with pytest.raises(SpecError, match="milvus-lite:"):
        MilvusAddress.parse(text)


@pytest.mark.parametrize(
    "text", ["http://root:s3cret@host:19530", "https://host:1/?token=s3cret", "http://h:1/#s3cret"]
)
def test_a_token_in_an_address_is_refused_without_being_repeated(text):
    with pytest.raises(SpecError, match="UCF_VECTORS_TOKEN") as caught:
        MilvusAddress.parse(text)
    assert "s3cret" not in str(caught.value)


def test_a_service_is_sent_to_another_process_without_its_token(monkeypatch):
    monkeypatch.setenv("UCF_VECTORS_TOKEN", "s3cret")
    service = Milvus(MilvusAddress.parse("http://host:19530"))
    sent = pickle.dumps(service)
    assert b"s3cret" not in sent
    assert pickle.loads(sent).address.token == "s3cret"
