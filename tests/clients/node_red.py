"""Node-RED with the nodes of node-red-contrib-modbus, and the flow of docs/recipes.md.

Run as `python -m tests.clients.node_red FOLDER`, with a folder in which both are installed by npm. Fails when the flow
does not show what the meter says.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

from tests.conftest import ROOT
from tests.end_to_end.gateway import running_gateway

RECIPE: Final = ROOT / "webui" / "recipes" / "node-red.json"
SECONDS: Final = 90


def main(folder: str) -> None:
    """Run the flow until it shows a power; raises AssertionError when that is not the gateway's."""
    home = Path(tempfile.mkdtemp())
    with running_gateway(home / "state", "--simulate", "kamstrup") as gateway:
        text = RECIPE.read_text(encoding="utf-8").replace("ADDRESS", "127.0.0.1")
        flow = json.loads(text.replace("PORT", str(gateway.modbus_port)).replace("UNIT", "1"))
        for node in flow:
            if node["type"] == "debug":
                node["console"] = True  # the only change: what it shows is wanted here and not on its page
        (home / "flows.json").write_text(json.dumps(flow), encoding="utf-8")
        (home / "settings.js").write_text(
            f'module.exports = {{ uiPort: 0, uiHost: "127.0.0.1", flowFile: "flows.json", '
            f'nodesDir: ["{Path(folder).resolve()}/node_modules/node-red-contrib-modbus"] }};\n',
            encoding="utf-8",
        )
        shown = _shown([str(Path(folder) / "node_modules" / ".bin" / "node-red"), "--userDir", str(home)])
        live = gateway.live()["meters"][0]["values"]
    power, volts = re.search(r"power_w: (-?\d+)", shown), re.search(r"voltages_v: \[\s*([\d.]+)", shown)
    assert power, shown
    assert volts, shown
    # The meter says another power every ten seconds; a voltage of whole volts is the same or a neighbour's.
    expected = live["1.7.0"]["value"] - live["2.7.0"]["value"]
    print(f"power {power[1]} W and voltage {volts[1]} V; now {expected} W and {live['32.7.0']['value']} V")
    assert abs(float(volts[1]) - live["32.7.0"]["value"]) < 10
    assert int(power[1]) * expected > 0


def _shown(command: list[str]) -> str:
    """What the debug node shows first."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    said = ""
    try:
        for line in process.stdout or ():
            said += line
            if "voltages_v" in said and "]" in said.split("voltages_v", 1)[1]:
                return said
    finally:
        timer.cancel()
        process.kill()
        process.wait()
    raise AssertionError(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
    print("Node-RED shows what the meter says.")
