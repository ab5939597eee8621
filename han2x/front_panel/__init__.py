"""Edge: the POWER and HAN lights and the FACTRESET button, as the HAN2X's product document has them.

parts   a light, a button: on the GPIO, or as Linux shows it
faults  why one of them cannot be had
panel   what the lights show, and what holding the button means
"""

from han2x.front_panel.faults import FAULTS, PanelError, PanelFault
from han2x.front_panel.panel import (
    HAN_LIT_S,
    PRESS_S,
    RESET_HOLD_S,
    START_HOLD_S,
    STEP_S,
    ButtonWatch,
    FrontPanel,
    Press,
    power_came_on,
)
from han2x.front_panel.parts import (
    Button,
    Light,
    open_button,
    open_light,
)

__all__ = [
    "FAULTS",
    "HAN_LIT_S",
    "PRESS_S",
    "RESET_HOLD_S",
    "START_HOLD_S",
    "STEP_S",
    "Button",
    "ButtonWatch",
    "FrontPanel",
    "Light",
    "PanelError",
    "PanelFault",
    "Press",
    "open_button",
    "open_light",
    "power_came_on",
]
