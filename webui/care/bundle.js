// The bundle for a fault report, and what is in it.

import { make } from "../dom.js";
import { downloadButton, section } from "../forms.js";
import { say } from "../text.js";

/** What is in it; of the meters there is a file for each. */
const FILES = ["about", "status", "settings", "log", "changes", "network", "ports", "meter"];

/** @param {string} name */
function fileOf(name) {
  return name === "meter" ? "meter-1.capture" : `${name}.json`;
}

export function bundleSection() {
  const items = FILES.map((name) => make("li", {}, make("code", {}, fileOf(name)), ": ", say(`bundle.${name}`)));
  return section(
    say("bundle.title"),
    make("p", {}, say("bundle.what")),
    make("details", {}, make("summary", {}, say("bundle.files")), make("ul", { class: "list" }, ...items)),
    downloadButton(say("bundle.download"), () => "/diagnostics"),
  );
}
