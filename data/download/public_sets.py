"""The public sets that ``tussis fetch`` knows: source, licence, size, and what each is good for.

A figure stands here only where its source is named beside it; what is not known is None.
"""

from __future__ import annotations

from dataclasses import dataclass

from .archive import Archive

__all__ = ["EDGE_AI", "PUBLIC_SETS", "PublicSet"]


@dataclass(frozen=True)
class PublicSet:
    """A public collection of recordings.

    Attributes
    ----------
    name
        What it is called on the command line.
    title
        What its publisher calls it.
    source
        The page that describes it.
    licence
        As the publisher states it.
    citation
        What to cite.
    good_for
        What it can teach or test.
    archive
        The file to download.
    """

    name: str
    title: str
    source: str
    licence: str
    citation: str
    good_for: str
    archive: Archive

    def as_json(self) -> dict[str, object]:
        """Return the set as ``fetch --list --json`` prints it; None stands for what is not known."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "url": self.archive.url,
            "licence": self.licence,
            "citation": self.citation,
            "good_for": self.good_for,
            "download_bytes": self.archive.size_bytes,
            "unpacked_bytes": self.archive.unpacked_bytes,
            "checksum": self.archive.checksum,
        }


EDGE_AI = PublicSet(
    name="edge-ai",
    title="A multimodal dataset for automatic edge-AI cough detection",
    source="https://zenodo.org/records/7562332",
    licence="CC BY 4.0",
    citation="Orlandic L et al., A multimodal dataset for automatic edge-AI cough detection, EMBC 2023",
    good_for="coughs with motion: 15 people, 3.8 h, 4294 coughs with start and end",
    archive=Archive(
        url="https://zenodo.org/records/7562332/files/public_dataset.zip?download=1",
        file_name="public_dataset.zip",
        checksum="md5:37419b515b29ed6115bcb9ac422eb4a3",
        size_bytes=852_406_950,
        unpacked_bytes=1_800_600_000,
        folder="public_dataset",
        top="public_dataset",
    ),
)

# GitHub packs archives when they are asked for, and states neither size nor checksum; the commit fixes the
# content, not the bytes of the zip file. This commit is the last that changed metadata.json among those in a
# stored index of the repository: the recordings are cut, so start and end are gone, and the file is long
# enough for all 1,324 entries.
_COVID19_COUGH_COMMIT = "cf494aec6d4f57f201fb22113ca634171f62440f"

COVID19_COUGH = PublicSet(
    name="covid19-cough",
    title="COVID-19 cough dataset (covid19-cough)",
    source="https://github.com/covid19-cough/dataset",
    licence="CC0 1.0",
    citation="covid19-cough, https://github.com/covid19-cough/dataset",
    good_for="induced coughs of many people, by telephone and messenger: 1,324 recordings",
    archive=Archive(
        url=f"https://github.com/covid19-cough/dataset/archive/{_COVID19_COUGH_COMMIT}.zip",
        file_name=f"covid19-cough-{_COVID19_COUGH_COMMIT[:8]}.zip",
        checksum=None,
        size_bytes=None,
        unpacked_bytes=None,
        folder="covid19-cough",
        top=f"dataset-{_COVID19_COUGH_COMMIT}",
        holds=("metadata.json", "raw/*.mp3"),
    ),
)

# The head of the master branch, as public projects found it from 2025 on. The size is what several of them
# received for this commit and wrote down; the unpacked size is that of the clips: 2,000 of 5 s at 44.1 kHz in
# 16 bits, with a header of 44 bytes each.
_ESC_50_COMMIT = "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6"

ESC_50 = PublicSet(
    name="esc-50",
    title="ESC-50: Dataset for Environmental Sound Classification",
    source="https://github.com/karolpiczak/ESC-50",
    licence="CC BY-NC 3.0; per clip CC0, CC BY or others, see its LICENSE",
    citation="Piczak K J, ESC: Dataset for Environmental Sound Classification, ACM Multimedia 2015,"
    " doi 10.1145/2733373.2806390",
    good_for="everyday sounds, coughing among them: 50 classes of 40 clips of 5 s",
    archive=Archive(
        url=f"https://github.com/karolpiczak/ESC-50/archive/{_ESC_50_COMMIT}.zip",
        file_name=f"esc-50-{_ESC_50_COMMIT[:8]}.zip",
        checksum=None,
        size_bytes=645_832_161,
        unpacked_bytes=2000 * (44 + 5 * 44_100 * 2),
        folder="esc-50",
        top=f"ESC-50-{_ESC_50_COMMIT}",
        holds=("audio/*.wav", "meta/esc50.csv", "LICENSE"),
    ),
)

# Size and checksum: TensorFlow Datasets, speech_commands/checksums.tsv, of the same publisher (Google).
SPEECH_COMMANDS = PublicSet(
    name="speech-commands",
    title="Speech Commands v0.02",
    source="https://arxiv.org/abs/1804.03209",
    licence="CC BY 4.0",
    citation="Warden P, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, 2018,"
    " arXiv 1804.03209",
    good_for="speech that is not coughing: single words of many speakers, and household noise",
    archive=Archive(
        url="http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
        file_name="speech_commands_v0.02.tar.gz",
        checksum="sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
        size_bytes=2_428_923_189,
        unpacked_bytes=None,
        folder="speech-commands",
        top="",
        holds=("_background_noise_/*.wav", "yes/*.wav", "testing_list.txt", "validation_list.txt"),
    ),
)

# Size, checksum, top folder and contents: Zenodo's record of version 3.0, as public data cards quote it.
COUGHVID = PublicSet(
    name="coughvid",
    title="The COUGHVID crowdsourcing dataset, version 3",
    source="https://zenodo.org/records/7024894",
    licence="CC BY 4.0",
    citation="Orlandic L, Teijeiro T, Atienza D, The COUGHVID crowdsourcing dataset, Scientific Data 2021,"
    " doi 10.1038/s41597-021-00937-4",
    good_for="coughs without times: 34,434 recordings, each with a probability that it holds coughs",
    archive=Archive(
        url="https://zenodo.org/records/7024894/files/public_dataset_v3.zip?download=1",
        file_name="public_dataset_v3.zip",
        checksum="md5:7c6cdf184748a2600538c331ba0ba718",
        size_bytes=2_297_542_075,
        unpacked_bytes=None,
        folder="coughvid",
        top="coughvid_20211012",
        holds=("metadata_compiled.csv", "*.json", "*.webm"),
    ),
)

PUBLIC_SETS = {one.name: one for one in (EDGE_AI, COVID19_COUGH, ESC_50, SPEECH_COMMANDS, COUGHVID)}
"""By the name that the command line takes."""
