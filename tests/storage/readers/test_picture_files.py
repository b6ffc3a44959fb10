"""Heads of picture files: what they are and how large, from bytes nobody vouches for."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.page_images import png_file
from storage.readers import limits
from storage.readers.picture_files import LeftOut, NotTaken, PictureIntake, picture_of_data_uri, read_picture

SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 4000))


def png(width: int = 30, height: int = 20) -> bytes:
    return png_file(bytes(range(256)) * (width * height * 3 // 256 + 1), width, height, width * 3)


def png_head(width: int, height: int) -> bytes:
    """A PNG that says it is so large, with nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", b""), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + b"crc." for name, data in chunks
    )


def jpeg(width: int, height: int, *, marker: int = 0xC0) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"hello"
    frame = bytes([0xFF, marker]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + comment + b"\xff\xff" + frame[1:] + b"\xff\xda\x00\x08" + b"scan" * 4 + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0" * 6 + b",frame;"


def webp(width: int, height: int, kind: bytes) -> bytes:
    if kind == b"VP8X":
        body = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    else:
        body = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


KINDS = {
    "image/png": [png_head],
    "image/jpeg": [jpeg, lambda w, h: jpeg(w, h, marker=0xC2)],
    "image/gif": [gif],
    "image/webp": [lambda w, h, k=kind: webp(w, h, k) for kind in (b"VP8X", b"VP8L", b"VP8 ")],
}


@pytest.mark.parametrize(("media_type", "make"), [(kind, make) for kind, makes in KINDS.items() for make in makes])
@given(size=SIZES)
def test_the_head_says_what_it_is_and_how_large(media_type, make, size) -> None:
    picture = read_picture(make(*size), "  a\n picture ")
    assert (picture.media_type, picture.width, picture.height) == (media_type, *size)
    assert picture.description == "a picture"


@pytest.mark.parametrize("make", [make for makes in KINDS.values() for make in makes])
@given(data=st.data())
def test_a_file_cut_short_is_taken_as_it_is_or_not_at_all(make, data) -> None:
    whole = make(300, 200)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        picture = read_picture(cut)
    except NotTaken:
        return
    assert (picture.width, picture.height, picture.data) == (300, 200, cut)


def test_a_png_cut_anywhere_is_damaged() -> None:
    whole = png()
    for length in range(8, len(whole) - 4, 97):
        with pytest.raises(NotTaken) as problem:
            read_picture(whole[:length])
        assert problem.value.reason is LeftOut.DAMAGED


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF1234WEBP"])
)
def test_any_bytes_are_a_picture_within_bounds_or_refused(data: bytes, head: bytes) -> None:
    try:
        picture = read_picture(head + data)
    except NotTaken:
        return
    assert picture.width > 0 and picture.height > 0 and picture.width * picture.height <= limits.MAX_PIXELS


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png_head(100_000, 100_000), LeftOut.LARGE),
        (jpeg(65_000, 65_000), LeftOut.LARGE),
        (png_head(0, 5), LeftOut.DAMAGED),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", LeftOut.KIND),
        (b"\0\0\0\x1cftypavif", LeftOut.KIND),
        (b"", LeftOut.DAMAGED),
    ],
)
def test_what_cannot_come_along_says_why(data: bytes, reason: LeftOut) -> None:
    with pytest.raises(NotTaken) as problem:
        read_picture(data)
    assert problem.value.reason is reason


def test_a_file_beyond_the_bound_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PICTURE_BYTES", 100)
    with pytest.raises(NotTaken, match="LARGE"):
        read_picture(png())


def test_an_intake_ends_at_its_bounds_and_counts_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PICTURES", 3)
    intake = PictureIntake()
    taken = [intake.take(png()) for _ in range(5)]
    assert [picture is not None for picture in taken] == [True] * 3 + [False] * 2
    assert intake.take(png_head(1, 400)) is None  # a spacer: nothing to tell
    assert intake.left_out == {LeftOut.MANY: 2}
    monkeypatch.setattr(limits, "MAX_PICTURES_BYTES", len(png()) * 3 // 2)
    tight = PictureIntake()
    assert [tight.take(png()) is not None for _ in range(2)] == [True, False]


@given(st.binary(min_size=1, max_size=50))
def test_data_uris_hold_their_bytes(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert picture_of_data_uri(f"data:image/png;base64,{text[:3]}\n  {text[3:]}") == data
    assert picture_of_data_uri("data:," + "".join(f"%{byte:02x}" for byte in data)) == data


@pytest.mark.parametrize("uri", ["data:image/png;base64", "data:image/png;base64,abc"])
def test_a_broken_data_uri_is_damaged(uri: str) -> None:
    with pytest.raises(NotTaken):
        picture_of_data_uri(uri)


@pytest.mark.parametrize("reason", LeftOut)
def test_every_reason_is_a_sentence_for_one_and_for_many(reason: LeftOut) -> None:
    one, many = reason.sentence(1), reason.sentence(1234)
    assert one.startswith("One picture ") and many.startswith("1,234 pictures ")
    assert one.endswith(".") and many.endswith(".")
