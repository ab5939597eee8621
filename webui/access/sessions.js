// Who is logged in, and logging everyone else out.

import { get, post } from "../api.js";
import { sure } from "../ask.js";
import { attempts } from "../attempt.js";
import { make, show } from "../dom.js";
import { section } from "../forms.js";
import { dateOf, moment } from "../format.js";
import { say } from "../text.js";

/** @param {OpenSessionData} session */
function row({ address, began, used, own }) {
  const times = [
    say("sessions.began", { time: moment(dateOf(began)) }),
    own ? "" : say("sessions.used", { time: moment(dateOf(used)) }),
  ];
  return make(
    "li",
    {},
    make(
      "div",
      {},
      make("strong", {}, own ? say("sessions.own") : say("sessions.other")),
      make("div", { class: "note" }, [address, ...times].filter(Boolean).join(" · ")),
    ),
  );
}

/** @param {Announce} announce */
export function sessionSection(announce) {
  const list = make("ul", { class: "logins" });
  const { fault, attempt } = attempts();
  const end = make("button", { type: "button", class: "plain", hidden: true, onclick: endOthers }, say("sessions.end"));

  async function load() {
    /** @type {OpenSessionData[]} */
    const sessions = await get("/sessions");
    list.replaceChildren(...sessions.map(row));
    show(end, sessions.length > 1);
  }

  async function endOthers() {
    if (!(await sure(say("sessions.end.sure"), say("sessions.end.what"), say("sessions.end")))) return;
    await attempt(async () => {
      await post("/sessions/end-others");
      announce(say("sessions.ended"));
      await load();
    });
  }

  const reload = () => attempt(load);
  reload();
  return { element: section(say("sessions.title"), list, fault, end), reload };
}
