// The computer's interfaces with their forms, a change that waits to be confirmed, and what became of the last one.

import { get, textOf } from "../api.js";
import { make, show, write } from "../dom.js";
import { faultText } from "../fault.js";
import { say } from "../text.js";
import { draftOf } from "./draft.js";
import { hostnameSection } from "./hostname.js";
import { interfaceSection } from "./interface.js";
import { lastChange, pendingPart } from "./pending.js";

/**
 * With `hostname` the computer's name too; `onKept` is called once new settings are kept.
 * @param {{ announce: Announce, hostname: boolean, onKept?: () => void }} how
 */
export function networkPart({ announce, hostname, onKept = () => {} }) {
  const reason = make("p", { class: "banner notice", hidden: true });
  const last = lastChange();
  const pending = pendingPart({ announce, onEnded: load });
  const body = make("div", {}, make("p", { class: "waiting" }, say("page.loading")));
  const element = make("div", {}, reason, pending.element, last.element, body);

  /** @param {NetworkData} network */
  function tell(network) {
    const unavailable = network.available ? "" : network.fault ? faultText(network.fault) : network.reason;
    write(reason, unavailable);
    show(reason, !network.available);
    if (last.update(network)) onKept();
    const onApplied = (/** @type {PendingData} */ change) => pending.begin(change);
    const sections = network.interfaces.map((each) =>
      interfaceSection(each, { available: network.available, draft: draftOf(network, each.name), onApplied }),
    );
    const name = hostname ? [hostnameSection(network.hostname, network.available)] : [];
    body.replaceChildren(...sections, ...name);
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
