"""Clients from PyPI and npm against the server: `python -m benchmarks.modbus.clients`.

Each is installed into a temporary directory, reads all fifty registers, and reads again five times at once. Clients
that Debian has, and those that the project's tests need anyway, are run by the tests. Needs the network, and npm.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from .__main__ import commands, running

# Every program is given the port; "words" must be what was read, one list for each question.
UMODBUS = """
import asyncio, socket, sys
from umodbus.client import tcp
from umodbus.client.tcp import read_holding_registers, send_message
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
words = [send_message(read_holding_registers(1, 0, 50), s) for _ in range(6)]
"""
MODBUS_TK = """
import sys
from modbus_tk import modbus_tcp
master = modbus_tcp.TcpMaster("127.0.0.1", int(sys.argv[1]))
words = [list(master.execute(1, 3, 0, 50)) for _ in range(6)]
"""
AIOMODBUS = """
import asyncio, sys
from aiomodbus.tcp import ModbusTCPClient
async def main():
    client = ModbusTCPClient("127.0.0.1", int(sys.argv[1]))
    await client.connect()
    first = await client.read_holding_registers(0, 50, unit=1)
    rest = await asyncio.gather(*[client.read_holding_registers(0, 50, unit=1) for _ in range(5)])
    return [list(one) for one in (first, *rest)]
words = asyncio.run(main())
"""
CHECK = """
assert words == [[(257 * word + 1) & 0xFFFF for word in range(50)]] * 6, words
"""
MODBUS_SERIAL = """
const ModbusRTU = require("modbus-serial");
const client = new ModbusRTU();
client.connectTCP("127.0.0.1", { port: +process.argv[2] }, async () => {
  client.setID(1);
  const ask = () => client.readHoldingRegisters(0, 50).then((answer) => answer.data);
  finish([await ask(), ...(await Promise.all([1, 2, 3, 4, 5].map(ask)))]);
});
"""
# RTU has no transaction ids: one question at a time.
MODBUS_SERIAL_RTU = """
const ModbusRTU = require("modbus-serial");
const client = new ModbusRTU(), words = [];
client.connectTcpRTUBuffered("127.0.0.1", { port: +process.argv[2] }, async () => {
  client.setID(1);
  while (words.length < 6) words.push((await client.readHoldingRegisters(0, 50)).data);
  finish(words);
});
"""
JSMODBUS = """
const modbus = require("jsmodbus"), net = require("net");
const socket = new net.Socket(), client = new modbus.client.TCP(socket, 1);
socket.on("connect", async () => {
  const ask = () => client.readHoldingRegisters(0, 50).then((answer) => [...answer.response.body.valuesAsArray]);
  finish([await ask(), ...(await Promise.all([1, 2, 3, 4, 5].map(ask)))]);
});
socket.connect({ host: "127.0.0.1", port: +process.argv[2] });
"""
FINISH = """
function finish(words) {
  const wanted = JSON.stringify(Array.from({ length: 50 }, (_, i) => (257 * i + 1) & 0xffff));
  const good = words.length === 6 && words.every((one) => JSON.stringify(one) === wanted);
  if (!good) console.error(words);
  process.exit(good ? 0 : 1);
}
"""
PYTHON = {"umodbus": UMODBUS, "modbus-tk": MODBUS_TK, "aiomodbus": AIOMODBUS}
NODE = {
    "modbus-serial": ("modbus-serial", MODBUS_SERIAL),
    "modbus-serial, RTU": ("modbus-serial", MODBUS_SERIAL_RTU),
    "jsmodbus": ("jsmodbus", JSMODBUS),
}


def python_client(package: str, program: str, into: Path) -> list[str]:
    """Install a client from PyPI; the command that runs it."""
    place = into / package
    subprocess.run([sys.executable, "-m", "pip", "install", "-qq", "--target", place, package], check=True)
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(place)!r}){program}{CHECK}"]


def node_client(package: str, program: str, into: Path) -> list[str]:
    """Install a client from npm; the command that runs it."""
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", into, package], check=True)
    script = into / f"{abs(hash(program))}.js"
    script.write_text(program + FINISH)
    return ["node", str(script)]


def verdict(install: Callable[[], list[str]], port: int) -> str:
    """Whether a client gets what it asks for."""
    try:
        command = install()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"not installed: {error}"
    try:
        ended = subprocess.run([*command, str(port)], capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "FAILED: no end after 20 s"
    return "ok" if ended.returncode == 0 else f"FAILED: {ended.stderr.strip()[-300:]}"


def main() -> int:
    """Run all clients; the exit status tells whether all that could be installed were content."""
    with ExitStack() as stack:
        into = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(running("han2x", commands(into)["han2x"], 0))
        installs = {name: (python_client, name, program) for name, program in PYTHON.items()}
        installs |= {name: (node_client, package, program) for name, (package, program) in NODE.items()}
        told = {}
        for name, (install, package, program) in installs.items():
            told[name] = verdict(lambda: install(package, program, into), server.port)  # noqa: B023  # called at once
            print(f"{name:20} {told[name]}")
    return int(any(text.startswith("FAILED") for text in told.values()))


if __name__ == "__main__":
    raise SystemExit(main())
