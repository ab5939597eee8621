// Says that an upgrade was taken back by itself, until somebody has seen it.

import { post, session } from "./api.js";
import { attempts } from "./attempt.js";
import { make, part, show, write } from "./dom.js";
import { faultText } from "./fault.js";
import { moment } from "./format.js";
import { say } from "./text.js";

const text = make("p");
const { fault, attempt } = attempts();
const seen = make("button", { type: "button", class: "plain", onclick: acknowledge });

async function acknowledge() {
  await attempt(async () => {
    await post("/upgrade/acknowledge");
    show(part("taken-back"), false);
  });
}

/**
 * Show the banner while there is something to tell.
 * @param {TakenBackData | null} told
 */
export function showTakenBack(told) {
  const banner = part("taken-back");
  write(seen, say("upgrade.seen")); // Only now is the language known.
  if (!banner.children.length) banner.append(text, make("div", { class: "actions" }, seen), fault);
  show(banner, told !== null);
  if (!told) return;
  const { failed, runs } = told;
  write(
    text,
    say("upgrade.taken-back", { failed, runs, when: moment(new Date(told.since)), reason: faultText(told.fault) }),
  );
  show(seen, session.logged_in);
}
