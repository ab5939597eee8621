"""`han2x run`: the daemon."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import IMAGE, OutputError, complain, drop_output, say

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from han2x.app.daemon import Daemon
    from han2x.cli.common import Commands
    from han2x.settings import Report

STATE_DIR: Final = Path("/var/lib/han2x")
GIVEN_UP_PAUSE_S: Final = 10.0


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "run",
        help="run the gateway",
        description="Runs the gateway until it is stopped. The command line wins over the settings file.",
    )
    parser.add_argument("--settings", metavar="FILE", help="settings file ($HAN2X_SETTINGS, else settings.toml in DIR)")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help=f"where state is kept ({STATE_DIR})")
    parser.add_argument("--modbus", metavar="ADDRESS:PORT", help="where Modbus clients connect")
    parser.add_argument("--web", metavar="ADDRESS:PORT", help="where browsers connect, and with HTTPS only by --https")
    parser.add_argument("--https", metavar="ADDRESS:PORT", help="where browsers connect with HTTPS")
    parser.add_argument("--port", metavar="PORT", help="serial port, or socket://HOST:PORT, of the first meter")
    parser.add_argument(
        "--simulate", nargs="?", const="kamstrup", metavar="KIND", help="add a simulated meter (kamstrup)"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="try it out: local addresses, and a simulated meter when no serial port is configured",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when it was stopped, 1 when it could not serve, 2 for arguments that cannot be used."""
    from han2x import __version__
    from han2x.app.state_lock import InUseError, state_lock
    from han2x.settings import find_settings_file

    state_dir = arguments.state_dir or default_state_dir()
    settings_file = find_settings_file(arguments.settings, os.environ, state_dir)
    try:
        _check(arguments)
    except ValueError as error:
        return _given_up(str(error), 2)
    try:
        with state_lock(state_dir, f"han2x {__version__} run"):
            return _run(arguments, settings_file, state_dir)
    except InUseError as error:
        return _given_up(str(error), 1)


def _run(arguments: argparse.Namespace, settings_file: Path, state_dir: Path) -> int:
    import asyncio

    from han2x.app.daemon import Daemon
    from han2x.app.options import Options
    from han2x.app.stored import StoredSettings
    from han2x.audit import FILE, acting_as
    from han2x.settings import KnownFile, known_settings, load_or_set_aside
    from han2x.store import Store

    store = Store(state_dir)
    known = KnownFile(settings_file, StoredSettings(store))
    before = known_settings(known)
    settings, report = load_or_set_aside(settings_file, known)
    _start_logging(settings.device.log_level)
    for told in (*store.take_messages(), *str(report or "").splitlines()):
        logging.getLogger("han2x").warning("%s", told)
    if arguments.settings and not settings_file.exists():
        logging.getLogger("han2x").warning("%s is not there: every setting has its default", settings_file)
    options = Options(
        settings_file,
        state_dir,
        modbus=arguments.modbus,
        web=arguments.web,
        https=arguments.https,
        port=arguments.port,
        simulate=arguments.simulate,
        # Settings that could not be read may have named a port: then invented values must not stand in for a meter.
        demo=arguments.demo and report is None,
    )

    async def serve() -> bool:
        daemon = Daemon(settings, options, _announce, report)
        if before is not None and _is_of_file(report):
            with acting_as(FILE):
                daemon.audit.record_settings(before, settings)
        await daemon.run()
        return daemon.restart_wanted

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            restart = runner.run(serve())
    except ValueError as error:
        return _given_up(str(error), 1)
    if restart:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves again, as we were begun
    return 0


def _ourselves() -> str:
    """How somebody begins this program: as it was begun, by its own name or as a module of its Python."""
    begun = Path(sys.argv[0])
    return str(begun) if begun.name == "han2x" else f"{sys.executable} -m han2x"


def _is_of_file(report: Report | None) -> bool:
    """Whether the settings are those of the file."""
    from han2x.settings import Outcome

    return report is None or report.outcome is Outcome.COPY_NOT_KEPT


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed, which serves more Modbus requests per second; else None, for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _given_up(why: str, status: int) -> int:
    """Say why, and when systemd is going to start us again, let it wait for whoever mends it."""
    from han2x.systemd.notify import ServiceManager

    complain(why)
    if ServiceManager().present:
        time.sleep(GIVEN_UP_PAUSE_S)
    return status


def default_state_dir() -> Path:
    """The service's state directory: systemd's, else the usual one."""
    return Path(os.environ.get("STATE_DIRECTORY", str(STATE_DIR)))


def _check(arguments: argparse.Namespace) -> None:
    """Raises ValueError for an argument that cannot be used, before anything is started."""
    from han2x.port_name import PortNameError, parse_port_name
    from han2x.settings import parse_listen

    for name in ("modbus", "web", "https"):
        text = getattr(arguments, name)
        if text is not None:
            try:
                parse_listen(text, lowest_port=0)
            except ValueError as error:
                raise ValueError(f"--{name} {text}: {error}") from None
    if arguments.port is not None:
        try:
            parse_port_name(arguments.port)
        except PortNameError as error:
            raise ValueError(f"--port {arguments.port}: {error}") from None
    if arguments.simulate is not None:
        from han2x.simulator import KINDS

        if arguments.simulate not in KINDS:
            raise ValueError(f"--simulate {arguments.simulate}: there is {', '.join(KINDS)}")


def _start_logging(level: str) -> None:
    from han2x.printable import PrintableFormatter
    from han2x.systemd.journal import JournalHandler, started_by_systemd

    handler: logging.Handler
    if started_by_systemd():
        handler, layout = JournalHandler(), "%(message)s"  # level and logger are fields of their own
    else:
        handler, layout = logging.StreamHandler(), "%(asctime)s %(levelname)s %(message)s"
    handler.setFormatter(PrintableFormatter(layout))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def _announce(daemon: Daemon) -> None:
    """Tell whoever started us where to find everything."""
    from han2x.addresses import join_host_port
    from han2x.systemd.journal import started_by_systemd

    lines = []
    for number, kind in daemon.effective.simulated.items():
        unit = daemon.meters[number].config.unit
        lines.append(f"No serial port: these are the values of a simulated {kind} meter (unit id {unit}).")
    # Nobody copies commands from a log, least of all from a container's. Where Modbus is stands there already.
    if started_by_systemd() or os.environ.get(IMAGE):
        if daemon.people.urls:
            lines.append(f"the page is at {' '.join(daemon.people.urls)}")
        for line in lines:
            logging.getLogger("han2x").info("%s", line)
        return
    pages = [f"Web page    {url}" for url in daemon.people.urls]
    if not daemon.modbus.addresses:
        _print([*lines, f"Modbus TCP  not served: {daemon.modbus.reason()}", *pages])
        return
    host, port = daemon.modbus.addresses[0]
    host = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(host, host)  # noqa: S104 - nothing is bound here
    place = join_host_port(host, port)
    lines += [f"Modbus TCP  {place}", *pages]
    lines.append("Read the voltage of L1 (40015–40016, V × 10):")
    lines.append(f"  mbpoll -m tcp -p {port} -a 1 -t 4:int -B -r 15 -1 {host}")
    lines.append("Read everything:")
    lines.append(f"  {_ourselves()} registers --live {place}")
    _print(lines)


def _print(lines: list[str]) -> None:
    try:
        say("\n".join(lines))
    except OutputError as error:
        drop_output()
        logging.getLogger("han2x").warning("where everything is to be found cannot be printed: %s", error)
