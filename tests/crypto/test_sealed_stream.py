"""A sealed stream opens with its key, whole; whatever was changed, cut off, swapped or is another's is refused."""

from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from access_log.crypto import shares
from access_log.crypto.errors import BackupBroken, SharesWrong
from access_log.crypto.sealed_stream import FRAME, SealingStream, framed, header_of, new_recovery_key, opened

KEY = new_recovery_key()


def sealed(data: bytes, key: X25519PrivateKey = KEY, step: int = 100_000) -> bytes:
    out = BytesIO()
    stream = SealingStream(out, key.public_key())
    for start in range(0, len(data), step):
        stream.write(data[start : start + step])
    stream.finish()
    return out.getvalue()


def back(blob: bytes, key: X25519PrivateKey = KEY) -> bytes:
    return b"".join(opened(BytesIO(blob), key))


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
def test_what_was_sealed_comes_back(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert back(sealed(data[:size])) == data[:size]


@given(st.binary(min_size=1, max_size=300), st.data())
def test_one_changed_byte_anywhere_is_refused(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(sealed(data))
    place = draw.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(BackupBroken):
        back(bytes(blob))


def test_a_stream_cut_off_at_any_place_is_refused() -> None:
    blob = sealed(b"z" * (FRAME + 50))
    frames = FRAME + 16 + 4
    for end in (0, 5, blob.index(b"\n") + 1, len(blob) - 1, blob.index(b"\n") + 1 + frames):
        with pytest.raises(BackupBroken):
            back(blob[:end])


def test_frames_cannot_change_places_or_be_left_out() -> None:
    blob = sealed(b"a" * FRAME + b"b" * FRAME + b"c" * 10)
    header, start = blob.splitlines(keepends=True)[0], blob.index(b"\n") + 1
    size = 4 + FRAME + 16
    first, second, third = blob[start : start + size], blob[start + size : start + 2 * size], blob[start + 2 * size :]
    for changed in (second + first + third, first + third, first + second + second + third, first + second + third + third):
        with pytest.raises(BackupBroken):
            back(header + changed)


def test_another_key_is_told_by_name() -> None:
    with pytest.raises(BackupBroken, match="sealed to the recovery key"):
        back(sealed(b"data"), new_recovery_key())


def test_the_plaintext_stands_nowhere_in_it_and_its_frames_can_be_counted_without_the_key() -> None:
    blob = sealed(b"Wei Weiming" * 10)
    assert b"Wei" not in blob
    file = BytesIO(blob)
    header_of(file)
    assert [last for _frame, last in framed(file)] == [True]


def test_any_two_of_three_shares_make_the_key_and_one_alone_does_not() -> None:
    one, two, three = shares.split(KEY)
    for pair in ([one, two], [two, three], [three, one], [one, two, three], [f"  {one.upper()}\n", two.replace(" ", "  ")]):
        assert shares.join(pair).private_bytes_raw() == KEY.private_bytes_raw()
    for wrong in ([], [one], [one, one], [one, two.replace("a", "e")], [one, shares.split(new_recovery_key())[0]], ["academic", "acid"]):
        with pytest.raises(SharesWrong) as told:
            shares.join(wrong)
        assert one.split()[3] not in str(told.value)
