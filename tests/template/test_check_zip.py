"""deploy/check-zip refuses a zip of the wrong architecture or hash with one line."""

import hashlib
import struct
import subprocess
import sys
import zipfile

import pytest

from harness import ROOT

SCRIPT = ROOT / "deploy" / "check-zip"


def elf(machine, bits=2):
    return b"\x7fELF" + bytes([bits, 1]) + bytes(12) + struct.pack("<H", machine) + bytes(40)


@pytest.fixture
def zipped(tmp_path):
    """Writes a zip with one file, by default the program for x86_64."""

    def write(content=None, name="bootstrap", mode=0o755):
        content = content or elf(62)
        path = tmp_path / "function.zip"
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(info, content)
        return path

    return write


def check(path, *options):
    return subprocess.run([sys.executable, SCRIPT, path, *options], capture_output=True, check=False, text=True)


@pytest.mark.parametrize(
    ("machine", "options"), [(62, []), (62, ["--architecture", "x86_64"]), (183, ["--architecture", "arm64"])]
)
def test_a_zip_of_the_architecture_is_accepted(zipped, machine, options):
    done = check(zipped(elf(machine)), *options)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("zip_of", "options", "sentence"),
    [
        ({"content": elf(183)}, [], "it is for arm64, but the stack's Architecture is x86_64"),
        ({}, ["--architecture", "arm64"], "it is for x86_64, but the stack's Architecture is arm64"),
        ({"content": elf(243)}, [], "it is for another machine (243)"),
        ({"content": elf(62, bits=1)}, [], "no program for Linux of 64 bits"),
        ({"content": b"#!/bin/sh\n"}, [], "no program for Linux of 64 bits"),
        ({"name": "function"}, [], "no zip with a program named bootstrap"),
        ({"mode": 0o644}, [], "its bootstrap is not executable"),
        ({}, ["--sha256", "0" * 64], "it is not the zip of this release"),
    ],
)
def test_any_other_zip_is_refused_with_one_line(zipped, zip_of, options, sentence):
    done = check(zipped(**zip_of), *options)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_no_zip_is_refused(tmp_path):
    other = tmp_path / "function.zip"
    other.write_text("PK")

    assert "no zip" in check(other).stderr
    assert "cannot be read" in check(tmp_path / "missing.zip").stderr


def test_the_sum_is_looked_up_by_name(zipped, tmp_path):
    path = zipped()
    sums = tmp_path / "function.sha256"
    right = hashlib.sha256(path.read_bytes()).hexdigest()

    sums.write_text(f"{right}  function.zip\n{'0' * 64}  template.yaml\n")
    assert check(path, "--sums", sums).returncode == 0
    sums.write_text(f"{'0' * 64}  function.zip\n")
    assert "not the zip of this release" in check(path, "--sums", sums).stderr
    sums.write_text(f"{right}  other.zip\n")
    assert "does not list function.zip" in check(path, "--sums", sums).stderr
    assert "cannot be read" in check(path, "--sums", tmp_path / "none").stderr
