// The gateway's own network settings.

import { get, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { page } from "../forms.js";
import { hostnameSection } from "../network/hostname.js";
import { interfaceSection } from "../network/interface.js";
import { lastChange, pendingPart } from "../network/pending.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const reason = make("p", { class: "banner notice", hidden: true });
  const last = lastChange();
  const pending = pendingPart({ announce, onEnded: load });
  const body = make("div", {}, make("p", { class: "waiting" }, say("page.loading")));
  const element = page(say("view.network"), reason, pending.element, last.element, body);

  /** @param {NetworkData} network */
  function tell(network) {
    const unavailable = network.available ? "" : network.fault ? faultText(network.fault) : network.reason;
    write(reason, unavailable);
    show(reason, !network.available);
    last.update(network.pending ? null : network.last);
    const onApplied = (/** @type {PendingData} */ change) => pending.begin(change);
    const sections = network.interfaces.map((each) => interfaceSection(each, network.available, onApplied));
    body.replaceChildren(...sections, hostnameSection(network.hostname, network.available));
  }

  async function load() {
    try {
      const network = await get("/network");
      tell(network);
      if (network.pending) pending.begin(network.pending);
    } catch (error) {
      body.replaceChildren(make("p", { class: "banner problem" }, textOf(error)));
    }
  }

  load();
  return { element, close: pending.close };
}
