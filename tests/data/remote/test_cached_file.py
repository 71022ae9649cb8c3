"""Datasets on stores: the same recordings, nothing twice, no more kept than allowed, faults with their
address."""

import json
import os

import numpy as np
import pytest
import soundfile

from tussis.cli.app import main
from tussis.data.content_hash import content_hash
from tussis.data.dataset import dataset_place, find_sessions, load_recording
from tussis.data.formats.wav_header import read_wav_header
from tussis.data.input_error import InputError
from tussis.data.inventory import take_inventory
from tussis.data.remote.cached_file import content_sha256, fetched, opened
from tussis.data.remote.remote_set import LIST_FILE, set_of
from tussis.data.remote.remote_url import CACHE_VARIABLE
from tussis.export.review.reviewing import opened_review
from tussis.selection.detector.detector_file import load_detector

pytestmark = pytest.mark.usefixtures("cache")


def refs_of(url):
    def refuse(fault):
        raise fault

    return find_sessions(url, on_fault=refuse)


def bytes_kept(cache):
    return sum(path.stat().st_blocks * 512 for path in cache.glob("*/tree/**/*") if path.is_file())


def test_a_bucket_holds_the_same_recordings_as_a_folder(bucket, recordings):
    local, remote = refs_of(recordings), refs_of("s3://clinic/coughs")
    assert [ref.name for ref in remote] == [ref.name for ref in local]
    for one, other in zip(local, remote, strict=True):
        ours, theirs = one.load(), other.load()
        np.testing.assert_array_equal(theirs.audio, ours.audio)
        np.testing.assert_array_equal(theirs.imu, ours.imu)
        assert theirs.labels == ours.labels
        assert theirs.subject == ours.subject
        assert content_hash(one) == content_hash(other)
    assert load_recording("s3://clinic/coughs/" + local[0].name).duration_s == 10.0


def test_listing_fetches_no_sound_and_a_header_only_its_block(bucket, reads, small_blocks):
    refs = refs_of("s3://clinic/coughs")
    assert {name.split("/")[1] for name, _, _ in reads} <= {"session.json"}
    reads.clear()
    assert read_wav_header(refs[0].audio_path).frames == 160_000
    assert {name.split("/")[1] for name, _, _ in reads} == {"audio.wav"}
    assert sum(stop - start for _, start, stop in reads) <= 2 << 14  # begin and end, of 320 kB


def test_nothing_is_fetched_twice_and_a_new_version_is_once(bucket, reads, again):
    url = "s3://clinic/coughs"
    hashes = [content_hash(ref) for ref in refs_of(url)]
    assert len(set(reads)) == len(reads)
    reads.clear()
    again()
    assert [content_hash(ref) for ref in refs_of(url)] == hashes
    for ref in refs_of(url):
        ref.load()
    assert reads == []
    name = refs_of(url)[0].name
    bucket.put_object(Bucket="clinic", Key=f"coughs/{name}/labels.txt", Body=b"1.0\t1.4\tcough\n")
    again()
    first = refs_of(url)[0].load()
    assert [read[0] for read in reads] == [f"{name}/labels.txt"]
    assert [label.start_s for label in first.labels] == [1.0]
    bucket.delete_object(Bucket="clinic", Key=f"coughs/{name}/labels.txt")
    again()
    assert not refs_of(url)[0].labelled


@pytest.mark.parametrize("body", [b"1.0\t1.4\tcough\n", b""], ids=["as long", "shorter"])
@pytest.mark.parametrize("back_ns", [0, 1, 86_400 * 10**9], ids=["same time", "1 ns back", "a day back"])
def test_a_new_list_is_known_whatever_its_time_says(bucket, again, back_ns, body):
    """A clock that is set back gives a list the time of the one before it, or an earlier one."""
    labels = refs_of("s3://clinic/coughs")[0].audio_path.with_name("labels.txt")
    key = f"coughs/{labels.parent.name}/labels.txt"
    bucket.put_object(Bucket="clinic", Key=key, Body=b"2.0\t2.4\tcough\n")
    again()
    refs_of("s3://clinic/coughs")
    before, name = set_of(labels)
    list_file = before.folder / LIST_FILE
    time_ns = list_file.stat().st_mtime_ns
    bucket.put_object(Bucket="clinic", Key=key, Body=body)
    again()
    refs_of("s3://clinic/coughs")
    os.utime(list_file, ns=(time_ns - back_ns, time_ns - back_ns))
    after, _ = set_of(labels)
    assert after.listing != before.listing
    assert after.files[name].version != before.files[name].version
    with opened(labels) as file:
        assert file.read() == body


def test_no_more_is_kept_than_is_allowed(bucket, cache, monkeypatch, reads):
    """A recording takes about 430 kB; 700 kB hold one of two, and the older one goes."""
    monkeypatch.setenv(CACHE_VARIABLE, "700kB")
    first, second = refs_of("s3://clinic/coughs")
    sound = first.load().audio
    assert 300_000 < bytes_kept(cache) < 720_000
    second.load()
    assert bytes_kept(cache) < 720_000
    reads.clear()
    second.load()
    assert reads == []
    np.testing.assert_array_equal(first.load().audio, sound)
    assert f"{first.name}/audio.wav" in {name for name, _, _ in reads}
    monkeypatch.setenv(CACHE_VARIABLE, "100kB")
    with pytest.raises(
        InputError, match=r"s3://clinic/coughs/.*audio\.wav: does not fit the cache of 100000"
    ):
        second.load()


def test_a_file_in_use_is_not_dropped(bucket, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, "400kB")
    first, second = refs_of("s3://clinic/coughs")
    with fetched(first.audio_path) as held:
        before = held.read_bytes()
        with pytest.raises(InputError, match="does not fit the cache of 400000 bytes beside what is in use"):
            content_sha256(second.audio_path)
        assert held.read_bytes() == before
        assert before.count(0) < len(before) / 2
    content_sha256(second.audio_path)
    assert not any(held.read_bytes())


def test_faults_of_a_bucket_name_the_address(bucket, again, monkeypatch):
    with pytest.raises(InputError, match=r"^s3://clinic/nothing: no such file or folder"):
        refs_of("s3://clinic/nothing")
    with pytest.raises(InputError, match=r"^s3://nobody/x: is not there"):
        refs_of("s3://nobody/x")
    ref = refs_of("s3://clinic/coughs")[1]
    bucket.delete_object(Bucket="clinic", Key=f"coughs/{ref.name}/audio.wav")
    with pytest.raises(InputError, match=rf"s3://clinic/coughs/{ref.name}/audio\.wav: is not there"):
        ref.load()
    bucket.put_object(Bucket="clinic", Key="evil/../../x.wav", Body=b"x")
    with pytest.raises(InputError, match=r"^s3://clinic/evil: holds a file named '\.\./"):
        refs_of("s3://clinic/evil")
    bucket.put_object(Bucket="clinic", Key="odd/a", Body=b"x")
    bucket.put_object(Bucket="clinic", Key="odd/a/b.wav", Body=b"x")
    with pytest.raises(InputError, match=r"^s3://clinic/odd: a is a file there, and a folder too"):
        refs_of("s3://clinic/odd")
    again()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError, match=r"access is denied.*; set AWS_ACCESS_KEY_ID and"):
        refs_of("s3://clinic/coughs")
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_file_changed_between_its_parts_is_refused(bucket, small_blocks):
    ref = refs_of("s3://clinic/coughs")[0]
    read_wav_header(ref.audio_path)
    body = ref.audio_path.stat().st_size * b"\0"
    bucket.put_object(Bucket="clinic", Key=f"coughs/{ref.name}/audio.wav", Body=body)
    with pytest.raises(InputError, match=r"audio\.wav: was changed while it was read; run again"):
        ref.load()


def test_pages_of_links_are_a_dataset(web, recordings, again):
    address, folder, requests = web
    (folder / "set").symlink_to(recordings)
    local, remote = refs_of(recordings), refs_of(f"{address}/set")
    assert [ref.name for ref in remote] == [ref.name for ref in local]
    np.testing.assert_array_equal(remote[0].load().audio, local[0].load().audio)
    assert all(wanted for name, wanted in requests.asked if name == "audio.wav")
    requests.asked.clear()
    again()
    np.testing.assert_array_equal(refs_of(f"{address}/set")[0].load().audio, local[0].load().audio)
    assert requests.asked == []
    assert take_inventory(f"{address}/set").path == f"{address}/set"


def test_a_file_behind_an_address(web, recordings):
    address, folder, _ = web
    sound = np.random.default_rng(0).integers(-9000, 9000, 16000).astype(np.int16)
    soundfile.write(folder / "a cough.flac", sound, 16000)
    np.testing.assert_array_equal(load_recording(f"{address}/a%20cough.flac").audio, sound)
    with opened(dataset_place(f"{address}/a%20cough.flac")) as file:
        file.seek(-4, 2)
        assert file.read() == (folder / "a cough.flac").read_bytes()[-4:]


def test_faults_of_a_server_name_the_address(web, recordings):
    address, folder, requests = web
    (folder / "set").symlink_to(recordings)
    (folder / "secret").mkdir()
    with pytest.raises(InputError, match=rf"^{address}/secret: access is denied"):
        refs_of(f"{address}/secret")
    with pytest.raises(InputError, match=rf"^{address}/none: is not there"):
        refs_of(f"{address}/none")
    with pytest.raises(InputError, match=r"http://127\.0\.0\.1:1/x: cannot be read"):
        refs_of("http://127.0.0.1:1/x")
    requests.cut = 100
    with pytest.raises(InputError, match=r"truncated: \d+ of \d+ bytes came, from byte 0; try again"):
        refs_of(f"{address}/set")


def test_what_is_not_installed_is_named(cache, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InputError, match=r"^s3://clinic/x: needs fsspec, .*; pip install 'tussis\[remote\]'"):
        refs_of("s3://clinic/x")


def test_verbs_take_an_address(bucket, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, "1GB")  # so that what the verb sets is undone
    (tmp_path / "tussis.toml").write_text('remote-cache = "100 kB"\n')
    main(["info", "s3://clinic/coughs", "--json"])
    said = json.loads(capsys.readouterr().out)["problems"]
    assert "does not fit the cache of 100000 bytes" in said[0]["problem"]
    assert said[0]["file"].startswith("s3://clinic/coughs/")
    assert main(["--remote-cache", "2MB", "info", "s3://clinic/coughs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == "s3://clinic/coughs"
    assert main(["--remote-cache", "much", "info", "x"]) == 2
    assert "--remote-cache: 'much' is not a number of bytes" in capsys.readouterr().err
    (tmp_path / "tussis.toml").write_text('remote-cache = "much"\n')
    assert main(["info", "x"]) == 2
    assert "tussis.toml: remote-cache: 'much' is not" in capsys.readouterr().err


def test_labels_are_not_written_to_a_store():
    with (
        pytest.raises(InputError, match=r"s3://clinic/x: labels cannot be written there; give a folder"),
        opened_review("s3://clinic/x", load_detector("default")),
    ):
        pass
