"""Structured noise sent to the Modbus server."""

from __future__ import annotations

import random
import struct

import pytest

from tests.modbus_server.frames import mbap

from .modbus_probes import Probe, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


def fuzz_frame(dice: random.Random) -> bytes:
    """A frame that may be right, nearly right, or noise."""
    function = dice.choice(
        (1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 16, 17, 20, 21, 22, 23, 24, 43, dice.randrange(256))
    )
    address, count = dice.choice((0, 1, 44, 49, 50, 65535)), dice.choice((0, 1, 2, 50, 51, 125, 126, 65535))
    pdu = struct.pack(">BHH", function, address, count)
    if function in {15, 16, 23}:
        pdu += bytes([dice.choice((0, 1, 2, 4, 246, 255))]) + dice.randbytes(dice.choice((0, 1, 2, 4, 246)))
    if function == 43:
        pdu = bytes([43, dice.choice((13, 14, 14)), dice.randrange(6), dice.randrange(256)])
    if dice.random() < 0.15:
        pdu = pdu[: dice.randrange(1, len(pdu) + 1)]
    if dice.random() < 0.1:
        pdu = (pdu + dice.randbytes(dice.randrange(20)))[:253]
    length = dice.choice((0, 1, 2, 3, 255, 65535, len(pdu), len(pdu) + 2)) if dice.random() < 0.1 else None
    protocol = dice.randrange(1, 0x10000) if dice.random() < 0.03 else 0
    whole = mbap(pdu, dice.randrange(0x10000), dice.choice((0, 1, 1, 1, 2, 247, 255)), protocol=protocol, length=length)
    return dice.randbytes(dice.randrange(1, 300)) if dice.random() < 0.03 else whole


async def test_fuzzed_frames_get_no_wrong_answer_and_disturb_no_other_client(caplog: pytest.LogCaptureFixture) -> None:
    dice = random.Random(7)
    async with serving() as server:
        watching = await Probe.to(server)
        for _ in range(1500):
            frame = fuzz_frame(dice)
            probe = await Probe.to(server)
            probe.writer.write(frame)
            probe.writer.write_eof()
            try:
                answer = await probe.reader.read()
            except ConnectionError:
                answer = b""
            probe.close()
            complete = frame[2:4] == b"\0\0" and len(frame) >= 8 and int.from_bytes(frame[4:6], "big") == len(frame) - 6
            if complete:
                assert answer[:4] == frame[:4], frame.hex()
                assert answer[6] == frame[6]
                assert answer[7] in {frame[7], frame[7] | 0x80}
                assert len(answer) == 6 + int.from_bytes(answer[4:6], "big")
            assert await watching.answers()

    assert len(caplog.records) < 10
